//! The simulator as a whole: start, addresses, stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use obn_speech::{cause, folder_cause};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::control::{self, Beginning, Control, Guard, NoticeBody};
use crate::files::Files;
use crate::limits::Limits;
use crate::listener::Listener;
use crate::metrics::Metrics;
use crate::pki::KeyPool;
use crate::profile::Profile;
use crate::scenes::Scene;
use crate::serving::{self, Listeners, Places, Portal};
use crate::shutdown::Shutdown;
use crate::smtp::{self, MailServer};
use crate::store::{StoreError, StoreUrl};
use crate::world::{World, WorldName, sample_application};
use crate::worlds::{self, CreateError, OpenError, Worlds};

/// Places of control beside all others, for questions of health.
const TO_SPARE: usize = 8;

/// What a simulator shall be. `Default` is what the command line starts without options.
#[derive(Clone, Debug)]
pub struct Options {
    /// The portal's address.
    pub listen: SocketAddr,
    /// Control's address.
    pub control: SocketAddr,
    /// Where the revocation list is published over plain HTTP, if it is.
    pub http: Option<SocketAddr>,
    /// Where the sites are served that the certificate is for, if they are.
    pub relying_party: Option<SocketAddr>,
    /// Where to keep things.
    pub store: StoreUrl,
    /// Decides what nobody knows. `None`: as stored, otherwise the default profile.
    pub profile: Option<Profile>,
    /// Same seed, same keys, IDs and certificates. A store that is not fresh keeps its own.
    pub seed: Option<String>,
    /// More names for the TLS certificate.
    pub hostnames: Vec<String>,
    /// Whether a fresh store starts with a sample notice.
    pub sample: bool,
    /// A scene that a fresh store starts with, in place of the sample notice.
    pub scene: Option<Scene>,
    /// Host names beside loopback by which control may be called.
    pub control_hosts: Vec<String>,
    /// Bearer token that control's calls must carry.
    pub control_token: Option<String>,
    /// RSA keys to keep in stock.
    pub key_pool: usize,
    /// Records that a world's journal keeps.
    pub journal: usize,
    /// Bounds on times and sizes.
    pub limits: Limits,
    /// The address of the listener that asks for client certificates where `client_auth.mode` is
    /// `split`. `None`: the portal's address with a free port, if a profile in force needs one.
    pub renewal_listen: Option<SocketAddr>,
    /// Where the mails of the outbox go as well, if anywhere.
    pub smtp: Option<MailServer>,
    /// A folder with files that worlds made through control may name: installers and saved worlds. The file that
    /// [`profile`](Self::profile) names may lie anywhere.
    pub files: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new([0u16; 8].into(), 8443),
            control: SocketAddr::new([127, 0, 0, 1].into(), 8444),
            http: None,
            relying_party: None,
            store: StoreUrl::Memory,
            profile: None,
            seed: None,
            hostnames: Vec::new(),
            sample: true,
            scene: None,
            control_hosts: Vec::new(),
            control_token: None,
            key_pool: 16,
            journal: 10_000,
            limits: Limits::default(),
            renewal_listen: None,
            smtp: None,
            files: None,
        }
    }
}

impl Options {
    /// On loopback ports that the system chooses, in memory, without keys ahead: most tests need one or two, and
    /// they share the processor.
    pub fn for_tests() -> Self {
        let loopback = SocketAddr::new([127, 0, 0, 1].into(), 0);
        Self { listen: loopback, control: loopback, http: Some(loopback), key_pool: 0, ..Self::default() }
    }

    /// With this seed.
    #[must_use]
    pub fn seed(self, seed: &str) -> Self {
        Self { seed: Some(seed.to_owned()), ..self }
    }

    /// With this profile.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile: Some(profile), ..self }
    }
}

