//! Where the store is if the user names none: in their data folder.

use std::path::{Path, PathBuf};

/// The folder of the store, and what is left where it was earlier if that could not be moved.
pub(crate) struct Home {
    pub(crate) store: PathBuf,
    pub(crate) left: Option<std::io::Error>,
}

/// By the variables that name data folders. A roaming profile goes over the network at each sign-in and to other
/// machines, where a key has no business: a store that an earlier version made there moves to the local one.
pub(crate) fn store_folder(set: impl Fn(&str) -> Option<PathBuf>) -> Option<Home> {
    let at = |name: &str, rest: &str| set(name).map(|folder| folder.join(rest));
    if let Some(store) = at("XDG_DATA_HOME", "obn") {
        return Some(Home { store, left: None });
    }
    match (at("LOCALAPPDATA", "obn"), at("APPDATA", "obn")) {
        (Some(local), Some(roaming)) => Some(moved(&roaming, local)),
        (Some(store), None) | (None, Some(store)) => Some(Home { store, left: None }),
        (None, None) => at("HOME", ".local/share/obn").map(|store| Home { store, left: None }),
    }
}

/// As a whole or not at all: what can't be moved, such as from another disk, is used where it is.
fn moved(earlier: &Path, store: PathBuf) -> Home {
    if store.exists() || !earlier.is_dir() {
        return Home { store, left: None };
    }
    let parent = store.parent().map_or(Ok(()), std::fs::create_dir_all);
    match parent.and_then(|()| std::fs::rename(earlier, &store)) {
        Ok(()) => Home { store, left: None },
        // Another process was faster.
        Err(_) if store.exists() && !earlier.exists() => Home { store, left: None },
        Err(error) => Home { store: earlier.to_owned(), left: Some(error) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_the_roaming_folder_moves_to_the_local_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let set = |name: &str| match name {
            "APPDATA" => Some(path("Roaming")),
            "LOCALAPPDATA" => Some(path("Local")),
            _ => None,
        };
        std::fs::create_dir_all(path("Roaming/obn/1")).unwrap();
        for _ in 0..2 {
            let home = store_folder(set).unwrap();
            assert_eq!(home.store, path("Local/obn"));
            assert!(home.left.is_none());
        }
        assert!(path("Local/obn/1").is_dir() && !path("Roaming/obn").exists());
        // Beside a new one, an old one stays what it is.
        std::fs::create_dir_all(path("Roaming/obn/2")).unwrap();
        assert_eq!(store_folder(set).unwrap().store, path("Local/obn"));
        assert!(path("Roaming/obn/2").is_dir());
    }

    #[test]
    fn a_store_that_cannot_be_moved_is_used_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("Roaming/obn")).unwrap();
        std::fs::write(path("Local"), "no folder").unwrap();
        let set = |name: &str| match name {
            "APPDATA" => Some(path("Roaming")),
            "LOCALAPPDATA" => Some(path("Local")),
            _ => None,
        };
        let home = store_folder(set).unwrap();
        assert_eq!(home.store, path("Roaming/obn"));
        assert!(home.left.is_some());
    }
}
