//! A folder of certificates: one folder each, complete or absent, readable by the owner only.
//!
//! ```text
//! STORE/
//!   .lock                 held by the process that changes something, for that moment
//!   .SERIAL.renewing      held by the process that renews the certificate with this serial number
//!   202012100001000/      named after the request ID, or the serial number where that is unknown
//!     identity.p12        as the site delivered it, under the password that was chosen then
//!     key.pem             PKCS #8, not encrypted
//!     certificate.pem     the certificate, then its chain
//!     entry.json          what the files do not say by themselves
//! ```

pub(crate) mod entry;
pub(crate) mod files;
mod folders;
mod patient;
pub(crate) mod reminder;
pub(crate) mod watch;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, FileAction};
use crate::pki::certificate::Validity;
use crate::pki::identity::Identity;
use crate::store::entry::{Entry, FILES, METADATA, Metadata, Origin};
use crate::store::files::{check_room, is_taken, sync_folder};
use crate::store::folders::{begin_private_folder, make_private_folder, open_lock, trap};
use crate::store::patient::patiently;
use crate::terms::clock::Clock;
use crate::terms::identifiers::RequestId;
use crate::terms::usage::UsageError;

const LOCK: &str = ".lock";
/// An entry that is being written. What a crash leaves of it is worth nothing.
const NEW: &str = ".new-";
/// An entry that is being removed.
const GONE: &str = ".gone-";
/// How long another process is waited for that changes the store, and how often it is looked whether it does.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// How often an entry is read that is there and can't be read: it may have been removed and added again meanwhile.
const READS: usize = 3;

/// A folder that keeps certificates with their keys. Several processes may use it at once: readers need no lock, since
/// entries appear and disappear as a whole and their files are replaced one by one, and writers wait for each other.
///
/// ```
/// use obn_client::{Clock, Identity, Origin, Password, Store};
///
/// # fn main() -> Result<(), obn_client::Error> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let clock = Clock::fixed("2026-11-23T12:00:00+09:00".parse().unwrap());
/// let pfx = include_bytes!("../../../fixtures/pfx/openssl-3des.p12");
/// let identity = Identity::from_pfx(pfx, &Password::new("1234"))?;
///
/// let store = Store::at(folder.path());
/// store.lock()?.add(&identity, pfx, &Origin::default(), &clock)?;
///
/// let current = store.current(&clock)?;
/// assert_eq!(current.identity()?, identity);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// A [`Store`] that no other process changes meanwhile.
#[derive(Debug)]
pub struct LockedStore<'a> {
    store: &'a Store,
    /// The lock goes with the file.
    _lock: File,
}

/// A certificate that no other process renews meanwhile.
#[derive(Debug)]
pub struct Claim {
    /// The lock goes with the file.
    _lock: File,
}

impl Claim {
    /// Keeps other processes from renewing the certificate in this file, which lies in no store; `None` while another one
    /// does. Where the file system has no locks nobody is kept from it.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file can't be opened or locked.
    pub fn try_of_file(path: &Path, serial: &str) -> Result<Option<Self>, Error> {
        let failed = |source| Error::file(FileAction::Lock, path, source);
        let lock = patiently(|| to_lock(path, serial)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Self { _lock: lock }))
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// The file itself: its folder may be one where nothing can be written.
#[cfg(not(windows))]
fn to_lock(path: &Path, _: &str) -> io::Result<File> {
    File::open(path)
}

/// A file in the user's own folder for such: there nobody else could read what is locked.
#[cfg(windows)]
fn to_lock(_: &Path, serial: &str) -> io::Result<File> {
    open_lock(&std::env::temp_dir().join(format!("obn-{serial}.renewing")))
}

impl Store {
    /// The store in this folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until no other process changes the store, a minute at the longest, and then keeps it. Makes the folder if
    /// there is none, and clears up what a crash may have left. The calling thread sleeps meanwhile.
    ///
    /// A lock is for the moment of a change: to be kept from applying twice while the site takes its time there is
    /// [`Store::try_claim`].
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the folder can't be made, locked or cleared up, [`UsageError::LinkInStore`] if others can
    /// write to it and a symbolic link is in it.
    pub fn lock(&self) -> Result<LockedStore<'_>, Error> {
        let mut looks = LONGEST_WAIT.as_millis() / BETWEEN_LOOKS.as_millis();
        loop {
            if let Some(locked) = self.try_lock()? {
                return Ok(locked);
            }
            if looks == 0 {
                let busy = io::Error::new(io::ErrorKind::TimedOut, "another process is changing it");
                return Err(Error::file(FileAction::Lock, &self.folder, busy));
            }
            looks -= 1;
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// As [`Store::lock`], without waiting: `None` while another process changes the store.
    ///
    /// # Errors
    ///
    /// As [`Store::lock`].
    pub fn try_lock(&self) -> Result<Option<LockedStore<'_>>, Error> {
        let Some(lock) = self.try_lock_file(LOCK)? else { return Ok(None) };
        self.recover().map_err(|source| Error::file(FileAction::Lock, &self.folder, source))?;
        Ok(Some(LockedStore { store: self, _lock: lock }))
    }

