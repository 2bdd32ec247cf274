//! Commands under test: where they are, and whether this machine can run them.

use std::path::Path;
use std::process::Command;

/// A file of fixtures/adapters.
pub(crate) fn adapter(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("fixtures").join("adapters").join(name);
    path.display().to_string()
}

/// Whether a command runs here. If not, says so; with `OBN_TESTS_REQUIRE_ALL=1` that is a failure, so that
/// nothing is skipped unseen where everything should be there.
pub(crate) fn require(what: &str, program: &str, arguments: &[&str]) -> bool {
    if Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!forced, "{what} is not installed, and OBN_TESTS_REQUIRE_ALL=1 wants it");
    eprintln!("SKIPPED: {what} is not installed");
    false
}

/// Whether Python has what our example needs.
pub(crate) fn require_python() -> bool {
    require("Python with requests and cryptography", "python3", &["-c", "import requests, cryptography"])
}
