//! All worlds of a process: which there are, and which one a request means.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::clock::{ClockState, real_now};
use crate::entropy::Entropy;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::pki::{KeyPool, PkiError, TlsChain, hostnames};
use crate::portal::Site;
use crate::profile::{Profile, TlsKey};
use crate::store::{Store, StoreError, Transaction};
use crate::world::{
    Chain, FileError, InvalidName, Plan, Settings, World, WorldError, WorldFile, WorldName, blocking,
};

/// What the worlds of a process have in common.
#[derive(Debug)]
pub struct Common {
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
    /// Told when a mail waits to go out; `None`: none goes out.
    pub outgoing: Option<Arc<Notify>>,
}

/// What a new world shall be.
#[derive(Default)]
pub struct NewWorld {
    /// Same seed, same keys, IDs and certificates.
    pub seed: Option<String>,
    /// Otherwise the process's.
    pub profile: Option<Profile>,
    /// A saved world to go on from, instead of seed and profile.
    pub file: Option<WorldFile>,
}

/// Why a world can't be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Not a DNS label.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// There is one.
    #[error("there is a world of this name")]
    Exists,
    /// There is none.
    #[error("there is no world of this name")]
    Missing,
    /// The default world stays.
    #[error("the default world can't be thrown away; it can be reset")]
    Default,
    /// The file is no world.
    #[error(transparent)]
    File(#[from] FileError),
    /// A kept root that permits other names than the one asked for.
    #[error(
        "the TLS root of this store was made without --hostname {0}, and permits other names only: leave the name \
         out, or begin another store"
    )]
    Hostname(String),
    /// Keys or store failed.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// A world with the site that it serves.
#[derive(Debug)]
pub struct Hosted {
    /// The world.
    pub world: Arc<World>,
    /// Its pages and its TLS.
    pub site: Site,
}

/// All worlds of a process.
#[derive(Debug)]
pub struct Worlds {
    all: RwLock<HashMap<WorldName, Arc<Hosted>>>,
    /// One change of the list at a time.
    changing: tokio::sync::Mutex<()>,
    store: Store,
    pool: KeyPool,
    root: Entropy,
    seeded: bool,
    profile: Profile,
    configured_hosts: Vec<String>,
    /// The names of the default world, in front of which others stand.
    plain_names: Vec<String>,
    journal_capacity: usize,
    /// Told when a mail waits to go out; `None`: none goes out.
    outgoing: Option<Arc<Notify>>,
}

impl Worlds {
    /// Opens the worlds of a store. A fresh one has the default world and nothing else.
    ///
    /// `opening` opens the store. If that `is_new`, the default world's TLS chain is made at the same time: half of a
    /// start is the one, half the other. Answers as well whether the store was fresh.
    ///
    /// # Errors
    /// [`CreateError`], or why the store can't be opened.
    pub async fn open<E: From<CreateError>>(
        common: Common,
        is_new: bool,
        opening: impl Future<Output = Result<Store, E>>,
    ) -> Result<(Self, bool), E> {
        let Common { pool, seed, profile, hostnames: configured_hosts, journal, outgoing } = common;
        let (root, seeded) = match &seed {
            Some(seed) => (Entropy::seeded(seed), true),
            None => (Entropy::system(), false),
        };
        let plain_names = hostnames(None, &configured_hosts);
        let usual = profile.clone().unwrap_or_default();
        let chain = is_new.then(|| {
            let (root, profile, names) = (root.clone(), usual.clone(), plain_names.clone());
            tokio::task::spawn_blocking(move || TlsChain::new(&root, &profile, &names, None, real_now()))
        });
        let store = opening.await?;
        let worlds = Self {
            all: RwLock::default(),
            changing: tokio::sync::Mutex::default(),
            store,
            pool,
            root,
            seeded,
            profile: usual,
            plain_names,
            configured_hosts,
            journal_capacity: journal,
            outgoing,
        };
        let fresh = worlds.take_up(profile.as_ref(), chain).await?;
        Ok((worlds, fresh))
    }

