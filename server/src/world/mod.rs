//! One world: everything that has state or may differ between two tests.
//!
//! A world brings the pure rules of the [`authority`](crate::authority) together with its clock, its
//! keys, its profile and the store. Pages and control call it; it knows no HTTP.

mod addresses;
mod application;
mod command;
mod contacts;
mod crl;
mod download;
mod faults;
mod file;
mod identify;
mod issue;
mod mails;
mod material;
mod name;
mod pages;
mod record;
mod renewal;
mod replicas;
mod revocation;
mod settings;
mod settle;
mod tls;

pub use addresses::Addresses;
pub use crl::PublishedCrl;
pub use download::PfxFile;
pub use file::{FileError, WorldFile};
pub use issue::sample_application;
pub use name::{InvalidName, WorldName};
pub use renewal::{RenewalOrder, Visitor};
pub(crate) use replicas::new_incarnation;
pub(crate) use settings::{Settings, StoredCa};

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock, Weak};

use tokio::sync::{Mutex, Notify, OnceCell, OwnedSemaphorePermit, watch};

use self::record::Pen;
use crate::authority::{IssueError, Record, Refusal};
use crate::clock::{Clock, ClockState, OutOfRange};
use crate::contents::Contents;
use crate::entropy::Entropy;
use crate::faults::Faults;
use crate::files::Files;
use crate::journal::Journal;
use crate::pki::{ClientCa, KeyPool, KeySupply, PkiError, Root, RsaKey, StoredRoot, TlsChain};
use crate::profile::Profile;
use crate::session::Sessions;
use crate::store::{Head, Store, StoreError};
use crate::terms::{IdentifierError, RequestId, Serial};

/// A world of its own: clock, keys, certificates, sessions, journal.
#[derive(Debug)]
pub struct World {
    me: Weak<Self>,
    name: WorldName,
    /// Tells it from others that have had its name.
    incarnation: String,
    pub(crate) seeded: bool,
    entropy: Entropy,
    /// Decides what nobody knows.
    pub profile: Profile,
    /// The simulated time.
    pub clock: Clock,
    /// Portal sessions.
    pub sessions: Sessions,
    /// What happened.
    pub journal: Journal,
    /// What was sent and answered, if a tester wants it kept.
    pub(crate) contents: Contents,
    /// What goes wrong.
    pub faults: Faults,
    /// What was asked for with a query.
    pub addresses: Addresses,
    /// The chain that the portal shows.
    tls: RwLock<Arc<TlsChain>>,
    ca: OnceCell<Arc<ClientCa>>,
    /// The revocation list in force, once somebody asked for it.
    crl: Mutex<Option<Arc<PublishedCrl>>>,
    /// The one that the sites have fetched that the certificate is for.
    fetched_crl: Mutex<Option<Arc<PublishedCrl>>>,
    keys: KeySupply,
    /// Those that its profile may name.
    pub(crate) files: Files,
    store: Store,
    /// Whether another world has its name now, or none. Set while a transaction is open.
    pub(crate) gone: watch::Sender<bool>,
    /// Told when a mail waits to go out; `None`: none goes out.
    outgoing: Option<Arc<Notify>>,
    /// One at a time makes the missing key of a certificate, so that none is made twice.
    making: std::sync::Mutex<HashMap<Serial, Arc<Mutex<()>>>>,
    /// Held by whoever changes what is kept as [`Settings`].
    settings: Mutex<()>,
    /// Which version of the settings in the store this one knows.
    known: std::sync::Mutex<u64>,
    /// How many faults are switched on where others have the world as well.
    faults_on: AtomicU64,
    /// Where others have the world as well, its commands in this process take turns.
    turn: Arc<Mutex<()>>,
    pen: Pen,
    /// Counts the callers that came to wait for what is due next; the last one waits.
    due_turn: AtomicU64,
}

