//! What time alone brings about, and when: one index of all of it, so that nobody has to look through the rest.

use jiff::Timestamp;

use super::rows::{instant, signed};
use super::sql::{Row, sql};
use super::{StoreError, Transaction, View};

/// What is due. Of what is due at the same moment, the first one here comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueKind {
    /// To find out what is due: after an upgrade, and with another profile.
    Reckoning,
    /// A renewal's issue, by its request ID.
    Renewal,
    /// The approval of a revocation, by the request ID of the certificate.
    Revocation,
    /// An application's next step, by its number.
    Application,
    /// A mail before a certificate ends, by its request ID.
    Reminder,
}

const KINDS: [DueKind; 5] =
    [DueKind::Reckoning, DueKind::Renewal, DueKind::Revocation, DueKind::Application, DueKind::Reminder];

/// Something that happens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub kind: DueKind,
    /// Which one.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

impl View {
    /// What is due next in a world, whenever that is.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn next_due(&mut self, world: &str) -> Result<Option<Due>, StoreError> {
        let row =
            sql("SELECT kind, key, due FROM dues WHERE world = $1 ORDER BY due, kind, place, key LIMIT 1");
        let row = row.bind(world).optional(self.inner.on()).await?;
        let due = |row: Row| {
            let kind = usize::try_from(row.try_get::<i64>("kind")?).ok();
            let kind = kind.and_then(|kind| KINDS.get(kind).copied());
            let kind = kind.ok_or_else(|| StoreError::Unreadable("what is due".to_owned()))?;
            Ok(Due { kind, key: row.try_get("key")?, at: instant(row.try_get("due")?)? })
        };
        row.map(due).transpose()
    }
}

impl Transaction {
    /// Has everything that is due in a world found out anew, before anything else happens in it.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn reckon_dues(&mut self, world: &str) -> Result<(), StoreError> {
        self.set_due(world, (DueKind::Reckoning, "", 0), Some(Timestamp::UNIX_EPOCH)).await
    }

    /// That is done.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn dues_are_reckoned(&mut self, world: &str) -> Result<(), StoreError> {
        self.set_due(world, (DueKind::Reckoning, "", 0), None).await
    }

    /// Keeps when something is due: what, which one, and its place among what is due at the same moment. `None`: never.
    pub(super) async fn set_due(
        &mut self,
        world: &str,
        (kind, key, place): (DueKind, &str, u64),
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let query = match at {
            Some(_) => sql("INSERT INTO dues (world, kind, key, place, due) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (world, kind, key) DO UPDATE SET place = excluded.place, due = excluded.due"),
            None => sql("DELETE FROM dues WHERE world = $1 AND kind = $2 AND key = $3"),
        };
        let query = query.bind(world).bind(kind as i64).bind(key);
        let query = match at {
            Some(at) => query.bind(signed(place)?).bind(at.as_millisecond()),
            None => query,
        };
        query.run(self.inner.on()).await?;
        Ok(())
    }
}
