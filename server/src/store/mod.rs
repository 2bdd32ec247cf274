//! Persistence behind one type: in memory, or in an SQLite file.
//!
//! Both speak the same SQL through the same code. One command of the authority is one
//! [`Transaction`]; what it committed survives `kill -9`. Who only looks has a [`View`], and waits for nobody who writes
//! to a file.

mod applications;
mod contacts;
mod dues;
mod error;
mod files;
mod line;
mod mails;
mod pages;
#[cfg(feature = "postgres")]
mod postgres;
mod readers;
mod renewals;
mod revoked;
mod rows;
mod sql;
mod url;

pub use dues::{Due, DueKind};
pub use error::{Lost, StoreError};
pub use pages::{Order, Page};
pub use rows::{Material, REVOKED, Transaction, View};
#[cfg(feature = "postgres")]
pub use url::PostgresUrl;
pub use url::StoreUrl;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use self::files::Watch;
use self::line::Line;
use self::readers::Readers;

/// The state of all worlds.
#[derive(Clone, Debug)]
pub struct Store {
    place: Place,
    /// Whoever comes late, such as a key that was still in the making, must not open the file again.
    closed: Arc<AtomicBool>,
}

/// Where it is kept.
#[derive(Clone, Debug)]
enum Place {
    /// In memory, or in a file.
    Here { line: Arc<Mutex<Line>>, readers: Readers, files: Arc<Watch> },
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

impl Store {
    /// Opens the store and brings it up to date. Its files are for their owner alone.
    ///
    /// # Errors
    /// A line that says what the user can do about it: [`StoreError::NoFolder`], [`StoreError::NotAFile`],
    /// [`StoreError::ReadOnly`], [`StoreError::InUse`], [`StoreError::Full`], [`StoreError::Corrupt`],
    /// [`StoreError::Foreign`] or [`StoreError::Newer`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let place = match url {
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => Place::Postgres(postgres::Postgres::open(url).await?),
            url => {
                let (files, readers) = (Arc::new(Watch::new(url)), Readers::default());
                let line = Arc::new(Mutex::new(Line::open(url, &files, &readers).await?));
                Place::Here { line, readers, files }
            }
        };
        Ok(Self { place, closed: Arc::default() })
    }

    /// Begins a transaction about the list of worlds, when the one before it has ended. Without a commit, nothing of it
    /// stays.
    ///
    /// # Errors
    /// [`StoreError::Closed`] after [`close`](Self::close); [`StoreError::Lost`] once a file of it was deleted or replaced;
    /// as [`open`](Self::open) if the file has to be opened again.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        self.begin_about(None).await
    }

    /// The same about one world.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn begin_in(&self, world: &str) -> Result<Transaction, StoreError> {
        self.begin_about(Some(world)).await
    }

    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "elsewhere all take turns"))]
    async fn begin_about(&self, world: Option<&str>) -> Result<Transaction, StoreError> {
        match &self.place {
            Place::Here { line, .. } => {
                let mut line = Arc::clone(line).lock_owned().await;
                if self.is_closed() {
                    return Err(StoreError::Closed);
                }
                line.begin().await?;
                Ok(Transaction::on(line))
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(_) if self.is_closed() => Err(StoreError::Closed),
            #[cfg(feature = "postgres")]
            Place::Postgres(postgres) => Ok(Transaction::of(postgres.begin(world).await?)),
        }
    }

    /// Begins to look at what was committed: in a file beside the others, in memory when it is one's turn.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn look(&self) -> Result<View, StoreError> {
        match &self.place {
            Place::Here { readers, files, .. } => {
                files.check()?;
                match readers.begin().await? {
                    Some(_) if self.is_closed() => Err(StoreError::Closed),
                    Some(reader) => Ok(View::of(reader)),
                    None => Ok(self.begin().await?.into_view()),
                }
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(_) if self.is_closed() => Err(StoreError::Closed),
            #[cfg(feature = "postgres")]
            Place::Postgres(postgres) => Ok(Transaction::of(postgres.look().await?).into_view()),
        }
    }

    /// Writes back and lets go of the file, for good.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        match &self.place {
            Place::Here { line, .. } => line.lock().await.close().await,
            #[cfg(feature = "postgres")]
            Place::Postgres(postgres) => postgres.close().await,
        }
    }

    /// Whether it has been let go.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}