    /// Keeps other processes from renewing the certificate with this serial number, for as long as the claim is held;
    /// `None` while another one does. The store itself stays open to others.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the folder can't be made or locked.
    pub fn try_claim(&self, serial: &str) -> Result<Option<Claim>, Error> {
        Ok(self.try_lock_file(&format!(".{serial}.renewing"))?.map(|lock| Claim { _lock: lock }))
    }

    fn try_lock_file(&self, name: &str) -> Result<Option<File>, Error> {
        let failed = |source| Error::file(FileAction::Lock, &self.folder, source);
        make_private_folder(&self.folder).map_err(failed)?;
        if let Some(link) = trap(&self.folder).map_err(failed)? {
            return Err(UsageError::LinkInStore(link).into());
        }
        let lock = open_lock(&self.folder.join(name)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// All entries, the one that ends first at the front.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the folder or one of the entries can't be read: a damaged certificate is to be seen, not to be
    /// missing.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let (entries, damaged) = self.survey()?;
        damaged.into_iter().next().map_or(Ok(entries), Err)
    }

    /// Like [`Store::entries`], but a damaged entry doesn't hide the others: those that can be read, and why others can't.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the folder can't be read.
    pub fn survey(&self) -> Result<(Vec<Entry>, Vec<Error>), Error> {
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for name in self.entry_names()? {
            match self.read(&name) {
                Ok(entry) => entries.extend(entry),
                Err(error) => damaged.push(error),
            }
        }
        entries.sort_by_key(|entry: &Entry| entry.certificate().not_after());
        Ok((entries, damaged))
    }

    /// The entry of this name: a request ID or serial number, as [`Store::entries`] lists it.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoEntry`] if there is none, [`Error::File`] if it can't be read.
    pub fn entry(&self, name: &str) -> Result<Entry, Error> {
        let is_known = self.entry_names()?.iter().any(|known| known == name);
        let entry = if is_known { self.read(name)? } else { None };
        entry.ok_or_else(|| UsageError::NoEntry(name.to_owned()).into())
    }

    /// The certificate to use now: of those that are valid the one that ends last.
    ///
    /// # Errors
    ///
    /// [`UsageError::NothingValid`] if none is valid, and as [`Store::entries`].
    pub fn current(&self, clock: &Clock) -> Result<Entry, Error> {
        let mut entries = self.entries()?;
        entries.retain(|entry| entry.certificate().validity(clock) == Validity::Valid);
        entries.pop().ok_or_else(|| UsageError::NothingValid.into())
    }

    fn entry_names(&self) -> Result<Vec<String>, Error> {
        let names = self.names().map_err(|source| Error::file(FileAction::Read, &self.folder, source))?;
        Ok(names.into_iter().filter(|name| !name.starts_with('.')).collect())
    }

    /// `None` if it was removed meanwhile.
    fn read(&self, name: &str) -> Result<Option<Entry>, Error> {
        let folder = self.folder.join(name);
        let mut reads = 0;
        loop {
            reads += 1;
            match Entry::read(folder.clone(), name.to_owned()) {
                Ok(entry) => return Ok(Some(entry)),
                Err(_) if folder.try_exists().is_ok_and(|is_there| !is_there) => return Ok(None),
                Err(error) if reads == READS => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let folder = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for item in folder {
            let item = item?;
            if item.file_type()?.is_dir() {
                names.extend(item.file_name().into_string());
            }
        }
        Ok(names)
    }

    /// Brings a store that a crash interrupted back to before or after what was being done.
    fn recover(&self) -> io::Result<()> {
        for name in self.names()? {
            if name.starts_with(NEW) || name.starts_with(GONE) {
                patiently(|| fs::remove_dir_all(self.folder.join(&name)))?;
            }
        }
        Ok(())
    }
}

impl LockedStore<'_> {
    /// Makes sure that an entry could be added now. To be asked before the CA is, which may hand out a key only once.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the store can't be written, or the disk is full.
    pub fn check_room(&self) -> Result<(), Error> {
        check_room(&self.store.folder.join("entry"))
    }

    /// Adds an identity with the PFX file that it came in. An entry of the same certificate is replaced, as when it was
    /// downloaded once more with another password; what is known about where it came from stays known.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the store can't be read or written. An entry that was there is still whole then.
    pub fn add(
        &self,
        identity: &Identity,
        pfx: &[u8],
        origin: &Origin,
        clock: &Clock,
    ) -> Result<Entry, Error> {
        let name = self.name_for(identity, origin.request_id.as_ref())?;
        let known = self.store.entry(&name).ok().map(|entry| entry.metadata().clone());
        let (known_id, known_reference, known_renews) =
            known.map(|old| (old.request_id, old.reference_id, old.renews)).unwrap_or_default();
        let metadata = Metadata {
            version: 1,
            request_id: origin.request_id.as_ref().map(ToString::to_string).or(known_id),
            reference_id: origin.reference_id.clone().or(known_reference),
            serial: identity.certificate().serial().to_owned(),
            renews: origin.renews.clone().or(known_renews),
            added: clock.now(),
        };
        let target = self.store.folder.join(&name);
        let staging = self.store.folder.join(format!("{NEW}{name}"));
        begin_private_folder(&staging).map_err(|source| Error::file(FileAction::Write, &staging, source))?;
        metadata.write_with(identity, pfx, &staging)?;
        self.put(&staging, &target).map_err(|source| Error::file(FileAction::Write, &target, source))?;
        Entry::read(target, name)
    }

    /// Removes an entry (manual chapter 4). Without `force` the only valid certificate stays.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoEntry`] if there is none, [`UsageError::OnlyValid`] if it is the only valid one and `force` is not
    /// set, [`Error::File`] if it can't be read or removed.
    pub fn remove(&self, name: &str, clock: &Clock, force: bool) -> Result<Entry, Error> {
        let (entries, _) = self.store.survey()?;
        let valid = |entry: &&Entry| entry.certificate().validity(clock) == Validity::Valid;
        let others = entries.iter().filter(valid).filter(|entry| entry.name() != name).count();
        let entry = self.store.entry(name)?;
        if valid(&&entry) && others == 0 && !force {
            return Err(UsageError::OnlyValid.into());
        }
        let path = self.store.folder.join(name);
        let gone = self.store.folder.join(format!("{GONE}{name}"));
        let removed = patiently(|| fs::rename(&path, &gone))
            .and_then(|()| patiently(|| fs::remove_dir_all(&gone)))
            .and_then(|()| sync_folder(&gone));
        removed.map_err(|source| Error::file(FileAction::Remove, &path, source))?;
        Ok(entry)
    }

    /// The request ID; or the serial number, under which a restored certificate is found again.
    fn name_for(&self, identity: &Identity, request_id: Option<&RequestId>) -> Result<String, Error> {
        // A damaged one must not keep a new key out.
        let (entries, _) = self.store.survey()?;
        if let Some(same) = entries.iter().find(|entry| entry.certificate() == identity.certificate()) {
            return Ok(same.name().to_owned());
        }
        let serial = identity.certificate().serial();
        let mut name = request_id.map_or_else(|| format!("serial-{serial}"), ToString::to_string);
        // Another certificate under the same request ID, or what is left of one: keep both.
        while is_taken(&self.store.folder.join(&name)) {
            name = format!("{name}-{serial}");
        }
        Ok(name)
    }

    /// A new entry appears as a whole. One that is there stays there: its files give way one by one to others of the
    /// same certificate and key.
    fn put(&self, staging: &Path, target: &Path) -> io::Result<()> {
        if !is_taken(target) {
            patiently(|| fs::rename(staging, target))?;
            return sync_folder(target);
        }
        for file in FILES {
            patiently(|| fs::rename(staging.join(file), target.join(file)))?;
        }
        sync_folder(&target.join(METADATA))?;
        fs::remove_dir(staging)
    }
}
