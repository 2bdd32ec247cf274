//! Persistence behind one type: in memory, in an SQLite file, or on a PostgreSQL server.
//!
//! All speak the same SQL through the same code. One command of the authority is one
//! [`Transaction`]; what it committed survives `kill -9`. Who only looks has a [`View`], and waits for nobody who writes
//! to a file. A server is shared by several processes: what they have to know of each other is in [`Head`], [`News`] and the
//! journals.

mod applications;
mod columns;
mod contacts;
mod crls;
mod dues;
mod error;
mod faults;
mod files;
mod heads;
mod line;
mod mails;
mod pages;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
mod postgres;
mod readers;
mod renewals;
mod revoked;
mod rows;
mod sql;
mod url;

pub use crls::CrlUse;
pub use dues::{Due, DueKind};
pub use error::{Lost, StoreError};
pub use heads::Head;
pub use pages::{Order, Page};
pub use rows::{Material, REVOKED, Transaction, View};
#[cfg(feature = "postgres")]
pub use url::PostgresUrl;
pub use url::StoreUrl;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::sync::Mutex;

use self::files::Watch;
use self::line::Line;
use self::postgres::Postgres;
use self::readers::Readers;
use crate::journal::Entry;

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
    /// Where others have it as well.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "there is none without it"))]
    Server(Box<Postgres>),
}

/// What other processes tell.
#[derive(Debug)]
pub struct News(postgres::News);

impl News {
    /// Waits until something may have changed: in these worlds, or, without any, somewhere.
    pub async fn next(&mut self) -> Vec<String> {
        self.0.next().await
    }

    /// The server didn't answer.
    pub fn lost(&mut self) {
        self.0.lost();
    }
}

impl Store {
    /// Opens the store and brings it up to date. Its files are for their owner alone.
    ///
    /// # Errors
    /// A line that says what the user can do about it: [`StoreError::NoFolder`], [`StoreError::NotAFile`],
    /// [`StoreError::ReadOnly`], [`StoreError::InUse`], [`StoreError::Full`], [`StoreError::Corrupt`],
    /// [`StoreError::Foreign`], [`StoreError::Newer`] or [`StoreError::Away`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let place = match url {
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => Place::Server(Box::new(Postgres::open(url).await?)),
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
    /// as [`open`](Self::open) if the file has to be opened again; [`StoreError::Away`].
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(self.begin_about(None).await?.0)
    }

    /// The same about one world, with what its row says if others may have changed it.
    ///
    /// # Errors
    /// As [`begin`](Self::begin), and [`StoreError::NoWorld`].
    pub async fn begin_in(&self, world: &str) -> Result<(Transaction, Option<Head>), StoreError> {
        self.begin_about(Some(world)).await
    }

    async fn begin_about(&self, world: Option<&str>) -> Result<(Transaction, Option<Head>), StoreError> {
        match &self.place {
            Place::Here { line, .. } => {
                let mut line = Arc::clone(line).lock_owned().await;
                if self.is_closed() {
                    return Err(StoreError::Closed);
                }
                line.begin().await?;
                Ok((Transaction::on(line), None))
            }
            Place::Server(_) if self.is_closed() => Err(StoreError::Closed),
            Place::Server(server) => {
                let (begun, head) = Box::pin(server.begin(world)).await?;
                Ok((Transaction::of(begun), head))
            }
        }
    }

    /// Begins to look at what was committed: in a file beside the others, in memory when it is one's turn.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn look(&self) -> Result<View, StoreError> {
        Ok(self.look_about(None).await?.0)
    }

    /// The same at one world, with what its row says if others may have changed it.
    ///
    /// # Errors
    /// As [`begin_in`](Self::begin_in).
    pub async fn look_at(&self, world: &str) -> Result<(View, Option<Head>), StoreError> {
        self.look_about(Some(world)).await
    }

    async fn look_about(&self, world: Option<&str>) -> Result<(View, Option<Head>), StoreError> {
        match &self.place {
            Place::Here { readers, files, .. } => {
                files.check()?;
                match readers.begin().await? {
                    Some(_) if self.is_closed() => Err(StoreError::Closed),
                    Some(reader) => Ok((View::of(reader), None)),
                    None => Ok((self.begin().await?.into_view(), None)),
                }
            }
            Place::Server(_) if self.is_closed() => Err(StoreError::Closed),
            Place::Server(server) => {
                let (begun, head) = Box::pin(server.look(world)).await?;
                Ok((Transaction::of(begun).into_view(), head))
            }
        }
    }

    /// Writes back and lets go of the file, for good.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        match &self.place {
            Place::Here { line, .. } => line.lock().await.close().await,
            Place::Server(server) => Box::pin(server.close()).await,
        }
    }

    /// Whether it has been let go.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether other processes have it as well.
    pub fn is_shared(&self) -> bool {
        matches!(self.place, Place::Server(_))
    }

    /// What the rows of these worlds say, two at most; without any: of all. Nothing where nobody else changes them.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn heads(&self, names: &[&str]) -> Result<Vec<Head>, StoreError> {
        match &self.place {
            Place::Here { .. } => Ok(Vec::new()),
            Place::Server(server) => Box::pin(server.heads(names)).await,
        }
    }

    /// The same of all, with when something is due there next.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn dues(&self) -> Result<Vec<(Head, Option<Timestamp>)>, StoreError> {
        match &self.place {
            Place::Here { .. } => Ok(Vec::new()),
            Place::Server(server) => Box::pin(server.dues()).await,
        }
    }

    /// Adds records to the journal of a world, of which the last `most` are kept, where the database keeps it.
    ///
    /// # Errors
    /// [`StoreError::NoWorld`] if it is another world than that of `head`; [`StoreError::Away`].
    pub async fn append(&self, head: &Head, entries: &[Entry], most: usize) -> Result<(), StoreError> {
        match &self.place {
            Place::Here { .. } => Ok(()),
            Place::Server(server) => Box::pin(server.append(head, entries, most)).await,
        }
    }

    /// The records of a journal after a number, the last `most` at most.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version; [`StoreError::Away`].
    pub async fn records(&self, head: &Head, after: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
        match &self.place {
            Place::Here { .. } => Ok(Vec::new()),
            Place::Server(server) => Box::pin(server.records(head, after, most)).await,
        }
    }

    /// Tells all processes that something has changed in a world.
    pub fn announce(&self, world: &str) {
        if let Place::Server(server) = &self.place {
            server.announce(world);
        }
    }

    /// What others tell so. `None`: there are no others.
    pub fn news(&self) -> Option<News> {
        match &self.place {
            Place::Here { .. } => None,
            Place::Server(server) => Some(News(server.news())),
        }
    }
}
