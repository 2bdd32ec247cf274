//! Several `obn` with one store: none is held up by the site of another, and none renews what another does.

use std::io::{BufRead, BufReader};

use obn_client::{Clock, Origin, Password, PfxProfile, Store};

use crate::command::Desk;
use crate::pages::{REFERENCE_ID, REQUEST_ID, rcd};
use crate::portal::{Portal, Reply};
use crate::renewal_site::{Fault, Site, Step};

const OLD: &str = "202309010000001";

/// A desk with the old certificate in the store.
async fn desk(site: &Site, portal: &Portal) -> Desk {
    let desk = Desk::before(portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    let restored = desk.obn(&["restore", "old.p12", "--request-id", OLD], "").await;
    assert_eq!(restored.status, 0, "{}", restored.transcript);
    desk
}

/// Runs commands that change the store, in the time of a promise.
async fn assert_open(desk: &Desk) {
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/openssl-3des.p12");
    for arguments in [
        &["restore", other, "--request-id", "202601200000001"][..],
        &["list"],
        &["remove", "202601200000001", "--force"],
    ] {
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), desk.obn(arguments, "")).await;
        let ended = ended.expect("the store is not locked while the site takes its time");
        assert_eq!(ended.status, 0, "{}", ended.transcript);
    }
}

#[tokio::test]
async fn the_store_is_open_while_a_site_hangs() {
    for (step, command) in [(Step::Menu, "renew"), (Step::Status, "renew"), (Step::List, "collect")] {
        let (site, portal) = Site::new().with(step, Fault::Hang).start().await;
        let desk = desk(&site, &portal).await;
        let mut hanging = desk.command(&[command]).spawn().unwrap();
        portal.hangs().await;
        assert_open(&desk).await;
        hanging.kill().unwrap();
        hanging.wait().unwrap();
    }
    let portal = Portal::start(|seen| match seen.method.as_str() {
        "POST" => Reply { hangs: true, ..Reply::html("") },
        _ => Reply::html(rcd(&[])),
    })
    .await;
    let desk = Desk::before(&portal).with("OBN_PASSWORD", "1234");
    let download = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];
    let mut hanging = desk.command(&download).spawn().unwrap();
    portal.hangs().await;
    assert_open(&desk).await;
    hanging.kill().unwrap();
    hanging.wait().unwrap();
}

#[tokio::test]
async fn two_that_renew_at_once_apply_once() {
    for arguments in [&["renew"][..], &["renew", OLD]] {
        let (site, portal) = Site::new().start().await;
        let desk = desk(&site, &portal).await;
        let (one, other) = tokio::join!(desk.obn(arguments, ""), desk.obn(arguments, ""));
        for ended in [&one, &other] {
            assert_eq!(ended.status, 0, "{}", ended.transcript);
        }
        assert_eq!(site.applications(), 1, "{}\n{}", one.transcript, other.transcript);
        let list = desk.obn(&["list"], "").await;
        assert!(list.stdout.contains("* 202611230000001"), "{}", list.transcript);
    }
}

#[tokio::test]
async fn two_that_renew_the_same_file_at_once_apply_once() {
    let (site, portal) = Site::new().start().await;
    let desk = Desk::before(&portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_IDENTITY_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    let renew = ["renew", "--identity", "old.p12", "--out", "new.p12"];
    let (one, other) = tokio::join!(desk.obn(&renew, ""), desk.obn(&renew, ""));
    for ended in [&one, &other] {
        assert_eq!(ended.status, 0, "{}", ended.transcript);
    }
    assert_eq!(site.applications(), 1, "{}\n{}", one.transcript, other.transcript);
    let already = [&one, &other].iter().filter(|ended| ended.stdout.contains("renewed already")).count();
    assert_eq!(already, 1, "{}\n{}", one.transcript, other.transcript);
}

#[tokio::test]
async fn who_waits_for_another_says_so() {
    let (site, portal) = Site::new().with(Step::Menu, Fault::Hang).start().await;
    let desk = desk(&site, &portal).await;
    let mut hanging = desk.command(&["renew"]).spawn().unwrap();
    portal.hangs().await;
    let mut waiting = desk.command(&["renew"]).spawn().unwrap();
    let mut told = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let told = tokio::task::spawn_blocking(move || told.next().unwrap().unwrap()).await.unwrap();
    assert!(told.starts_with("obn: another obn is renewing the certificate"), "{told}");
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    // Whoever held it is gone, and so is the claim.
    let ended = tokio::task::spawn_blocking(move || waiting.wait()).await.unwrap().unwrap();
    assert!(ended.success());
    assert_eq!(site.applications(), 1);

    let store = Store::at(desk.path(".local/share/obn"));
    let locked = store.lock().unwrap();
    assert!(store.try_lock().unwrap().is_none());
    let mut waiting = desk.command(&["restore", "old.p12"]).spawn().unwrap();
    let mut told = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let told = tokio::task::spawn_blocking(move || told.next().unwrap().unwrap()).await.unwrap();
    assert!(told.starts_with("obn: another obn is changing the store"), "{told}");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    let now = Clock::fixed("2026-11-23T03:00:00Z".parse().unwrap());
    locked.add(&site.old, &pfx, &Origin::default(), &now).unwrap();
    drop(locked);
    let ended = tokio::task::spawn_blocking(move || waiting.wait()).await.unwrap().unwrap();
    assert!(ended.success());
}
