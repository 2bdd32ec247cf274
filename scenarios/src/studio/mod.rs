//! The harness as pages on this machine, in Japanese and English: choose what is judged, watch it live, be guided through
//! what no command can start, look at results, compare them.
//!
//! The pages do what the command line does, by the same [`Job`](crate::job::Job). What is run as a command comes from who
//! started the server or from a file in its folder, never from a page; and only pages of its own are listened to.

mod archive;
mod chosen;
mod guard;
mod listener;
mod live;
mod pages;
mod person;
mod run_id;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use obn_speech::{Words, cause, words};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use self::archive::Archive;
use self::chosen::{Chosen, Kind, Part};
use self::guard::Guard;
use self::listener::Bounded;
use self::live::Live;
use self::person::AtPage;
use crate::catalogue::Catalogue;
use crate::client::{Guide, adopt_orphans};
use crate::error::Error;
use crate::job::News;
use crate::play::{Along, Pace};

/// Connections at a time. A browser takes up to six.
const MOST_CONNECTIONS: usize = 64;
/// Pages that watch a run at a time.
const MOST_STREAMS: usize = 16;

/// What a [`Studio`] serves, and where.
#[derive(Clone, Debug)]
pub struct StudioOptions {
    /// What can be played.
    pub catalogue: Catalogue,
    /// Where runs and choices are kept. `commands.toml` and `expected.toml` in it are read.
    pub folder: PathBuf,
    /// A command under test beside those of `commands.toml`; empty if there is none.
    pub command: Vec<String>,
    /// Where it is reached; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names by which it may be called, beside loopback.
    pub hosts: Vec<String>,
}

/// A server of these pages.
#[derive(Debug)]
pub struct Studio {
    listener: Bounded,
    address: SocketAddr,
    shared: Arc<Shared>,
    guard: Guard,
}

/// What all pages work on.
#[derive(Debug)]
struct Shared {
    catalogue: Catalogue,
    archive: Archive,
    command: Vec<String>,
    current: Mutex<Option<Current>>,
    streams: Arc<Semaphore>,
    /// Set when the server ends.
    closing: watch::Sender<bool>,
}

/// The run under way, or the last one.
#[derive(Debug)]
struct Current {
    live: Arc<Live>,
    task: JoinHandle<()>,
}

/// Why a run is not begun.
#[derive(Debug)]
enum NotBegun {
    /// Another one is under way.
    Busy,
    /// What was chosen can't be played.
    Wrong(Error),
}

impl Studio {
    /// Takes its place.
    ///
    /// # Errors
    /// If the folder or the address can't be had, or a file in the folder says something wrong.
    pub async fn bind(options: StudioOptions) -> Result<Self, Error> {
        let StudioOptions { catalogue, folder, command, listen, hosts } = options;
        let archive = Archive::open(folder)?;
        archive.commands()?;
        archive.expected()?;
        let unreachable = |error| {
            let Words { japanese, english } = cause(&error);
            let free = SocketAddr::new(listen.ip(), 0);
            Error::Usage(words!(
                "--listen {listen} で開始できません: {japanese}。空いているポートを --listen {free} で使えます",
                "--listen {listen}: {english}; --listen {free} takes a free port"
            ))
        };
        let listener = TcpListener::bind(listen).await.map_err(unreachable)?;
        let address = listener.local_addr().map_err(unreachable)?;
        let shared = Shared {
            catalogue,
            archive,
            command,
            current: Mutex::new(None),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            closing: watch::Sender::new(false),
        };
        let guard = Guard { hosts, any_address: !address.ip().is_loopback() };
        Ok(Self {
            listener: Bounded::new(listener, MOST_CONNECTIONS),
            address,
            shared: Arc::new(shared),
            guard,
        })
    }

    /// Where its first page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until this comes; a run that is under way then is stopped, and what was played is kept.
    pub async fn serve(self, end: impl Future<Output = ()> + Send) {
        adopt_orphans();
        let shared = Arc::clone(&self.shared);
        let mut closing = shared.closing.subscribe();
        let served = axum::serve(self.listener, pages::router(Arc::clone(&shared), self.guard))
            .with_graceful_shutdown(async move {
                // An error would mean that the studio is gone.
                let _ = closing.wait_for(|closing| *closing).await;
            });
        let ending = async {
            end.await;
            let current = shared.current().take();
            if let Some(Current { live, task }) = current {
                live.stop();
                // It ends like any run, with its reports.
                let _ = task.await;
            }
            shared.closing.send_replace(true);
        };
        let (_, _) = tokio::join!(served.into_future(), ending);
    }
}

impl Shared {
    /// Begins a run of what was chosen.
    fn begin(self: &Arc<Self>, chosen: Chosen) -> Result<(), NotBegun> {
        let mut current = self.current();
        if current.as_ref().is_some_and(|current| current.live.over().is_none()) {
            return Err(NotBegun::Busy);
        }
        let changed = watch::Sender::new(0);
        let person = (chosen.kind == Kind::Person).then(|| Arc::new(AtPage::new(changed.clone())));
        let guide = person.clone().map(|person| Guide::of(person));
        let job = chosen.job(self, guide).map_err(NotBegun::Wrong)?;
        let expected = self.archive.expected().map_err(NotBegun::Wrong)?;
        let earlier = match &chosen.of_run {
            Some(Part::Left(id)) => self.archive.plays(id).unwrap_or_default(),
            _ => Vec::new(),
        };
        // A part of a run is nothing to begin with the next time.
        let next = Chosen { of_run: None, ..chosen.clone() };
        self.archive.remember(&next).map_err(NotBegun::Wrong)?;
        let live = Arc::new(Live::new(&job, person, changed));
        let task = {
            let (shared, live) = (Arc::clone(self), Arc::clone(&live));
            let runtime = tokio::runtime::Handle::current();
            // The plays are tasks of their own; who awaits them also writes the reports.
            tokio::task::spawn_blocking(move || {
                let (fail_fast, stop) = (chosen.fail_fast, live.stop_sign());
                let news = |news: News<'_>| {
                    if let News::Played(played) = &news
                        && fail_fast
                        && played.outcome.is_failure()
                    {
                        stop.now();
                    }
                    live.hears(news);
                };
                let along = {
                    let live = Arc::clone(&live);
                    Along::new(move |scenario, case, line| live.writes(scenario, case, line))
                };
                let pace = Pace::new(chosen.jobs(), stop.clone()).read_by(along);
                let mut report = runtime.block_on(job.play(pace, news));
                report.goes_on_from(earlier);
                let now = archive::now();
                report.date(now, None);
                let today = jiff::tz::offset(9).to_datetime(now).date();
                report.excuse(&expected, today, |id, case| shared.catalogue.has(id, case));
                let kept = shared.archive.keep(now, &report, &shared.catalogue.requirements, &chosen);
                live.ends(kept.map_err(|error| error.to_string()));
            })
        };
        *current = Some(Current { live, task });
        Ok(())
    }

    /// The run under way, or the last one.
    fn live(&self) -> Option<Arc<Live>> {
        self.current().as_ref().map(|current| Arc::clone(&current.live))
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commands that can be judged, by name.
    fn commands(&self) -> Result<Vec<(String, Vec<String>)>, Error> {
        let given = (!self.command.is_empty()).then(|| (String::new(), self.command.clone()));
        Ok(given.into_iter().chain(self.archive.commands()?).collect())
    }
}
