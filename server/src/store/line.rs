//! The one connection to a store: what it does in a transaction, and what is done when it fails.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr, raw_sql};

use super::files::{self, Claim, Watch};
use super::readers::Readers;
use super::{StoreError, StoreUrl};

/// The schema, change by change. What has once gone out stays as it is: a store knows each by its checksum.
pub(super) const MIGRATIONS: [(&str, &str); 10] = [
    ("ground floor", include_str!("migrations/0001_ground_floor.sql")),
    ("renewals and revocations", include_str!("migrations/0002_renewals_and_revocations.sql")),
    ("deliveries", include_str!("migrations/0003_deliveries.sql")),
    ("commits", include_str!("migrations/0004_commits.sql")),
    ("applications", include_str!("migrations/0005_applications.sql")),
    ("passwords of renewals", include_str!("migrations/0006_passwords_of_renewals.sql")),
    ("contacts", include_str!("migrations/0007_contacts.sql")),
    ("dues", include_str!("migrations/0008_dues.sql")),
    ("replicas", include_str!("migrations/0009_replicas.sql")),
    ("faults", include_str!("migrations/0010_faults.sql")),
];

/// By which a database says whose it is (`PRAGMA application_id`): "obnc".
const APPLICATION_ID: i64 = 0x6f62_6e63;

fn migrator() -> Migrator {
    let migration = |(version, (description, sql)): (i64, (&'static str, &'static str))| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect())
}

/// The connection that writes: SQLite has one writer, and in memory there is nothing to share.
#[derive(Debug)]
pub(super) struct Line {
    url: StoreUrl,
    /// `None` after it was closed, or when it could not be opened again.
    connection: Option<SqliteConnection>,
    /// `None` in memory, and after it was closed.
    claim: Option<Claim>,
    files: Arc<Watch>,
    readers: Readers,
    /// Whether a transaction may be open that nobody wants any more.
    unfinished: bool,
}

impl Line {
    /// Opens a store and brings it up to date.
    pub(super) async fn open(
        url: &StoreUrl,
        files: &Arc<Watch>,
        readers: &Readers,
    ) -> Result<Self, StoreError> {
        let (connection, claim) = match url {
            StoreUrl::Memory => (in_memory().await?, None),
            StoreUrl::Sqlite(path) => {
                let (connection, claim) = up_to_date(path).await?;
                files.opened(path)?;
                readers.open(path).await;
                (connection, Some(claim))
            }
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(_) => return Err(StoreError::Other("it is on a server".to_owned())),
        };
        let (files, readers) = (Arc::clone(files), readers.clone());
        Ok(Self { url: url.clone(), connection: Some(connection), claim, files, readers, unfinished: false })
    }

