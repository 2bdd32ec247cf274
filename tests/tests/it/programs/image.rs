//! The programs of the image, which `.ci/run` builds beside the tests into `target/image`.

use std::path::{Path, PathBuf};

/// Docker's name for this kind of machine.
pub(super) const KIND: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

pub(super) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// The folder with the program for this machine.
pub(super) fn folder() -> PathBuf {
    top().join("target/image").join(KIND)
}

/// Whether this is there, below the workspace. Waits for a build that is under way, which holds a lock. If not, says that the
/// test is skipped, or fails where everything should be there.
pub(super) fn is_built(path: &str) -> bool {
    if let Ok(lock) = std::fs::File::open(top().join("target/image.lock")) {
        lock.lock_shared().unwrap();
    }
    let is_there = top().join(path).exists();
    let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(
        is_there || !forced,
        "{path} is missing: .ci/run builds it, and OBN_TESTS_REQUIRE_ALL=1 wants it"
    );
    if !is_there {
        eprintln!("SKIPPED: {path} is missing; .ci/run builds it");
    }
    is_there
}

/// Whether the program for this machine is built.
pub(super) fn program_is_built() -> bool {
    is_built(&format!("target/image/{KIND}/obn-ca"))
}
