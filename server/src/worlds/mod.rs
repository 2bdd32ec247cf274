//! All worlds of a process: which there are, and which one a request means.

mod open;
mod replicas;
mod virtual_host;

pub use open::{Config, OpenError};
pub use virtual_host::VirtualHost;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::clock::ClockState;
use crate::entropy::Entropy;
use crate::faults::{Faults, Switched};
use crate::files::Files;
use crate::journal::{Draft, Journal, Kind};
use crate::pki::{KeyPool, PkiError, TlsChain, hostnames};
use crate::profile::{Profile, TlsKey};
use crate::store::{Head, Store, StoreError, Transaction};
use crate::world::{
    FileError, House, InvalidName, Plan, World, WorldError, WorldFile, WorldName, blocking, new_incarnation,
};

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

impl From<CreateError> for WorldError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::World(error) => error,
            other => StoreError::Unreadable(other.to_string()).into(),
        }
    }
}

/// All worlds of a process.
#[derive(Debug)]
pub struct Worlds {
    all: RwLock<HashMap<WorldName, Arc<VirtualHost>>>,
    /// One change of the list at a time.
    changing: tokio::sync::Mutex<()>,
    house: House,
    root: Entropy,
    seeded: bool,
    profile: Profile,
    configured_hosts: Vec<String>,
    /// The names of the default world, in front of which others stand.
    plain_names: Vec<String>,
    journal_capacity: usize,
    fresh: bool,
}

impl Worlds {
    /// Whether nothing was in the store when it was opened.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The profile of a world for which none is given.
    pub fn usual_profile(&self) -> &Profile {
        &self.profile
    }

    /// The world of this name.
    pub fn find(&self, name: &WorldName) -> Option<Arc<VirtualHost>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The default world.
    pub fn default_world(&self) -> Arc<VirtualHost> {
        self.find(&WorldName::default_world())
            .expect("the default world is made at the start and never removed")
    }