/// A running simulator. Dropping it ends it at once; [`stop`](Self::stop) lets it finish its answers.
#[derive(Debug)]
pub struct Simulator {
    worlds: Arc<Worlds>,
    listeners: Arc<Listeners>,
    control: SocketAddr,
    http: Option<SocketAddr>,
    renewal: Option<SocketAddr>,
    relying_party: Option<SocketAddr>,
    end: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Why a simulator doesn't start: one line for the user.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address can't be used.
    #[error("{what} can't listen on {address}: {}", cause(.error))]
    Listen {
        /// `portal`, `control`, `http`, `renewal` or `relying party`.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The store can't be used.
    #[error("store {url}: {error}")]
    Store {
        /// Which one.
        url: StoreUrl,
        /// Why.
        error: StoreError,
    },
    /// The folder of files that worlds may name can't be used.
    #[error("files {}: {}", .folder.display(), folder_cause(.error))]
    Files {
        /// Which one.
        folder: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The scene can't be played.
    #[error("scene {}: {reason}", .scene.name)]
    Scene {
        /// Which one.
        scene: Scene,
        /// Why.
        reason: String,
    },
    /// A world can't be made.
    #[error("{0}")]
    World(#[from] CreateError),
    /// A host name that no certificate can carry.
    #[error("{0:?} is no host name or IP address")]
    Hostname(String),
}

impl Simulator {
    /// Starts a simulator and answers when it accepts connections.
    ///
    /// # Errors
    /// [`StartError`], one line for the user.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        for name in &options.hostnames {
            check_hostname(name)?;
        }
        let installer = options.profile.as_ref().map(|profile| profile.installer.file.clone());
        let installer = installer.filter(|file| !file.is_empty()).map(PathBuf::from);
        let files = Files::new(options.files.as_deref(), installer).map_err(|error| StartError::Files {
            folder: options.files.clone().unwrap_or_default(),
            error,
        })?;
        let bind = |what, address| {
            let bound = serving::bind(address).and_then(|bound| Ok((bound.local_addr()?, bound)));
            bound.map_err(|error| StartError::Listen { what, address, error })
        };
        let (portal_address, portal_listener) = bind("portal", options.listen)?;
        let (control_address, control_listener) = bind("control", options.control)?;
        let http = options.http.map(|address| bind("http", address)).transpose()?;
        let (http_address, http_listener) = http.unzip();
        let relying_party =
            options.relying_party.map(|address| bind("relying party", address)).transpose()?;
        let (relying_party, relying_party_listener) = relying_party.unzip();

        let written = options.smtp.is_some().then(Arc::<Notify>::default);
        let config = worlds::Config {
            pool: KeyPool::new(options.key_pool),
            seed: options.seed,
            profile: options.profile,
            hostnames: options.hostnames,
            journal: options.journal,
            files,
            outgoing: written.clone(),
        };
        let url = options.store;
        let worlds = Worlds::open(&url, config).await.map_err(|error| match error {
            OpenError::Store(error) => StartError::Store { url, error },
            OpenError::World(error) => error.into(),
        })?;
        let worlds = Arc::new(worlds);
        let splits = worlds.list().iter().any(|host| host.world.profile.splits());
        let renewal_listen =
            options.renewal_listen.or(splits.then(|| SocketAddr::new(options.listen.ip(), 0)));
        let renewal = renewal_listen.map(|address| bind("renewal", address)).transpose()?;
        let (renewal, renewal_listener) = renewal.unzip();
        let beginning = match options.scene {
            Some(scene) => Beginning::Scene(scene),
            None if options.sample => Beginning::Sample,
            None => Beginning::Empty,
        };
        if worlds.is_fresh() {
            begin(&worlds, beginning).await?;
        } else if matches!(beginning, Beginning::Sample) {
            await_sample(&worlds.default_world().world).await;
        }

        let metrics = Arc::new(Metrics::default());
        let (end, shutdown) = Shutdown::new();
        let limits = options.limits;
        let places = Places::new(&limits, 0, Arc::clone(&metrics));
        let of_control = Places::new(&limits, TO_SPARE, Arc::clone(&metrics));
        let portal = Portal {
            worlds: Arc::clone(&worlds),
            limits,
            metrics: Arc::clone(&metrics),
            places: places.clone(),
            listener: Listener { renewal_port: renewal.map(|address| address.port()), ..Listener::default() },
        };
        let http_task = http_listener.map(|listener| {
            let (portal, of_connections) = (portal.clone(), shutdown.clone());
            tokio::spawn(serving::accept(listener, places, shutdown.clone(), move |stream, peer, seat| {
                serving::serve_plain_http(portal.clone(), stream, peer, seat, of_connections.clone())
            }))
        });
        let (listeners, portal_task) =
            Listeners::start(portal, portal_address, relying_party, portal_listener, shutdown.clone());
        let renewal_task = renewal_listener.map(|it| listeners.serve_renewals(it, shutdown.clone()));
        let relying_party_task =
            relying_party_listener.map(|it| listeners.serve_relying_party(it, shutdown.clone()));
        let smtp_task = options.smtp.zip(written).map(|(server, written)| {
            tokio::spawn(smtp::run(
                server,
                Arc::clone(&worlds),
                worlds.store().clone(),
                written,
                shutdown.clone(),
            ))
        });
        let follow_task = worlds.store().is_shared().then(|| {
            let (worlds, shutdown) = (Arc::clone(&worlds), shutdown.clone());
            tokio::spawn(async move { worlds.follow(shutdown).await })
        });
        let control = Control {
            worlds: Arc::clone(&worlds),
            listeners: Arc::clone(&listeners),
            metrics,
            beginning,
            limits,
        };
        let guard = Guard { hosts: options.control_hosts, token: options.control_token };
        let of_connections = shutdown.clone();
        // Built for the first call: a simulator that nobody steers starts sooner.
        let router = Arc::new(LazyLock::new(move || control::router(control, guard)));
        let control_task =
            tokio::spawn(serving::accept(control_listener, of_control, shutdown, move |stream, _, seat| {
                control::serve(Router::clone(&router), limits, stream, seat, of_connections.clone())
            }));
        let optional =
            [http_task, renewal_task, relying_party_task, smtp_task, follow_task].into_iter().flatten();
        let tasks = [portal_task, control_task].into_iter().chain(optional).collect();
        Ok(Self {
            worlds,
            listeners,
            control: control_address,
            http: http_address,
            renewal,
            relying_party,
            end,
            tasks,
        })
    }

    /// The portal's address.
    pub fn portal_address(&self) -> SocketAddr {
        self.listeners.main()
    }

    /// Control's address.
    pub fn control_address(&self) -> SocketAddr {
        self.control
    }

    /// The address of plain HTTP, if there is any.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http
    }

