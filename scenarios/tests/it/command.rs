//! The program: options and exit status.

use std::process::{Command, Output};

use obn_ca::clock::ClockState;
use obn_ca::{Options, Simulator};

pub(crate) fn harness(arguments: &[&str]) -> Output {
    in_language("en", arguments)
}

fn in_language(language: &str, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_obn-conformance"));
    program.args(arguments).env("OBN_LANG", language).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
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

    1 Download and installation: 1 passed, 0 failed, 0 skipped

    1 passed, 0 failed, 0 skipped
    ");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["summary"]["passed"], 1);
    assert!(std::fs::read_to_string(junit).unwrap().contains("<testsuite name=\"portal/rcd\""));
}

#[test]
fn in_japanese_all_of_it_is_japanese() {
    let output = in_language("ja", &["portal", "--filter", "RCD-001"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    insta::assert_snapshot!(text(&output.stdout), @r"
    対象: シミュレーター obn-ca 0.1.0

    1 証明書のダウンロードとインストール: 合格 1、失敗 0、未実施 0

    合格 1、失敗 0、未実施 0
    ");
}

#[test]
fn a_report_that_can_not_be_written_is_told_before_the_first_play() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json, nowhere) = (path("report.json"), path("none/report.html"));
    let output = harness(&["portal", "--filter", "RCD-001", "--json", &json, "--html", &nowhere]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    assert!(text(&output.stderr).contains(&nowhere), "{}", text(&output.stderr));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is left of the try");
}

#[cfg(unix)]
#[test]
fn a_report_that_fails_at_the_end_keeps_back_no_other_and_no_summary() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json, html, badge) = (path("report.json"), path("report.html"), path("badge.svg"));
    // The command puts a folder where a report is to be.
    let makes_a_folder = format!("mkdir -p '{html}'; exit 77");
    let output = harness(&[
        "client",
        "--filter",
        "client/root/walk",
        "--json",
        &json,
        "--html",
        &html,
        "--badge",
        &badge,
        "--command",
        "sh",
        "--",
        "-c",
        &makes_a_folder,
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", text_of(&output));
    assert!(text(&output.stdout).contains("1 skipped"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("report.html"), "{}", text(&output.stderr));
    assert!(std::fs::metadata(json).unwrap().len() > 100 && std::fs::metadata(badge).unwrap().len() > 100);
}

/// An editor or a shell on Windows has saved it.
#[test]
fn a_profile_may_begin_with_the_marks_of_windows() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    let text = "session.ttl = \"7m\"\r\n";
    let utf_16 = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [utf_16, format!("\u{feff}{text}").into_bytes()] {
        std::fs::write(&profile, bytes).unwrap();
        let output = harness(&["portal", "--filter", "RCD-001", "--profile", profile.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    }
}

fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn what_was_not_asked_for_is_told_apart_from_what_could_not_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json, html) = (path("report.json"), path("report.html"));
    let output = harness(&["portal", "--filter", "root/download", "--json", &json, "--html", &html]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let judged = json["requirements"].as_array().unwrap();
    let state = |id: &str| &judged.iter().find(|one| one["requirement"]["id"] == id).unwrap()["state"];
    assert_eq!((state("ROOT-001"), state("RCD-001")), (&"shown".into(), &"not_asked".into()));
    let count = |state: &str| judged.iter().filter(|one| one["state"] == state).count();
    let (shown, not_asked) = (count("shown"), count("not_asked"));
    assert_eq!(shown + not_asked, judged.len());
    let html = std::fs::read_to_string(html).unwrap();
    for tile in [
        format!("<strong>{shown} / {shown}</strong><span><span lang=\"ja\">確認できた要件"),
        format!("<strong>{not_asked}</strong><span><span lang=\"ja\">範囲外の要件"),
    ] {
        assert!(html.contains(&tile), "{tile}");
    }
}

#[test]
fn a_failure_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "root_file.as_page = true\n").unwrap();
    let profile = profile.display().to_string();
    let output = harness(&["portal", "--filter", "ROOT-002", "--profile", &profile]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("breaks ROOT-002 (manual, section 5.3.1)"),
        "{}",
        text(&output.stdout)
    );
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
    // Nothing is played for that.
    assert_eq!(text(&output.stdout), "");
    assert!(
        text(&output.stderr).contains("--url https://localhost:1/ can't be reached"),
        "{}",
        text(&output.stderr)
    );
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
    assert!(text(&output.stdout).ends_with("1 passed, 0 failed, 8 skipped\n"), "{}", text(&output.stdout));
    arguments.extend(["--control", &control]);
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("9 passed, 0 failed, 0 skipped\n"), "{}", text(&output.stdout));
}

