//! The program: options and exit status.

use std::process::{Command, Output};

use obn_ca::{Options, Simulator};

fn harness(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obn-conformance")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn all_passed_is_0_and_leaves_reports() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json, junit) = (path("report.json"), path("report.xml"));
    let output = harness(&["portal", "--filter", "RCD-001", "--json", &json, "--junit", &junit]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    insta::assert_snapshot!(text(&output.stdout), @r"
    Target: simulator obn-ca 0.1.0

    1 証明書のダウンロードとインストール / Download and installation: 1 passed, 0 failed, 0 skipped

    1 passed, 0 failed, 0 skipped
    ");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["summary"]["passed"], 1);
    assert!(std::fs::read_to_string(junit).unwrap().contains("<testsuite name=\"portal/rcd\""));
}

#[test]
fn a_failure_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "root_file.as_page = true\n").unwrap();
    let profile = profile.display().to_string();
    let output = harness(&["portal", "--filter", "ROOT-001", "--profile", &profile]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("breaks ROOT-001 (manual 5.3.1)"), "{}", text(&output.stdout));
}

#[test]
fn usage_is_2_and_a_portal_that_is_not_there_3() {
    assert_eq!(harness(&["portal", "--filter", "no such thing"]).status.code(), Some(2));
    assert_eq!(harness(&["portal", "--url", "https://localhost:1"]).status.code(), Some(2));
    assert_eq!(
        harness(&["portal", "--url", "https://localhost:1", "--root", "/nowhere"]).status.code(),
        Some(2)
    );
    let folder = tempfile::tempdir().unwrap();
    let simulator = start();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, simulator.root()).unwrap();
    drop(simulator);
    let root = root.display().to_string();
    // Port 1 of loopback: nobody listens there.
    let output = harness(&["portal", "--filter", "RCD-001", "--url", "https://localhost:1", "--root", &root]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
}

#[test]
fn a_portal_that_runs_is_played_with_control_and_without() {
    let simulator = start();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, simulator.root()).unwrap();
    let root = root.display().to_string();
    let (url, control) = (simulator.0.portal_url(), simulator.0.control_url());
    let mut arguments =
        vec!["portal", "--filter", "session/", "--filter", "rcd/page", "--url", &url, "--root", &root];
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("there is no control API"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("1 passed, 0 failed, 9 skipped\n"), "{}", text(&output.stdout));
    arguments.extend(["--control", &control]);
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("10 passed, 0 failed, 0 skipped\n"), "{}", text(&output.stdout));
}

#[test]
fn what_shows_what_can_be_asked() {
    let output = harness(&["coverage"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("✓ RCD-001 (1.1, manual, site)"));
    assert!(!text(&harness(&["coverage", "--missing"]).stdout).contains("RCD-001"));
    insta::assert_snapshot!(text(&harness(&["list", "--filter", "RCD-018"]).stdout), @r"
    portal/rcd/window: A certificate can be downloaded on the 180th day and not on the day after (3 cases)
        RCD-017 RCD-018
    ");
}

/// A simulator that serves while the program plays.
struct Served(Simulator, #[expect(dead_code, reason = "it drives the simulator")] tokio::runtime::Runtime);

impl Served {
    fn root(&self) -> String {
        self.0.worlds().default_world().world.tls.root_pem()
    }
}

fn start() -> Served {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options { key_pool: 0, sample: false, ..Options::for_tests() };
    let simulator = runtime.block_on(Simulator::start(options)).unwrap();
    Served(simulator, runtime)
}
