//! Programs that tests start.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The program of a package, beside this test's executable; built if it isn't there or is older than its sources,
/// which are in this folder of the workspace.
pub(crate) fn built(name: &str, package: &str, folder: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows itself");
    // target/PROFILE/deps/it-0123456789abcdef
    let target = test.parent().and_then(Path::parent).expect("target/PROFILE");
    let program = target.join(name);
    let package_folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(folder);
    // What all three have in common lies below the server.
    let speech = newest(&package_folder.with_file_name("server").join("speech"));
    let sources = ["src", "templates", "rsa", "Cargo.toml"].map(|name| newest(&package_folder.join(name)));
    let sources = sources.into_iter().chain([speech]);
    let built = program.metadata().and_then(|data| data.modified()).ok();
    if built >= sources.max() {
        return program;
    }
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Together with the tests' own package, so that dependencies have the features they have here.
    cargo.args(["build", "--quiet", "-p", package, "-p", "obn-tests", "--bin", name]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if target.ends_with("release") {
        cargo.arg("--release");
    }
    let ended = cargo.status().expect("cargo runs");
    assert!(ended.success() && program.is_file(), "{name} could not be built");
    program
}

fn newest(path: &Path) -> SystemTime {
    let own = path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(entries) = path.read_dir() else { return own };
    // What begins with a dot is nobody's source, such as a snapshot that waits to be looked at.
    let seen = entries.flatten().filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    seen.map(|entry| newest(&entry.path())).max().unwrap_or(own)
}
