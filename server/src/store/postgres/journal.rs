//! Records of journals: a table, since all processes write and read them.

use super::{Begun, Postgres};
use crate::journal::Entry;
use crate::store::rows::{json, signed, unsigned};
use crate::store::sql::{Connection, sql};
use crate::store::{Head, StoreError};

/// Each so many records, the oldest ones go.
const PRUNING: u64 = 1_000;

/// Takes the next numbers from the world's row, so that they have no gaps, and are seen in their order.
macro_rules! append {
    ($clause:literal) => {
        concat!(
            "WITH head AS (UPDATE worlds SET journal = journal + $3 WHERE name = $1 AND incarnation = $2 ",
            "RETURNING journal) INSERT INTO journal (world, sequence, content) ",
            "SELECT $1, head.journal - $3 + record.place, record.content::text ",
            "FROM head, json_array_elements($4::json) WITH ORDINALITY AS record (content, place)",
            $clause,
            " RETURNING sequence"
        )
    };
}

impl Begun {
    /// Adds records to the journal of a world whose row is locked. Their own numbers don't count.
    pub(in crate::store) async fn append(
        &mut self,
        head: &Head,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        append(self.on(), append!(""), head, entries).await.map(drop)
    }
}

impl Postgres {
    /// The same, beside all transactions. A crash of the server may lose records of the last second; nothing else hangs
    /// on them. The last `most` records stay.
    pub(in crate::store) async fn append(
        &self,
        head: &Head,
        entries: &[Entry],
        most: usize,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let quickly = append!(" WHERE set_config('synchronous_commit', 'off', true) = 'off'");
        let last = append(Connection::Postgres(&mut connection), quickly, head, entries).await?;
        let before = last.saturating_sub(entries.len() as u64);
        if before / PRUNING != last / PRUNING {
            let until = signed(last)?.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
            let prune = sql("DELETE FROM journal WHERE world = $1 AND sequence <= $2");
            prune.bind(&head.name).bind(until).run(Connection::Postgres(&mut connection)).await?;
        }
        Ok(())
    }

    /// The records of a journal after a number, the last `most` at most.
    pub(in crate::store) async fn records(
        &self,
        head: &Head,
        after: u64,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut connection = self.connection().await?;
        let rows = sql("SELECT j.sequence, j.content FROM worlds w JOIN journal j ON j.world = w.name \
             WHERE w.name = $1 AND w.incarnation = $2 AND j.sequence > $3 AND j.sequence > w.journal - $4 \
             ORDER BY j.sequence");
        let rows = rows.bind(&head.name).bind(&head.incarnation).bind(signed(after)?);
        let rows = rows.bind(i64::try_from(most).unwrap_or(i64::MAX));
        let rows = rows.all(Connection::Postgres(&mut connection)).await?;
        let entries = rows.iter().map(|row| {
            let content: &str = row.try_get("content")?;
            let entry: Entry =
                serde_json::from_str(content).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            Ok(Entry { sequence: unsigned(row.try_get("sequence")?)?, ..entry })
        });
        entries.collect()
    }
}

/// Answers with the number of the last record.
async fn append(
    on: Connection<'_>,
    text: &'static str,
    head: &Head,
    entries: &[Entry],
) -> Result<u64, StoreError> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let query = sql(text).bind(&head.name).bind(&head.incarnation).bind(count).bind(json(&entries));
    let rows = query.all(on).await?;
    let mut last = None;
    for row in &rows {
        last = last.max(Some(unsigned(row.try_get("sequence")?)?));
    }
    last.ok_or(StoreError::NoWorld)
}
