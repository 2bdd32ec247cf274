//! The folder in which a command runs: what lay there before, and what it made.
//!
//! A command may leave anything there: links, FIFOs, files without an end. Only files are opened, and no more is read of
//! them than can be judged. What is read or written is in the folder itself: a link leads nowhere.

use std::collections::BTreeMap;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::bilingual::wording;
use crate::error::Error;
use crate::eyes::Identity;

/// Bytes that are read of a file, and of all files together.
pub(crate) const LONGEST_FILE: u64 = 16 << 20;
const LONGEST: usize = 64 << 20;
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 32;

#[cfg(unix)]
const FOLDERS: [&str; 3] = ["work", "home", "temp"];
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

wording! {
    /// What is there instead of something to look into.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Windows's folders have none of the first three"))]
    pub(super) enum Odd {
        Fifo => "no file but a FIFO"; "ファイルではなく FIFO";
        Socket => "no file but a socket"; "ファイルではなくソケット";
        Device => "no file but a device"; "ファイルではなくデバイス";
        Link => "no file but a symbolic link"; "ファイルではなくシンボリックリンク";
        Folder => "no file but a folder"; "ファイルではなくフォルダー";
        Other => "no file but something else"; "ファイルではない何か";
        Long => "a file of more than {} MiB", LONGEST_FILE >> 20; "{} MiB を超えるファイル", LONGEST_FILE >> 20;
        Many => "more than {MOST_FILES} files, or {} MiB in files", LONGEST >> 20;
            "{MOST_FILES} 個、または {} MiB を超えるファイル", LONGEST >> 20;
        Moved => "the folder is gone, or another one is in its place"; "フォルダーがないか、別のものに替わっている";
        Unreadable { error: String } => "it can't be read: {error}"; "読めない: {error}";
    }
}

impl From<std::io::Error> for Odd {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable { error: error.to_string() }
    }
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

    /// For what is not to stay.
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
        let path = self.checked_work().map_err(|odd| Error::broken(name, odd.words().en))?.join(name);
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

    /// Lets others read a file.
    pub(super) fn open_up(&self, name: &str) -> Result<(), Error> {
        let path = self.work().join(name);
        #[cfg(unix)]
        let opened = {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))
        };
        #[cfg(windows)]
        let opened = obn_windows::open_to_users(&path);
        opened.map_err(|error| Error::broken(name, error))
    }

    /// What was given under this name.
    pub(super) fn given(&self, name: &str) -> Option<&[u8]> {
        self.given.get(name).map(Vec::as_slice)
    }

    /// What lies there now.
    pub(super) fn read(&self, name: &str) -> Result<Option<Made>, Odd> {
        let path = self.checked_work()?.join(name);
        let metadata = match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        if let Some(kind) = odd_kind(metadata.file_type()) {
            return Err(kind);
        }
        let made = read(&path, name.to_owned())?;
        if made.bytes.len() as u64 > LONGEST_FILE {
            return Err(Odd::Long);
        }
        Ok(Some(made))
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

    /// All files that it left where nothing is to stay.
    pub(super) fn left_in_temporary(&self) -> Result<Vec<Made>, Odd> {
        let mut left = Vec::new();
        collect(&self.temp(), "$TMPDIR/", 0, &mut left)?;
        left.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(left)
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
        self.has_naked_key()
            || String::from_utf8_lossy(&self.bytes).contains("PRIVATE KEY")
            || passwords.iter().any(|password| Identity::open(&self.bytes, password).is_ok())
    }

    /// Whether a private key is inside that no password protects, as PEM or DER.
    pub(super) fn has_naked_key(&self) -> bool {
        let is_naked = |tag: &str| tag.ends_with("PRIVATE KEY") && !tag.starts_with("ENCRYPTED");
        let in_pem = || {
            let blocks = pem::parse_many(&self.bytes).unwrap_or_default();
            // One with headers (RFC 1421) is encrypted.
            blocks.iter().any(|block| is_naked(block.tag()) && block.headers().iter().next().is_none())
        };
        let in_der =
            || rustls_pki_types::PrivateKeyDer::try_from(self.bytes.as_slice()).is_ok_and(|key| is_key(&key));
        in_pem() || in_der()
    }

    /// Whether it lies in the folder to work in, and not at home.
    pub(super) fn is_at_work(&self) -> bool {
        !self.name.starts_with("~/")
    }
}

/// What only begins like one is none.
fn is_key(key: &rustls_pki_types::PrivateKeyDer<'_>) -> bool {
    rustls::crypto::aws_lc_rs::sign::any_supported_type(key).is_ok()
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
        return Err(kind);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(Made { name, bytes, is_open: is_open(path, &metadata) })
}

/// What it is if it is no file.
fn odd_kind(kind: FileType) -> Option<Odd> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some(Odd::Fifo);
        }
        if kind.is_socket() {
            return Some(Odd::Socket);
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some(Odd::Device);
        }
    }
    match () {
        () if kind.is_file() => None,
        () if kind.is_symlink() => Some(Odd::Link),
        () if kind.is_dir() => Some(Odd::Folder),
        () => Some(Odd::Other),
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