/// What the worlds of a process share.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) pool: KeyPool,
    pub(crate) files: Files,
    /// Told when a mail waits to go out; `None`: none goes out.
    pub(crate) outgoing: Option<Arc<Notify>>,
}

/// What a world is made from.
pub(crate) struct Plan {
    pub(crate) name: WorldName,
    pub(crate) incarnation: String,
    /// The version of its settings.
    pub(crate) version: u64,
    /// How many faults are switched on where others have it as well.
    pub(crate) faults_on: u64,
    pub(crate) entropy: Entropy,
    pub(crate) seeded: bool,
    pub(crate) profile: Profile,
    pub(crate) clock: ClockState,
    pub(crate) session_epoch: u64,
    /// A TLS root to go on with.
    pub(crate) root: Option<StoredRoot>,
    pub(crate) ca: Option<StoredCa>,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
}

impl Plan {
    /// It is the world of this row.
    pub(crate) fn take(&mut self, head: Head) {
        self.incarnation = head.incarnation;
        self.version = head.version;
        self.faults_on = head.faults;
    }

    /// The TLS chain of this world.
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded or the root is damaged.
    pub(crate) fn chain(&self, hostnames: &[String]) -> Result<TlsChain, PkiError> {
        let root = self.root.as_ref().map_or(Root::New(0), Root::Kept);
        TlsChain::new(&self.entropy, &self.profile, hostnames, root, crate::clock::real_now())
    }
}

/// Why a command didn't go through.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The CA says no.
    #[error("refused: {}", .0.key())]
    Refused(Refusal),
    /// An application that can't stand.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// No ID left for the day.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// There is no such thing.
    #[error("there is none with this number")]
    NotFound,
    /// The world was reset, replaced or thrown away since the command began; nothing was changed.
    #[error("the world was reset, replaced or thrown away in the meantime")]
    Gone,
    /// The store failed; unless it is [`StoreError::Unsure`], nothing was changed.
    #[error("store: {0}")]
    Store(#[source] StoreError),
    /// A key or certificate could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A time that no clock shows.
    #[error(transparent)]
    Clock(#[from] OutOfRange),
}

impl From<StoreError> for WorldError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoWorld => Self::Gone,
            error => Self::Store(error),
        }
    }
}

impl From<Refusal> for WorldError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl World {
    /// Keys that nobody waits for are searched for in the background: a moment later, so that the search takes no core
    /// from a start's first answers, and one at a time, so that whoever does wait for a key doesn't queue behind them.
    ///
    /// Answers with the turn. `None`: nobody will need it, since the simulator was stopped, or the world is gone.
    pub(crate) async fn unhurried(&self) -> Option<OwnedSemaphorePermit> {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let turn = self.keys.turn().await;
        (!self.store.is_closed() && !*self.gone.borrow()).then_some(turn)
    }

    /// Has no more keys made ahead: the world is gone.
    pub(crate) fn cancel_keys(&self) {
        self.keys.cancel();
    }

    /// Tells of what failed when nobody waited for it.
    pub(crate) fn failed_later(&self, error: &WorldError, what: &str) {
        // Nobody needs anything of a world that isn't there any more, nor after a stop.
        let is_told =
            matches!(error, WorldError::Gone) || matches!(error, WorldError::Store(error) if error.is_told());
        if !is_told && !self.store.is_closed() {
            tracing::error!(%error, world = %self.name, "{what}");
        }
    }

