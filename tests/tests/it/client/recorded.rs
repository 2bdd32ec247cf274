//! `obn --record`, and `obn-conformance redact`: what they write holds nothing that somebody has to keep to themselves.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obn_client::recording::har::{Body, Har};
use obn_client::recording::recorder::Recorder;
use obn_client::{Identity, Password, PfxAlgorithms};
use obn_tests::{Desk, Environment, Notice, Program, RENEWING, run_with};

/// A recording, which holds all of what was seen and none of the secrets.
fn read(path: &Path, secrets: &[&str]) -> Har {
    let file = std::fs::read(path).unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    let reading = Har::read(&file).unwrap();
    assert_eq!((reading.broken, reading.unreadable), (None, 0));
    let bodies = reading.har.log.entries.iter().filter_map(|entry| entry.response.body().unwrap());
    let bodies: Vec<_> = bodies.map(Body::into_bytes).collect();
    // A shorter one, such as a small serial number, stands anywhere by chance.
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        let bare = STANDARD.encode(secret);
        for form in [secret, bare.trim_end_matches('=')] {
            assert!(!text.contains(form), "{form} in {text}");
            for body in &bodies {
                assert!(!body.windows(form.len()).any(|window| window == form.as_bytes()), "{form}");
            }
        }
    }
    reading.har
}

fn pages(har: &Har) -> String {
    let bodies = har.log.entries.iter().filter_map(|entry| entry.response.body().unwrap());
    bodies.map(|body| String::from_utf8_lossy(&body.into_bytes()).into_owned()).collect()
}

fn pfx(har: &Har) -> Vec<u8> {
    let kind = "application/x-pkcs12";
    let entry = har.log.entries.iter().find(|entry| entry.response.header("content-type") == Some(kind));
    entry.unwrap_or_else(|| panic!("a file came")).response.body().unwrap().unwrap().into_bytes()
}

/// What must not be in a recording of somebody who has this notice.
fn secrets(notice: &Notice) -> Vec<&str> {
    vec![&notice.request_id, &notice.reference_id, &notice.institution_code, &notice.terminal_name]
}

#[tokio::test]
async fn a_download_is_recorded_with_pages_and_handshake_but_without_secrets() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_PASSWORD", "8461").with("OBN_REFERENCE_ID", &notice.reference_id);
    let ran = desk.run(&["download", "--request-id", &notice.request_id, "--record", "r.har"], "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let har = read(&desk.path("r.har"), &secrets(&notice));
    let mode = std::fs::metadata(desk.path("r.har")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(pages(&har).contains("証明書の取得画面"));

    let security = har.log.entries[0].security.as_ref().unwrap();
    assert_eq!(security.protocol.as_deref(), Some("TLS 1.3"));
    assert_eq!(security.client_certificate_asked, Some(true));
    assert_eq!(security.certificates.len(), 2, "the leaf and its intermediate");

    // The stand-in of the password opens a file of the same make.
    let post = har.log.entries.iter().find(|entry| entry.request.method == "POST").unwrap();
    let fields = post.request.post_data.as_ref().unwrap().fields(encoding_rs::UTF_8);
    let password = fields.iter().find(|(name, _)| name == "password").unwrap().1.clone();
    assert_ne!(password, "8461");
    let twin = pfx(&har);
    let identity = Identity::from_pfx(&twin, &Password::new(password.as_str())).unwrap();
    assert!(identity.verify().is_ok(), "{:?}", identity.verify());
    assert!(ran.stderr.contains(&format!("its password is {password}")), "{}", ran.stderr);
    assert_eq!(PfxAlgorithms::of(&twin).unwrap().key[0].algorithm, "PBE-SHA1-3DES");
    assert_ne!(identity.certificate().subject().institution_code(), Some(notice.institution_code.as_str()));
}

#[tokio::test]
async fn a_command_that_is_refused_is_recorded_as_well() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_PASSWORD", "8461").with("OBN_REFERENCE_ID", "Wrong12345");
    let desk = desk.with("OBN_RECORD", "r.har");
    let ran = desk.run(&["download", "--request-id", &notice.request_id], "").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let har = read(&desk.path("r.har"), &[&notice.request_id, "Wrong12345"]);
    assert!(pages(&har).contains("リクエスト ID またはリファレンス ID に誤りがあります"));
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told_before_anything_is_sent() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_PASSWORD", "8461").with("OBN_REFERENCE_ID", &notice.reference_id);
    let ran =
        desk.run(&["download", "--request-id", &notice.request_id, "--record", "no/such/r.har"], "").await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(std::fs::read_dir(desk.path("store")).map_or(true, |mut entries| entries.next().is_none()));
}

#[tokio::test]
async fn a_renewal_is_recorded_and_redacted_by_the_harness() {
    let env = Environment::with("issue.delays = ['0s', '0s']").await;
    let notice = env.issue().await;
    let ids =
        obn_client::Notice::new(notice.request_id.parse().unwrap(), notice.reference_id.parse().unwrap());
    let recorder = Recorder::new();
    let client = env.client().recorder(&recorder).build().unwrap();
    let old = client.download(&ids, &"8461".parse().unwrap()).await.unwrap();
    env.control.freeze(RENEWING).await;
    let client = env.client().recorder(&recorder).identity(old.identity.clone()).build().unwrap();
    let renewal = client.renew(&"2468".parse().unwrap(), None, &mut Keeper).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (raw, out) = (folder.path().join("raw.har"), folder.path().join("given.har"));
    std::fs::write(&raw, recorder.har().to_json()).unwrap();
    let [_, _, (_, harness)] = Program::all();
    let mut command = tokio::process::Command::new(harness);
    command.args(["redact".as_ref(), raw.as_os_str(), "-o".as_ref(), out.as_os_str()]).env("OBN_LANG", "ja");
    let ran = run_with(&mut command, "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    for told in ["リクエストID", "リファレンスID", "パスワード", "Cookieの値", "秘密鍵・PFXファイル"]
    {
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
    }
    let mut secrets = secrets(&notice);
    let (new_id, new_serial) = (
        renewal.request_id.unwrap().to_string(),
        renewal.download.identity.certificate().serial().to_owned(),
    );
    let reference = renewal.reference_id.unwrap().to_string();
    secrets.extend([new_id.as_str(), &new_serial, &reference, old.identity.certificate().serial()]);
    let har = read(&out, &secrets);
    assert_eq!(har.log.entries.len(), recorder.har().log.entries.len(), "{}", ran.stdout);
    let pages = pages(&har);
    for shown in ["送信完了", "証明書ステータス", "ReceiptOnline", "medical", "更新後証明書の取得"]
    {
        assert!(pages.contains(shown), "{shown}");
    }
    let mode = std::fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(ran.stdout.contains("パスワードは"), "{}", ran.stdout);
}

/// Keeps nothing.
struct Keeper;

impl obn_client::RenewalKeeper for Keeper {
    fn keep(&mut self, _: Option<&obn_client::RenewalRecord>) -> Result<(), obn_client::Error> {
        Ok(())
    }
}
