//! A world's row: its settings, and by which numbers processes on one database know what others have done.

#[cfg(feature = "postgres")]
use jiff::Timestamp;

#[cfg(feature = "postgres")]
use super::rows::instant;
use super::rows::{signed, unsigned};
use super::sql::{Row, sql};
use super::{StoreError, Transaction, View};

/// What a world's row says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// Another one after a reset, and whenever else another world is in its place.
    pub incarnation: String,
    /// Counts the changes of its settings.
    pub version: u64,
    /// The sequence number of the last record in its journal, if that is kept.
    pub journal: u64,
    /// How many faults are switched on, if that is kept.
    pub faults: u64,
}

/// The columns of a [`Head`].
macro_rules! select_heads {
    ($more:literal) => {
        concat!("SELECT name, incarnation, version, journal, faults", $more)
    };
}
#[cfg(feature = "postgres")]
pub(super) use select_heads;

pub(super) fn head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head {
        name: row.try_get("name")?,
        incarnation: row.try_get("incarnation")?,
        version: unsigned(row.try_get("version")?)?,
        journal: unsigned(row.try_get("journal")?)?,
        faults: unsigned(row.try_get("faults")?)?,
    })
}

impl View {
    /// All worlds with their settings, by name.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn worlds(&mut self) -> Result<Vec<(Head, String)>, StoreError> {
        let rows = sql(select_heads!(", settings FROM worlds ORDER BY name"));
        let rows = rows.all(self.inner.on()).await?;
        rows.iter().map(|row| Ok((head(row)?, row.try_get("settings")?))).collect()
    }

    /// A world with its settings.
    ///
    /// # Errors
    /// As [`worlds`](Self::worlds).
    pub async fn world(&mut self, name: &str) -> Result<Option<(Head, String)>, StoreError> {
        let row = sql(select_heads!(", settings FROM worlds WHERE name = $1")).bind(name);
        let row = row.optional(self.inner.on()).await?;
        row.map(|row| Ok((head(&row)?, row.try_get("settings")?))).transpose()
    }
}

impl Transaction {
    /// Adds a world, unless there is one of its name. Answers whether it did.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn insert_world(&mut self, head: &Head, settings: &str) -> Result<bool, StoreError> {
        let row = sql("INSERT INTO worlds (name, settings, incarnation, version, journal) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING name")
        .bind(&head.name)
        .bind(settings)
        .bind(&head.incarnation)
        .bind(signed(head.version)?)
        .bind(signed(head.journal)?);
        Ok(row.optional(self.inner.on()).await?.is_some())
    }

    /// Keeps other settings of a world, which is that of `head` from now on.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_world(&mut self, head: &Head, settings: &str) -> Result<(), StoreError> {
        sql("UPDATE worlds SET settings = $2, incarnation = $3, version = $4 WHERE name = $1")
            .bind(&head.name)
            .bind(settings)
            .bind(&head.incarnation)
            .bind(signed(head.version)?)
            .run(self.inner.on())
            .await
    }

    /// Forgets a world with all that is in it. Answers whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn delete_world(&mut self, head: &Head) -> Result<bool, StoreError> {
        let row = sql("DELETE FROM worlds WHERE name = $1 AND incarnation = $2 RETURNING name");
        let row = row.bind(&head.name).bind(&head.incarnation);
        Ok(row.optional(self.inner.on()).await?.is_some())
    }
}

/// When what is due next in a world is due.
#[cfg(feature = "postgres")]
pub(super) fn due(row: &Row) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>>("due")?.map(instant).transpose()
}
