//! The program `obn`: what it prints in both languages, what it writes, how it ends.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::authority::Authority;
use crate::pages::{self, PASSWORD, REFERENCE_ID, REQUEST_ID, download_site};
use crate::portal::{Portal, Reply};

/// A folder to work in, and what every call of `obn` in it is given.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    /// Everything, with what differs from run to run taken out.
    pub(crate) transcript: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let environment =
            [("OBN_NOW", "2026-11-23T12:00:00+09:00"), ("OBN_LANG", "en"), ("OBN_POLL_INTERVAL", "0")];
        let environment = environment.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self { folder: tempfile::tempdir().unwrap(), environment }
    }

    /// With the address and the root of a portal.
    pub(crate) fn before(portal: &Portal) -> Self {
        let desk = Self::new();
        std::fs::write(desk.path("root.pem"), &portal.root_pem).unwrap();
        let root = desk.path("root.pem").to_str().unwrap().to_owned();
        desk.with("OBN_URL", &portal.url).with("OBN_ROOT", &root)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `obn` here, with `input` as its standard input.
    pub(crate) async fn obn(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        let input = input.to_owned();
        let run = move || {
            let mut child = command.spawn().unwrap();
            // A command that does not read its input closes it early.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let status = output.status.code().unwrap();
        let transcript =
            format!("exit {status}\n{stdout}{}{stderr}", if stderr.is_empty() { "" } else { "--- stderr\n" });
        Ended { status, stdout, transcript: self.filtered(&transcript) }
    }

    /// Starts `obn` and ends it with SIGKILL as soon as `moment` has come.
    pub(crate) async fn killed(&self, arguments: &[&str], moment: impl Future<Output = ()>) {
        let mut child = self.command(arguments).spawn().unwrap();
        moment.await;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obn"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn filtered(&self, text: &str) -> String {
        let mut text = text.replace(self.folder.path().to_str().unwrap(), "DESK");
        for (_, url) in self.environment.iter().filter(|(name, url)| *name == "OBN_URL" && !url.is_empty()) {
            text = text.replace(url.trim_start_matches("https://"), "localhost:PORT");
        }
        // The fixtures' serial numbers are fixed; those that the tests draw have 19 bytes or more.
        let words = text.split_inclusive(|c: char| !c.is_ascii_hexdigit());
        words
            .map(|word| {
                let digits = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
                if digits.len() >= 36 { word.replace(digits, "SERIAL") } else { word.to_owned() }
            })
            .collect()
    }
}

/// Runs the same command in both languages.
pub(crate) async fn in_both_languages(desk: Desk, arguments: &[&str], input: &str) -> String {
    let english = desk.obn(arguments, input).await;
    let desk = desk.with("OBN_LANG", "ja");
    let japanese = desk.obn(arguments, input).await;
    format!(
        "$ obn {}\n{}\n$ obn --lang ja …\n{}",
        arguments.join(" "),
        english.transcript,
        japanese.transcript
    )
}

const DOWNLOAD: [&str; 8] = [
    "download",
    "--request-id",
    REQUEST_ID,
    "--reference-id",
    REFERENCE_ID,
    "--password-file",
    "-",
    "--out=new.p12",
];

async fn download_portal() -> Portal {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    Portal::start(download_site(move |_, _| Reply::pfx(pfx.clone()))).await
}

#[tokio::test]
async fn root_saves_the_certificate() {
    let der = pem::parse(Authority::named("Security Communication RootCA2").pem).unwrap().into_contents();
    let file = der.clone();
    let portal = Portal::start(move |_| Reply::file("application/x-x509-ca-cert", file.clone())).await;
    let desk = Desk::before(&portal);
    let ended = desk.obn(&["root", "--out", "root.cer"], "").await;
    assert_eq!(ended.status, 0);
    assert_eq!(std::fs::read(desk.path("root.cer")).unwrap(), der);
    let told = in_both_languages(desk, &["root", "--out", "root.cer"], "").await;
    // The key is new each time, and so is the fingerprint.
    insta::with_settings!({ filters => vec![("([0-9A-F]{2}:){31}[0-9A-F]{2}", "[fingerprint]")] }, {
        insta::assert_snapshot!(told);
    });
}

#[tokio::test]
async fn download_saves_a_file_that_only_its_owner_reads() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal);
    let ended = desk.obn(&DOWNLOAD, "1234\n").await;
    assert_eq!(ended.status, 0, "{}", ended.transcript);
    let mode = std::fs::metadata(desk.path("new.p12")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut again = DOWNLOAD.to_vec();
    again.push("--force");
    insta::assert_snapshot!(in_both_languages(desk, &again, "1234\n").await);
}