    pub(crate) fn build(plan: Plan, tls: TlsChain, house: &House) -> Result<Arc<Self>, PkiError> {
        let Plan { name, incarnation, version, entropy, seeded, profile, clock, session_epoch, .. } = plan;
        let Plan { ca, journal, faults, faults_on, .. } = plan;
        let ca = match ca {
            Some(kept) => OnceCell::new_with(Some(Arc::new(kept.restore()?))),
            None => OnceCell::new(),
        };
        let House { store, pool, files, outgoing } = house.clone();
        let keys = pool.supply(&entropy, seeded, profile.certificate.key_bits);
        Ok(Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            sessions: Sessions::new(&entropy.seed("sessions", 0), session_epoch, profile.session.ttl.0),
            clock: Clock::from(clock),
            ca,
            crl: Mutex::default(),
            fetched_crl: Mutex::default(),
            keys,
            name,
            incarnation,
            seeded,
            entropy,
            profile,
            journal,
            contents: Contents::default(),
            faults,
            addresses: Addresses::default(),
            tls: RwLock::new(Arc::new(tls)),
            files,
            store,
            gone: watch::Sender::new(false),
            outgoing,
            making: std::sync::Mutex::default(),
            settings: Mutex::default(),
            known: std::sync::Mutex::new(version),
            faults_on: AtomicU64::new(faults_on),
            turn: Arc::default(),
            pen: Pen::default(),
            due_turn: AtomicU64::default(),
        }))
    }

    /// Its name.
    pub fn name(&self) -> &WorldName {
        &self.name
    }

    /// Answers when another world has its name, or none.
    pub async fn gone(&self) {
        // The sender is this world's own, so it can't be closed before.
        let _ = self.gone.subscribe().wait_for(|gone| *gone).await;
    }

    /// DER of the client CA's name, by which browsers choose among their certificates.
    ///
    /// # Errors
    /// [`PkiError`] if the profile's can't be encoded.
    pub fn client_ca_name(&self) -> Result<Vec<u8>, PkiError> {
        match self.ca.get() {
            // One that was kept has the name that the profile had then.
            Some(ca) => ca.name_der(),
            None => ClientCa::subject_der(&self.profile),
        }
    }

    /// The client CA. After a fresh start, the first caller waits until its key is found.
    ///
    /// # Errors
    /// [`WorldError`] if it can't be made or stored.
    pub async fn client_ca(&self) -> Result<Arc<ClientCa>, WorldError> {
        // Held until the cell has what the store has, so that nobody keeps settings without it.
        let mut changing = None;
        let ca = self
            .ca
            .get_or_try_init(|| async {
                let (keys, entropy, profile) =
                    (self.keys.clone(), self.entropy.clone(), self.profile.clone());
                let ca = blocking(move || {
                    let key = if profile.ca.key_bits == profile.certificate.key_bits {
                        // Certificates count from 1, so this number is free.
                        keys.make_first()
                    } else {
                        RsaKey::generate(entropy.seed("client CA key", 0), profile.ca.key_bits)
                    };
                    ClientCa::new(key, &entropy, &profile)
                })
                .await?;
                changing = Some(self.settings.lock().await);
                let mut command = self.begin().await?;
                let settings = self.stored_settings(&mut command).await?;
                if let Some(first) = settings.ca {
                    // Another process has been faster.
                    return Ok(Arc::new(first.restore()?));
                }
                let settings = Settings { ca: Some(StoredCa::of(&ca)), ..settings };
                let head = self.next_head();
                command.put_world(&head, &settings.to_json()).await?;
                command.finish_unnoted().await?;
                self.agree(&head, &settings, None);
                self.store.announce(&self.name);
                self.keys.prefetch(1);
                Ok::<_, WorldError>(Arc::new(ca))
            })
            .await?;
        drop(changing);
        Ok(Arc::clone(ca))
    }

    /// The record with this request ID.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none.
    pub async fn record(&self, request_id: &RequestId) -> Result<Record, WorldError> {
        self.look().await?.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)
    }

    /// The record of this certificate.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none.
    pub async fn record_by_serial(&self, serial: Serial) -> Result<Record, WorldError> {
        self.look().await?.record_by_serial(&self.name, serial).await?.ok_or(WorldError::NotFound)
    }

    /// All records in the order of issue.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn records(&self) -> Result<Vec<Record>, WorldError> {
        Ok(self.look().await?.records(&self.name).await?)
    }
}

/// Runs what takes long outside of the threads that serve connections.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is ending, and this future with it.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}