    /// The connection of a transaction that has begun.
    pub(super) fn connection_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("a transaction has a connection")
    }

    /// Begins a transaction, on a fresh connection if need be.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.files.check()?;
        match self.try_begin().await {
            Err(error) if self.url == StoreUrl::Memory => Err(error),
            Err(_) => {
                self.reopen().await?;
                self.try_begin().await
            }
            Ok(()) => Ok(()),
        }
    }

    async fn try_begin(&mut self) -> Result<(), StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Closed)?;
        if self.unfinished {
            // SQLite may have done so by itself.
            let _ = raw_sql("ROLLBACK").execute(&mut *connection).await;
        }
        // Also if nobody waits for the answer any more.
        self.unfinished = true;
        // Fails on a connection that is still in a transaction.
        raw_sql("BEGIN").execute(connection).await?;
        Ok(())
    }

    /// Makes the transaction last.
    ///
    /// # Errors
    /// [`StoreError::Unsure`] if it can't be told what holds; with any other, nothing was changed.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        if self.url == StoreUrl::Memory {
            raw_sql("COMMIT").execute(self.connection_mut()).await?;
            self.unfinished = false;
            return Ok(());
        }
        let number = sqlx::query_scalar("UPDATE commits SET number = number + 1 RETURNING number");
        let number: i64 = number.fetch_one(self.connection_mut()).await?;
        if let Err(error) = raw_sql("COMMIT").execute(self.connection_mut()).await {
            return self.find_out(number, error.into()).await;
        }
        self.unfinished = false;
        // What was written to a file that nobody finds any more isn't kept.
        self.files.check().map_err(|error| StoreError::Unsure(error.to_string()))
    }

    /// What came of a commit that failed. What it wrote may have reached the log all the same, and then the next one who
    /// opens the store takes it for committed: so this opens it again, and looks.
    async fn find_out(&mut self, number: i64, failed: StoreError) -> Result<(), StoreError> {
        let found = match self.reopen().await {
            Ok(()) => committed(self.connection_mut()).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(last) if last == number => {
                // What could not be brought to the disk as a log is written to the database itself.
                let kept = raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.connection_mut()).await;
                let kept = kept.err().map(|error| error.to_string());
                tracing::error!(%failed, on_disk = kept.is_none(), "a commit failed, and what it wrote holds");
                Ok(())
            }
            Ok(_) => Err(failed),
            Err(error) => Err(StoreError::Unsure(format!("{failed}; then: {error}"))),
        }
    }

    /// A fresh connection in place of one that can't be used any more.
    async fn reopen(&mut self) -> Result<(), StoreError> {
        let StoreUrl::Sqlite(path) = self.url.clone() else { return Ok(()) };
        // Only who is alone with the log looks at what it says. Without the old connection, without readers:
        self.disconnect().await;
        self.unfinished = false;
        self.files.check_database()?;
        let mut connection = connect(&path).await?;
        committed(&mut connection).await?;
        self.connection = Some(connection);
        // Nobody has put another one there in the meantime.
        self.files.check_database()?;
        self.files.opened(&path)?;
        self.readers.open(&path).await;
        Ok(())
    }

    /// Writes back, and lets go of the files.
    pub(super) async fn close(&mut self) {
        self.disconnect().await;
        self.claim = None;
    }

    async fn disconnect(&mut self) {
        self.readers.close().await;
        if self.files.check_database().is_ok()
            && let Some(connection) = self.connection.take()
        {
            // What failed before fails again.
            let _ = connection.close().await;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.files.check_database().is_err() {
            // To close it would delete the log at its path, which is another's by now. The end of the process closes it.
            std::mem::forget(self.connection.take());
        }
    }
}

async fn in_memory() -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().disable_statement_logging().in_memory(true).shared_cache(false);
    let mut connection = options.connect().await?;
    // At once, since nobody will ever ask which of them were applied.
    let schema = MIGRATIONS.map(|(_, sql)| sql).concat();
    raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await?;
    Ok(connection)
}

/// Opens a file, made if there is none, with the schema of this version.
async fn up_to_date(path: &Path) -> Result<(SqliteConnection, Claim), StoreError> {
    files::reach(path)?;
    refuse_foreign(path).await?;
    let claim = Claim::take(path)?;
    let mut connection = connect(path).await?;
    files::tighten(path);
    // As `run`, whose future is too general for the compiler to send it between threads (rust-lang/rust#100013).
    migrator().run_direct(None, &mut connection, false).await?;
    if application_id(&mut connection).await? != APPLICATION_ID {
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}");
        raw_sql(AssertSqlSafe(mark)).execute(&mut connection).await?;
    }
    // Finds a damaged file now, not at the first look.
    let check: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
    if check != "ok" {
        return Err(StoreError::Corrupt(check));
    }
    Ok((connection, claim))
}

/// Looks at a database without touching it or what lies beside it. What can't be read so, the next look tells.
async fn refuse_foreign(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().disable_statement_logging().filename(path);
    let Ok(mut connection) = options.read_only(true).immutable(true).connect().await else { return Ok(()) };
    let ours = is_ours(&mut connection).await;
    let _ = connection.close().await;
    if let Ok(false) = ours { Err(StoreError::Foreign) } else { Ok(()) }
}

/// Opens a file that is there, unless it is another program's.
async fn connect(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new()
        .disable_statement_logging()
        .filename(path)
        .create_if_missing(false)
        // Another process, such as one of an earlier version, is told of at once instead of waited for.
        .busy_timeout(Duration::ZERO)
        // What is acknowledged must survive the power cord as well.
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    if !is_ours(&mut connection).await? {
        let _ = connection.close().await;
        return Err(StoreError::Foreign);
    }
    // Not earlier: it writes.
    raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
    Ok(connection)
}

/// Whether a database is one of ours, or empty. The first ones of ours had no application ID.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let id = application_id(connection).await?;
    let tables = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')");
    let tables: Vec<String> = tables.fetch_all(&mut *connection).await?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    let begun = has("_sqlx_migrations") && (tables.len() == 1 || has("worlds"));
    Ok(id == APPLICATION_ID || (id == 0 && (tables.is_empty() || begun)))
}

async fn application_id(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA application_id").fetch_one(connection).await
}

/// The number of the last commit.
async fn committed(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT number FROM commits").fetch_one(connection).await?)
}
