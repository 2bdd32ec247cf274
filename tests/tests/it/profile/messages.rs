//! What pages say: one check for all, and a situation for each message.

use obn_ca::profile::{Profile, describe};

use super::renewal::stranger;
use super::support::{Browser, Notice, Page, RENEWABLE, Site, download, mail, notice};
use super::table::{Look, Row, look, turn};

/// What no page says in a world without faults. Control answers with the names of the first two,
/// for programs; instead of the third, the user is sent to the status page.
pub(crate) const UNSEEN: [&str; 3] =
    ["messages.renewal_finished", "messages.revocation_decided", "messages.not_yet_issued"];

pub(crate) fn rows() -> Vec<Row> {
    let defaults = describe(&Profile::default());
    let situations: [(&'static str, &'static str, Look); 38] = [
        ("messages.required", "", look!(nothing_typed)),
        ("messages.request_id_format", "", look!(all_mistyped)),
        ("messages.reference_id_format", "", look!(all_mistyped)),
        ("messages.password_format", "", look!(all_mistyped)),
        ("messages.password_mismatch", "", look!(two_passwords)),
        ("messages.unknown_request_id", "", look!(unknown_id)),
        ("messages.wrong_reference_id", "", look!(wrong_reference)),
        ("messages.locked_out", "lockout.attempts = 1", look!(tried_twice)),
        ("messages.not_yet_open", "", look!(before_the_day)),
        ("messages.window_closed", "", look!(after_the_window)),
        ("messages.certificate_expired", "", look!(after_the_end)),
        ("messages.revoked", "", look!(fetched_revoked)),
        ("messages.already_downloaded", "download.redownload = \"once\"", look!(fetched_twice)),
        ("messages.password_differs", "download.redownload = \"same_password_only\"", look!(fetched_twice)),
        ("messages.already_revoked", "", look!(revoke_revoked)),
        ("messages.maintenance", "maintenance.windows = [\"2026-11-23T00:00/2026-11-24T00:00\"]", look!(rcd)),
        ("messages.handed_out_at_renewal", "", look!(renewal_at_rcd)),
        ("messages.no_client_certificate", "", look!(door_without)),
        ("messages.foreign_client_certificate", "", look!(door_foreign)),
        ("messages.unknown_client_certificate", "", look!(door_after_a_reset)),
        ("messages.client_certificate_not_yet_valid", "", look!(door_early)),
        ("messages.client_certificate_expired", "", look!(door_late)),
        ("messages.client_certificate_revoked", "", look!(door_revoked)),
        ("messages.other_client_certificate", "client_auth.rx = true", look!(rx_of_another)),
        ("messages.renewal_not_open", "", look!(renew_early)),
        ("messages.already_renewed", "", look!(renew_twice)),
        ("messages.unknown_renewal", "", look!(no_such_renewal)),
        ("messages.renewal_failed", "", look!(renewal_that_fails)),
        ("messages.pickup_closed", "renewal.pickup_days = 1", look!(collect_late)),
        ("messages.no_renewed_certificates", "", look!(empty_list)),
        ("messages.nothing_to_revoke", "", look!(revoke_expired)),
        ("messages.revocation_pending", "", look!(revoke_again)),
        ("messages.revocation_accepted", "", look!(revocation)),
        ("messages.revocation_accepted_next", "", look!(revocation)),
        ("messages.email_format", "", look!(bad_address)),
        ("messages.email_too_long", "", look!(long_address)),
        ("messages.email_mismatch", "", look!(two_addresses)),
        // The same key where it stands on another page.
        ("messages.required", "", look!(no_password_for_the_key)),
    ];
    let filled = |text: &str| text.replace("{opens_on}", "2029/11/25").replace("{email}", "a@example.jp");
    let row = |(key, with, look): (&'static str, &'static str, Look)| {
        let default = defaults.iter().find(|it| it.key == key).and_then(|it| it.value.as_str());
        let default = default.unwrap_or_else(|| panic!("{key} is no key with a text"));
        let kept = default.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
        let other = format!("TURNED{}", kept.map_or(String::new(), |(name, _)| format!(" {{{name}}}")));
        let paragraph = |text: &str| format!("|{}|", filled(text));
        let row = Row::new(key, &format!("{other:?}"), look, &paragraph(default), &paragraph(&other));
        row.with(with).within()
    };
    situations.into_iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_is_said_in_its_situation_in_the_words_of_the_profile() {
    turn(rows()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_finished_is_told_by_name_and_what_is_too_early_by_the_status() {
    let ground = super::support::Ground::start().await;
    let site = ground.site("", false).await;
    let notice = site.notice(0).await;
    site.browser().apply_for_revocation(&notice).await;
    let reject = format!("/revocations/{}/reject", notice.request_id);
    site.post(&reject).await;
    let decided = site.post(&reject).await.1;
    assert!(decided.to_string().contains("revocation_decided"), "{decided}");

    site.at(RENEWABLE).await;
    let request_id = site.terminal(0).renew().await.request_id();
    assert_eq!(site.terminal(0).collect(&request_id).await.what(), "送信完了");
    site.advance("10s").await;
    let finished = site.post(&format!("/renewals/{request_id}/fail")).await.1;
    assert!(finished.to_string().contains("renewal_finished"), "{finished}");
}

/// All paragraphs, each between bars: the words of one message may stand inside another's.
fn said(page: &Page) -> String {
    format!("|{}|", page.text("main p"))
}

async fn rcd(site: Site) -> String {
    said(&site.browser().open("/p/rcd").await)
}

async fn typed(site: &Site, typed: &[(&str, &str)]) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    said(&browser.submit(&page, typed).await)
}

async fn nothing_typed(site: Site) -> String {
    typed(&site, &[]).await
}

async fn all_mistyped(site: Site) -> String {
    typed(&site, &download("12", "a", "x")).await
}

async fn two_passwords(site: Site) -> String {
    let mut fields = download("202611230000001", "AAAAAAAAA1", "1234");
    fields[3].1 = "4321";
    typed(&site, &fields).await
}

async fn unknown_id(site: Site) -> String {
    typed(&site, &download("202611239999999", "AAAAAAAAA1", "1234")).await
}

async fn wrong_reference(site: Site) -> String {
    typed(&site, &download("202611230000001", "AAAAAAAAA1", "1234")).await
}

async fn tried_twice(site: Site) -> String {
    wrong_reference(site.clone()).await;
    wrong_reference(site).await
}

async fn fetched(site: &Site) -> String {
    said(&site.browser().fetch(&site.notice(0).await, "1234").await)
}

async fn before_the_day(site: Site) -> String {
    site.at("2026-11-22T01:00:00Z").await;
    fetched(&site).await
}

async fn after_the_window(site: Site) -> String {
    site.at("2028-01-01T01:00:00Z").await;
    fetched(&site).await
}

async fn after_the_end(site: Site) -> String {
    site.at("2031-01-01T01:00:00Z").await;
    fetched(&site).await
}

async fn revoke(site: &Site) {
    site.revoke(&site.notice(0).await.serial, "unspecified").await;
}

async fn fetched_revoked(site: Site) -> String {
    revoke(&site).await;
    fetched(&site).await
}

async fn fetched_twice(site: Site) -> String {
    fetched(&site).await;
    said(&site.browser().fetch(&site.notice(0).await, "4321").await)
}

async fn renewal_at_rcd(site: Site) -> String {
    site.at(RENEWABLE).await;
    site.terminal(0).renew().await;
    site.advance("10s").await;
    let mut renewal = site.get("/renewals").await[0].clone();
    renewal["serial"] = serde_json::json!("");
    said(&site.browser().fetch(&notice(&renewal), "1234").await)
}

async fn door(browser: Browser) -> String {
    said(&browser.open("/p/ru").await)
}

async fn door_without(site: Site) -> String {
    door(site.browser()).await
}

async fn door_foreign(site: Site) -> String {
    door(stranger(&site)).await
}

async fn door_after_a_reset(site: Site) -> String {
    site.post("/reset").await;
    site.at(RENEWABLE).await;
    door(site.terminal(0)).await
}

async fn door_early(site: Site) -> String {
    site.at("2026-11-01T01:00:00Z").await;
    door(site.terminal(0)).await
}

async fn door_late(site: Site) -> String {
    site.at("2031-01-01T01:00:00Z").await;
    door(site.terminal(0)).await
}

async fn door_revoked(site: Site) -> String {
    revoke(&site).await;
    door(site.terminal(0)).await
}

async fn rx_of_another(site: Site) -> String {
    said(&site.terminal(0).identify(&site.notice(1).await).await)
}

async fn renew_early(site: Site) -> String {
    said(&site.terminal(0).renew().await)
}

async fn renewed(site: &Site) -> String {
    site.at(RENEWABLE).await;
    let request_id = site.terminal(0).renew().await.request_id();
    site.advance("10s").await;
    request_id
}

async fn renew_twice(site: Site) -> String {
    renewed(&site).await;
    said(&site.terminal(0).renew().await)
}

async fn below_ru(site: &Site, path: &str) -> Page {
    let browser = site.terminal(0);
    browser.open("/p/ru").await;
    browser.open(path).await
}

async fn no_such_renewal(site: Site) -> String {
    said(&below_ru(&site, "/p/ru/status/202611239999999").await)
}

async fn renewal_that_fails(site: Site) -> String {
    site.at(RENEWABLE).await;
    let request_id = site.terminal(0).renew().await.request_id();
    site.post(&format!("/renewals/{request_id}/fail")).await;
    said(&below_ru(&site, &format!("/p/ru/status/{request_id}")).await)
}

async fn collect_late(site: Site) -> String {
    let request_id = renewed(&site).await;
    site.advance("3d").await;
    said(&below_ru(&site, &format!("/p/ru/key/{request_id}")).await)
}

async fn no_password_for_the_key(site: Site) -> String {
    let request_id = renewed(&site).await;
    let browser = site.terminal(0);
    browser.open("/p/ru").await;
    let page = browser.open(&format!("/p/ru/key/{request_id}")).await;
    said(&browser.submit(&page, &[]).await)
}

async fn empty_list(site: Site) -> String {
    said(&below_ru(&site, "/p/ru/list").await)
}

async fn at_rx(site: &Site) -> String {
    said(&site.browser().identify(&site.notice(0).await).await)
}

async fn revoke_revoked(site: Site) -> String {
    revoke(&site).await;
    at_rx(&site).await
}

async fn revoke_expired(site: Site) -> String {
    site.at("2031-01-01T01:00:00Z").await;
    at_rx(&site).await
}

async fn revoke_again(site: Site) -> String {
    site.browser().apply_for_revocation(&site.notice(0).await).await;
    at_rx(&site).await
}

async fn revocation(site: Site) -> String {
    said(&site.browser().apply_for_revocation(&site.notice(0).await).await)
}

async fn address(site: &Site, typed: [(&str, &str); 2]) -> String {
    let browser = site.browser();
    let notice: Notice = site.notice(0).await;
    let page = browser.identify(&notice).await;
    said(&browser.submit(&page, &typed).await)
}

async fn bad_address(site: Site) -> String {
    address(&site, mail("no address", "no address")).await
}

async fn long_address(site: Site) -> String {
    let long = format!("{}@example.jp", "a".repeat(65));
    address(&site, mail(&long, &long)).await
}

async fn two_addresses(site: Site) -> String {
    address(&site, mail("a@example.jp", "b@example.jp")).await
}
