//! `obn renew` and `obn collect`, with the store and with files, and through a kill -9 at every step.

use std::sync::Arc;

use obn_client::{Password, PfxProfile};

use crate::command::Desk;
use crate::keeping::conversation;
use crate::portal::Portal;
use crate::renewal_site::{Fault, STEPS, Site, Step};

/// A desk with the old certificate as `old.p12`.
fn desk(site: &Site, portal: &Portal) -> Desk {
    let desk = Desk::before(portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_IDENTITY_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    desk
}

/// A desk with the old certificate in the store.
async fn desk_with_store(site: &Site, portal: &Portal) -> Desk {
    let desk = desk(site, portal).with("OBN_PASSWORD", "1234");
    let restored = desk.obn(&["restore", "old.p12", "--request-id", "202309010000001"], "").await;
    assert_eq!(restored.status, 0, "{}", restored.transcript);
    desk
}

const LIST: &[&str] = &["list"];
const RENEW: &[&str] = &["renew"];
const FILES: &[&str] = &["renew", "--identity", "old.p12", "--out", "new.p12"];

#[tokio::test]
async fn a_certificate_in_the_store_is_renewed_and_the_old_one_removed() {
    for language in ["en", "ja"] {
        let (site, portal) = Site::new().start().await;
        let desk = desk_with_store(&site, &portal).await.with("OBN_LANG", language);
        let commands: &[&[&str]] =
            &[LIST, &["notices"], RENEW, LIST, &["notices"], RENEW, &["remove", "202309010000001"], LIST];
        insta::assert_snapshot!(format!("renewing_{language}"), conversation(&desk, commands).await);
        assert_eq!(site.applications(), 1);
    }
}

#[tokio::test]
async fn a_certificate_in_a_file_is_renewed_into_a_file() {
    let (site, portal) = Site::new().start().await;
    let desk = desk(&site, &portal).with("OBN_JSON", "true");
    insta::assert_snapshot!(conversation(&desk, &[FILES, FILES]).await);
    assert_eq!(site.applications(), 1);
    assert!(!desk.path(".local").exists() && !desk.path("new.p12.renewal").exists());
}

#[tokio::test]
async fn a_renewal_that_is_killed_at_any_step_is_completed_by_the_next_run() {
    for step in STEPS {
        let (site, portal) = Site::new().with(step, Fault::Hang).start().await;
        let desk = desk_with_store(&site, &portal).await;
        desk.killed(RENEW, portal.hangs()).await;
        assert!(
            desk.obn(LIST, "").await.stdout.contains("* 202309010000001"),
            "{step:?}: the old one stays usable"
        );
        let again = desk.obn(RENEW, "").await;
        assert_eq!(again.status, 0, "{step:?}: {}", again.transcript);
        assert!(desk.obn(LIST, "").await.stdout.contains("* 202611230000001"), "{step:?}");
        assert_eq!(site.applications(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn a_renewal_between_files_that_is_killed_is_completed_by_the_next_run() {
    for step in [Step::Submit, Step::File] {
        let (site, portal) = Site::new().with(step, Fault::Hang).start().await;
        let desk = desk(&site, &portal);
        desk.killed(FILES, portal.hangs()).await;
        let again = desk.obn(FILES, "").await;
        assert_eq!(again.status, 0, "{step:?}: {}", again.transcript);
        assert_eq!(site.applications(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn a_refused_renewal_ends_with_1() {
    let (site, portal) = Site { refuses: Some("更新可能期間ではありません。"), ..Site::new() }.start().await;
    let desk = desk(&site, &portal);
    let ended = desk.obn(FILES, "").await;
    assert_eq!(ended.status, 1, "{}", ended.transcript);
    assert!(!desk.path("new.p12.renewal").exists());
}

#[tokio::test]
async fn nothing_is_asked_of_the_ca_that_can_t_be_kept() {
    let (site, portal) = Site::new().start().await;
    let desk = desk_with_store(&site, &portal).await;
    for out in ["--out=missing/new.p12", "--out=root.pem/new.p12"] {
        for command in ["renew", "collect"] {
            let ended = desk.obn(&[command, out], "").await;
            assert_eq!(ended.status, 2, "{command} {out}: {}", ended.transcript);
        }
    }
    assert!(portal.seen().is_empty());
}

#[tokio::test]
async fn what_was_renewed_elsewhere_is_collected() {
    let (site, portal) = Site::new().start().await;
    let desk = desk_with_store(&site, &portal).await;
    let mut transcript = conversation(&desk, &[&["collect"]]).await;
    apply(&site, &portal).await;
    transcript.push_str(&conversation(&desk, &[&["collect"], LIST]).await);
    insta::assert_snapshot!(transcript);
}

/// Applies and waits, as a person with a browser would have done.
async fn apply(site: &Arc<Site>, portal: &Portal) {
    let client = portal.client().identity(site.old.clone()).build().unwrap();
    client.apply_for_renewal().await.unwrap().issued(|_| ()).await.unwrap();
}
