//! Lists page by page, and what is found in them: each costs what it shows, however much there is.

use sqlx::AssertSqlSafe;

use super::columns::{record_columns, renewal_columns, revocation_columns};
use super::rows::{record, signed, unjson};
use super::sql::{Row, sql};
use super::{StoreError, View};
use crate::authority::{Application, Record, Renewal, RevocationRequest};
use crate::mail::Mail;

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The first one that there was.
    #[default]
    Oldest,
    /// The last one.
    Newest,
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<K> {
    /// The place of the last one before it. `None`: it is the first page.
    pub after: Option<K>,
    /// At most so many.
    pub limit: u32,
    /// In this order.
    pub order: Order,
}

impl<K> Page<K> {
    /// The same page by another kind of place.
    pub fn after<L>(&self, after: Option<L>) -> Page<L> {
        Page { after, limit: self.limit, order: self.order }
    }

    fn sort(&self) -> &'static str {
        match self.order {
            Order::Oldest => "ASC",
            Order::Newest => "DESC",
        }
    }
}

impl Page<u64> {
    /// The condition and the order by a column of numbers, with `$2` for the number before and `$3` for the limit.
    fn by(&self, column: &str) -> String {
        let (beyond, sort) = match self.order {
            Order::Oldest => (">", "ASC"),
            Order::Newest => ("<", "DESC"),
        };
        format!("{column} {beyond} $2 ORDER BY {column} {sort} LIMIT $3")
    }

    fn before(&self) -> Result<i64, StoreError> {
        match (self.after, self.order) {
            (Some(number), _) => signed(number),
            (None, Order::Oldest) => Ok(i64::MIN),
            (None, Order::Newest) => Ok(i64::MAX),
        }
    }
}

/// The columns of a record, and whether it is a renewal's.
const RECORD: &str = concat!(
    record_columns!(),
    ", (SELECT COUNT(*) FROM renewals r WHERE r.world = n.world AND r.request_id = n.request_id) AS renewed"
);
const RENEWAL: &str = renewal_columns!();
const REVOCATION: &str = revocation_columns!();

impl View {
    /// Records by their numbers, each with whether it is a renewal's.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn records_page(
        &mut self,
        world: &str,
        page: Page<u64>,
    ) -> Result<Vec<(Record, bool)>, StoreError> {
        let text = format!(
            "SELECT {RECORD} FROM certificates c JOIN notices n ON n.world = c.world AND n.serial = c.serial \
             WHERE c.world = $1 AND {}",
            page.by("c.number")
        );
        self.numbered(world, page, text, listed).await
    }

    /// The records whose request ID, serial number or institution code begins so.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn records_found(
        &mut self,
        world: &str,
        beginning: &str,
        page: Page<u64>,
    ) -> Result<Vec<(Record, bool)>, StoreError> {
        let found = found("notices", &["request_id", "serial", "institution_code"], &page);
        // CROSS JOIN: SQLite begins with what was found, and doesn't go through all of them in their order.
        let text = format!(
            "SELECT {RECORD} FROM ({found}) AS f CROSS JOIN notices n CROSS JOIN certificates c \
             WHERE n.world = $1 AND n.request_id = f.request_id AND c.world = n.world AND c.serial = n.serial \
             ORDER BY c.number {} LIMIT $4",
            page.sort()
        );
        self.beginning(world, beginning, page, text, listed).await
    }

    /// Renewals in the order of their application.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewals_page(&mut self, world: &str, page: Page<u64>) -> Result<Vec<Renewal>, StoreError> {
        let text = format!("SELECT {RENEWAL} FROM renewals r WHERE world = $1 AND {}", page.by("number"));
        self.numbered(world, page, text, super::renewals::renewal).await
    }

    /// The renewals whose request ID or institution code begins so.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewals_found(
        &mut self,
        world: &str,
        beginning: &str,
        page: Page<u64>,
    ) -> Result<Vec<Renewal>, StoreError> {
        let found = found("renewals", &["request_id", "institution_code"], &page);
        let text = format!(
            "SELECT {RENEWAL} FROM ({found}) AS f CROSS JOIN renewals r \
             WHERE r.world = $1 AND r.request_id = f.request_id ORDER BY r.number {} LIMIT $4",
            page.sort()
        );
        self.beginning(world, beginning, page, text, super::renewals::renewal).await
    }

    /// Applications for certificates.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn applications_page(
        &mut self,
        world: &str,
        page: Page<u64>,
    ) -> Result<Vec<Application>, StoreError> {
        let text = format!("SELECT content FROM applications WHERE world = $1 AND {}", page.by("sequence"));
        self.numbered(world, page, text, |row| unjson(row.try_get("content")?)).await
    }

    /// Mails.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn mails_page(&mut self, world: &str, page: Page<u64>) -> Result<Vec<Mail>, StoreError> {
        let text = format!("SELECT content FROM mails WHERE world = $1 AND {}", page.by("number"));
        self.numbered(world, page, text, |row| unjson(row.try_get("content")?)).await
    }

    /// Applications for revocations.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn revocations_page(
        &mut self,
        world: &str,
        page: Page<RevocationRequest>,
    ) -> Result<Vec<RevocationRequest>, StoreError> {
        let (beyond, end, sort) = match page.order {
            Order::Oldest => (">", i64::MIN, "ASC"),
            Order::Newest => ("<", i64::MAX, "DESC"),
        };
        let text = format!(
            "SELECT {REVOCATION} FROM revocations WHERE world = $1 AND (accepted_at, request_id, sequence) {beyond} ($2, $3, $4) \
             ORDER BY accepted_at {sort}, request_id {sort}, sequence {sort} LIMIT $5"
        );
        let after = page.after.as_ref();
        let rows = sql(AssertSqlSafe(text))
            .bind(world)
            .bind(after.map_or(end, |after| after.accepted_at.as_millisecond()))
            .bind(after.map_or("", |after| after.request_id.as_str()))
            .bind(after.map_or(0, |after| i64::from(after.sequence)))
            .bind(i64::from(page.limit));
        rows.all(self.inner.on()).await?.iter().map(super::renewals::revocation).collect()
    }

    async fn numbered<T>(
        &mut self,
        world: &str,
        page: Page<u64>,
        text: String,
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = sql(AssertSqlSafe(text)).bind(world).bind(page.before()?).bind(i64::from(page.limit));
        rows.all(self.inner.on()).await?.iter().map(read).collect()
    }

    async fn beginning<T>(
        &mut self,
        world: &str,
        beginning: &str,
        page: Page<u64>,
        text: String,
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        // Greater than all that begin so.
        let end = format!("{beginning}{}", char::MAX);
        let rows = sql(AssertSqlSafe(text)).bind(world).bind(beginning).bind(end);
        let rows = rows.bind(i64::from(page.limit));
        rows.all(self.inner.on()).await?.iter().map(read).collect()
    }
}

fn listed(row: &Row) -> Result<(Record, bool), StoreError> {
    Ok((record(row)?, row.try_get::<i64>("renewed")? != 0))
}

/// The request IDs of the first rows, in each of these columns, that begin so: one look into an index each.
fn found(table: &str, columns: &[&str], page: &Page<u64>) -> String {
    let sort = page.sort();
    let parts = columns.iter().map(|column| {
        format!(
            "SELECT request_id FROM (SELECT request_id FROM {table} WHERE world = $1 AND {column} >= $2 \
             AND {column} < $3 ORDER BY {column} {sort} LIMIT $4) AS by_{column}"
        )
    });
    parts.collect::<Vec<_>>().join(" UNION ")
}
