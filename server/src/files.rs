//! Files that worlds may name: those that whoever started the process lets them have. Whoever steers a world names no
//! other file of the machine, and doesn't learn which there are.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// The files that worlds may name.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The folder of `--files`, without links in it.
    folder: Option<PathBuf>,
    /// The file that the profile names with which the process was started.
    named: Option<PathBuf>,
}

/// Path, length and time of a file.
pub type Version = (PathBuf, u64, Option<SystemTime>);

/// Why there is no file of this name.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The process was started without a folder.
    #[error(
        "files are named by whoever starts the simulator: put the file into a folder, start with --files FOLDER, and give \
         the file's name alone"
    )]
    NoFolder,
    /// A path, or nothing that a file could be called.
    #[error("give the name of a file in the folder of --files, without a path")]
    NotAName,
    /// Nothing there, a link that leads out of the folder, or no regular file.
    #[error("there is no such file in the folder of --files")]
    Missing,
    /// It is there, and can't be read.
    #[error("the file can't be read: {0}")]
    Unreadable(io::Error),
    /// More than can be of use.
    #[error("the file has more than {0} MiB")]
    TooLarge(usize),
}

impl Files {
    /// The files of this folder, if there is one, and the one that the profile of the start names.
    ///
    /// # Errors
    /// What the system says of the folder.
    pub fn new(folder: Option<&Path>, named: Option<PathBuf>) -> io::Result<Self> {
        let folder = folder.map(fs::canonicalize).transpose()?;
        match &folder {
            Some(folder) if !folder.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
            _ => Ok(Self { folder, named }),
        }
    }

    /// Where the file of this name is.
    ///
    /// # Errors
    /// [`FilesError`]. Without a folder, nothing is looked for.
    pub fn find(&self, name: &str) -> Result<PathBuf, FilesError> {
        if let Some(named) = self.named.as_ref().filter(|named| named.as_os_str() == name) {
            return Ok(named.clone());
        }
        let folder = self.folder.as_ref().ok_or(FilesError::NoFolder)?;
        let mut parts = Path::new(name).components();
        let plain =
            matches!((parts.next(), parts.next()), (Some(Component::Normal(only)), None) if only == name);
        if !plain || name.contains(['\\', '\0']) {
            return Err(FilesError::NotAName);
        }
        // A link inside the folder is fine, as in a volume of Kubernetes.
        let path = fs::canonicalize(folder.join(name)).map_err(|_| FilesError::Missing)?;
        if path.starts_with(folder) && path.is_file() { Ok(path) } else { Err(FilesError::Missing) }
    }

    /// What tells whether the file of this name is still the same.
    ///
    /// # Errors
    /// As [`find`](Self::find); [`FilesError::Unreadable`].
    pub fn version(&self, name: &str) -> Result<Version, FilesError> {
        let path = self.find(name)?;
        let about = fs::metadata(&path).map_err(FilesError::Unreadable)?;
        Ok((path, about.len(), about.modified().ok()))
    }

    /// The content of the file of this name, up to so many MiB.
    ///
    /// # Errors
    /// As [`find`](Self::find); [`FilesError::Unreadable`] or [`FilesError::TooLarge`].
    pub fn read(&self, name: &str, mebibytes: usize) -> Result<Vec<u8>, FilesError> {
        let path = self.find(name)?;
        let file = open(&path).map_err(FilesError::Unreadable)?;
        if !file.metadata().map_err(FilesError::Unreadable)?.is_file() {
            return Err(FilesError::Missing);
        }
        let (mut bytes, most) = (Vec::new(), mebibytes << 20);
        file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(FilesError::Unreadable)?;
        if bytes.len() > most { Err(FilesError::TooLarge(mebibytes)) } else { Ok(bytes) }
    }
}

/// Opens a file; a pipe that has taken its place doesn't hold anybody up.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).expect("the flags of open(2) are an int"));
    }
    options.open(path)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with a file, a folder, and links, beside a file that is none of anybody's business.
    fn folder() -> (tempfile::TempDir, Files) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("files");
        fs::create_dir_all(folder.join("inner")).unwrap();
        fs::write(place.path().join("secret"), "secret").unwrap();
        fs::write(folder.join("a.msi"), "a").unwrap();
        symlink("a.msi", folder.join("link")).unwrap();
        symlink("../secret", folder.join("out")).unwrap();
        symlink("/etc/passwd", folder.join("away")).unwrap();
        symlink("nowhere", folder.join("dangling")).unwrap();
        let files = Files::new(Some(&folder), Some("/nowhere/named.msi".into())).unwrap();
        (place, files)
    }

    #[test]
    fn a_file_of_the_folder_is_found_by_its_name_alone() {
        let (place, files) = folder();
        for name in ["a.msi", "link"] {
            assert_eq!(files.read(name, 1).unwrap(), b"a", "{name}");
        }
        for name in ["out", "away", "dangling", "inner", "b.msi"] {
            assert!(matches!(files.find(name), Err(FilesError::Missing)), "{name}");
        }
        let absolute = place.path().join("files/a.msi").display().to_string();
        for name in [
            "",
            ".",
            "..",
            "./a.msi",
            "a.msi/",
            "inner/..",
            "../secret",
            "/etc/passwd",
            "a\0",
            "..\\a",
            &absolute,
        ] {
            assert!(matches!(files.find(name), Err(FilesError::NotAName)), "{name:?}");
        }
        assert!(matches!(files.read("a.msi", 0), Err(FilesError::TooLarge(0))));
    }

    #[test]
    fn without_a_folder_nothing_is_looked_for_but_what_the_start_named() {
        let (place, _) = folder();
        let named = place.path().join("files/a.msi");
        let files = Files::new(None, Some(named.clone())).unwrap();
        assert_eq!(files.read(named.to_str().unwrap(), 1).unwrap(), b"a");
        for name in ["a.msi", "/etc/passwd", "/nowhere"] {
            assert!(matches!(files.find(name), Err(FilesError::NoFolder)), "{name}");
        }
    }

    #[test]
    fn what_is_no_folder_is_told_at_the_start() {
        let (place, _) = folder();
        assert!(Files::new(Some(&place.path().join("secret")), None).is_err());
        assert!(Files::new(Some(&place.path().join("nowhere")), None).is_err());
    }
}
