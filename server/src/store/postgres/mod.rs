//! A store on a PostgreSQL server, which any number of equal processes share.
//!
//! Each command begins by locking its world's row, so that commands of a world come one after the other and its
//! counters have no gaps; worlds don't wait for each other. What others have done is read from that row.

mod journal;
mod news;

pub(super) use self::news::News;

use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, SqlSafeStr};
use tokio::sync::watch;

use self::news::Announcer;
use super::heads::{due, head, select_heads};
use super::line::MIGRATIONS;
use super::sql::{Connection, sql};
use super::url::PostgresUrl;
use super::{Head, StoreError};

/// Connections at once. Further commands wait.
const MOST: u32 = 16;
/// How long somebody waits for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection that was idle for so long is tried before it is used.
const IDLE: Duration = Duration::from_millis(500);
/// How often a beginning is tried that changes nothing if it fails.
const TRIES: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);
/// How long what became of a commit is asked for when its answer was lost.
const ASKING: Duration = Duration::from_secs(15);
/// The lock under which the schema is brought up to date: "obnc".
const SCHEMA_LOCK: i64 = 0x6f62_6e63;

#[derive(Clone, Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    options: PgConnectOptions,
    announcer: Announcer,
    /// Whether the server can't be reached.
    away: watch::Sender<bool>,
}

/// A transaction.
#[derive(Debug)]
pub(super) struct Begun {
    transaction: sqlx::Transaction<'static, sqlx::Postgres>,
    pool: PgPool,
}

impl Postgres {
    /// Connects and brings the schema up to date.
    pub(super) async fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        // Nobody would say which one it is.
        if let Some((name, path)) = url.files().find(|(_, path)| std::fs::File::open(path).is_err()) {
            return Err(StoreError::NoFile { name, path });
        }
        let options: PgConnectOptions = url.reveal().parse()?;
        let options = options.disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(MOST)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, of| {
                Box::pin(async move { Ok(of.idle_for < IDLE || connection.ping().await.is_ok()) })
            });
        // At once, and not when it has waited long enough.
        sqlx::PgConnection::connect_with(&options).await?.close().await?;
        let pool = pool.connect_with(options.clone()).await?;
        migrate(&pool).await?;
        let announcer = Announcer::new(pool.clone());
        Ok(Self { pool, options, announcer, away: watch::Sender::new(false) })
    }

    /// Begins a command in a world, when the one before it has ended; without a world, one about all of them.
    pub(super) async fn begin(&self, world: Option<&str>) -> Result<(Begun, Option<Head>), StoreError> {
        self.begun(
            "BEGIN",
            world.map(|world| (select_heads!(" FROM worlds WHERE name = $1 FOR UPDATE"), world)),
        )
        .await
    }

    /// Begins to look, at a world or at all of them.
    pub(super) async fn look(&self, world: Option<&str>) -> Result<(Begun, Option<Head>), StoreError> {
        let look = world.map(|world| (select_heads!(" FROM worlds WHERE name = $1"), world));
        self.begun("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", look).await
    }

    async fn begun(
        &self,
        begin: &'static str,
        world: Option<(&'static str, &str)>,
    ) -> Result<(Begun, Option<Head>), StoreError> {
        let once = || async {
            let transaction = self.reached(self.pool.begin_with(begin)).await?;
            let mut begun = Begun { transaction, pool: self.pool.clone() };
            let Some((text, world)) = world else { return Ok((begun, None)) };
            let row = sql(text).bind(world).optional(begun.on()).await?.ok_or(StoreError::NoWorld)?;
            let head = head(&row)?;
            Ok((begun, Some(head)))
        };
        for _ in 1..TRIES {
            match once().await {
                Err(StoreError::Again(_) | StoreError::Away(_)) if !*self.away.borrow() => {
                    tokio::time::sleep(PAUSE).await;
                }
                done => return done,
            }
        }
        once().await
    }

    /// What the rows of these worlds say; of none: of all.
    pub(super) async fn heads(&self, names: &[&str]) -> Result<Vec<Head>, StoreError> {
        let mut connection = self.connection().await?;
        let query = match names {
            [] => sql(select_heads!(" FROM worlds")),
            [one] => sql(select_heads!(" FROM worlds WHERE name = $1")).bind(*one),
            [one, other, ..] => {
                sql(select_heads!(" FROM worlds WHERE name = $1 OR name = $2")).bind(*one).bind(*other)
            }
        };
        let rows = query.all(Connection::Postgres(&mut connection)).await?;
        rows.iter().map(head).collect()
    }

    /// The same of all worlds, with when something is due there next.
    pub(super) async fn dues(&self) -> Result<Vec<(Head, Option<Timestamp>)>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sql(select_heads!(
            ", (SELECT due FROM dues WHERE world = name ORDER BY due, kind, place, key LIMIT 1) AS due FROM worlds"
        ));
        let rows = query.all(Connection::Postgres(&mut connection)).await?;
        rows.iter().map(|row| Ok((head(row)?, due(row)?))).collect()
    }

    /// Tells other processes, and this one, that something has changed in a world.
    pub(super) fn announce(&self, world: &str) {
        self.announcer.announce(world);
    }

    /// What is told so.
    pub(super) fn news(&self) -> News {
        News::new(self.pool.clone(), self.options.clone(), self.away.clone())
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    async fn connection(&self) -> Result<PoolConnection<sqlx::Postgres>, StoreError> {
        self.reached(self.pool.acquire()).await
    }

    /// Nobody waits for a server that isn't there.
    async fn reached<T>(&self, reach: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
        let mut away = self.away.subscribe();
        tokio::select! {
            biased;
            _ = away.wait_for(|away| *away) => Err(StoreError::Away("it does not answer".to_owned())),
            reached = reach => Ok(reached?),
        }
    }
}

