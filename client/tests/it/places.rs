//! Where files may be written: over a regular file or nothing, never through a link, and beside nothing that a killed
//! run has left.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::authority::Authority;
use crate::command::Desk;
use crate::pages::{PASSWORD, REFERENCE_ID, REQUEST_ID, download_site};
use crate::portal::{Portal, Reply};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/openssl-3des.p12");

async fn portal() -> Portal {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    Portal::start(download_site(move |_, _| Reply::pfx(pfx.clone()))).await
}

/// A desk with a certificate in its store, and things in the way by the names that are given back.
async fn desk(portal: &Portal) -> (Desk, Vec<&'static str>) {
    let desk = Desk::before(portal).with("OBN_PASSWORD", PASSWORD).with("OBN_NEW_PASSWORD", "2468");
    assert_eq!(desk.obn(&["restore", FIXTURE], "").await.status, 0);
    std::fs::write(desk.path("precious"), "precious").unwrap();
    symlink("precious", desk.path("link")).unwrap();
    symlink("nowhere", desk.path("dangling")).unwrap();
    std::fs::create_dir_all(desk.path("missing-not/folder")).unwrap();
    let mut places = vec!["link", "dangling", "missing/file"];
    // mknod is root's alone.
    for (arguments, name) in [(&["fifo", "p"][..], "fifo"), (&["device", "c", "1", "3"], "device")] {
        let made = Command::new("mknod").args(arguments).current_dir(desk.path("")).output();
        if made.is_ok_and(|output| output.status.success()) {
            places.push(name);
        }
    }
    (desk, places)
}

fn assert_untouched(desk: &Desk) {
    assert_eq!(std::fs::read_to_string(desk.path("precious")).unwrap(), "precious");
    for link in ["link", "dangling"] {
        assert!(std::fs::symlink_metadata(desk.path(link)).unwrap().is_symlink());
    }
    assert!(!desk.path("nowhere").exists());
    if let Ok(fifo) = std::fs::symlink_metadata(desk.path("fifo")) {
        assert!(fifo.file_type().is_fifo());
    }
    if let Ok(device) = std::fs::symlink_metadata(desk.path("device")) {
        assert!(device.file_type().is_char_device());
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_not_replaced_and_nothing_is_asked() {
    let portal = portal().await;
    let (desk, places) = desk(&portal).await;
    let download = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID, "--force"];
    let commands: [&[&str]; 5] =
        [&download, &["renew", "--force"], &["collect", "--force"], &["root"], &["backup", "--force"]];
    for command in commands {
        for place in places.iter().chain(&["missing-not"]) {
            if command[0] == "backup" && *place == "missing-not" {
                continue;
            }
            let ended = desk.obn(&[command, &["--out", place]].concat(), "").await;
            assert_eq!(ended.status, 2, "{command:?} {place}: {}", ended.transcript);
            assert!(ended.transcript.contains(place), "{command:?} {place}: {}", ended.transcript);
            assert_untouched(&desk);
        }
    }
    assert!(portal.seen().is_empty());
    let told = desk.obn(&["--lang", "ja", "backup", "--out", "dangling"], "").await;
    assert!(told.transcript.contains("シンボリックリンク"), "{}", told.transcript);
}

#[tokio::test]
async fn an_export_writes_all_of_its_files_or_none() {
    let portal = portal().await;
    let (desk, _) = desk(&portal).await;
    std::fs::create_dir(desk.path("pem")).unwrap();
    symlink("../precious", desk.path("pem/root.pem")).unwrap();
    let ended = desk.obn(&["export", "--format", "openssl", "--out", "pem"], "").await;
    assert_eq!(ended.status, 2, "{}", ended.transcript);
    assert_eq!(std::fs::read_dir(desk.path("pem")).unwrap().count(), 1, "{}", ended.transcript);
    assert_untouched(&desk);
}

#[tokio::test]
async fn what_a_killed_run_has_left_is_cleared_by_the_next_one_and_nothing_else() {
    let portal = portal().await;
    let (desk, _) = desk(&portal).await;
    let store = desk.path(".local/share/obn");
    let ours = [".obn-a1B2c3", ".obn-000000"];
    let others = [".obn-a1B2c", ".obn-a1B2c34", ".obn-a.B2c3", "obn-a1B2c3", ".obn-used00"];
    for folder in [desk.path(""), store.clone()] {
        for name in ours.iter().chain(&others) {
            std::fs::write(folder.join(name), "half a key").unwrap();
        }
        std::fs::create_dir(folder.join(".obn-folder")).unwrap();
        symlink("precious", folder.join(".obn-linked")).unwrap();
    }
    let locks: Vec<_> = [desk.path(""), store.clone()]
        .iter()
        .map(|folder| {
            let file = std::fs::File::open(folder.join(".obn-used00")).unwrap();
            file.lock().unwrap();
            file
        })
        .collect();
    assert_eq!(desk.obn(&["backup", "--out", "backup.p12"], "").await.status, 0);
    assert_eq!(desk.obn(&["watch", "--once"], "").await.status, 0);
    for folder in [desk.path(""), store] {
        let there = |name: &&str| std::fs::symlink_metadata(folder.join(name)).is_ok();
        assert!(!ours.iter().any(&there), "{}", folder.display());
        assert!(others.iter().chain(&[".obn-folder", ".obn-linked"]).all(there));
    }
    drop(locks);
}

#[tokio::test]
async fn a_link_in_a_store_that_others_can_write_is_refused_before_anything_is_asked() {
    for (name, is_folder) in [(".lock", false), (REQUEST_ID, true), (".new-202012100001000", true)] {
        let portal = portal().await;
        let desk = Desk::before(&portal).with("OBN_PASSWORD", PASSWORD).with("OBN_STORE", "store");
        for folder in ["store", "elsewhere"] {
            std::fs::create_dir(desk.path(folder)).unwrap();
            std::fs::set_permissions(desk.path(folder), PermissionsExt::from_mode(0o777)).unwrap();
        }
        let target = if is_folder { "../elsewhere" } else { "../elsewhere/file" };
        symlink(target, desk.path("store").join(name)).unwrap();
        let download = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];
        let ended = desk.obn(&download, "").await;
        assert_eq!(ended.status, 2, "{name}: {}", ended.transcript);
        assert!(ended.transcript.contains(name), "{}", ended.transcript);
        assert!(portal.seen().is_empty());
        assert_empty(&desk.path("elsewhere"));
        // Where nobody else can write, it is not followed either.
        std::fs::set_permissions(desk.path("store"), PermissionsExt::from_mode(0o700)).unwrap();
        desk.obn(&download, "").await;
        assert_empty(&desk.path("elsewhere"));
    }
}

fn assert_empty(folder: &Path) {
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_pipe_in_the_store_holds_nobody_up() {
    let desk = Desk::new().with("OBN_PASSWORD", PASSWORD).with("OBN_JSON", "1");
    assert_eq!(desk.obn(&["restore", FIXTURE], "").await.status, 0);
    let entry = desk.path(".local/share/obn/202001010000001");
    std::fs::create_dir(&entry).unwrap();
    let made = Command::new("mkfifo").arg(entry.join("entry.json")).status().unwrap();
    assert!(made.success());
    let listed = desk.obn(&["list"], "").await;
    assert!(listed.transcript.contains("is a device, pipe or socket"), "{}", listed.transcript);
}
