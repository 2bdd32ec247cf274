//! The folder in which a command runs: what lay there before, and what it made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::eyes::Identity;

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

impl Folder {
    pub(super) fn new(tls_root: &str) -> Result<Self, Error> {
        let told = |error: std::io::Error| Error::broken("no folder to work in", error);
        let root = tempfile::Builder::new().prefix("obn-conformance-").tempdir().map_err(told)?;
        for name in ["work", "home"] {
            std::fs::create_dir(root.path().join(name)).map_err(told)?;
        }
        std::fs::write(root.path().join("root.pem"), tls_root).map_err(told)?;
        Ok(Self { root, given: BTreeMap::new() })
    }

    pub(super) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    pub(super) fn tls_root(&self) -> PathBuf {
        self.root.path().join("root.pem")
    }

    /// Paths differ from run to run; reports must not.
    pub(super) fn masked(&self, text: &str) -> String {
        let path = self.root.path().display().to_string();
        text.replace(&path, "…")
    }

    pub(super) fn give(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let failed = |error| Error::broken(name, error);
        let path = self.work().join(name);
        std::fs::write(&path, &bytes).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let owner = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, owner).map_err(failed)?;
        }
        self.given.insert(name.to_owned(), bytes);
        Ok(())
    }

    /// What was given under this name.
    pub(super) fn given(&self, name: &str) -> Option<&[u8]> {
        self.given.get(name).map(Vec::as_slice)
    }

    /// What lies there now; an empty file is none.
    pub(super) fn read(&self, name: &str) -> Option<Made> {
        read(&self.work().join(name), name.to_owned()).filter(|made| !made.bytes.is_empty())
    }

    /// All that the command made or changed, in its folder and at home.
    pub(super) fn made(&self) -> Vec<Made> {
        let mut made = Vec::new();
        collect(&self.work(), "", &mut made);
        made.retain(|file| self.given(&file.name) != Some(&file.bytes));
        collect(&self.home(), "~/", &mut made);
        made
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

fn collect(folder: &Path, prefix: &str, made: &mut Vec<Made>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &format!("{name}/"), made),
            Ok(kind) if kind.is_file() => made.extend(read(&entry.path(), name)),
            _ => {}
        }
    }
    made.sort_by(|one, other| one.name.cmp(&other.name));
}

fn read(path: &Path, name: String) -> Option<Made> {
    let bytes = std::fs::read(path).ok()?;
    Some(Made { name, bytes, is_open: is_open(path) })
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// Other systems have no such bits: there the folder decides.
#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
