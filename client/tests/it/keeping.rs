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
    &["export", "--format", "windows", "--out", "windows"],
    &["list", "--windows-store"],
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

/// A folder with two good files of one certificate, one under another password, and one that is none.
fn folder(desk: &Desk) {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/");
    std::fs::create_dir(desk.path("media")).unwrap();
    std::fs::copy(desk.path("openssl-3des.p12"), desk.path("media/good.p12")).unwrap();
    std::fs::copy(format!("{fixtures}java.p12"), desk.path("media/other.PFX")).unwrap();
    std::fs::write(desk.path("media/broken.p12"), "no PFX").unwrap();
    std::fs::create_dir(desk.path("media/folder.pfx")).unwrap();
}

#[tokio::test]
async fn of_a_folder_all_is_restored_that_can_be_and_the_rest_is_named() {
    let desk = desk("en");
    folder(&desk);
    let ended = desk.obn(&["restore", "media"], "").await;
    assert_eq!(ended.status, 2, "{}", ended.transcript);
    assert!(ended.stdout.starts_with("restored\n"), "{}", ended.transcript);
    for name in
        ["media/other.PFX: the password", "media/broken.p12: this is not", "media/folder.pfx is a folder"]
    {
        assert!(ended.transcript.contains(name), "{}", ended.transcript);
    }
    assert!(desk.obn(&["list"], "").await.stdout.contains("* "));
    let desk = desk.with("OBN_JSON", "1");
    let ended = desk.obn(&["restore", "media"], "").await;
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status, &told["exit_status"]), (2, &2.into()), "{told}");
    assert_eq!(told["certificates"].as_array().unwrap().len(), 1, "{told}");
    let failed: Vec<_> =
        told["failed"].as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap()).collect();
    assert_eq!(failed, ["media/broken.p12", "media/folder.pfx", "media/other.PFX"]);
}

#[tokio::test]
async fn where_nothing_can_be_restored_the_file_is_named_and_there_is_no_store() {
    let desk = desk("en").with("OBN_PASSWORD", "0000");
    folder(&desk);
    for from in ["media", "media/good.p12", "media/broken.p12", "missing.p12"] {
        let ended = desk.obn(&["restore", from], "").await;
        assert_eq!(ended.status, 2, "{}", ended.transcript);
        let name = if from == "media" { "media/good.p12" } else { from };
        assert!(ended.transcript.contains(name) && ended.stdout.is_empty(), "{}", ended.transcript);
    }
    assert!(!desk.path(".local/share/obn").exists());
}

#[tokio::test]
async fn every_certificate_of_a_file_is_restored() {
    let two = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx-dialects/two-identities.p12");
    let desk = desk("en").with("OBN_JSON", "1");
    let shown = desk.obn(&["show", two], "").await;
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["others"].as_array().unwrap().len(), 1, "{shown}");
    let of_one = desk.obn(&["restore", two, "--request-id", "202601200000001"], "").await;
    assert_eq!(of_one.status, 2, "{}", of_one.transcript);
    assert!(of_one.transcript.contains("holds 2 certificates"), "{}", of_one.transcript);
    let ended = desk.obn(&["restore", two], "").await;
    assert_eq!(ended.status, 0, "{}", ended.transcript);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let serials: Vec<_> =
        told["certificates"].as_array().unwrap().iter().map(|it| it["serial"].as_str().unwrap()).collect();
    assert!(serials.len() == 2 && serials[0] != serials[1], "{serials:?}");
    let listed = desk.obn(&["list"], "").await;
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    // Each can be used, under the password that the file had.
    for entry in listed["certificates"].as_array().unwrap() {
        let (name, serial) = (entry["name"].as_str().unwrap(), entry["serial"].as_str().unwrap());
        assert_eq!(
            desk.obn(&["backup", name, "--as-delivered", "--force", "--out", "one.p12"], "").await.status,
            0
        );
        let one = desk.obn(&["show", "one.p12"], "").await;
        let one: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
        assert_eq!((one["serial"].as_str(), one.get("others")), (Some(serial), None));
    }
}

/// An editor or a shell on Windows has saved them.
#[tokio::test]
async fn text_files_may_begin_with_the_marks_of_windows() {
    let little = |text: &str| {
        [&[0xff_u8, 0xfe][..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
    };
    let big = |text: &str| {
        [&[0xfe_u8, 0xff][..], &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()].concat()
    };
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    for encode in [&little as &dyn Fn(&str) -> Vec<u8>, &big, &marked] {
        let desk = desk("en");
        std::fs::write(desk.path("password"), encode("1234\r\n")).unwrap();
        let restore = ["restore", "openssl-3des.p12", "--password-file", "password"];
        let ended = desk.obn(&restore, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        let listed = desk.obn(&["list", "--json"], "").await;
        let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
        let folder = listed["certificates"][0]["folder"].as_str().unwrap().to_owned();
        let entry = std::path::Path::new(&folder);
        for file in ["entry.json", "certificate.pem", "key.pem"] {
            let text = std::fs::read_to_string(entry.join(file)).unwrap();
            std::fs::write(entry.join(file), encode(&text)).unwrap();
        }
        assert_eq!(desk.obn(&["backup", "--out", "backup.p12"], "").await.status, 0);
        // The root, and the address of nothing.
        let root = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/root.pem"))
            .unwrap();
        std::fs::write(desk.path("root.pem"), encode(&root)).unwrap();
        let desk = desk.with("OBN_ROOT", "root.pem").with("OBN_URL", "https://127.0.0.1:1");
        let ended = desk.obn(&["root", "--out", "root.cer"], "").await;
        assert_eq!(ended.status, 3, "{}", ended.transcript);
    }
}

#[tokio::test]
async fn a_configuration_for_curl_takes_any_name_of_a_folder() {
    let desk = desk("en");
    let name = "a \"b\" c\\d e:f\ng'h";
    for arguments in [&["restore", "openssl-3des.p12"][..], &["export", "--format", "curl", "--out", name]] {
        let ended = desk.obn(arguments, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
    }
    insta::assert_snapshot!(std::fs::read_to_string(desk.path(name).join("curl.conf")).unwrap());
}

#[tokio::test]
async fn list_and_notices_tell_a_program_in_json() {
    let desk = desk("en").with("OBN_JSON", "1");
    let commands: &[&[&str]] =
        &[&["restore", "openssl-3des.p12"], &["list"], &["--now", "2029-04-19T09:00:00+09:00", "notices"]];
    insta::assert_snapshot!(conversation(&desk, commands).await);
}