#[tokio::test]
async fn download_tells_a_program_in_json() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal).with("OBN_JSON", "true").with("OBN_PASSWORD", PASSWORD);
    let ended = desk.obn(&["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID], "").await;
    let stored = desk.path(".local/share/obn").join(REQUEST_ID).join("identity.p12");
    assert!(stored.exists(), "without --out it goes into the store");
    insta::assert_snapshot!(ended.transcript);
}

#[tokio::test]
async fn download_does_not_replace_a_file_unless_forced() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal);
    std::fs::write(desk.path("new.p12"), b"a key that exists nowhere else").unwrap();
    insta::assert_snapshot!(in_both_languages(desk, &DOWNLOAD, "1234\n").await);
    assert!(portal.seen().is_empty(), "nothing is asked of the CA that can't be kept");
}

#[tokio::test]
async fn a_password_that_the_site_would_refuse_is_refused_before_anything_is_sent() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal);
    for wrong in ["123", "12345", "12a4", "１２３４", ""] {
        let ended = desk.obn(&DOWNLOAD, wrong).await;
        assert_eq!(ended.status, 2, "{wrong}: {}", ended.transcript);
        assert!(
            ended.transcript.contains("a certificate password is 4 half-width digits"),
            "{}",
            ended.transcript
        );
    }
    assert!(portal.seen().is_empty());
}

#[tokio::test]
async fn a_refusal_ends_with_1_and_the_page_s_words() {
    let refusal = || Reply::html(pages::rcd(&[("referenceId", "リファレンスIDが正しくありません。")]));
    let portal = Portal::start(download_site(move |_, _| refusal())).await;
    let desk = Desk::before(&portal);
    insta::assert_snapshot!(in_both_languages(desk, &DOWNLOAD, "1234\n").await);
    let desk = Desk::before(&portal).with("OBN_JSON", "1");
    insta::assert_snapshot!(desk.obn(&DOWNLOAD, "1234\n").await.transcript);
}

/// As after the start of a new simulator: its root has the name of the one before.
#[tokio::test]
async fn who_has_the_root_of_another_site_is_told_to_fetch_it_again() {
    let portal = download_portal().await;
    for root in ["Test TLS Root", "Another Root"] {
        let desk = Desk::before(&portal);
        std::fs::write(desk.path("root.pem"), Authority::named(root).pem).unwrap();
        let told = in_both_languages(desk, &["root", "--out", "root.cer"], "").await;
        assert_eq!(told.matches("exit 3").count(), 2, "{told}");
        assert!(told.contains("the root given by --root or OBN_ROOT is not this site's"), "{told}");
        assert!(told.contains("--root(OBN_ROOT)のルート証明書がこのサイトのものではありません"), "{told}");
    }
}

#[tokio::test]
async fn usage_errors_end_with_2() {
    let portal = download_portal().await;
    let wrong_password = in_both_languages(Desk::before(&portal), &DOWNLOAD, "12345\n").await;
    let no_password = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];
    let no_password = in_both_languages(Desk::before(&portal), &no_password, "").await;
    let no_root = in_both_languages(Desk::new(), &["root", "--out", "root.cer"], "").await;
    insta::assert_snapshot!([wrong_password, no_password, no_root].join("\n"));
    assert!(portal.seen().is_empty());
}