#[test]
fn where_the_certificate_is_for_is_visited_if_it_is_said_where_that_is() {
    let options = for_tests();
    let simulator = start_with(Options { relying_party: Some(options.control), ..options });
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, simulator.root()).unwrap();
    let root = root.display().to_string();
    let (url, control) = (simulator.0.portal_url(), simulator.0.control_url());
    let login = simulator.0.relying_party_url().unwrap();
    let mut arguments = vec!["portal", "--filter", "portal/login/", "--filter", "root/replaced"];
    arguments.extend(["--url", &url, "--root", &root, "--control", &control]);
    let output = harness(&arguments);
    assert!(text(&output.stdout).contains("(--relying-party)"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("it replaces the site's TLS root"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("0 passed, 0 failed, 9 skipped\n"), "{}", text(&output.stdout));
    arguments.extend(["--relying-party", &login]);
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    // One is about a site with another profile, one replaces the root.
    assert!(text(&output.stdout).ends_with("7 passed, 0 failed, 2 skipped\n"), "{}", text(&output.stdout));
}

/// Who goes on by hand finds a running clock and the notice of the start.
#[test]
fn a_portal_that_was_played_can_be_used_afterwards() {
    let simulator = start_with(Options { sample: true, ..for_tests() });
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, simulator.root()).unwrap();
    let root = root.display().to_string();
    let (url, control) = (simulator.0.portal_url(), simulator.0.control_url());
    let portal = ["portal", "--url", &url, "--root", &root, "--control", &control];
    let output = harness(&[&portal[..], &["--filter", "rcd/page"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    simulator.is_usable();

    let fails = r#"
        name = "A heading that is not there"
        level = "core"
        shows = ["RCD-001"]
        steps = [{ open = "/p/rcd" }, { heading = "no such heading" }]
    "#;
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir_all(scenarios.join("portal")).unwrap();
    let manifest: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    std::fs::copy(manifest.join("requirements.toml"), scenarios.join("requirements.toml")).unwrap();
    std::fs::write(scenarios.join("portal").join("fails.toml"), fails).unwrap();
    let scenarios = scenarios.display().to_string();
    let output = harness(&[&portal[..], &["--scenarios", &scenarios]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    simulator.is_usable();
}

#[cfg(unix)]
#[test]
fn a_portal_can_be_used_after_ctrl_c() {
    let simulator = start_with(Options { sample: true, ..for_tests() });
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, simulator.root()).unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let (root, control) = (root.display().to_string(), simulator.0.control_url());
    let mut harness = Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
        .args(["portal", "--url", &url, "--root", &root, "--control", &control, "--filter", "rcd/page"])
        .spawn()
        .unwrap();
    // The first tries whether anybody is there. Then it plays: the scene is set, and the page doesn't come.
    let _connections = [silent.accept().unwrap(), silent.accept().unwrap()];
    let pid = i32::try_from(harness.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(harness.wait().unwrap().code(), Some(130));
    simulator.is_usable();
}

/// Somebody listens, and never says a word.
#[test]
fn a_portal_that_hangs_is_a_verdict() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, start().root()).unwrap();
    let (root, url) = (root.display().to_string(), format!("https://{}", silent.local_addr().unwrap()));
    let arguments = ["portal", "--filter", "RCD-001", "--url", &url, "--root", &root, "--patience", "0.1"];
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("no answer within 0.1 s"), "{}", text(&output.stdout));
}

#[test]
fn a_portal_with_a_token_and_a_list_over_plain_http_is_played() {
    let simulator = start_with(Options { control_token: Some("let-me-in".to_owned()), ..for_tests() });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (root, token) = (path("root.pem"), path("token"));
    std::fs::write(&root, simulator.root()).unwrap();
    std::fs::write(&token, "let-me-in\n").unwrap();
    let (url, control) = (simulator.0.portal_url(), simulator.0.control_url());
    let http = simulator.0.http_url().unwrap();
    let mut arguments =
        vec!["portal", "--filter", "crl/fetch", "--url", &url, "--root", &root, "--control", &control];
    let output = harness(&arguments);
    // Nothing passed: that is no success.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("(--http)"), "{}", text(&output.stdout));
    arguments.extend(["--http", &http]);
    let output = harness(&arguments);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("wants its bearer token"), "{}", text(&output.stdout));
    let by_environment = Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
        .args(&arguments)
        .env("OBN_CONTROL_TOKEN", "let-me-in")
        .output()
        .unwrap();
    assert_eq!(by_environment.status.code(), Some(0), "{}", text(&by_environment.stdout));
    arguments.extend(["--control-token-file", &token]);
    assert_eq!(harness(&arguments).status.code(), Some(0));
}

#[test]
fn a_fault_that_never_strikes_breaks_the_harness() {
    let folder = tempfile::tempdir().unwrap();
    let manifest: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    std::fs::copy(manifest.join("requirements.toml"), folder.path().join("requirements.toml")).unwrap();
    std::fs::create_dir_all(folder.path().join("portal")).unwrap();
    let scenario = r#"
        name = "A fault at a page that nobody opens"
        level = "core"
        shows = ["RCD-001"]
        steps = [
          { fault = { name = "server_error", path = "/p/rx" } },
          { open = "/p/rcd" },
          { heading = "証明書の取得画面" },
        ]
    "#;
    std::fs::write(folder.path().join("portal/idle.toml"), scenario).unwrap();
    let output = harness(&["portal", "--scenarios", &folder.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("the fault server_error never struck"), "{}", text(&output.stdout));
}

#[test]
fn expected_failures_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (profile, expect) = (path("profile.toml"), path("expect.toml"));
    std::fs::write(&profile, "root_file.as_page = true\n").unwrap();
    let expected = |until: &str| {
        let text =
            format!("[[expected]]\nscenario = 'portal/root/at-once'\nreason = 'known'\nuntil = '{until}'\n");
        std::fs::write(&expect, text).unwrap();
    };
    let play = || {
        harness(&[
            "portal",
            "--filter",
            "root/",
            "--filter",
            "rcd/page",
            "--profile",
            &profile,
            "--expect",
            &expect,
        ])
    };
    expected("2999-12-31");
    let output = play();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("3 passed, 0 failed, 0 skipped, 1 expected failures\n"));
    expected("2020-01-01");
    let output = play();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("until 2020-01-01 only: known"), "{}", text(&output.stdout));
    std::fs::write(&expect, "[[expected]]\nscenari = 'x'\n").unwrap();
    assert_eq!(play().status.code(), Some(2));
}

