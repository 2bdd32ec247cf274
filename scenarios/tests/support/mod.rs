//! Commands under test: where they are, and whether this machine can run them.

use std::path::Path;
use std::process::Command;

/// A file of this crate.
pub(crate) fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

/// The Python that has what our example needs, by its own path: the `python3` of a version manager takes as long
/// to find it as it takes to run a play.
pub(crate) fn python() -> Option<String> {
    let question = "import sys, requests, cryptography; print(sys.executable)";
    ask("Python with requests and cryptography", "python3", &["-c", question])
}

/// What a command answers, if it runs here. If not, says so; with `OBN_TESTS_REQUIRE_ALL=1` that is a failure, so
/// that nothing is skipped unseen where everything should be there.
pub(crate) fn ask(what: &str, program: &str, arguments: &[&str]) -> Option<String> {
    let ran = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
    if let Some(output) = ran {
        return Some(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!forced, "{what} is not installed, and OBN_TESTS_REQUIRE_ALL=1 wants it");
    eprintln!("SKIPPED: {what} is not installed");
    None
}
