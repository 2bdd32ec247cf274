//! The folder in which a command runs: what lay there before, and what it made.
//!
//! A command may leave anything there: links, FIFOs, files without an end. Only files are opened, and no more is read of
//! them than can be judged. What is read or written is in the folder itself: a link leads nowhere.

use std::collections::BTreeMap;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::eyes::Identity;

/// Bytes that are read of a file, and of all files together.
pub(crate) const LONGEST_FILE: u64 = 16 << 20;
const LONGEST: usize = 64 << 20;
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 32;

#[cfg(unix)]
const FOLDERS: [&str; 2] = ["work", "home"];
/// There programs count on more of a home, and on a place for what is not to stay.
#[cfg(windows)]
const FOLDERS: [&str; 4] = ["work", "temp", r"home\AppData\Roaming", r"home\AppData\Local"];

/// An empty folder to work in, an empty home, and beside them what the harness provides.
#[derive(Debug)]
pub(super) struct Folder {
    root: tempfile::TempDir,
    given: BTreeMap<String, Vec<u8>>,
}

/// A file that the command made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Others than the owner can read it.
    pub(super) is_open: bool,
}

/// What is there instead of something to look into.
#[derive(Debug, thiserror::Error)]
pub(super) enum Odd {
    #[error("no file but {0}")]
    Kind(&'static str),
    #[error("a file of more than {} MiB", LONGEST_FILE >> 20)]
    Long,
    #[error("more than {MOST_FILES} files, or {} MiB in files", LONGEST >> 20)]
    Many,
    #[error("the folder is gone, or another one is in its place")]
    Moved,
    #[error("it can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

impl Folder {
    pub(super) fn new(tls_root: &str) -> Result<Self, Error> {
        let told = |error: std::io::Error| Error::broken("no folder to work in", error);
        let root = tempfile::Builder::new().prefix("obn-conformance-").tempdir().map_err(told)?;
        // What a file's owner alone can read is the command's own doing.
        #[cfg(windows)]
        obn_windows::open_to_users(root.path()).map_err(told)?;
        for name in FOLDERS {
            std::fs::create_dir_all(root.path().join(name)).map_err(told)?;
        }
        std::fs::write(root.path().join("root.pem"), tls_root).map_err(told)?;
        Ok(Self { root, given: BTreeMap::new() })
    }

    /// Puts other roots where the command is told to look for them.
    pub(super) fn trust(&self, roots: &str) -> Result<(), Error> {
        std::fs::write(self.tls_root(), roots).map_err(|error| Error::broken("the file of roots", error))
    }

    /// All of it, which nobody else has in their environment.
    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// What lies there is nobody's business, as in the folder for all programs that Unix has.
    #[cfg(windows)]
    pub(super) fn temp(&self) -> PathBuf {
        self.root.path().join("temp")
    }

    pub(super) fn tls_root(&self) -> PathBuf {
        self.root.path().join("root.pem")
    }

    /// Paths differ from run to run; reports must not.
    pub(super) fn masked(&self, text: &str) -> String {
        let path = self.root.path().display().to_string();
        // As JSON has it, where backslashes divide a path.
        let quoted = path.replace('\\', r"\\");
        text.replace(&quoted, "…").replace(&path, "…")
    }

    /// Puts a file there, in the place of what a command may have left under this name.
    pub(super) fn give(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.receive(name, &bytes)?;
        self.given.insert(name.to_owned(), bytes);
        Ok(())
    }

    /// The same with a file that somebody has handed over: it counts as made by what is under test.
    pub(super) fn receive(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let failed = |error: std::io::Error| Error::broken(name, error);
        let path = self.checked_work().map_err(|odd| Error::broken(name, odd))?.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut new = OpenOptions::new();
        new.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        let mut file = new.open(&path).map_err(failed)?;
        #[cfg(windows)]
        obn_windows::make_private(&path).map_err(failed)?;
        file.write_all(bytes).map_err(failed)
    }

    /// What was given under this name.
    pub(super) fn given(&self, name: &str) -> Option<&[u8]> {
        self.given.get(name).map(Vec::as_slice)
    }

    /// What lies there now; an empty file is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Made>, Odd> {
        let path = self.checked_work()?.join(name);
        let metadata = match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        if let Some(kind) = odd_kind(metadata.file_type()) {
            return Err(Odd::Kind(kind));
        }
        let made = read(&path, name.to_owned())?;
        if made.bytes.len() as u64 > LONGEST_FILE {
            return Err(Odd::Long);
        }
        Ok(Some(made).filter(|made| !made.bytes.is_empty()))
    }

    /// All files that the command made or changed, in its folder and at home.
    pub(super) fn made(&self) -> Result<Vec<Made>, Odd> {
        let mut made = Vec::new();
        collect(&self.checked_work()?, "", 0, &mut made)?;
        made.retain(|file| self.given(&file.name) != Some(&file.bytes));
        collect(&self.home(), "~/", 0, &mut made)?;
        made.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(made)
    }

    /// A command may have put another folder, or a link to one, in the place of its own.
    fn checked_work(&self) -> Result<PathBuf, Odd> {
        let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let work = self.work();
        if is_folder(self.root()) && is_folder(&work) { Ok(work) } else { Err(Odd::Moved) }
    }
}

impl Made {
    /// Whether a certificate or key is inside, or a part of one: all that is no plain text, and PEM.
    pub(super) fn is_precious(&self) -> bool {
        let text = std::str::from_utf8(&self.bytes);
        text.map_or(true, |text| text.contains("-----BEGIN") || text.contains('\0'))
    }

    /// Whether a private key is inside: plain, or as PFX behind one of these passwords.
    pub(super) fn has_key(&self, passwords: &[String]) -> bool {
        String::from_utf8_lossy(&self.bytes).contains("PRIVATE KEY")
            || passwords.iter().any(|password| Identity::open(&self.bytes, password).is_ok())
    }
}

fn collect(folder: &Path, prefix: &str, depth: usize, made: &mut Vec<Made>) -> Result<(), Odd> {
    // A home that is a link is somebody else's.
    if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    if depth > DEEPEST {
        return Err(Odd::Many);
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.take(MOST_FILES + 1).flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &format!("{name}/"), depth + 1, made)?,
            Ok(kind) if kind.is_file() => made.extend(read(&entry.path(), name).ok()),
            _ => {}
        }
        let bytes: usize = made.iter().map(|file| file.bytes.len()).sum();
        if made.len() > MOST_FILES || bytes > LONGEST {
            return Err(Odd::Many);
        }
    }
    Ok(())
}

/// A file, or the beginning of one that is too long. It is one already, but whoever made it may still be there.
fn read(path: &Path, name: String) -> Result<Made, Odd> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).expect("flags of open(2) are an int");
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file: File = options.open(path)?;
    let metadata = file.metadata()?;
    if let Some(kind) = odd_kind(metadata.file_type()) {
        return Err(Odd::Kind(kind));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(Made { name, bytes, is_open: is_open(path, &metadata) })
}

/// What it is if it is no file.
fn odd_kind(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a FIFO");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    match () {
        () if kind.is_file() => None,
        () if kind.is_symlink() => Some("a symbolic link"),
        () if kind.is_dir() => Some("a folder"),
        () => Some("something else"),
    }
}

#[cfg(unix)]
fn is_open(_: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o044 != 0
}

/// By its access list. Of what can't be told nothing good is assumed.
#[cfg(windows)]
fn is_open(path: &Path, _: &Metadata) -> bool {
    obn_windows::is_open_to_others(path).unwrap_or(true)
}