#[tokio::test]
async fn mistakes_on_the_command_line_are_told_in_both_languages() {
    let mistakes: [&[&str]; 9] = [
        &["download", "--request-id", REQUEST_ID],
        &["download", "--request-id", "2020", "--reference-id", REFERENCE_ID],
        &["revoke", "--request-id", REQUEST_ID, "--email", "nobody"],
        &["renwe"],
        &["list", "--jsno"],
        &["export", "--format", "word", "--out", "."],
        &["export", "--format"],
        &["--lang", "fr", "list"],
        &["backup", "--as-delivered", "--aes", "--out", "a.p12"],
    ];
    let mut all = Vec::new();
    for arguments in mistakes {
        all.push(in_both_languages(Desk::new(), arguments, "").await);
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn mistakes_on_the_command_line_are_told_to_a_program_in_json() {
    let mistakes: [&[&str]; 4] = [
        &["--json", "download", "--request-id", REQUEST_ID],
        &["download", "--request-id", "2020", "--reference-id", REFERENCE_ID, "--json"],
        &["renwe", "--json"],
        &["--lang", "fr", "--json", "list"],
    ];
    for arguments in mistakes {
        for language in ["en", "ja"] {
            assert_tells_json(&Desk::new().with("OBN_LANG", language), arguments).await;
        }
    }
    let desk = Desk::new().with("OBN_JSON", "1").with("OBN_REQUEST_ID", "2020");
    assert_tells_json(&desk, &["download"]).await;
    let help = desk.obn(&["--help"], "").await;
    assert!(help.status == 0 && !help.stdout.starts_with('{'), "{}", help.transcript);
    for no in ["", "0", "false"] {
        let ended = Desk::new().with("OBN_JSON", no).obn(&["renwe"], "").await;
        assert_eq!(ended.stdout, "");
    }
}

#[tokio::test]
async fn an_empty_variable_is_as_one_that_is_not_set() {
    let names = [
        "URL",
        "ROOT",
        "INTERMEDIATES",
        "PROXY",
        "PROXY_USER",
        "PROXY_BYPASS",
        "PROXY_PASSWORD",
        "STORE",
        "POLL_INTERVAL",
        "WAIT",
        "LANG",
        "JSON",
        "NOW",
        "OUTPUT",
        "REQUEST_ID",
        "REFERENCE_ID",
        "EMAIL",
        "IDENTITY",
        "IDENTITY_PASSWORD",
        "PASSWORD",
        "NEW_PASSWORD",
    ];
    let empty =
        |desk: Desk| names.iter().fold(desk, |desk, name| desk.with(format!("OBN_{name}").leak(), ""));
    let desk = empty(Desk::new());
    for (arguments, status) in [(&["list"][..], 0), (&["notices"], 0), (&["watch", "--once"], 0)] {
        let ended = desk.obn(arguments, "").await;
        assert_eq!(ended.status, status, "{arguments:?}: {}", ended.transcript);
    }
    assert!(desk.path(".local/share/obn").exists(), "the usual store");
    // What is needed is asked for as if nothing were there.
    let ended = desk.obn(&["download", "--request-id", REQUEST_ID], "").await;
    assert!(
        ended.transcript.contains("required") && ended.transcript.contains("--reference-id"),
        "{}",
        ended.transcript
    );
    let portal = download_portal().await;
    let desk = Desk::before(&portal).with("OBN_NOW", "2026-11-23T12:00:00+09:00");
    let desk = ["PROXY", "OUTPUT", "STORE", "INTERMEDIATES", "WAIT", "POLL_INTERVAL"]
        .iter()
        .fold(desk, |desk, name| desk.with(format!("OBN_{name}").leak(), ""));
    assert_eq!(desk.obn(&DOWNLOAD, "1234\n").await.status, 0);
}

async fn assert_tells_json(desk: &Desk, arguments: &[&str]) {
    let ended = desk.obn(arguments, "").await;
    assert_eq!(ended.status, 2, "{}", ended.transcript);
    let told: serde_json::Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.transcript));
    assert_eq!((&told["error"]["kind"], &told["exit_status"]), (&"usage".into(), &2.into()));
    let message = told["error"]["message"].as_str().unwrap();
    assert!(ended.transcript.contains(message) && !message.contains("--help"), "{message}");
}

#[tokio::test]
async fn names_of_files_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    // 証明書.p12 and 保管庫 as an old Windows writes them.
    let file = OsStr::from_bytes(b"\x8f\xd8\x96\xbe\x8f\x91.p12");
    let store = OsStr::from_bytes(b"\x95\xdb\x8a\xc7\x8c\xc9");
    let word = OsStr::new;
    let portal = download_portal().await;
    let desk = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD);
    let ids = ["--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID].map(word);
    let download = [&[word("download"), word("--out"), file, word("--store"), store][..], &ids].concat();
    let commands: [&[&OsStr]; 5] = [
        &download,
        &[word("show"), file],
        &[word("--store"), store, word("restore"), file],
        &[word("--store"), store, word("list")],
        &[word("--store"), store, word("backup"), word("--force"), word("--out"), file],
    ];
    for arguments in commands {
        let mut command = desk.command(&["--json"]);
        command.args(arguments);
        let ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        serde_json::from_slice::<serde_json::Value>(&ended.stdout).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn output_that_can_t_be_written_changes_nothing() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let desk = Desk::new().with("OBN_PASSWORD", "1234").with("OBN_JSON", "1");
    let pfx = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/openssl-3des.p12");
    assert_eq!(desk.obn(&["restore", pfx], "").await.status, 0);
    // The certificate ends soon, so the watch has something to say.
    let desk = desk.with("OBN_NOW", "2029-04-18T12:00:00+09:00").with("OBN_JSON", "0");
    for (arguments, status) in
        [(&["watch", "--once"][..], 0), (&["--json", "show", "missing.p12"], 2), (&["renwe"], 2)]
    {
        let mut command = desk.command(arguments);
        command.stdout(full()).stderr(full());
        let ended = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
        assert_eq!(ended.code(), Some(status), "{arguments:?}");
    }
    assert!(desk.path(".local/share/obn/watch.json").exists());
}

#[tokio::test]
async fn an_untrusted_server_ends_with_3() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal);
    std::fs::write(desk.path("root.pem"), Authority::named("Another Root").pem).unwrap();
    insta::assert_snapshot!(in_both_languages(desk, &DOWNLOAD, "1234\n").await);
}

