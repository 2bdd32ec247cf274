//! Opening the worlds of a store, at the start of a process.

use std::sync::{Arc, RwLock};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{CreateError, Worlds};
use crate::clock::real_now;
use crate::entropy::Entropy;
use crate::files::Files;
use crate::pki::{KeyPool, PkiError, Root, TlsChain, hostnames};
use crate::profile::Profile;
use crate::store::{Store, StoreError, StoreUrl};
use crate::world::{House, Settings, WorldError, WorldFile, WorldName};

/// What all worlds of a process go by.
#[derive(Debug)]
pub struct Config {
    /// Where they get their keys from.
    pub pool: KeyPool,
    /// Same seed, same keys, IDs and certificates.
    pub seed: Option<String>,
    /// What nobody knows; otherwise as stored, or the default profile.
    pub profile: Option<Profile>,
    /// More names for their TLS certificates.
    pub hostnames: Vec<String>,
    /// Records that each one's journal keeps.
    pub journal: usize,
    /// Those that worlds may name.
    pub files: Files,
    /// Told when a mail waits to go out; `None`: none goes out.
    pub outgoing: Option<Arc<Notify>>,
}

/// Why the worlds of a store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store can't be used.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A world can't be taken up or made.
    #[error(transparent)]
    World(#[from] CreateError),
}

/// A TLS chain in the making.
type Making = JoinHandle<Result<TlsChain, PkiError>>;

impl Worlds {
    /// Opens the worlds of a store. A fresh one has the default world and nothing else.
    ///
    /// # Errors
    /// [`OpenError`], one line for the user.
    pub async fn open(url: &StoreUrl, config: Config) -> Result<Self, OpenError> {
        let Config { pool, seed, profile, hostnames: configured_hosts, journal, files, outgoing } = config;
        let (root, seeded) = match &seed {
            Some(seed) => (Entropy::seeded(seed), true),
            None => (Entropy::system(), false),
        };
        let plain_names = hostnames(None, &configured_hosts, &[]);
        let usual = profile.clone().unwrap_or_default();
        let names = hostnames(None, &configured_hosts, &usual.relying_party.hosts);
        // Made while the store opens: half of a start is the one, half the other.
        let chain = url.is_new().then(|| {
            let (root, profile) = (root.clone(), usual.clone());
            tokio::task::spawn_blocking(move || {
                TlsChain::new(&root, &profile, &names, Root::New(0), real_now())
            })
        });
        let mut worlds = Self {
            all: RwLock::default(),
            changing: tokio::sync::Mutex::default(),
            house: House { store: Store::open(url).await?, pool, files, outgoing },
            root,
            seeded,
            profile: usual,
            plain_names,
            configured_hosts,
            journal_capacity: journal,
            fresh: false,
        };
        worlds.fresh = worlds.take_up(profile.as_ref(), chain).await?;
        Ok(worlds)
    }

    /// Takes up what is stored, or makes the default world, with the chain that was made for it.
    async fn take_up(&self, profile: Option<&Profile>, chain: Option<Making>) -> Result<bool, CreateError> {
        if self.take_up_stored(profile).await? {
            return Ok(false);
        }
        let plan = self.plan(WorldName::default_world(), None, None);
        let chain = match chain {
            Some(making) => {
                let made = making.await.expect("making a chain doesn't panic and isn't cancelled");
                Some(made.map_err(WorldError::from)?)
            }
            None => None,
        };
        let host = self.prepare(plan, chain).await?;
        let transaction = self.house.store.begin().await.map_err(WorldError::from)?;
        if self.install(transaction, host, None).await?.is_some() {
            return Ok(true);
        }
        // Another process that began at the same moment was faster: its world is the one.
        self.take_up_stored(profile).await?;
        Ok(false)
    }

    /// Takes up what is stored, and answers whether there was anything.
    async fn take_up_stored(&self, profile: Option<&Profile>) -> Result<bool, CreateError> {
        let mut transaction = self.house.store.begin().await.map_err(WorldError::from)?;
        let (mut changed, mut hosts) = (false, Vec::new());
        for (mut head, settings) in transaction.worlds().await.map_err(WorldError::from)? {
            let name: WorldName = head.name.parse()?;
            let settings = Settings::from_json(&name, &settings).map_err(WorldError::from)?;
            let mut plan = WorldFile::of_settings(settings).plan(name.clone(), self.journal_capacity)?;
            // What is given at the start holds from now on; what was issued stays as it is.
            let given = profile.filter(|profile| name.is_default() && plan.profile != **profile);
            if let Some(profile) = given {
                plan.profile = profile.clone();
                head.incarnation.clone_from(&plan.incarnation);
                head.version += 1;
            }
            plan.take(head);
            let host = self.prepare(plan, None).await?;
            if given.is_some() {
                let (head, settings) = (host.world.head(), host.world.settings().to_json());
                transaction.put_world(&head, &settings).await.map_err(WorldError::from)?;
                transaction.reckon_dues(&name).await.map_err(WorldError::from)?;
                transaction.forget_crls(&name).await.map_err(WorldError::from)?;
                changed = true;
            }
            if name.is_default() {
                self.check_names(&host.world.tls())?;
            }
            self.put(Arc::clone(&host));
            hosts.push(host);
        }
        if changed {
            transaction.commit().await.map_err(WorldError::from)?;
        }
        // Not before: who looked now would take what isn't committed yet for another world's.
        for host in hosts {
            host.world.await_due();
        }
        Ok(self.find(&WorldName::default_world()).is_some())
    }

    /// Whether the default world can be reached by every name that was asked for.
    fn check_names(&self, chain: &TlsChain) -> Result<(), CreateError> {
        match self.configured_hosts.iter().find(|host| !chain.names().contains(&host.to_ascii_lowercase())) {
            Some(host) => Err(CreateError::Hostname(host.clone())),
            None => Ok(()),
        }
    }
}