    /// Takes up what is stored, or makes the default world, with the chain that was made for it.
    async fn take_up(
        &self,
        profile: Option<&Profile>,
        chain: Option<JoinHandle<Result<TlsChain, PkiError>>>,
    ) -> Result<bool, CreateError> {
        let mut transaction = self.store.begin().await.map_err(WorldError::from)?;
        for (name, settings) in transaction.worlds().await.map_err(WorldError::from)? {
            let unreadable = |error: &dyn fmt::Display| {
                WorldError::Store(StoreError::Unreadable(format!("settings of world {name}: {error}")))
            };
            let settings: Settings = serde_json::from_str(&settings).map_err(|error| unreadable(&error))?;
            settings.profile.check().map_err(|error| unreadable(&error))?;
            let name: WorldName = name.parse()?;
            let file = WorldFile::of_settings(settings);
            let mut plan = file.plan(name.clone(), self.journal_capacity)?;
            let given = profile.filter(|_| name.is_default());
            if let Some(profile) = given {
                // What is given at the start holds from now on; what was issued stays as it is.
                plan.profile = profile.clone();
            }
            let hosted = self.prepare(plan).await?;
            if given.is_some() {
                let kept = transaction.put_world(&name, &hosted.world.settings().to_json()).await;
                kept.map_err(WorldError::from)?;
            }
            if name.is_default() {
                self.check_names(&hosted.world.tls)?;
            }
            hosted.world.await_due();
            self.put(hosted);
        }
        let fresh = self.find(&WorldName::default_world()).is_none();
        if fresh {
            let mut plan = self.plan(WorldName::default_world(), None, None);
            if let Some(chain) = chain {
                let made = chain.await.expect("making a chain doesn't panic and isn't cancelled");
                plan.tls = Chain::Made(made.map_err(WorldError::from)?);
            }
            self.install(transaction, self.prepare(plan).await?, None).await?;
        } else {
            transaction.commit().await.map_err(WorldError::from)?;
        }
        Ok(fresh)
    }

    /// Whether the default world can be reached by every name that was asked for.
    fn check_names(&self, chain: &TlsChain) -> Result<(), CreateError> {
        match self.configured_hosts.iter().find(|host| !chain.names().contains(&host.to_ascii_lowercase())) {
            Some(host) => Err(CreateError::Hostname(host.clone())),
            None => Ok(()),
        }
    }

    /// The world of this name.
    pub fn find(&self, name: &WorldName) -> Option<Arc<Hosted>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The default world.
    pub fn default_world(&self) -> Arc<Hosted> {
        self.find(&WorldName::default_world())
            .expect("the default world is made at the start and never removed")
    }

