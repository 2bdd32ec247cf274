//! A store on a PostgreSQL server.
//!
//! Each command begins by locking its world's row, so that commands of a world come one after the other and its
//! counters have no gaps; worlds don't wait for each other.

use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr};

use super::StoreError;
use super::line::MIGRATIONS;
use super::url::PostgresUrl;

/// A transaction on a connection of the pool.
pub(super) type Begun = sqlx::Transaction<'static, sqlx::Postgres>;

/// Connections at once. Further commands wait.
const MOST: u32 = 16;
/// How long somebody waits for one, also while the server can't be reached.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often what became of a commit is asked for when its answer was lost.
const LOOKS: u32 = 20;

#[derive(Clone, Debug)]
pub(super) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects, brings the schema up to date and takes the store over.
    pub(super) async fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.reveal().parse()?;
        let pool = PgPoolOptions::new().max_connections(MOST).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(options.disable_statement_logging()).await?;
        let mut connection = pool.acquire().await?;
        // Takes a lock of its own against others who do the same. As `run`, whose future is too general.
        migrator().run_direct(None, &mut *connection, false).await?;
        drop(connection);
        Ok(Self { pool })
    }

    /// Begins a command in a world, when the one before it has ended; without a world, one about all of them.
    pub(super) async fn begin(&self, world: Option<&str>) -> Result<(Begun, PgPool), StoreError> {
        let mut begun = self.pool.begin().await?;
        let lock = match world {
            Some(world) => sqlx::query("SELECT 1 FROM worlds WHERE name = $1 FOR UPDATE").bind(world),
            None => sqlx::query("LOCK TABLE worlds IN SHARE ROW EXCLUSIVE MODE"),
        };
        lock.execute(&mut *begun).await?;
        Ok((begun, self.pool.clone()))
    }

    /// Begins to look.
    pub(super) async fn look(&self) -> Result<(Begun, PgPool), StoreError> {
        let begun = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        Ok((begun, self.pool.clone()))
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Makes a transaction last.
///
/// # Errors
/// [`StoreError::Unsure`] if it can't be told what holds; with any other, nothing was changed.
pub(super) async fn commit((mut begun, pool): (Begun, PgPool)) -> Result<(), StoreError> {
    let id = sqlx::query_scalar("SELECT pg_current_xact_id()::text");
    let id: String = id.fetch_one(&mut *begun).await?;
    match begun.commit().await {
        Ok(()) => Ok(()),
        Err(error) => find_out(&pool, &id, error.into()).await,
    }
}

/// What came of a commit whose answer was lost.
async fn find_out(pool: &PgPool, id: &str, failed: StoreError) -> Result<(), StoreError> {
    let mut last = String::new();
    for _ in 0..LOOKS {
        let status = sqlx::query_scalar("SELECT pg_xact_status($1::text::xid8)").bind(id);
        let status: Result<Option<String>, _> = status.fetch_one(pool).await;
        match status.as_ref().map(Option::as_deref) {
            Ok(Some("committed")) => {
                tracing::error!(%failed, "a commit failed, and what it wrote holds");
                return Ok(());
            }
            Ok(Some("aborted")) => return Err(failed),
            Ok(status) => last = status.unwrap_or("forgotten").to_owned(),
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(StoreError::Unsure(format!("{failed}; then: {last}")))
}

/// The schema of all stores. Texts are compared as bytes, as SQLite does it.
fn migrator() -> Migrator {
    let migration = |(version, (description, sql)): (i64, (&'static str, &'static str))| {
        let sql = AssertSqlSafe(sql.replace(" TEXT", " TEXT COLLATE \"C\"")).into_sql_str();
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect())
}
