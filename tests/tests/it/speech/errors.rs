//! An error names the thing and the next step, in both languages.

use std::net::TcpListener;
use std::path::Path;

use obn_tests::{Desk, Environment, Program, RENEWING, run_with};

use super::{LANGUAGES, is_japanese, ran, without_blank};

/// What a program says in both languages, with how it ends; names of this run stand as words.
async fn told(name: &str, folder: &Path, arguments: &[&str], hidden: &[(&str, &str)]) -> String {
    let mut text = format!("$ {name} {}\n", arguments.join(" "));
    for language in LANGUAGES {
        let ran = ran(name, folder, language, arguments).await;
        assert_eq!(ran.stdout, "", "{text}{}", ran.stdout);
        text += &format!("{language} {}: {}\n", ran.status.unwrap_or(-1), ran.stderr.trim_end());
        if language == "ja" {
            assert!(is_japanese(&ran.stderr), "{text}");
        }
    }
    for (shown, word) in hidden {
        text = text.replace(shown, word);
    }
    text.replace(&folder.display().to_string(), "[FOLDER]")
}

#[tokio::test]
async fn the_simulator_says_what_to_do_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (taken, port) = (taken.local_addr().unwrap().to_string(), taken);
    let seconds = path("seconds.toml", "session.ttl = 15\n");
    let unknown = path("unknown.toml", "session.timeout = \"1m\"\n");
    let bound = path("bound.toml", "http.refusal_status = 99\n");
    let store = format!("sqlite:{}", path("text.db", "no database at all, but quite some text\n"));
    let mut all = Vec::new();
    for arguments in [
        &["--listen", "nowhere"][..],
        &["--listen", &taken, "--control", "127.0.0.1:0"],
        &["--control", &taken, "--listen", "127.0.0.1:0"],
        &["profile", "--profile", &seconds],
        &["profile", "--profile", &unknown],
        &["profile", "--profile", &bound],
        &["profile", "--profile", "missing.toml"],
        &["--store", "sqlite:/nowhere/a.db", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"],
        &["--store", &store, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"],
        &["--store", "a.db"],
        &["--smtp", "mail"],
        &["--hostname", "not a name"],
        &["--control-token-file", "missing"],
        &["--stor", "memory:"],
        &["--log", "loud"],
        &["--key-pool", "many"],
        &["--scene", "nonesuch"],
        &["serv"],
        &["health", "--control", "127.0.0.1:1"],
        &["--lang", "fr"],
    ] {
        all.push(told("obn-ca", folder.path(), arguments, &[(taken.as_str(), "[TAKEN]")]).await);
    }
    drop(port);
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn the_client_says_what_to_do_next() {
    let env = Environment::start().await;
    let desk = Desk::new(&env);
    let folder = desk.path("");
    std::fs::write(desk.path("text.pem"), "no certificate\n").unwrap();
    std::fs::write(desk.path("text.p12"), "no PFX\n").unwrap();
    std::fs::write(desk.path("pin"), "1234\n").unwrap();
    let ids = ["--request-id", "202012100001000", "--reference-id", "FPwNiG5g4r", "--password-file", "pin"];
    let download = |more: &[&'static str]| [&["download"][..], &ids, more].concat();
    let dead = ["--root", "root.pem", "--url", "https://127.0.0.1:1"];
    let mut all = Vec::new();
    for arguments in [
        vec!["root", "--out", "a.cer"],
        vec!["root", "--out", "a.cer", "--root", "missing.pem"],
        vec!["root", "--out", "a.cer", "--root", "text.pem"],
        [&["root", "--out", "a.cer"][..], &dead].concat(),
        vec!["root", "--out", "missing/a.cer", "--root", "root.pem"],
        vec!["root", "--out", "a.cer", "--root", "root.pem", "--url", "http://localhost"],
        vec!["root", "--out", "a.cer", "--root", "root.pem", "--proxy", "proxy:8080"],
        download(&["--root", "root.pem", "--out", "missing/a.p12"]),
        vec!["show", "missing.p12"],
        vec!["show", "text.p12", "--password-file", "pin"],
        vec!["restore", "text.p12", "--password-file", "pin"],
        vec!["renew", "--identity", "text.p12", "--identity-password-file", "pin"],
        vec!["backup", "--out", "a.p12"],
        vec!["remove", "nothing"],
        vec!["list", "--jsno"],
        vec!["renew", "--wait", "soon"],
        vec!["renwe"],
        vec!["download", "--request-id", "2020"],
        vec!["export", "--format", "nss"],
        vec!["list", "--now", "today"],
    ] {
        let hidden = [(folder.to_str().unwrap(), "[FOLDER]/")];
        all.push(told("obn", &folder, &arguments, &hidden).await);
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn a_renewal_that_is_not_issued_in_time_goes_on_later() {
    let env = Environment::with("issue.delays = [\"1h\", \"1h\"]").await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_PASSWORD", "1234").with("OBN_NEW_PASSWORD", "5678");
    let ids = ["--request-id", &notice.request_id, "--reference-id", &notice.reference_id];
    desk.run(&[&["download"][..], &ids].concat(), "").await.ok();
    env.control.freeze(RENEWING).await;
    let desk = desk.with("OBN_NOW", RENEWING).with("OBN_WAIT", "1");
    for (language, words, step) in [
        ("en", "the certificate is not issued yet", "run obn renew again later"),
        ("ja", "証明書はまだ発行されていません", "obn renew をもう一度実行すると、続きから行います"),
    ] {
        let mut renew = desk.obn(&["renew"]);
        let ran = run_with(renew.env("OBN_LANG", language), "").await;
        assert_eq!(ran.status, Some(4), "{}", ran.stderr);
        assert!(ran.stderr.contains(words) && ran.stderr.contains(step), "{}", ran.stderr);
        assert!(!ran.stderr.contains("マニュアルと異なります"), "{}", ran.stderr);
    }
    // It was applied for once, and is collected when it is there.
    env.control.advance("3h").await;
    let renewed = run_with(&mut desk.obn(&["renew"]), "").await.ok();
    assert!(renewed.contains("the certificate has been renewed"), "{renewed}");
}

#[tokio::test]
async fn the_harness_says_what_to_do_next() {
    let env = Environment::start().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("root.pem", &env.tls().roots);
    write("text.pem", "no certificate\n");
    write("client.py", "print()\n");
    write("expected.toml", "[[expected]]\nscenario = \"portal/rcd/page\"\n");
    write("profile.toml", "session.ttl = = 1\n");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = (taken.local_addr().unwrap().to_string(), taken);
    let mut all = Vec::new();
    for arguments in [
        &["portal", "--url", "https://127.0.0.1:1", "--root", "root.pem"][..],
        &["portal", "--url", "https://127.0.0.1:1", "--root", "missing.pem"],
        &["portal", "--url", "https://127.0.0.1:1", "--root", "text.pem"],
        &["portal", "--url", "http://127.0.0.1:1", "--root", "root.pem"],
        &["portal", "--url", "localhost", "--root", "root.pem"],
        &["portal", "--url", "https://127.0.0.1:1"],
        &["portal", "--filter", "no such scenario"],
        &["portal", "--level", "cor"],
        &["portal", "--profile", "missing.toml"],
        &["portal", "--profile", "profile.toml"],
        &["portal", "--rerun-failed", "text.pem"],
        &["portal", "--expect", "expected.toml", "--filter", "RCD-001"],
        &["client", "--command", "sh client.py"],
        &["client", "--command", "no-such-program"],
        &["client", "--command", "./client.py"],
        &["client"],
        &["client", "--command", "true", "--sweep", "nothing"],
        &["client", "--command", "true", "--now", "today"],
        &["client", "--command", "true", "--sweep", "--compare", "a.json"],
        &["list", "--scenarios", "missing"],
        &["serve", "--listen", &taken.0],
        &["clients"],
    ] {
        all.push(told("obn-conformance", folder.path(), arguments, &[(taken.0.as_str(), "[TAKEN]")]).await);
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn a_port_alone_or_with_localhost_is_an_address() {
    for listen in ["localhost:0", "0", ":0"] {
        let program = Program::start(&["--listen", listen, "--control", "0"]).await;
        assert!(program.ready.portal.starts_with("https://localhost:"), "{:?}", program.ready);
    }
}

/// Japanese snapshots above keep to one rule for blanks around Latin words.
#[test]
fn blanks_stand_between_japanese_and_latin_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/speech/snapshots");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            seen += usize::from(is_japanese(line));
            assert_eq!(without_blank(line), None, "{}: {line}", path.display());
        }
    }
    assert!(seen > 50, "{seen}");
}
