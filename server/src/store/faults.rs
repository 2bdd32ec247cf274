//! The faults of a world that several processes have, with what they have counted.

use super::rows::{json, signed, unjson};
use super::sql::sql;
use super::{StoreError, Transaction, View};
use crate::faults::Switched;

impl View {
    /// The faults that are switched on.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version.
    pub async fn faults(&mut self, world: &str) -> Result<Switched, StoreError> {
        let row = sql("SELECT content FROM faults WHERE world = $1").bind(world);
        let row = row.optional(self.inner.on()).await?;
        row.map_or_else(|| Ok(Switched::default()), |row| unjson(row.try_get("content")?))
    }
}

impl Transaction {
    /// Keeps what they have counted.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn count_faults(&mut self, world: &str, switched: &Switched) -> Result<(), StoreError> {
        let put = "INSERT INTO faults (world, content) VALUES ($1, $2) \
            ON CONFLICT (world) DO UPDATE SET content = excluded.content";
        sql(put).bind(world).bind(json(switched)).run(self.inner.on()).await
    }

    /// Keeps which are switched on, and tells other processes by the world's version.
    ///
    /// # Errors
    /// As [`count_faults`](Self::count_faults).
    pub async fn put_faults(&mut self, world: &str, switched: &Switched) -> Result<(), StoreError> {
        self.count_faults(world, switched).await?;
        sql("UPDATE worlds SET faults = $2, version = version + 1 WHERE name = $1")
            .bind(world)
            .bind(signed(switched.faults.len() as u64)?)
            .run(self.inner.on())
            .await
    }
}