#[test]
fn the_schema_and_the_page_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (html, badge) = (path("report.html"), path("badge.svg"));
    let output = harness(&["portal", "--filter", "RCD-001", "--html", &html, "--badge", &badge]);
    assert_eq!(output.status.code(), Some(0));
    assert!(std::fs::read_to_string(html).unwrap().starts_with("<!DOCTYPE html>"));
    assert!(std::fs::read_to_string(badge).unwrap().starts_with("<svg "));
    assert_eq!(text(&harness(&["schema"]).stdout), obn_conformance::SCHEMA);
}

#[test]
fn a_sweep_leaves_all_reports_and_expects_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports = ["json", "junit", "html", "badge"].map(|kind| [format!("--{kind}"), path(kind)]).concat();
    let mut arguments = vec!["client", "--sweep", "wire.password = \"pin\"", "--filter", "root/walk"];
    arguments.extend(reports.iter().map(String::as_str));
    // A command that supports nothing: the sweep has nothing to play.
    let command = ["--command", "sh", "--", "-c", "exit 77"];
    let output = harness(&[arguments.as_slice(), &command].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).ends_with("0 of 1 readings survived, 1 not checked, by 0 plays\n"),
        "{}",
        text(&output.stdout)
    );
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
    assert_eq!(json["verdict"], "unknown");
    assert_eq!(json["left_out"][0]["scenario"], "client/root/walk");
    for (kind, part) in
        [("junit", "<testsuite name=\"wire\""), ("html", "<!DOCTYPE html>"), ("badge", "<svg ")]
    {
        assert!(std::fs::read_to_string(path(kind)).unwrap().contains(part), "{kind}");
    }
    arguments.extend(["--expect", "/nowhere"]);
    assert_eq!(harness(&[arguments.as_slice(), &command].concat()).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_command_that_cannot_be_started_is_a_mistake_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    let text_file = folder.path().join("notes.txt").display().to_string();
    std::fs::write(&text_file, "no program").unwrap();
    let (missing, folder) = ("./nonesuch".to_owned(), folder.path().display().to_string());
    for (program, why) in [
        (&missing, "there is no such program; look at its path"),
        (&"nonesuch-on-the-path".to_owned(), "there is no such program; look at its path"),
        (
            &text_file,
            "it is not an executable file; put the program that runs it before it, such as python3, or make it executable (chmod +x)",
        ),
        (
            &folder,
            "it is not an executable file; put the program that runs it before it, such as python3, or make it executable (chmod +x)",
        ),
    ] {
        for more in [&[][..], &["--sweep", "tls.leaf_days"]] {
            let output =
                harness(&[&["client", "--filter", "root/walk", "--command", program], more].concat());
            assert_eq!(output.status.code(), Some(2), "{program}: {}", text(&output.stdout));
            assert_eq!(text(&output.stderr), format!("obn-conformance: --command {program}: {why}\n"));
        }
    }
}

