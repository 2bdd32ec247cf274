//! Our programs on Windows, as far as Wine is one: what starts and ends, what is stored, and what the harness sees.

mod wine;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use obn_tests::{Control, Ran, Transcript, python_with, run, run_with};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use self::wine::{Simulator, Wine};

/// Who has the certificate store. Wine keeps one key in it, that of the last certificate that was imported.
static STORE: Mutex<()> = Mutex::const_new(());

/// Years, and the password that certificates get.
const TO_RENEWAL: &str = "1130d";
const PASSWORD: &str = "2468";

/// A key of which dP or qInv begins with a zero byte, one of 128, is broken by Wine's import of PFX files: its signatures are
/// wrong. So keys that are imported are the same in every run.
const SAME_KEYS: [&str; 2] = ["--seed", "windows"];

fn control(simulator: &Simulator) -> Control {
    Control::new(&simulator.ready.control, &Transcript::default())
}

/// `obn` with the address and the root of a simulator, and its clock.
async fn at(wine: &Wine, simulator: &Simulator, arguments: &[&str]) -> Ran {
    let control = control(simulator);
    std::fs::write(wine.path("root.pem"), control.text("/root.pem").await).unwrap();
    let now = control.get("/clock").await.json::<Value>()["now"].as_str().unwrap().to_owned();
    let mut command = wine.command("obn.exe", arguments);
    command.env("OBN_URL", &simulator.ready.portal).env("OBN_ROOT", "root.pem").env("OBN_NOW", now);
    run_with(&mut command, "").await
}