impl Begun {
    pub(super) fn on(&mut self) -> Connection<'_> {
        Connection::Postgres(&mut self.transaction)
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError::Unsure`] if it can't be told what holds; with any other, nothing was changed.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let Self { mut transaction, pool } = self;
        let id = sqlx::query_scalar("SELECT pg_current_xact_id()::text");
        let id: String = id.fetch_one(&mut *transaction).await?;
        match transaction.commit().await {
            Ok(()) => Ok(()),
            Err(error) => find_out(&pool, &id, error.into()).await,
        }
    }
}

/// What came of a commit whose answer was lost.
async fn find_out(pool: &PgPool, id: &str, failed: StoreError) -> Result<(), StoreError> {
    let asking = async {
        loop {
            let status = sqlx::query_scalar("SELECT pg_xact_status($1::text::xid8)").bind(id);
            let status: Result<Option<String>, _> = status.fetch_one(pool).await;
            match status.as_ref().map(Option::as_deref) {
                Ok(Some("committed")) => return Some(true),
                Ok(Some("aborted")) => return Some(false),
                Ok(None) => return None,
                // Still at it, or not back yet.
                Ok(Some(_)) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    };
    match tokio::time::timeout(ASKING, asking).await {
        Ok(Some(true)) => {
            tracing::error!(%failed, "a commit failed, and what it wrote holds");
            Ok(())
        }
        Ok(Some(false)) => Err(failed),
        Ok(None) | Err(_) => Err(StoreError::Unsure(failed.to_string())),
    }
}

/// Brings the schema up to date, in one transaction: others who do the same wait, also behind a pooler.
async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(SCHEMA_LOCK).execute(&mut *transaction).await?;
    // As `run`, whose future is too general.
    migrator().run_direct(None, &mut *transaction, false).await?;
    Ok(transaction.commit().await?)
}

/// The schema of all stores. Texts are compared as bytes, as SQLite does it.
fn migrator() -> Migrator {
    let migration = |(version, (description, sql)): (i64, (&'static str, &'static str))| {
        let sql = AssertSqlSafe(sql.replace(" TEXT", " TEXT COLLATE \"C\"")).into_sql_str();
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    };
    let mut migrator = Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect());
    // During an upgrade, processes of the version before begin on a schema that has more than they know of.
    migrator.set_ignore_missing(true).set_locking(false);
    migrator
}