#[test]
fn the_help_of_client_tells_both_ways_to_use_it() {
    let help = text(&harness(&["client", "--help"]).stdout);
    let usage: Vec<_> = help.lines().skip_while(|line| !line.starts_with("Usage:")).take(2).collect();
    insta::assert_snapshot!(usage.join("\n"), @r"
    Usage: obn-conformance client [OPTIONS] --command <CMD>... [-- <ARGUMENTS>...]
           obn-conformance client [OPTIONS] --guided
    ");
}

#[test]
fn what_shows_what_can_be_asked() {
    let output = harness(&["coverage"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("✓ RCD-001 (1.1, manual, site)"));
    assert!(!text(&harness(&["coverage", "--missing"]).stdout).contains("RCD-001"));
    insta::assert_snapshot!(text(&harness(&["list", "--filter", "RCD-018"]).stdout), @r"
    portal/rcd/window: A certificate can be downloaded on the 179th day and not on the 181st (3 cases)
        RCD-017 RCD-018
    ");
}

#[test]
fn the_manual_can_be_gone_through_statement_by_statement() {
    let of = |language: &str| text(&harness(&["coverage", "--manual", "--lang", language]).stdout);
    let (english, japanese) = (of("en"), of("ja"));
    for line in english.lines().chain(japanese.lines()) {
        assert!(obn_speech::width(line) <= 80, "{line}");
    }
    let after = |text: &str, line: &str| {
        let lines: Vec<_> = text.lines().skip_while(|it| !it.starts_with(line)).take(4).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(after(&english, "1.4 "), @r"
    1.4 Backing the certificate up
      ✓ 1.4-01 rule: The certificate is backed up to an external medium.
          PFX-101 PFX-104
      ✓ 1.4-02 rule: A backup is installed on another PC; it needs the password of
    ");
    insta::assert_snapshot!(after(&japanese, "1.4 "), @r"
    1.4 証明書のバックアップ
      ✓ 1.4-01 規則: 外部記録媒体等へ証明書をバックアップする。
          PFX-101 PFX-104
      ✓ 1.4-02 規則: バックアップした証明書は、パソコンが故障した際などに他の
    ");
    insta::assert_snapshot!(english.lines().last().unwrap(), @"187 statements of the manual 1.6.0: 129 shown by scenarios, 58 outside, 0 open");
    insta::assert_snapshot!(japanese.lines().last().unwrap(), @"マニュアル 1.6.0 の記述 187 件: シナリオで確認 129、対象外 58、未確認 0");
    assert_eq!(text(&harness(&["coverage", "--manual", "--missing"]).stdout).lines().count(), 2);
    let json = harness(&["coverage", "--manual", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["manual"], &json["counts"]["open"]), (&"1.6.0".into(), &0.into()));
    let statements = json["statements"].as_array().unwrap();
    assert_eq!(json["counts"]["statements"], statements.len());
    let of_id = |id: &str| statements.iter().find(|statement| statement["id"] == id).unwrap();
    assert_eq!(of_id("1.1-19")["requirements"][0]["scenarios"][0], "portal/rcd/page");
    assert_eq!(of_id("1.2-02")["outside"]["id"], "wizard");
    assert_eq!(harness(&["coverage", "--json"]).status.code(), Some(2));
}

/// A simulator that serves while the program plays.
struct Served(Simulator, tokio::runtime::Runtime);

impl Served {
    fn root(&self) -> String {
        self.0.worlds().default_world().world.tls().root_pem()
    }

    /// Its clock runs, and the certificate of its only notice can be downloaded.
    fn is_usable(&self) {
        let world = std::sync::Arc::clone(&self.0.worlds().default_world().world);
        assert!(matches!(world.clock.state(), ClockState::Running { .. }), "{:?}", world.clock.state());
        self.1.block_on(async {
            let records = world.records().await.unwrap();
            let [record] = records.as_slice() else { panic!("{records:?}") };
            let notice = &record.notice;
            world.download(&notice.request_id, &notice.reference_id, "2468".parse().unwrap()).await.unwrap();
        });
    }
}

fn for_tests() -> Options {
    Options { sample: false, ..Options::for_tests() }
}

fn start() -> Served {
    start_with(for_tests())
}

fn start_with(options: Options) -> Served {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulator = runtime.block_on(Simulator::start(options)).unwrap();
    Served(simulator, runtime)
}
