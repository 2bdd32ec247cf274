//! The simulator in test suites of other languages, as the README shows them.

use std::path::Path;

use obn_tests::{Program, python_with, require, require_file, run_with};
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

#[tokio::test]
async fn a_suite_in_junit_has_a_world_for_each_test() {
    const CONSOLE: &str = "/usr/share/java/junit-platform-console-standalone.jar";
    if !require("javac") || !require("java") || !require_file(CONSOLE) {
        return;
    }
    let classes = tempfile::tempdir().unwrap();
    let mut compiler = at_the_examples("javac");
    compiler.args(["-encoding", "UTF-8", "-cp", CONSOLE, "-d"]).arg(classes.path()).arg("DownloadTest.java");
    run_with(&mut compiler, "").await.ok();
    let mut junit = at_the_examples("java");
    junit.args(["-jar", CONSOLE, "--select-class", "DownloadTest", "--disable-ansi-colors", "--class-path"]);
    let said = run_with(junit.arg(classes.path()), "").await.ok();
    assert!(said.contains("2 tests successful"), "{said}");
}

/// The packages of xUnit are in a registry that not every machine reaches: `xunit.cs` stands in for it.
#[tokio::test]
async fn a_suite_of_xunit_has_a_world_for_each_test() {
    if !require("mcs") || !require("mono") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("suite.exe");
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/programs/xunit.cs");
    let mut compiler = at_the_examples("mcs");
    compiler.args([
        "-langversion:7",
        "-r:System.Net.Http.dll",
        "-r:System.Core.dll",
        "ObnCa.cs",
        "DownloadTests.cs",
    ]);
    compiler.arg(stand_in).arg(format!("-out:{}", suite.display()));
    run_with(&mut compiler, "").await.ok();
    let said = run_with(at_the_examples("mono").arg(suite), "").await.ok();
    assert!(said.contains("passed: 2"), "{said}");
}
