//! The files of a store: for their owner alone, and still those that were opened.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Lost, StoreError, StoreUrl};

/// What SQLite keeps beside a database (sqlite.org/tempfiles.html).
const BESIDE: [&str; 3] = [LOG, "-shm", "-journal"];
const LOG: &str = "-wal";
/// Ours, and empty: whoever has a store open holds a lock on it.
const LOCK: &str = "-lock";

/// Says what is wrong with a path before SQLite says "unable to open database file", and makes the file if there is
/// none.
pub(super) fn reach(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(StoreError::NoFolder(folder.to_owned()));
    }
    if path.is_dir() {
        return Err(StoreError::NotAFile);
    }
    if !path.exists() {
        return system::create(path).map(drop).map_err(not_made);
    }
    // On a read-only file system, SQLite would call a store that was not closed a disk I/O error. Asked without opening
    // it: closing a file gives up the locks that the process has on it (fcntl(2)).
    if system::may_write(path) { Ok(()) } else { Err(StoreError::ReadOnly) }
}

fn not_made(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::ReadOnly,
    }
}

/// Keeps other processes away from a store. SQLite lets several in, so that there can be readers.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    lock: File,
}

impl Claim {
    /// Takes a store for this process.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another has it; [`StoreError::ReadOnly`] or [`StoreError::Full`] if there is no saying so.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let path = beside(path, LOCK);
        loop {
            let lock = system::create(&path).map_err(not_made)?;
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
                // Where files can't be locked, SQLite can't do it either.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            let claim = Self { path: path.clone(), lock };
            // Who had it before may have taken it away at its end, in between.
            if claim.is_there() {
                return Ok(claim);
            }
        }
    }

    fn is_there(&self) -> bool {
        matches!((system::identity(&self.path), system::identity_of(&self.lock)), (Ok(there), Ok(ours)) if there == ours)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.is_there() {
            // As long as it is locked, so that nobody else has it. What can't be taken away does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Takes the permissions of others away from what was there already, and says so.
pub(super) fn tighten(path: &Path) {
    let beside = BESIDE.into_iter().chain([LOCK]).map(|suffix| beside(path, suffix));
    for file in std::iter::once(path.to_owned()).chain(beside) {
        let Some((mode, tightened)) = system::tighten(&file) else { continue };
        let (file, mode) = (file.display(), format!("{mode:03o}"));
        match tightened {
            Ok(()) => {
                tracing::warn!(%file, was = %mode, "others had access to private keys: now its owner alone has")
            }
            Err(error) => {
                tracing::warn!(%file, %mode, %error, "others have access to private keys: take it away")
            }
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Which file a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// The files of a store that is open. As long as it is, no other file can have the same identity.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    log_path: PathBuf,
    database: Identity,
    /// SQLite makes it with the first look into the database.
    log: Option<Identity>,
}

impl Opened {
    /// What is at this path now, which was opened a moment ago.
    fn at(path: &Path) -> io::Result<Self> {
        let log_path = beside(path, LOG);
        let (database, log) = (system::identity(path)?, system::identity(&log_path).ok());
        Ok(Self { path: path.to_owned(), log_path, database, log })
    }

    /// Whether the database is still at its path.
    ///
    /// # Errors
    /// [`StoreError::Lost`], or [`StoreError::Other`] if nobody can tell.
    fn check_database(&self) -> Result<(), StoreError> {
        check(&self.path, self.database, Lost::Database)
    }

    /// The same of all that is needed to find what was committed.
    ///
    /// # Errors
    /// As [`check_database`](Self::check_database).
    fn check(&self) -> Result<(), StoreError> {
        self.check_database()?;
        self.log.map_or(Ok(()), |log| check(&self.log_path, log, Lost::Log))
    }
}

/// The files of a store as long as it is open, and which of them was lost: for all who read and write.
#[derive(Debug)]
pub(super) struct Watch {
    store: StoreUrl,
    state: Mutex<(Option<Opened>, Option<Lost>)>,
}

impl Watch {
    /// Nothing is open yet.
    pub(super) fn new(store: &StoreUrl) -> Self {
        Self { store: store.clone(), state: Mutex::default() }
    }

    /// The files were opened a moment ago.
    ///
    /// # Errors
    /// [`StoreError::Other`] if nobody can tell which ones.
    pub(super) fn opened(&self, path: &Path) -> Result<(), StoreError> {
        let opened = Opened::at(path).map_err(|error| StoreError::Other(error.to_string()))?;
        self.lock().0 = Some(opened);
        Ok(())
    }

    /// Whether all is at its place that is needed to find what was committed. What was lost once stays so.
    ///
    /// # Errors
    /// [`StoreError::Lost`], or [`StoreError::Other`] if nobody can tell.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(lost) = state.1 {
            return Err(StoreError::Lost(lost));
        }
        let checked = state.0.as_ref().map_or(Ok(()), Opened::check);
        self.tell(&mut state.1, checked)
    }

    /// Whether the database is still at its path.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(super) fn check_database(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        let checked = state.0.as_ref().map_or(Ok(()), Opened::check_database);
        self.tell(&mut state.1, checked)
    }

    /// Says once that a file is lost.
    fn tell(&self, known: &mut Option<Lost>, checked: Result<(), StoreError>) -> Result<(), StoreError> {
        if let Err(StoreError::Lost(lost)) = checked
            && *known != Some(lost)
        {
            tracing::error!(store = %self.store, "{lost}");
            *known = Some(lost);
        }
        checked
    }

    fn lock(&self) -> MutexGuard<'_, (Option<Opened>, Option<Lost>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(path: &Path, opened: Identity, lost: Lost) -> Result<(), StoreError> {
    match system::identity(path) {
        Ok(there) if there == opened => Ok(()),
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(StoreError::Other(format!("its files can't be looked at: {error}")))
        }
        _ => Err(StoreError::Lost(lost)),
    }
}