    /// The world that a host name means: the one whose name stands in front of a simulated name,
    /// otherwise the default world. `None` if a world is named that doesn't exist.
    pub fn by_host(&self, host: &str) -> Option<Arc<VirtualHost>> {
        if self.plain_names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            return Some(self.default_world());
        }
        let host = host.to_ascii_lowercase();
        let below = |name: &String| host.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('.'));
        // A name may stand below another one: the longest leaves the least in front.
        match self.plain_names.iter().filter_map(below).min_by_key(|label| label.len()) {
            Some(label) => self.find(&label.parse().ok()?),
            None => self.by_relying_party(&host),
        }
    }

    /// The world of a site that the certificate is for: its hosts are the world's own business.
    fn by_relying_party(&self, host: &str) -> Option<Arc<VirtualHost>> {
        let default = self.default_world();
        let serves = |world: &VirtualHost, host: &str| {
            world.world.profile.relying_party.hosts.iter().any(|known| known == host)
        };
        let (label, rest) = host.split_once('.').unwrap_or((host, ""));
        match label.parse().ok().and_then(|label| self.find(&label)) {
            _ if serves(&default, host) => Some(default),
            Some(world) if serves(&world, rest) => Some(world),
            _ if serves(&default, rest) => None,
            // A name that nobody configured: a plain web server shows its first site.
            _ => Some(default),
        }
    }

    /// All worlds, by name.
    pub fn list(&self) -> Vec<Arc<VirtualHost>> {
        let mut list: Vec<_> =
            self.all.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        list.sort_by(|a, b| a.world.name().cmp(b.world.name()));
        list
    }

    /// Makes a world.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(&self, name: WorldName, new: NewWorld) -> Result<Arc<VirtualHost>, CreateError> {
        self.agree_on(&[&name]).await?;
        let _changing = self.changing.lock().await;
        if self.find(&name).is_some() {
            return Err(CreateError::Exists);
        }
        self.make(name, new, None).await
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
        let world = Arc::clone(&self.find(name).ok_or(CreateError::Missing)?.world);
        let (mut transaction, _) = self.house.store.begin_in(name).await.map_err(WorldError::from)?;
        delete(&mut transaction, &world).await?;
        self.commit(transaction, name).await?;
        self.house.store.announce(name);
        self.all.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    /// Puts a saved world in the place of this one.
    ///
    /// # Errors
    /// [`CreateError`]; then the world is as it was.
    pub async fn replace(&self, name: &WorldName, file: WorldFile) -> Result<Arc<VirtualHost>, CreateError> {
        let _changing = self.changing.lock().await;
        let world = Arc::clone(&self.find(name).ok_or(CreateError::Missing)?.world);
        self.make(name.clone(), NewWorld { file: Some(file), ..NewWorld::default() }, Some(&world)).await
    }

    /// Puts a fresh world in the place of this one. CAs, seed and, unless another one is given, profile stay, so that
    /// clients go on trusting the root; certificates, sessions, journal and clock begin anew.
    ///
    /// # Errors
    /// [`CreateError`]; then the world is as it was.
    pub async fn reset(
        &self,
        name: &WorldName,
        profile: Option<Profile>,
    ) -> Result<Arc<VirtualHost>, CreateError> {
        let _changing = self.changing.lock().await;
        let world = Arc::clone(&self.find(name).ok_or(CreateError::Missing)?.world);
        world.client_ca().await?;
        let mut settings = world.settings();
        settings.clock = ClockState::Running { offset_ms: 0 };
        settings.session_epoch += 1;
        settings.profile = profile.unwrap_or(settings.profile);
        let mut file = WorldFile::of_settings(settings);
        if !world.seeded {
            // Numbers begin again at 1, and must not lead to the same IDs.
            file.draw_new_secret();
        }
        self.make(name.clone(), NewWorld { file: Some(file), ..NewWorld::default() }, Some(&world)).await
    }

    /// Has a world go on with another profile. What was issued stays as it is.
    ///
    /// # Errors
    /// What `change` says, or [`CreateError`]; then the world is as it was.
    pub async fn set_profile<E: From<CreateError>>(
        &self,
        name: &WorldName,
        change: impl FnOnce(&Profile) -> Result<Profile, E>,
    ) -> Result<Arc<VirtualHost>, E> {
        let _changing = self.changing.lock().await;
        let world = Arc::clone(&self.find(name).ok_or(CreateError::Missing)?.world);
        world.client_ca().await.map_err(CreateError::from)?;
        world.read_journal().await.map_err(CreateError::from)?;
        let _settings = world.hold_settings().await;
        let (before, mut settings) = (world.head(), world.settings());
        settings.profile = change(&world.profile)?;
        let plan = WorldFile::of_settings(settings).plan(name.clone(), self.journal_capacity);
        let mut plan = plan.map_err(CreateError::from)?;
        plan.journal = Journal::resume(self.journal_capacity, world.journal.after(0));
        plan.faults = Faults::resume(world.faults.list());
        plan.version = before.version + 1;
        plan.faults_on = before.faults;
        let host = self.prepare(plan, None).await?;
        let store = |error: StoreError| CreateError::World(error.into());
        let (mut transaction, found) = self.house.store.begin_in(name).await.map_err(store)?;
        if found
            .is_some_and(|found| (found.incarnation, found.version) != (before.incarnation, before.version))
        {
            // Another process has changed it in the meantime.
            return Err(CreateError::World(WorldError::Gone).into());
        }
        let head = host.world.head();
        transaction.put_world(&head, &host.world.settings().to_json()).await.map_err(store)?;
        transaction.forget_crls(name).await.map_err(store)?;
        let record = Draft::new(Kind::Control, "profile.set");
        let now = host.world.clock.now();
        if world.is_shared() {
            transaction.append(&head, &[record.entry(0, now)]).await.map_err(store)?;
            self.commit(transaction, name).await?;
        } else {
            self.commit(transaction, name).await?;
            host.world.journal.write(now, record);
        }
        self.put(Arc::clone(&host));
        host.world.await_due();
        self.house.store.announce(name);
        Ok(host)
    }

    /// Where they are kept.
    pub fn store(&self) -> &Store {
        &self.house.store
    }

    /// The files that worlds may name.
    pub(crate) fn files(&self) -> &Files {
        &self.house.files
    }

    /// Lets go of the store.
    pub async fn close(&self) {
        self.house.store.close().await;
    }

    /// The key pool, for metrics.
    pub fn pool(&self) -> &KeyPool {
        &self.house.pool
    }

    /// Builds a world and writes it to the store, in place of the one before it.
    async fn make(
        &self,
        name: WorldName,
        new: NewWorld,
        before: Option<&World>,
    ) -> Result<Arc<VirtualHost>, CreateError> {
        let NewWorld { seed, profile, file } = new;
        let plan = match &file {
            Some(file) => file.plan(name, self.journal_capacity)?,
            None => self.plan(name, seed.as_deref(), profile),
        };
        // Its keys first: nobody gets at the store while a transaction is open.
        let host = self.prepare(plan, None).await.map_err(|error| match (&file, error) {
            (Some(_), CreateError::World(WorldError::Pki(_))) => FileError::Damaged("a CA").into(),
            (_, error) => error,
        })?;
        let transaction = match before {
            Some(before) => {
                let (mut transaction, _) =
                    self.house.store.begin_in(before.name()).await.map_err(WorldError::from)?;
                delete(&mut transaction, before).await?;
                transaction
            }
            None => self.house.store.begin().await.map_err(WorldError::from)?,
        };
        self.install(transaction, host, file).await?.ok_or(CreateError::Exists)
    }

    /// Writes a world to the store and takes it up. `None`: there is one of its name by now.
    async fn install(
        &self,
        mut transaction: Transaction,
        host: Arc<VirtualHost>,
        file: Option<WorldFile>,
    ) -> Result<Option<Arc<VirtualHost>>, CreateError> {
        let store = |error: StoreError| CreateError::World(error.into());
        let world = &host.world;
        let records = world.journal.after(0);
        let first = records.first().map_or(world.journal.last(), |record| record.sequence - 1);
        let head = Head { journal: first, ..world.head() };
        if !transaction.insert_world(&head, &world.settings().to_json()).await.map_err(store)? {
            return Ok(None);
        }
        transaction.append(&head, &records).await.map_err(store)?;
        if let Some(file) = &file {
            file.fill(host.world.name(), &mut transaction).await?;
            let faults = world.faults.list();
            if world.is_shared() && !faults.is_empty() {
                transaction.put_faults(world.name(), &Switched::resume(faults)).await.map_err(store)?;
            }
        }
        self.commit(transaction, world.name()).await?;
        self.put(Arc::clone(&host));
        self.house.store.announce(world.name());
        let world = Arc::clone(&host.world);
        if file.is_some() {
            world.await_due();
        }
        tokio::spawn(async move {
            if let Some(_turn) = world.unhurried().await
                && let Err(error) = world.client_ca().await
            {
                world.failed_later(&error, "the client CA could not be made");
            }
        });
        Ok(Some(host))
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
        if let Err(error) = transaction.commit().await {
            gone(false);
            return Err(WorldError::from(error).into());
        }
        if let Some(old) = &old {
            old.world.cancel_keys();
        }
        Ok(())
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
            incarnation: new_incarnation(),
            version: 0,
            entropy,
            seeded,
            profile: profile.unwrap_or_else(|| self.profile.clone()),
            clock: ClockState::Running { offset_ms: 0 },
            session_epoch: 0,
            root: None,
            ca: None,
            journal: Journal::new(self.journal_capacity),
            faults_on: 0,
            faults: Faults::default(),
        }
    }

    /// Builds a world, with the TLS chain that was made for it, if one was.
    async fn prepare(&self, plan: Plan, chain: Option<TlsChain>) -> Result<Arc<VirtualHost>, CreateError> {
        let label = (!plan.name.is_default()).then(|| plan.name.to_string());
        let names = hostnames(label.as_deref(), &self.configured_hosts, &plan.profile.relying_party.hosts);
        let finds_primes = plan.profile.tls.key == TlsKey::Rsa2048;
        let house = self.house.clone();
        let build = move || {
            let chain = chain.map_or_else(|| plan.chain(&names), Ok)?;
            Ok(Arc::new(VirtualHost::new(World::build(plan, chain, &house)?)?))
        };
        // Keys on P-256 take less time than the way to another thread and back may.
        let built = if finds_primes { blocking(build).await } else { build() };
        built.map_err(|error: PkiError| WorldError::from(error).into())
    }

    fn put(&self, host: Arc<VirtualHost>) {
        let name = host.world.name().clone();
        self.all.write().unwrap_or_else(PoisonError::into_inner).insert(name, host);
    }
}

/// Deletes a world that has to be there still.
async fn delete(transaction: &mut Transaction, world: &World) -> Result<(), CreateError> {
    match transaction.delete_world(&world.head()).await.map_err(WorldError::from)? {
        true => Ok(()),
        false => Err(WorldError::Gone.into()),
    }
}
