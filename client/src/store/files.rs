//! Files that hold keys: mode 0600, complete or absent, and on the disk before anybody relies on them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, FileAction};

/// A PFX file of this service has 5 kB, and the same again as PEM files goes into a store.
const ROOM: usize = 64 * 1024;

/// Reads a whole file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::file(FileAction::Read, path, source))
}

/// Writes a file that only its owner can read: under another name at first, synced, and then renamed over what may be
/// there. After a crash there is the old file or the new one, never half of one.
pub fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    write(path, contents).map_err(|source| Error::file(FileAction::Write, path, source))
}

/// Like [`write_private`], but leaves a file alone that is there already.
pub fn write_private_new(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let written = staged(path, contents).and_then(|file| {
        file.persist_noclobber(path).map_err(|error| error.error)?;
        sync_folder(path)
    });
    written.map_err(|source| Error::file(FileAction::Write, path, source))
}

/// Makes sure that a key could be written to this file, by writing more than any key takes beside it. So that a missing
/// folder or a full disk is found out before the CA hands out what it may hand out once.
///
/// # Errors
///
/// [`Error::File`] if the file could not be written.
pub fn check_room(path: &Path) -> Result<(), Error> {
    let room = match path.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => staged(path, &[0; ROOM]).map(drop),
    };
    room.map_err(|source| Error::file(FileAction::Write, path, source))
}

/// Removes a file durably; one that is not there is as good as removed.
pub fn remove_file(path: &Path) -> Result<(), Error> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.and_then(|()| sync_folder(path)),
    };
    removed.map_err(|source| Error::file(FileAction::Remove, path, source))
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    staged(path, contents)?.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

fn staged(path: &Path, contents: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    // tempfile creates with mode 0600.
    let mut file = tempfile::Builder::new().prefix(".obn-").tempfile_in(folder(path))?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A rename is on the disk only once its folder is.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
