//! Processes on one database tell each other in which worlds something has changed. Where nobody can listen, such as
//! behind a pooler, they look themselves.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

const CHANNEL: &str = "obn_ca";
/// Between two announcements. What comes in between goes with the next one.
const PACE: Duration = Duration::from_millis(5);
/// How long nothing is heard until somebody looks all the same: a process may have ended before it told.
const SILENCE: Duration = Duration::from_secs(1);
/// The same where nothing was ever heard.
const DEAF: Duration = Duration::from_millis(50);
/// A server that doesn't answer for so long isn't there.
const ANSWER: Duration = Duration::from_secs(5);
/// Between two tries to reach one.
const RETRY: Duration = Duration::from_millis(100);

/// Tells the others.
#[derive(Clone, Debug)]
pub(super) struct Announcer(Arc<Task>);

#[derive(Debug)]
struct Task {
    waiting: Arc<Waiting>,
    handle: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    worlds: Mutex<BTreeSet<String>>,
    some: Notify,
}

impl Announcer {
    pub(super) fn new(pool: PgPool) -> Self {
        let waiting = Arc::<Waiting>::default();
        let handle = tokio::spawn(announce(pool, Arc::clone(&waiting)));
        Self(Arc::new(Task { waiting, handle }))
    }

    pub(super) fn announce(&self, world: &str) {
        self.0.waiting.lock().insert(world.to_owned());
        self.0.waiting.some.notify_one();
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Waiting {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn announce(pool: PgPool, waiting: Arc<Waiting>) {
    loop {
        waiting.some.notified().await;
        let worlds: Vec<String> = std::mem::take(&mut *waiting.lock()).into_iter().collect();
        // Not in the transactions themselves: while one that tells something commits, no other can.
        let tell = sqlx::query("SELECT pg_notify($1, world) FROM unnest($2::text[]) AS told (world)");
        // Whoever isn't told looks by itself.
        let _ = tell.bind(CHANNEL).bind(worlds).execute(&pool).await;
        tokio::time::sleep(PACE).await;
    }
}

/// What is told, and whether the server is there at all.
#[derive(Debug)]
pub(in crate::store) struct News {
    pool: PgPool,
    options: PgConnectOptions,
    away: watch::Sender<bool>,
    listener: Option<PgListener>,
    /// Whether what is told arrives.
    hears: bool,
}

impl News {
    pub(super) fn new(pool: PgPool, options: PgConnectOptions, away: watch::Sender<bool>) -> Self {
        Self { pool, options, away, listener: None, hears: false }
    }

    /// Waits until something may have changed: in these worlds, or, without any, somewhere.
    pub(in crate::store) async fn next(&mut self) -> Vec<String> {
        let silence = if self.hears { SILENCE } else { DEAF };
        let Some(listener) = &mut self.listener else {
            self.reach().await;
            return Vec::new();
        };
        match tokio::time::timeout(silence, listener.try_recv()).await {
            Ok(Ok(Some(first))) => {
                self.hears = true;
                let more = std::iter::from_fn(|| listener.next_buffered());
                let worlds: BTreeSet<String> =
                    [first].into_iter().chain(more).map(|told| told.payload().to_owned()).collect();
                // What begins to listen says so, and may have missed anything.
                if worlds.contains("") { Vec::new() } else { worlds.into_iter().collect() }
            }
            Ok(Ok(None) | Err(_)) => {
                self.listener = None;
                self.reach().await;
                Vec::new()
            }
            Err(_silence) => Vec::new(),
        }
    }

    /// The server doesn't answer: until it can be reached again, nobody waits for it.
    pub(in crate::store) fn lost(&mut self) {
        self.listener = None;
    }

    /// Begins to listen, as soon as the server is there.
    async fn reach(&mut self) {
        loop {
            if self.pool.is_closed() {
                return std::future::pending().await;
            }
            match tokio::time::timeout(ANSWER, self.listen()).await {
                Ok(Ok(listener)) => {
                    self.listener = Some(listener);
                    self.hears = false;
                    self.away.send_replace(false);
                    return;
                }
                Ok(Err(error)) => tracing::debug!(%error, "the database can't be reached"),
                Err(_) => tracing::debug!("the database does not answer"),
            }
            if !self.away.send_replace(true) {
                tracing::error!("the database can't be reached");
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        // Fails at once, where a pool would wait.
        PgConnection::connect_with(&self.options).await?.close().await?;
        let pool = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(self.options.clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        match listener.listen(CHANNEL).await {
            // Whoever mayn't listen looks.
            Err(error @ sqlx::Error::Database(_)) => {
                tracing::info!(%error, "the database lets nobody listen")
            }
            other => other?,
        }
        sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&self.pool).await?;
        Ok(listener)
    }
}
