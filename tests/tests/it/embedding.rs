//! The simulator in test suites of other languages, as the README shows them.

use std::path::Path;

use obn_tests::{Program, python_with, require, run_with};
use tokio::process::Command;

/// A command in the folder of the examples that finds the program.
fn at_the_examples(command: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("fixtures").join("embedding");
    let program = Program::command(&[]).as_std().get_program().to_owned();
    let mut command = Command::new(command);
    command.current_dir(folder).env("OBN_CA", program);
    command
}

#[tokio::test]
async fn a_suite_in_pytest_has_a_world_for_each_test() {
    let Some(python) = python_with("pytest").await else { return };
    let mut pytest = at_the_examples(python);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).env("PYTHONDONTWRITEBYTECODE", "1");
    let said = run_with(&mut pytest, "").await.ok();
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_suite_in_node_verifies_tls() {
    if require("node") {
        let said = run_with(at_the_examples("node").args(["--test", "download.test.mjs"]), "").await.ok();
        assert!(said.contains("pass 1"), "{said}");
    }
}
