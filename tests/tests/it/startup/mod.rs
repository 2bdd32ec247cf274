//! The program `obn-ca` as a process: what it says when it is ready, how it ends, and why it doesn't start.

mod options;
mod running;
mod stores;

use std::path::Path;

use obn_tests::Ran;

/// One line on standard error, nothing on standard output, status 2.
fn the_line(ran: &Ran) -> String {
    assert_eq!(ran.status, Some(2), "{}\n{}{}", ran.command, ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "", "{}", ran.command);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "one line was expected:\n{}", ran.stderr);
    assert!(lines[0].starts_with("obn-ca: "), "{}", lines[0]);
    lines[0].to_owned()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}
