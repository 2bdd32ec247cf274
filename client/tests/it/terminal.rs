//! What pages, certificates and files say reaches a terminal as letters, and nothing else.

use obn_client::{Identity, Password, PfxProfile};

use crate::authority::Authority;
use crate::command::Desk;
use crate::pages::{PASSWORD, REFERENCE_ID, REQUEST_ID, download_site, page};
use crate::portal::{Portal, Reply};

/// A title, the clipboard, the cursor, C1, the direction of writing, lines of other kinds, no room.
const ACTS: &str = "\u{1b}]0;x\u{7}\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{8}\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}";

/// A terminal does nothing but show it. Lines and tabs are our own.
fn assert_harmless(what: &str, text: &str) {
    let acts = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || "\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}".contains(letter)
    };
    assert!(!text.contains(acts), "{what}: {text:?}");
}

/// And what was in it can be seen.
fn assert_shown(what: &str, text: &str) {
    assert_harmless(what, text);
    assert!(text.contains(r"\u{1b}]52;c;eA==\u{7}") && text.contains(r"\u{202e}"), "{what}: {text}");
}

const DOWNLOAD: [&str; 5] = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];

#[tokio::test]
async fn of_a_refusal() {
    let refusal = page(&format!("却下{ACTS}"), &format!("<p>{ACTS}\nobn: done</p>"));
    let portal = Portal::start(download_site(move |_, _| Reply::html(refusal.clone()))).await;
    for language in ["en", "ja"] {
        let desk = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD).with("OBN_LANG", language);
        let ended = desk.obn(&DOWNLOAD, "").await;
        assert_eq!(ended.status, 1);
        assert_shown("refusal", &ended.transcript);
        assert!(!ended.transcript.contains("\nobn: done"), "{}", ended.transcript);
    }
    let desk = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD).with("OBN_JSON", "1");
    let ended = desk.obn(&DOWNLOAD, "").await;
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let heading = told["error"]["page"]["heading"].as_str().unwrap();
    assert!(heading.contains("\u{1b}]52;c;eA==\u{7}"), "JSON has it as it came: {heading:?}");
}

#[tokio::test]
async fn of_a_redirection_and_of_a_status() {
    let location = format!("https://x.example/{}", "%1b]52;c;eA==");
    let portal = Portal::start(move |_| Reply::redirect(303, &location)).await;
    let ended = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD).obn(&DOWNLOAD, "").await;
    assert_eq!(ended.status, 4);
    assert!(!ended.transcript.contains('\u{1b}'));
}

/// An institution's certificate of a strange name, as `strange.p12`.
fn strange_certificate(desk: &Desk) {
    let identity: Identity =
        Authority::common_ca().identity(&format!("{ACTS}\nobn: done"), (2026, 1, 20), (2026, 11, 30));
    let pfx = identity.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("strange.p12"), pfx).unwrap();
}

#[tokio::test]
async fn of_a_certificate_in_each_command_that_shows_it() {
    let desk = Desk::new().with("OBN_PASSWORD", "1234").with("OBN_NEW_PASSWORD", "5678");
    strange_certificate(&desk);
    let commands: [&[&str]; 8] = [
        &["show", "strange.p12"],
        &["restore", "strange.p12"],
        &["list"],
        &["notices"],
        &["watch", "--once"],
        &["backup", "--out", "backup.p12"],
        &["restore", "strange.p12", "--request-id", REQUEST_ID, "--store", "other"],
        &["remove", REQUEST_ID, "--force", "--store", "other"],
    ];
    for arguments in commands {
        let ended = desk.obn(arguments, "").await;
        assert_eq!(ended.status, 0, "{arguments:?}: {}", ended.transcript);
        assert_shown(arguments[0], &ended.transcript);
        assert!(!ended.transcript.contains("\nobn: done"), "{arguments:?}: {}", ended.transcript);
    }
}

#[tokio::test]
async fn of_names_of_files_and_of_the_command_line() {
    let name = format!("{ACTS}.p12");
    for language in ["en", "ja"] {
        let desk = Desk::new().with("OBN_LANG", language).with("OBN_PASSWORD", "1234");
        let ended = desk.obn(&["show", &name], "").await;
        assert_eq!(ended.status, 2, "{}", ended.transcript);
        assert_shown(language, &ended.transcript);
        // clap leaves out some of it.
        let ended = desk.obn(&["show", &format!("--{ACTS}")], "").await;
        assert_eq!(ended.status, 2, "{}", ended.transcript);
        assert_harmless(language, &ended.transcript);
        // What is in the store's folder is others' as well.
        std::fs::create_dir_all(desk.path(".local/share/obn").join(format!("{ACTS}x"))).unwrap();
        let ended = desk.obn(&["list"], "").await;
        assert_shown("list", &ended.transcript);
    }
}
