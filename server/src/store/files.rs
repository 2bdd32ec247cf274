//! The files of a store: for their owner alone, and still those that were opened.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{Lost, StoreError};

/// What SQLite keeps beside a database (sqlite.org/tempfiles.html).
const BESIDE: [&str; 3] = [LOG, "-shm", "-journal"];
const LOG: &str = "-wal";

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
        return system::create(path).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => StoreError::Full,
            _ => StoreError::ReadOnly,
        });
    }
    // On a read-only file system, SQLite would call a store that was not closed a disk I/O error. Asked without opening
    // it: closing a file gives up the locks that the process has on it (fcntl(2)).
    if system::may_write(path) { Ok(()) } else { Err(StoreError::ReadOnly) }
}

/// Takes the permissions of others away from what was there already, and says so.
pub(super) fn tighten(path: &Path) {
    let beside = BESIDE.into_iter().map(|suffix| beside(path, suffix));
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
pub(super) struct Opened {
    path: PathBuf,
    log_path: PathBuf,
    database: Identity,
    /// SQLite makes it with the first look into the database.
    log: Option<Identity>,
}

impl Opened {
    /// What is at this path now, which was opened a moment ago.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let log_path = beside(path, LOG);
        let (database, log) = (system::identity(path)?, system::identity(&log_path).ok());
        Ok(Self { path: path.to_owned(), log_path, database, log })
    }

    /// Whether the database is still at its path.
    ///
    /// # Errors
    /// [`StoreError::Lost`], or [`StoreError::Other`] if nobody can tell.
    pub(super) fn check_database(&self) -> Result<(), StoreError> {
        check(&self.path, self.database, Lost::Database)
    }

    /// The same of all that is needed to find what was committed.
    ///
    /// # Errors
    /// As [`check_database`](Self::check_database).
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.check_database()?;
        self.log.map_or(Ok(()), |log| check(&self.log_path, log, Lost::Log))
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
    use std::fs::{self, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use rustix::fs::Access;

    use super::Identity;

    /// Whoever can read a store has the keys of all certificates in it.
    const OWNER_ONLY: u32 = 0o600;

    /// SQLite gives the files beside it the same permissions.
    pub(super) fn create(path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(OWNER_ONLY).open(path)?;
        // The umask may have taken rights away from the owner.
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))
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
}

/// Permissions are inherited from the folder, and nobody can delete or replace a file that SQLite has open.
#[cfg(not(unix))]
mod system {
    use std::fs::{self, OpenOptions};
    use std::io;
    use std::path::Path;

    use super::Identity;

    pub(super) fn create(path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
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
