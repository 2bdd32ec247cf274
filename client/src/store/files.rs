//! Files that hold keys: mode 0600, complete or absent, and on the disk before anybody relies on them.
//!
//! A file is written under another name and renamed, so that what stands in its place gives way. That is a regular file
//! or nothing: a device, a pipe, a folder and a link, wherever it leads, are refused.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use crate::error::{Error, FileAction};
use crate::store::folders::keep_private;
use crate::store::patient::patiently;
use crate::terms::text::decoded;
use crate::terms::usage::{FileKind, UsageError};

/// A PFX file of this service has 5 kB, and the same again as PEM files goes into a store.
const ROOM: usize = 64 * 1024;
/// No certificate, key or record comes near this size.
const LONGEST: u64 = 16 << 20;
/// How a file is called until it is renamed, followed by letters and digits of tempfile's own.
const STAGED: &str = ".obn-";
const STAGED_RANDOM: usize = 6;

/// Reads a whole file, of 16 MiB at most.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let mut bytes = Vec::new();
        patiently(|| File::open(path))?.take(LONGEST + 1).read_to_end(&mut bytes)?;
        match u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST) {
            true => Ok(bytes),
            false => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 16 MiB")),
        }
    };
    read().map_err(|source| Error::file(FileAction::Read, path, source))
}

/// Reads a file that this library wrote, or that somebody edited: never a link, and never a pipe, which may not end.
pub(crate) fn read_own(path: &Path) -> Result<Vec<u8>, Error> {
    check_place(path, FileAction::Read)?;
    read_file(path)
}

/// The same as text.
pub(crate) fn read_own_text(path: &Path) -> Result<String, Error> {
    Ok(decoded(&read_own(path)?).into_owned())
}

/// Reads one of many files that a person has put together, links to files among them, but no pipe, which may not end.
pub(crate) fn read_found(path: &Path) -> Result<Vec<u8>, Error> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(no_file(path, metadata.file_type())),
        _ => read_file(path),
    }
}

/// Writes a file that only its owner can read: under another name at first, synced, and then renamed over what may be
/// there. After a crash there is the old file or the new one, never half of one.
///
/// # Errors
///
/// [`UsageError::NotAFile`] if something else than a regular file is there, [`Error::File`] if it can't be written.
pub fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    check_place(path, FileAction::Write)?;
    let written = staged(path, contents).and_then(|file| {
        renamed(file, |file| file.persist(path))?;
        sync_folder(path)
    });
    written.map_err(|source| not_written(path, source))
}

/// Like [`write_private`], but leaves a file alone that is there already.
///
/// # Errors
///
/// As [`write_private`].
pub fn write_private_new(path: &Path, contents: &[u8]) -> Result<(), Error> {
    check_place(path, FileAction::Write)?;
    let written = staged(path, contents).and_then(|file| {
        renamed(file, |file| file.persist_noclobber(path))?;
        sync_folder(path)
    });
    written.map_err(|source| not_written(path, source))
}

/// Makes sure that a key could be written to this file, by writing more than any key takes beside it. So that a missing
/// folder, a full disk or a link to nowhere is found out before the CA hands out what it may hand out once.
///
/// # Errors
///
/// As [`write_private`].
pub fn check_room(path: &Path) -> Result<(), Error> {
    check_place(path, FileAction::Write)?;
    staged(path, &[0; ROOM]).map(drop).map_err(|source| not_written(path, source))
}

/// Removes a file durably; one that is not there is as good as removed.
pub fn remove_file(path: &Path) -> Result<(), Error> {
    let removed = match patiently(|| fs::remove_file(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.and_then(|()| sync_folder(path)),
    };
    removed.map_err(|source| Error::file(FileAction::Remove, path, source))
}

/// By its own name, or that of the folder that it has none of; never by the one that it has until it is renamed.
fn not_written(path: &Path, source: io::Error) -> Error {
    let folder = folder(path);
    if source.kind() == io::ErrorKind::NotFound && !folder.exists() {
        return UsageError::NoFolder { file: path.to_owned(), folder }.into();
    }
    // tempfile puts the name that it has chosen around the system's own words.
    let inner = source.get_ref().and_then(|inner| inner.source()).map(ToString::to_string);
    let source = match inner {
        Some(inner) => io::Error::new(source.kind(), inner),
        None => source,
    };
    Error::file(FileAction::Write, path, source)
}

/// Whether anything has this name, be it a link to nowhere.
pub(crate) fn is_taken(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// A regular file, or nothing.
fn check_place(path: &Path, action: FileAction) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) => Err(no_file(path, metadata.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::file(action, path, source)),
    }
}

fn no_file(path: &Path, kind: fs::FileType) -> Error {
    let kind = match () {
        () if kind.is_dir() => FileKind::Folder,
        () if kind.is_symlink() => FileKind::Link,
        () => FileKind::Device,
    };
    UsageError::NotAFile { path: path.to_owned(), kind }.into()
}

/// What can't be renamed now is in the hands of the error, for another try.
fn renamed(
    file: NamedTempFile,
    rename: impl Fn(NamedTempFile) -> Result<File, PersistError>,
) -> io::Result<()> {
    let mut file = Some(file);
    patiently(|| {
        let staged = file.take().expect("the last try has given it back");
        rename(staged).map(drop).map_err(|error| {
            file = Some(error.file);
            error.error
        })
    })
}

fn staged(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let folder = folder(path);
    let mut file = claimed(&folder)?;
    clear_up(&folder, file.as_file());
    // Before anything is in it.
    keep_private(file.path())?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A file that nobody clears up while we have it open.
fn claimed(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        // tempfile creates with mode 0600.
        let file = tempfile::Builder::new().prefix(STAGED).rand_bytes(STAGED_RANDOM).tempfile_in(folder)?;
        // Between the two somebody may have taken it for one that was left. Where there are no locks nobody does.
        if file.as_file().lock().is_err() || is_linked(file.as_file()) {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_linked(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| std::os::unix::fs::MetadataExt::nlink(&metadata) > 0)
}

#[cfg(not(unix))]
fn is_linked(_: &File) -> bool {
    true
}

/// Removes what a run that was killed has left: what has such a name, is a file of the same owner as `ours`, and is in
/// nobody's hands.
#[cfg(unix)]
fn clear_up(folder: &Path, ours: &File) {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    let (Ok(ours), Ok(items)) = (ours.metadata(), fs::read_dir(folder)) else { return };
    for item in items.flatten().filter(|item| item.file_name().to_str().is_some_and(is_staged)) {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let Ok(left) = File::options().read(true).custom_flags(flags).open(item.path()) else { continue };
        let is_ours = left.metadata().is_ok_and(|left| left.is_file() && left.uid() == ours.uid());
        if is_ours && left.try_lock().is_ok() {
            // What stays does no harm.
            let _ = fs::remove_file(item.path());
        }
    }
}

/// Elsewhere nobody can tell whose it is.
#[cfg(not(unix))]
fn clear_up(_: &Path, _: &File) {}

#[cfg(unix)]
fn is_staged(name: &str) -> bool {
    let random = name.strip_prefix(STAGED).unwrap_or_default();
    random.len() == STAGED_RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