    /// The world that a host name means: the one whose name stands in front of a simulated name,
    /// otherwise the default world. `None` if a world is named that doesn't exist.
    pub fn by_host(&self, host: &str) -> Option<Arc<Hosted>> {
        let host = host.to_ascii_lowercase();
        if self.plain_names.contains(&host) {
            return Some(self.default_world());
        }
        let below = |name: &String| host.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('.'));
        // A name may stand below another one: the longest leaves the least in front.
        match self.plain_names.iter().filter_map(below).min_by_key(|label| label.len()) {
            Some(label) => self.find(&label.parse().ok()?),
            // A name that nobody configured: a plain web server shows its first site.
            None => Some(self.default_world()),
        }
    }

    /// All worlds, by name.
    pub fn list(&self) -> Vec<Arc<Hosted>> {
        let mut list: Vec<_> =
            self.all.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        list.sort_by(|a, b| a.world.name().cmp(b.world.name()));
        list
    }

    /// Makes a world.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(&self, name: WorldName, new: NewWorld) -> Result<Arc<Hosted>, CreateError> {
        let _changing = self.changing.lock().await;
        if self.find(&name).is_some() {
            return Err(CreateError::Exists);
        }
        self.make(name, new).await
    }

    /// Throws a world away, with all that is in it.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn delete(&self, name: &WorldName) -> Result<(), CreateError> {
        let _changing = self.changing.lock().await;
        if name.is_default() {
            return Err(CreateError::Default);
        }
        if self.find(name).is_none() {
            return Err(CreateError::Missing);
        }
        let mut transaction = self.store.begin().await.map_err(WorldError::from)?;
        transaction.delete_world(name).await.map_err(WorldError::from)?;
        self.commit(transaction, name).await?;
        self.all.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    /// Puts a saved world in the place of this one.
    ///
    /// # Errors
    /// [`CreateError`]; then the world is as it was.
    pub async fn replace(&self, name: &WorldName, file: WorldFile) -> Result<Arc<Hosted>, CreateError> {
        let _changing = self.changing.lock().await;
        if self.find(name).is_none() {
            return Err(CreateError::Missing);
        }
        self.make(name.clone(), NewWorld { file: Some(file), ..NewWorld::default() }).await
    }

    /// Puts a fresh world in the place of this one. CAs, profile and seed stay, so that who trusts
    /// the root goes on doing so; certificates, sessions, journal and clock begin anew.
    ///
    /// # Errors
    /// [`CreateError`]; then the world is as it was.
    pub async fn reset(&self, name: &WorldName) -> Result<Arc<Hosted>, CreateError> {
        let _changing = self.changing.lock().await;
        let world = Arc::clone(&self.find(name).ok_or(CreateError::Missing)?.world);
        world.client_ca().await?;
        let mut settings = world.settings();
        settings.clock = ClockState::Running { offset_ms: 0 };
        settings.session_epoch += 1;
        let mut file = WorldFile::of_settings(settings);
        if !world.seeded {
            // Numbers begin again at 1, and must not lead to the same IDs.
            file.draw_new_secret();
        }
        self.make(name.clone(), NewWorld { file: Some(file), ..NewWorld::default() }).await
    }

    /// Where they are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Lets go of the store.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The key pool, for metrics.
    pub fn pool(&self) -> &KeyPool {
        &self.pool
    }

    /// Builds a world and writes it to the store in place of what has its name.
    async fn make(&self, name: WorldName, new: NewWorld) -> Result<Arc<Hosted>, CreateError> {
        let NewWorld { seed, profile, file } = new;
        let plan = match &file {
            Some(file) => file.plan(name, self.journal_capacity)?,
            None => self.plan(name, seed.as_deref(), profile),
        };
        // Its keys first: nobody gets at the store while a transaction is open.
        let hosted = self.prepare(plan).await.map_err(|error| match (&file, error) {
            (Some(_), CreateError::World(WorldError::Pki(_))) => FileError::Damaged("a CA").into(),
            (_, error) => error,
        })?;
        let mut transaction = self.store.begin().await.map_err(WorldError::from)?;
        transaction.delete_world(hosted.world.name()).await.map_err(WorldError::from)?;
        self.install(transaction, hosted, file).await
    }

    /// Writes a world to the store, where there is none of its name, and takes it up.
    async fn install(
        &self,
        mut transaction: Transaction,
        hosted: Arc<Hosted>,
        file: Option<WorldFile>,
    ) -> Result<Arc<Hosted>, CreateError> {
        let store = |error: StoreError| CreateError::World(error.into());
        let world = &hosted.world;
        transaction.put_world(world.name(), &world.settings().to_json()).await.map_err(store)?;
        if let Some(file) = &file {
            file.fill(hosted.world.name(), &mut transaction).await?;
        }
        self.commit(transaction, world.name()).await?;
        self.put(Arc::clone(&hosted));
        let world = Arc::clone(&hosted.world);
        if file.is_some() {
            world.await_due();
        }
        tokio::spawn(async move {
            if world.unhurried().await
                && let Err(error) = world.client_ca().await
            {
                world.failed_later(&error, "the client CA could not be made");
            }
        });
        Ok(hosted)
    }

    /// Commits what puts an end to the world of this name, if there is one. Whatever it was about to do, such as a key
    /// in the making, finds that it is gone.
    async fn commit(&self, transaction: Transaction, name: &WorldName) -> Result<(), CreateError> {
        let old = self.find(name);
        let gone = |gone| {
            if let Some(old) = &old {
                old.world.gone.send_replace(gone);
            }
        };
        // Before the commit, since afterwards others are at the store.
        gone(true);
        let committed = transaction.commit().await;
        if committed.is_err() {
            gone(false);
        }
        Ok(committed.map_err(WorldError::from)?)
    }

    fn plan(&self, name: WorldName, seed: Option<&str>, profile: Option<Profile>) -> Plan {
        let (entropy, seeded) = match seed {
            Some(seed) => (Entropy::seeded(seed), true),
            None if name.is_default() => (self.root.clone(), self.seeded),
            // With a seed for the process, worlds repeat by their names.
            None if self.seeded => (self.root.child(&name), true),
            None => (Entropy::system(), false),
        };
        Plan {
            name,
            entropy,
            seeded,
            profile: profile.unwrap_or_else(|| self.profile.clone()),
            clock: ClockState::Running { offset_ms: 0 },
            session_epoch: 0,
            tls: Chain::New,
            ca: None,
            journal: Journal::new(self.journal_capacity),
            faults: Faults::default(),
        }
    }

    async fn prepare(&self, plan: Plan) -> Result<Arc<Hosted>, CreateError> {
        let label = (!plan.name.is_default()).then(|| plan.name.to_string());
        let names = hostnames(label.as_deref(), &self.configured_hosts);
        let finds_primes = plan.profile.tls.key == TlsKey::Rsa2048;
        let (store, pool, outgoing) = (self.store.clone(), self.pool.clone(), self.outgoing.clone());
        let build = move || {
            let world = World::build(plan, &names, store, &pool, outgoing)?;
            let site = Site::new(&world)?;
            Ok(Arc::new(Hosted { world, site }))
        };
        // Keys on P-256 take less time than the way to another thread and back may.
        let built = if finds_primes { blocking(build).await } else { build() };
        built.map_err(|error: PkiError| WorldError::from(error).into())
    }

    fn put(&self, hosted: Arc<Hosted>) {
        let name = hosted.world.name().clone();
        self.all.write().unwrap_or_else(PoisonError::into_inner).insert(name, hosted);
    }
}