fn parsed(ran: Ran) -> Value {
    assert_eq!(ran.status, Some(0), "{}\n{}{}", ran.command, ran.stdout, ran.stderr);
    assert!(ran.stdout.is_ascii(), "in code page 932 it would read differently: {}", ran.stdout);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[tokio::test]
async fn the_simulator_serves_and_ends_on_ctrl_c() {
    let Some(wine) = Wine::start().await else { return };
    let simulator = wine.simulator(&[]).await;
    let page = format!("{}/p/rcd", simulator.ready.portal);
    let page = run("curl", &["-sS", "--insecure", "--noproxy", "*", &page]).await.ok();
    assert!(page.contains("証明書パスワード"), "{page}");
    // A port that is taken is said.
    let address = simulator.ready.control.trim_start_matches("http://").to_owned();
    let second = wine.run("obn-ca.exe", &["--listen", "127.0.0.1:0", "--control", &address]).await;
    assert_eq!(second.status, Some(2), "{second:?}");
    assert_eq!(second.stderr.lines().count(), 1, "{second:?}");
    assert_eq!(simulator.interrupt().await, Some(0));
}

#[tokio::test]
async fn obn_goes_the_whole_way_in_a_folder_with_a_japanese_name() {
    let Some(wine) = Wine::start().await else { return };
    let profile = wine.windows_path("profile.toml");
    std::fs::write(wine.path("profile.toml"), "\u{feff}[certificate]\r\nvalidity_months = 39\r\n").unwrap();
    let store = format!("sqlite:{}", wine.windows_path("認証局 1.db"));
    let kept = ["--store", &store, "--profile", &profile, "--no-sample"];
    let simulator = wine.simulator(&kept).await;
    let control = control(&simulator);
    let body = json!({ "institution_code": "1312345678", "terminal_name": "受付１号機" });
    let notice = control.post("/notices", &body).await.json::<Value>();
    let id = notice["request_id"].as_str().unwrap();

    // As PowerShell writes it: `'2468' > password.txt`.
    let utf_16 = "\u{feff}2468\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    std::fs::write(wine.path("password.txt"), utf_16).unwrap();
    let usual = ["--json", "--store", r"証明書 の保管庫"];
    let ids = ["--request-id", id, "--reference-id", notice["reference_id"].as_str().unwrap()];
    let with_password = ["--password-file", "password.txt"];
    let got = at(&wine, &simulator, &[&usual[..], &["download"], &ids, &with_password].concat()).await;
    assert_eq!(parsed(got)["serial"], notice["serial"]);
    let folder = wine.path("証明書 の保管庫").join(id);
    for name in ["key.pem", "identity.p12"] {
        // Wine keeps an access list as what comes nearest on its disk: the administrators are the group.
        assert_eq!(mode(&folder.join(name)) & 0o007, 0, "{name} is its owner's");
    }

    control.post("/clock/advance", &json!({ "by": TO_RENEWAL })).await.json::<Value>();
    assert_eq!(simulator.interrupt().await, Some(0));
    let simulator = wine.simulator(&kept).await;
    let renew =
        [&usual[..], &["--poll-interval", "0.6", "renew", "--new-password-file", "password.txt"]].concat();
    let renewed = parsed(at(&wine, &simulator, &renew).await);
    assert_ne!(renewed["serial"], notice["serial"], "{renewed}");
    let listed = parsed(at(&wine, &simulator, &[&usual[..], &["list"]].concat()).await);
    let listed = listed["certificates"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(listed[1]["renews"], id);
    // What it wrote is read by others.
    let backup = ["backup", "--out", "USB 控え.p12", "--new-password-file", "password.txt"];
    at(&wine, &simulator, &[&usual[..], &backup].concat()).await.ok();
    let backup = wine.path("USB 控え.p12").display().to_string();
    let told =
        run("openssl", &["pkcs12", "-in", &backup, "-nodes", "-passin", &format!("pass:{PASSWORD}")]).await;
    assert!(told.ok().contains("PRIVATE KEY"));
    assert_eq!(simulator.interrupt().await, Some(0));
}

fn mode(file: &Path) -> u32 {
    file.metadata().unwrap().permissions().mode()
}

#[tokio::test]
async fn the_portal_scenarios_pass() {
    let Some(wine) = Wine::start().await else { return };
    let simulator = wine.simulator(&[]).await;
    std::fs::write(wine.path("root.pem"), control(&simulator).text("/root.pem").await).unwrap();
    let (url, control) = (&simulator.ready.portal, &simulator.ready.control);
    let options = ["portal", "--level", "core", "--url", url, "--root", "root.pem", "--control", control];
    let ran = wine.run("obn-conformance.exe", &options).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(" 0 failed, 0 skipped"), "{}", ran.stdout);
}

#[tokio::test]
async fn the_client_scenarios_are_played_with_a_program_and_with_a_script() {
    let Some(wine) = Wine::start().await else { return };
    let adapter = include_bytes!("../../../../../client/conformance/obn.cmd");
    std::fs::write(wine.path("bin/adapter.cmd"), adapter).unwrap();
    for (filter, command) in [("root/walk", &[r"bin\obn.exe", "root"][..]), ("", &[r"bin\adapter"])] {
        let options = ["client", "--level", "core", "--filter", filter, "--command"];
        let ran = wine.run("obn-conformance.exe", &[&options, command].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(" 0 failed, "), "{}", ran.stdout);
    }
    for (command, why) in [
        (r"bin\nonesuch", "there is no such program"),
        ("nonesuch", "there is no such program"),
        ("root.ps1", "Windows starts .exe, .com, .bat and .cmd files"),
    ] {
        std::fs::write(wine.path("root.ps1"), "exit 0").unwrap();
        let ran =
            wine.run("obn-conformance.exe", &["client", "--filter", "root/walk", "--command", command]).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

/// The command ends, or hangs, and what it has started goes on.
#[tokio::test]
async fn nothing_that_a_command_started_outlives_it() {
    let Some(wine) = Wine::start().await else { return };
    let name = format!("left-behind-{}.exe", std::process::id());
    wine.install(&name);
    for (after, seen) in [
        ("exit /b 3", "exit status 3"),
        ("\"%~dp0obn-ca.exe\" --listen 127.0.0.1:0 --control 127.0.0.1:0", "still running"),
    ] {
        let script = format!(
            "@echo off\r\nstart /b \"\" \"%~dp0{name}\" --listen 127.0.0.1:0 --control 127.0.0.1:0 --log off\r\n{after}\r\n"
        );
        std::fs::write(wine.path("bin/leaves.cmd"), script).unwrap();
        let options = ["client", "--filter", "root/walk", "--limit", "5", "--command", r"bin\leaves.cmd"];
        let ran = wine.run("obn-conformance.exe", &options).await;
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.stdout.contains(seen), "{seen}: {}", ran.stdout);
        assert_eq!(running(&name), [""; 0], "{seen}");
    }
}

/// Command lines of this machine that contain this.
fn running(name: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(name))
        .collect()
}

/// Arguments are read by every user. Those of a command are looked at on Windows as well; Wine before 10 doesn't show them.
#[tokio::test]
async fn a_password_in_the_arguments_of_a_program_is_seen_or_the_play_is_skipped() {
    let Some(wine) = Wine::start().await else { return };
    wine.install("worker.exe");
    let script = "@echo off\r\nstart /b \"\" \"%~dp0worker.exe\" serve --listen 127.0.0.1:0 --control 127.0.0.1:0 --seed %OBN_PASSWORD% --log off >nul\r\n\"%~dp0obn.exe\" --poll-interval 0.6 download\r\nexit /b %ERRORLEVEL%\r\n";
    std::fs::write(wine.path("bin/tells.cmd"), script).unwrap();
    let options = ["client", "--filter", "secrecy/download", "--command", r"bin\tells.cmd"];
    let ran = wine.run("obn-conformance.exe", &options).await;
    let (is_seen, is_skipped) =
        (ran.stdout.contains("one in the arguments of a process"), ran.stdout.contains("can't be seen here"));
    assert!(is_seen != is_skipped, "{ran:?}");
    assert!(ran.stdout.contains("0 passed, "), "{}", ran.stdout);
}

/// What certmgr.msc shows: 個人 and 信頼されたルート証明機関.
#[tokio::test]
async fn certificates_go_into_the_store_of_windows_and_out_of_it() {
    let Some(wine) = Wine::start().await else { return };
    let _alone = STORE.lock().await;
    let simulator = wine.simulator(&SAME_KEYS).await;
    let notice = control(&simulator)
        .post("/notices", &json!({ "institution_code": "1312345678", "terminal_name": "T1" }))
        .await;
    let notice = notice.json::<Value>();
    let serial = notice["serial"].as_str().unwrap();
    std::fs::write(wine.path("password.txt"), PASSWORD).unwrap();
    let ids = ["request_id", "reference_id"].map(|name| notice[name].as_str().unwrap());
    let download =
        ["download", "--request-id", ids[0], "--reference-id", ids[1], "--password-file", "password.txt"];
    let store = ["--windows-store", "--out", "new.p12"];
    let told = at(&wine, &simulator, &[&download[..], &store].concat()).await.ok();
    assert!(told.contains("installed in the certificate store of Windows"), "{told}");
    let listed = async || {
        let listed = parsed(at(&wine, &simulator, &["--json", "list", "--windows-store"]).await);
        let listed = listed["certificates"].as_array().unwrap().iter();
        listed
            .filter(|known| known["serial"] == serial)
            .map(|known| known["has_key"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [true]);
    at(&wine, &simulator, &["root", "--out", "root.cer", "--windows-store"]).await.ok();
    let removed = at(&wine, &simulator, &["remove", "--windows-store", serial, "--force"]).await.ok();
    assert!(removed.contains(serial), "{removed}");
    assert_eq!(listed().await, [Value::Null; 0], "it is gone for good");
    let again = at(&wine, &simulator, &["remove", "--windows-store", serial, "--force"]).await;
    assert_eq!(again.status, Some(2), "{again:?}");
    assert_eq!(simulator.interrupt().await, Some(0));
}

/// The key can't be exported, so that Windows itself signs with it when the site asks for the certificate.
#[tokio::test]
async fn a_certificate_is_renewed_with_a_key_that_stays_in_windows() {
    let Some(wine) = Wine::start().await else { return };
    let _alone = STORE.lock().await;
    let simulator = wine.simulator(&SAME_KEYS).await;
    let control = control(&simulator);
    let body = json!({ "institution_code": "1312345678", "terminal_name": "T2" });
    let notice = control.post("/notices", &body).await.json::<Value>();
    std::fs::write(wine.path("password.txt"), PASSWORD).unwrap();
    let ids = ["request_id", "reference_id"].map(|name| notice[name].as_str().unwrap());
    let download = ["download", "--request-id", ids[0], "--reference-id", ids[1]];
    let store = ["--password-file", "password.txt", "--windows-store", "--not-exportable", "--out", "a.p12"];
    at(&wine, &simulator, &[&download[..], &store].concat()).await.ok();

    control.post("/clock/advance", &json!({ "by": TO_RENEWAL })).await.json::<Value>();
    let serial = notice["serial"].as_str().unwrap();
    let renew = ["--json", "--poll-interval", "0.6", "renew", "--windows-store", serial];
    let files = ["--new-password-file", "password.txt", "--out", "b.p12"];
    let renewed = parsed(at(&wine, &simulator, &[&renew[..], &files].concat()).await);
    assert_ne!(renewed["serial"], serial, "{renewed}");
    let listed = parsed(at(&wine, &simulator, &["--json", "list", "--windows-store"]).await);
    let listed = listed["certificates"].as_array().unwrap();
    for serial in [&notice["serial"], &renewed["serial"]] {
        let known = listed.iter().find(|known| known["serial"] == *serial);
        assert_eq!(known.unwrap()["has_key"], true, "{listed:?}");
    }
    for serial in [serial, renewed["serial"].as_str().unwrap()] {
        at(&wine, &simulator, &["remove", "--windows-store", serial, "--force"]).await.ok();
    }
    assert_eq!(simulator.interrupt().await, Some(0));
}

/// What people unpack: each program by its own name, with nothing beside it but papers.
#[tokio::test]
async fn the_archive_for_windows_holds_programs_that_run() {
    let (Some(wine), Some(python)) = (Wine::start().await, python_with("tomllib").await) else { return };
    let at = |name: &str| wine.path(name).display().to_string();
    // Without symbols it is smaller to pack.
    let strip = ["-o", &at("program.exe"), &at("bin/obn-ca.exe")];
    run("x86_64-w64-mingw32-strip", &strip).await.ok();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("packaging").join("pack.py");
    let target = format!("x86_64-windows={}", at("program.exe"));
    run(python, &[&script.display().to_string(), &at("packages"), &target]).await.ok();
    let name = concat!("obn-ca-", env!("CARGO_PKG_VERSION"), "-x86_64-windows");
    run(python, &["-m", "zipfile", "-e", &at(&format!("packages/{name}.zip")), &at("bin")]).await.ok();
    std::fs::copy(
        wine.path("bin/bcryptprimitives.dll"),
        wine.path("bin").join(name).join("bcryptprimitives.dll"),
    )
    .unwrap();
    for program in ["obn-ca", "obn", "obn-conformance"] {
        let told = wine.run(&format!("{name}/{program}.exe"), &["--version"]).await.ok();
        assert_eq!(told.trim(), format!("{program} {}", env!("CARGO_PKG_VERSION")));
    }
    let licences = std::fs::read_to_string(wine.path("bin").join(name).join("LICENCES.txt")).unwrap();
    assert!(
        licences.contains("schannel ") && !licences.contains("rustix "),
        "of what is inside, and nothing else"
    );
}
