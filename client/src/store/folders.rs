//! The folders of a store and its lock: for their owner only, and never through a link.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::files::is_taken;
use crate::store::patient::patiently;

/// With all that lead to it; one that is there will do.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    let is_new = cfg!(windows) && !path.exists();
    private_folders().recursive(true).create(path)?;
    if is_new { keep_private(path) } else { Ok(()) }
}

/// A new one, whatever a failed try has left there.
pub(crate) fn begin_private_folder(path: &Path) -> io::Result<()> {
    if is_taken(path) {
        // Of a link this removes the link.
        patiently(|| fs::remove_dir_all(path))?;
    }
    private_folders().create(path)?;
    keep_private(path)
}

/// For its owner only: elsewhere it was made so.
#[cfg(windows)]
pub(crate) fn keep_private(path: &Path) -> io::Result<()> {
    obn_windows::make_private(path)
}

#[cfg(not(windows))]
pub(crate) fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn private_folders() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(not(unix))]
fn private_folders() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// Never through a link.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    options.open(path)
}

/// A symbolic link where others can write: whoever made it may have wanted a key to go where it leads.
pub(crate) fn trap(folder: &Path) -> io::Result<Option<PathBuf>> {
    if !is_open_to_others(&fs::metadata(folder)?) {
        return Ok(None);
    }
    for item in fs::read_dir(folder)? {
        let item = item?;
        if item.file_type()?.is_symlink() {
            return Ok(Some(item.path()));
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn is_open_to_others(folder: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(folder) & 0o022 != 0
}

/// Elsewhere no bits say so.
#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}
