//! Persistence behind one type: in memory, or in an SQLite file.
//!
//! Both speak the same SQL through the same code. One command of the authority is one
//! [`Transaction`]; what it committed survives `kill -9`.

mod mails;
mod renewals;
mod revoked;
mod rows;

pub use rows::{Material, Transaction};

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr, SqlitePool};
use tokio::sync::RwLock;

/// The schema, change by change. What has once gone out stays as it is: a store knows each by its checksum.
const MIGRATIONS: [(&str, &str); 3] = [
    ("ground floor", include_str!("migrations/0001_ground_floor.sql")),
    ("renewals and revocations", include_str!("migrations/0002_renewals_and_revocations.sql")),
    ("deliveries", include_str!("migrations/0003_deliveries.sql")),
];

fn migrator() -> Migrator {
    let migration = |(version, (description, sql)): (i64, (&'static str, &'static str))| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect())
}

/// Where to keep things: `memory:` or `sqlite:PATH`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreUrl {
    /// Gone with the process.
    #[default]
    Memory,
    /// A file, created if it isn't there.
    Sqlite(PathBuf),
}

impl StoreUrl {
    /// Whether nothing is kept there yet.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Memory => true,
            Self::Sqlite(path) => !path.exists(),
        }
    }
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(format!("{text:?} is no store: use memory: or sqlite:PATH")),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// The state of all worlds.
#[derive(Clone, Debug)]
pub struct Store {
    url: StoreUrl,
    /// One connection: SQLite has one writer, and in memory there is nothing to share.
    pool: Arc<RwLock<SqlitePool>>,
    /// Whoever comes late, such as a key that was still in the making, must not open the file again.
    closed: Arc<AtomicBool>,
}

impl Store {
    /// Opens the store and brings it up to date.
    ///
    /// # Errors
    /// A line that says what the user can do about it: [`StoreError::NoFolder`], [`StoreError::NotAFile`],
    /// [`StoreError::ReadOnly`], [`StoreError::InUse`], [`StoreError::Full`], [`StoreError::Corrupt`] or
    /// [`StoreError::Newer`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let pool = Self::connect(url).await?;
        if *url == StoreUrl::Memory {
            // At once, since nobody will ever ask which of them were applied.
            let schema = MIGRATIONS.map(|(_, sql)| sql).concat();
            sqlx::raw_sql(AssertSqlSafe(schema)).execute(&pool).await?;
        } else {
            migrator().run(&pool).await?;
            // Takes the lock now, not at the first write, and finds a damaged file.
            let check: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&pool).await?;
            if check != "ok" {
                return Err(StoreError::Corrupt(check));
            }
        }
        Ok(Self { url: url.clone(), pool: Arc::new(RwLock::new(pool)), closed: Arc::default() })
    }

    /// Begins a transaction. Without a commit, nothing of it stays.
    ///
    /// # Errors
    /// [`StoreError::Closed`] after [`close`](Self::close); as [`open`](Self::open) if the file has to be opened
    /// again.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        // Spelled out, so that it fails on a connection that is still in a transaction: after a
        // failed commit (a full disk) another one inside of it would end without a trace.
        let begun = self.pool.read().await.begin_with("BEGIN").await;
        match begun {
            Ok(begun) => Ok(Transaction::new(begun)),
            Err(error) if self.url == StoreUrl::Memory => Err(error.into()),
            Err(_) => Ok(Transaction::new(self.reconnect().await?)),
        }
    }

    /// Writes back and lets go of the file, for good.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.pool.read().await.close().await;
    }

    /// Whether it has been let go.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// A fresh connection in place of one that can't be used any more.
    async fn reconnect(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StoreError> {
        let mut pool = self.pool.write().await;
        if self.is_closed() {
            return Err(StoreError::Closed);
        }
        // Somebody else may have been here first.
        if let Ok(begun) = pool.begin_with("BEGIN").await {
            return Ok(begun);
        }
        // The file is locked until the old connection is gone.
        pool.close().await;
        *pool = Self::connect(&self.url).await?;
        Ok(pool.begin_with("BEGIN").await?)
    }

    async fn connect(url: &StoreUrl) -> Result<SqlitePool, StoreError> {
        let options = SqliteConnectOptions::new().disable_statement_logging();
        let options = match url {
            StoreUrl::Memory => options.in_memory(true).shared_cache(false),
            StoreUrl::Sqlite(path) => {
                reachable(path)?;
                options
                    .filename(path)
                    .create_if_missing(true)
                    // A second process on the file is told so at once instead of waiting.
                    .busy_timeout(Duration::ZERO)
                    .locking_mode(SqliteLockingMode::Exclusive)
                    .journal_mode(SqliteJournalMode::Wal)
                    // What is acknowledged must survive the power cord as well.
                    .synchronous(SqliteSynchronous::Full)
            }
        };
        SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(StoreError::from)
    }
}

/// Says what is wrong with a path before SQLite says "unable to open database file".
fn reachable(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(StoreError::NoFolder(folder.to_owned()));
    }
    if path.is_dir() {
        return Err(StoreError::NotAFile);
    }
    // On a read-only file system, SQLite would call a store that was not closed a disk I/O error.
    if path.exists() && std::fs::OpenOptions::new().write(true).open(path).is_err() {
        return Err(StoreError::ReadOnly);
    }
    Ok(())
}

/// Why the store can't be used. Each reads as one line after `store sqlite:PATH: `.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A path into nowhere.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The path is a folder.
    #[error("this is a folder, not a file")]
    NotAFile,
    /// Two processes on one file.
    #[error("another process is using it")]
    InUse,
    /// No write access to file or folder.
    #[error("it can't be written: check the permissions of the file and its folder")]
    ReadOnly,
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// Not a database, or a damaged one.
    #[error("it is damaged or not a store of obn-ca ({0})")]
    Corrupt(String),
    /// Made by a later version.
    #[error("it was made by a newer version of obn-ca (schema {0}): use that version, or another file")]
    Newer(i64),
    /// The simulator has been stopped.
    #[error("it is closed")]
    Closed,
    /// A row that this version can't read.
    #[error("it holds something unreadable: {0}")]
    Unreadable(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::Other(error.to_string().replace('\n', " "));
        };
        // The primary result code is the lowest byte (sqlite.org/rescode.html).
        let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default() & 0xff;
        match code {
            5 | 6 => Self::InUse,
            8 | 14 | 23 => Self::ReadOnly,
            13 => Self::Full,
            11 | 26 => Self::Corrupt(database.message().to_owned()),
            _ => Self::Other(database.message().to_owned()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::VersionMismatch(version) => {
                Self::Corrupt(format!("schema {version} is not the one that obn-ca made"))
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Other(other.to_string()),
        }
    }
}