#[tokio::test]
async fn a_site_that_breaks_its_protocol_ends_with_4() {
    let portal = Portal::start(download_site(|_, _| Reply::pfx(b"0\x82nonsense".to_vec()))).await;
    let mut told = String::new();
    for language in ["en", "ja"] {
        // What is kept would be told instead at the same desk.
        let desk = Desk::before(&portal).with("OBN_LANG", language);
        told += &desk.obn(&DOWNLOAD, "1234\n").await.transcript;
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn a_file_that_is_not_believed_is_kept_as_it_came() {
    let pfx = Authority::named("Some Other CA").pfx(PASSWORD);
    let file = pfx.clone();
    let portal = Portal::start(download_site(move |_, _| Reply::pfx(file.clone()))).await;
    let desk = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD).with("OBN_JSON", "1");
    let places =
        [("--out=new.p12", "new.p12.rejected"), ("--force", ".local/share/obn/202012100001000.rejected")];
    for (option, place) in places {
        let ended = desk.obn(&[&DOWNLOAD[..5], &[option]].concat(), "").await;
        assert_eq!(ended.status, 4, "{}", ended.transcript);
        assert_eq!(std::fs::read(desk.path(place)).unwrap(), pfx);
        let mode = std::fs::metadata(desk.path(place)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(told["error"]["file"].as_str().unwrap().ends_with(place), "{told}");
    }
    assert!(!desk.path("new.p12").exists());
    assert!(desk.obn(&["list"], "").await.stdout.contains("\"certificates\": []"));
}

#[tokio::test]
async fn a_file_that_was_not_believed_is_gone_once_a_good_one_came() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let without_root = include_bytes!("../../../fixtures/pfx/openssl-noroot.p12").to_vec();
    let site = download_site(move |_, _| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Reply::pfx(without_root.clone()),
        _ => Reply::pfx(pfx.clone()),
    });
    let portal = Portal::start(site).await;
    let desk = Desk::before(&portal);
    assert_eq!(desk.obn(&DOWNLOAD, "1234\n").await.status, 0);
    assert!(desk.path("new.p12").exists() && !desk.path("new.p12.rejected").exists());
}

#[tokio::test]
async fn no_output_ever_holds_the_password() {
    let portal = download_portal().await;
    let desk = Desk::before(&portal).with("OBN_PASSWORD", "8642");
    for arguments in [&DOWNLOAD[..5], &["--help"], &["download", "--help"], &["show", "missing.p12"]] {
        let ended = desk.obn(arguments, "").await;
        assert!(!ended.transcript.contains("8642"), "{}", ended.transcript);
    }
}

#[tokio::test]
async fn show_tells_what_is_inside() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/");
    for file in ["openssl-3des.p12", "openssl-aes256.p12"] {
        let desk = Desk::new().with("OBN_PASSWORD", "1234");
        std::fs::copy(format!("{fixtures}{file}"), desk.path(file)).unwrap();
        insta::assert_snapshot!(in_both_languages(desk, &["show", file], "").await);
    }
    let desk = Desk::new().with("OBN_JSON", "true");
    std::fs::copy(format!("{fixtures}openssl-rc2.p12"), desk.path("old.p12")).unwrap();
    insta::assert_snapshot!(desk.obn(&["show", "old.p12", "--password-file", "-"], "1234").await.transcript);
}

#[tokio::test]
async fn show_says_why_a_file_can_t_be_opened() {
    let desk = Desk::new().with("OBN_PASSWORD", "0000");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/java.p12"), desk.path("a.p12"))
        .unwrap();
    let wrong_password = in_both_languages(desk, &["show", "a.p12"], "").await;
    let missing = in_both_languages(Desk::new(), &["show", "a.p12"], "").await;
    let desk = Desk::new();
    std::fs::write(desk.path("a.p12"), "<html>").unwrap();
    let other = in_both_languages(desk, &["show", "a.p12"], "").await;
    insta::assert_snapshot!([wrong_password, missing, other].join("\n"));
}

#[tokio::test]
async fn help_comes_in_both_languages() {
    let main = in_both_languages(Desk::new(), &["-h"], "").await;
    let renew = in_both_languages(Desk::new(), &["renew", "-h"], "").await;
    insta::assert_snapshot!([main, renew].join("\n"));
}

#[tokio::test]
async fn completions_and_man_pages_are_made_from_the_same_definitions() {
    let desk = Desk::new();
    let script = desk.obn(&["completions", "bash"], "").await;
    assert!(script.stdout.contains("--reference-id"), "{}", script.transcript);
    std::fs::create_dir(desk.path("man")).unwrap();
    assert_eq!(desk.obn(&["man", "--out", "man"], "").await.status, 0);
    assert!(std::fs::read_to_string(desk.path("man/obn-renew.1")).unwrap().contains("new"));
}
