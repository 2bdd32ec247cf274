//! Readers beside the one who writes to a file: each sees what was committed when it began, and nobody waits for it.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Sqlite};
use tokio::sync::RwLock;

use super::StoreError;

/// At once. Further ones wait.
const MOST: u32 = 4;

/// The readers of a store. In memory there are none, and those who look take turns with those who write.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers(Arc<RwLock<Option<SqlitePool>>>);

impl Readers {
    /// Those of a file that is open. Each connects when it is first needed.
    pub(super) async fn open(&self, path: &Path) {
        let options = SqliteConnectOptions::new().disable_statement_logging().filename(path).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(MOST).test_before_acquire(false);
        let pool = pool.idle_timeout(None).max_lifetime(None).connect_lazy_with(options);
        *self.0.write().await = Some(pool);
    }

    /// Begins to read. `None`: there are no readers.
    pub(super) async fn begin(&self) -> Result<Option<sqlx::Transaction<'static, Sqlite>>, StoreError> {
        // Held until it has begun, so that nobody closes it in between.
        match &*self.0.read().await {
            Some(pool) => Ok(Some(pool.begin().await?)),
            None => Ok(None),
        }
    }

    /// Lets go of the file, when those who read have done so.
    pub(super) async fn close(&self) {
        if let Some(pool) = self.0.write().await.take() {
            pool.close().await;
        }
    }
}