#[cfg(unix)]
mod system {
    use std::fs::{self, File, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use rustix::fs::Access;

    use super::Identity;

    /// Whoever can read a store has the keys of all certificates in it.
    const OWNER_ONLY: u32 = 0o600;

    /// SQLite gives the files beside it the same permissions.
    pub(super) fn create(path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(OWNER_ONLY).open(path)?;
        // The umask may have taken rights away from the owner.
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
        Ok(file)
    }

    pub(super) fn may_write(path: &Path) -> bool {
        rustix::fs::access(path, Access::WRITE_OK).is_ok()
    }

    /// The permissions that a file had, if others had any, and what came of taking them away.
    pub(super) fn tighten(file: &Path) -> Option<(u32, io::Result<()>)> {
        let about = fs::metadata(file).ok()?;
        let mode = about.mode() & 0o777;
        let ours = about.uid() == rustix::process::geteuid().as_raw();
        let tighten = || match ours {
            true => fs::set_permissions(file, Permissions::from_mode(mode & 0o700)),
            false => Err(io::Error::other("it belongs to another user")),
        };
        (mode & 0o077 != 0).then(|| (mode, tighten()))
    }

    pub(super) fn identity(path: &Path) -> io::Result<Identity> {
        fs::metadata(path).map(|about| Identity { device: about.dev(), inode: about.ino() })
    }

    pub(super) fn identity_of(file: &File) -> io::Result<Identity> {
        file.metadata().map(|about| Identity { device: about.dev(), inode: about.ino() })
    }
}

/// Permissions are inherited from the folder, and nobody can delete or replace a file that SQLite has open.
#[cfg(not(unix))]
mod system {
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::path::Path;

    use super::Identity;

    pub(super) fn create(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(false).open(path)
    }

    pub(super) fn may_write(path: &Path) -> bool {
        OpenOptions::new().write(true).open(path).is_ok()
    }

    pub(super) fn tighten(_: &Path) -> Option<(u32, io::Result<()>)> {
        None
    }

    pub(super) fn identity(path: &Path) -> io::Result<Identity> {
        fs::metadata(path).map(|_| Identity { device: 0, inode: 0 })
    }

    pub(super) fn identity_of(file: &File) -> io::Result<Identity> {
        file.metadata().map(|_| Identity { device: 0, inode: 0 })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn another_file_at_the_path_is_not_the_one_that_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let put = |path: &Path| fs::write(path, "x").unwrap();
        put(&path);
        put(&beside(&path, LOG));
        let kept = fs::File::open(&path).unwrap();
        let opened = Opened::at(&path).unwrap();
        opened.check().unwrap();

        fs::remove_file(beside(&path, LOG)).unwrap();
        assert!(matches!(opened.check(), Err(StoreError::Lost(Lost::Log))));
        opened.check_database().unwrap();
        let other = folder.path().join("other");
        put(&other);
        fs::rename(&other, &path).unwrap();
        assert!(matches!(opened.check(), Err(StoreError::Lost(Lost::Database))));
        fs::remove_file(&path).unwrap();
        assert!(matches!(opened.check(), Err(StoreError::Lost(Lost::Database))));
        drop(kept);
    }
}
