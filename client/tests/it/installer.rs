//! Manual 1.5 and 5.4: the installer of the MPKI client, and whether the site has a new one.

use obn_client::{Breach, Error};

use crate::command::Desk;
use crate::pages::page;
use crate::portal::{Portal, Reply};

const TYPE: &str = "application/octet-stream";

fn package(version: u8) -> Vec<u8> {
    [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[version; 512]].concat()
}

async fn site(version: u8) -> Portal {
    Portal::start(move |seen| match seen.path.as_str() {
        "/p/s" => Reply::file(TYPE, package(version)),
        _ => Reply::html("").status(404),
    })
    .await
}

#[tokio::test]
async fn a_new_installer_is_told_and_kept() {
    let portal = site(2).await;
    for (language, is_new, is_newest) in [
        ("en", "there is a new version of the MPKI client", "the MPKI client is up to date"),
        ("ja", "新しいバージョンがあります", "MPKIクライアントは最新です"),
    ] {
        let desk = Desk::before(&portal).with("OBN_LANG", language);
        std::fs::write(desk.path("installed.msi"), package(1)).unwrap();
        let update: &[&str] = &["installer", "--installed", "installed.msi"];
        let ended = desk.obn(update, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        assert!(ended.stdout.contains(is_new), "{}", ended.transcript);
        let kept = desk.path("CybertrustManagedPKIClient.msi");
        assert_eq!(std::fs::read(&kept).unwrap(), package(2));
        // What is there already is not replaced unasked.
        let ended = desk.obn(update, "").await;
        assert_eq!(ended.status, 2, "{}", ended.transcript);
        std::fs::rename(&kept, desk.path("installed.msi")).unwrap();
        let ended = desk.obn(update, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        assert!(ended.stdout.contains(is_newest), "{}", ended.transcript);
        assert!(!kept.exists(), "{}", ended.transcript);
    }
}

#[tokio::test]
async fn what_is_no_installer_is_not_taken_for_one() {
    let portal = Portal::start(|_| Reply::file(TYPE, b"MZ\x90\x00".to_vec())).await;
    let error = portal.client().build().unwrap().installer().await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::NotAnInstaller)), "{error:?}");

    let portal = Portal::start(|_| Reply::html(page("サービス停止中", ""))).await;
    let desk = Desk::before(&portal);
    let ended = desk.obn(&["installer", "--out", "new.msi"], "").await;
    assert_eq!(ended.status, 4, "{}", ended.transcript);
    assert!(ended.transcript.contains("サービス停止中"), "{}", ended.transcript);
    assert!(!desk.path("new.msi").exists());
}