    /// The URL of plain HTTP for this machine, such as `http://127.0.0.1:8080`.
    pub fn http_url(&self) -> Option<String> {
        self.http.map(here)
    }

    /// The portal's URL for this machine, such as `https://localhost:8443`.
    pub fn portal_url(&self) -> String {
        self.listeners.url(&WorldName::default_world())
    }

    /// The address of the listener for renewals, if there is one.
    pub fn renewal_address(&self) -> Option<SocketAddr> {
        self.renewal
    }

    /// The URL of the listener for renewals for this machine, such as `https://localhost:8445`.
    pub fn renewal_url(&self) -> Option<String> {
        self.renewal.map(|address| serving::url("localhost", address))
    }

    /// The address of the sites that the certificate is for, if they are served.
    pub fn relying_party_address(&self) -> Option<SocketAddr> {
        self.relying_party
    }

    /// The URL of the sites that the certificate is for, for this machine, such as `https://localhost:8446`.
    pub fn relying_party_url(&self) -> Option<String> {
        self.listeners.relying_party_url(&WorldName::default_world())
    }

    /// Control's URL for this machine, such as `http://127.0.0.1:8444`.
    pub fn control_url(&self) -> String {
        here(self.control)
    }

    /// All worlds, for tests that look behind the pages.
    pub fn worlds(&self) -> &Arc<Worlds> {
        &self.worlds
    }

    /// The first notice of the default world: the sample one, in a fresh store.
    pub async fn sample_notice(&self) -> Option<NoticeBody> {
        let record = self.worlds.default_world().world.first_record().await.ok()?;
        record.as_ref().map(NoticeBody::from)
    }

    /// Ends it: no new connections, answers that are under way are finished, the store is closed.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        self.listeners.finish().await;
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
        // What goes on for clients that have hung up.
        Shutdown::finished(&self.end).await;
        self.worlds.close().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.listeners.close_all();
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Waits a moment for the sample of another process that has begun with the same fresh store.
async fn await_sample(world: &World) {
    for _ in 0..40 {
        if !world.is_shared() || world.read_journal().await.is_err() || world.journal.last() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Gives a fresh store what it begins with.
async fn begin(worlds: &Worlds, beginning: Beginning) -> Result<(), StartError> {
    let world = Arc::clone(&worlds.default_world().world);
    match beginning {
        Beginning::Empty => {}
        Beginning::Sample => {
            world.issue(sample_application()).await.map_err(CreateError::from)?;
        }
        Beginning::Scene(scene) => {
            let fails =
                |error: &dyn std::fmt::Display| StartError::Scene { scene, reason: error.to_string() };
            let profile = scene.profile(&world.profile).map_err(|error| fails(&error))?;
            let world = Arc::clone(&worlds.reset(world.name(), Some(profile)).await?.world);
            scene.play(&world).await.map_err(|error| fails(&error))?;
        }
    }
    Ok(())
}

/// A plain URL by which this machine reaches an address of its own.
fn here(address: SocketAddr) -> String {
    let ip = address.ip();
    let host = if ip.is_unspecified() { [127, 0, 0, 1].into() } else { ip };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

fn check_hostname(name: &str) -> Result<(), StartError> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let fits = name.parse::<std::net::IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(label));
    if fits { Ok(()) } else { Err(StartError::Hostname(name.to_owned())) }
}
