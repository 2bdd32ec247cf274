//! Reading what the revocation list needs.

use super::rows::{instant, parsed, unjson};
use super::sql::sql;
use super::{StoreError, View};
use crate::authority::Listed;

impl View {
    /// All revoked certificates in the order of issue.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn revoked(&mut self, world: &str) -> Result<Vec<Listed>, StoreError> {
        let rows = sql("SELECT serial, not_after, revocation FROM certificates \
             WHERE world = $1 AND revocation IS NOT NULL ORDER BY number")
        .bind(world)
        .all(self.inner.on())
        .await?;
        let listed = rows.iter().map(|row| {
            let revocation: String = row.try_get("revocation")?;
            Ok(Listed {
                serial: parsed(row, "serial")?,
                not_after: instant(row.try_get("not_after")?)?,
                revocation: unjson(&revocation)?,
            })
        });
        listed.collect()
    }
}
