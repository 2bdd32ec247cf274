//! The commands around the store, as a person uses them one after the other.

use crate::command::Desk;

/// Runs commands in turn, all in one language, and shows the whole conversation.
pub(crate) async fn conversation(desk: &Desk, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for arguments in commands {
        let ended = desk.obn(arguments, "").await;
        text.push_str(&format!("$ obn {}\n{}\n", arguments.join(" "), ended.transcript));
    }
    text
}

fn desk(language: &str) -> Desk {
    // No other program can be called from this desk.
    let desk = Desk::new().with("OBN_LANG", language).with("PATH", "/nowhere");
    let desk = desk.with("OBN_PASSWORD", "1234").with("OBN_NEW_PASSWORD", "5678");
    for file in ["openssl-3des.p12", "openssl-aes256.p12"] {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/");
        std::fs::copy(format!("{fixtures}{file}"), desk.path(file)).unwrap();
    }
    desk
}

const COMMANDS: &[&[&str]] = &[
    &["list"],
    &["restore", "openssl-aes256.p12", "--request-id", "202601200000001"],
    &["list"],
    &["notices"],
    &["--now", "2029-03-20T09:00:00+09:00", "notices"],
    &["--now", "2029-04-19T09:00:00+09:00", "notices"],
    &["--now", "2029-04-20T09:00:00+09:00", "notices"],
    &["backup", "--out", "backup.p12"],
    &["backup", "--out", "backup.p12"],
    &["backup", "202601200000001", "--out", ".", "--as-delivered"],
    &["export", "--format", "openssl", "--out", "pem"],
    &["export", "--format", "curl", "--out", "curl"],
    &["export", "--format", "java", "--out", "java"],
    &["export", "--format", "nss", "--out", "nss"],
    &["export", "--format", "nss", "--into", "nssdb"],
    &["export", "--format", "nss", "--into", "nss"],
    &["export", "--format", "curl", "--into", "nssdb"],
    &["remove", "202601200000001"],
    &["remove", "202601200000001", "--force"],
    &["remove", "202601200000001"],
    &["export", "--format", "curl", "--out", "curl"],
];

#[tokio::test]
async fn certificates_are_restored_listed_watched_backed_up_exported_and_removed() {
    insta::assert_snapshot!("keeping_en", conversation(&desk("en"), COMMANDS).await);
    insta::assert_snapshot!("keeping_ja", conversation(&desk("ja"), COMMANDS).await);
}

#[tokio::test]
async fn a_backup_is_restored_with_its_new_password() {
    let desk = desk("en");
    conversation(&desk, &[&["restore", "openssl-3des.p12"], &["backup", "--out", "backup.p12"]]).await;
    let desk = desk.with("OBN_PASSWORD", "5678").with("OBN_STORE", "another");
    assert_eq!(desk.obn(&["restore", "backup.p12"], "").await.status, 0);
    let show = desk.obn(&["show", "backup.p12"], "").await;
    assert!(show.stdout.contains("can import this file"), "{}", show.transcript);
}

#[tokio::test]
async fn the_password_of_a_backup_is_four_digits_unless_one_asks_for_another() {
    let mut desk = desk("en");
    conversation(&desk, &[&["restore", "openssl-3des.p12"]]).await;
    for password in ["567", "56789", "５６７８", "abcdef"] {
        desk = desk.with("OBN_NEW_PASSWORD", password);
        let ended = desk.obn(&["backup", "--out", "other.p12"], "").await;
        assert!(ended.status == 2 && ended.transcript.contains("--any-password"), "{}", ended.transcript);
        assert!(!desk.path("other.p12").exists());
    }
    assert_eq!(desk.obn(&["backup", "--any-password", "--out", "other.p12"], "").await.status, 0);
}

#[tokio::test]
async fn a_folder_is_restored_as_a_whole_or_not_at_all() {
    let desk = desk("en");
    std::fs::create_dir(desk.path("media")).unwrap();
    std::fs::copy(desk.path("openssl-3des.p12"), desk.path("media/a.p12")).unwrap();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/java.p12"), desk.path("media/b.PFX"))
        .unwrap();
    let ended = desk.obn(&["restore", "media"], "").await;
    assert_eq!(ended.status, 2, "{}", ended.transcript);
    assert!(!desk.path(".local/share/obn").exists());
    std::fs::remove_file(desk.path("media/b.PFX")).unwrap();
    assert_eq!(desk.obn(&["restore", "media"], "").await.status, 0);
}

#[tokio::test]
async fn list_and_notices_tell_a_program_in_json() {
    let desk = desk("en").with("OBN_JSON", "1");
    let commands: &[&[&str]] =
        &[&["restore", "openssl-3des.p12"], &["list"], &["--now", "2029-04-19T09:00:00+09:00", "notices"]];
    insta::assert_snapshot!(conversation(&desk, commands).await);
}
