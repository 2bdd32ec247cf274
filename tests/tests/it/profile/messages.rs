//! What pages say: one check for all, and a situation for each message.

use obn_ca::profile::{Profile, describe};
use obn_tests::{Browser, Environment, Page};

use super::ground::{EMAIL, Ground, RENEWABLE, notice, terminal};
use super::renewal::{of_renewal, request_id, stranger};
use super::table::{Look, Row, look, turn};

/// What no page says in a world without faults. Control answers with the names of the first three, for programs; instead
/// of the fourth, the user is sent to the status page; the last takes a world with 1,000 applications.
pub(crate) const UNSEEN: [&str; 5] = [
    "messages.renewal_finished",
    "messages.revocation_decided",
    "messages.application_decided",
    "messages.not_yet_issued",
    "messages.applications_full",
];

pub(crate) fn rows() -> Vec<Row> {
    let defaults = describe(&Profile::default());
    let situations: [(&'static str, &'static str, Look); 46] = [
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
        ("messages.institution_code_format", "", look!(application_mistyped)),
        ("messages.insurer_number_format", "", look!(insurer_mistyped)),
        ("messages.code_check_digit", "", look!(application_of_nobody)),
        ("messages.name_format", "", look!(application_mistyped)),
        ("messages.telephone_format", "", look!(application_mistyped)),
        ("messages.certificates_format", "", look!(application_mistyped)),
        ("messages.application_accepted", "", look!(application)),
        ("messages.application_accepted_next", "", look!(application)),
        // The same key where it stands on another page.
        ("messages.required", "", look!(no_password_for_the_key)),
    ];
    let filled = |text: &str| {
        text.replace("{opens_on}", "2029/11/25")
            .replace("{email}", "a@example.jp")
            .replace("{most}", "10")
            .replace("{field}", "証明書パスワード")
    };
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
    let env = Ground::start().await.world("", false).await;
    let notice = notice(&env, 0).await;
    env.browser().apply_for_revocation(&notice, EMAIL).await;
    let reject = format!("/revocations/{}/reject", notice.request_id);
    env.control.order(&reject).await;
    let decided = env.control.order(&reject).await.text();
    assert!(decided.contains("revocation_decided"), "{decided}");

    env.control.freeze(RENEWABLE).await;
    let request_id = request_id(&terminal(&env, 0).await.renew().await);
    let waiting = terminal(&env, 0).await.collect(&request_id, "1234").await.page();
    assert_eq!(waiting.heading(), "送信完了");
    env.control.advance("10s").await;
    let finished = env.control.order(&format!("/renewals/{request_id}/fail")).await.text();
    assert!(finished.contains("renewal_finished"), "{finished}");
}

/// All paragraphs, each between bars: the words of one message may stand inside another's.
fn said(page: &Page) -> String {
    format!("|{}|", page.texts("main p").join("|"))
}

async fn application(env: Environment) -> String {
    said(&env.browser().apply_for_certificates(EMAIL).await)
}

/// What the form for institutions says to this code, name, telephone number and number of certificates.
async fn applied(env: &Environment, [code, name, telephone, certificates]: [&str; 4]) -> String {
    let browser = env.browser();
    let form = browser.application_form(EMAIL).await;
    let form = form.fill("医療機関コードまたは受付番号", code).fill("医療機関等の名称", name);
    let form = form.fill("電話番号", telephone).fill("発行枚数", certificates);
    said(&browser.press(&form, "次へ").await.page())
}

async fn application_mistyped(env: Environment) -> String {
    applied(&env, ["12", &"あ".repeat(65), "110", "0"]).await
}

async fn application_of_nobody(env: Environment) -> String {
    applied(&env, ["0110119154", "診療所", "0111234567", "1"]).await
}

async fn insurer_mistyped(env: Environment) -> String {
    let browser = env.browser();
    let page = browser.open("/p/rcr").await;
    let page = browser.follow(&page, "医療保険者等").await;
    let form = page.form().fill("保険者番号または受付番号", "0110119153");
    said(&browser.press(&form, "次へ").await.page())
}

async fn rcd(env: Environment) -> String {
    said(&env.browser().open("/p/rcd").await)
}

/// What `/p/rcd` says to these IDs, the password and its confirmation.
async fn typed(env: &Environment, [request_id, reference_id, password, again]: [&str; 4]) -> String {
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().ids(request_id, reference_id);
    let form = form.fill("証明書パスワード", password).fill("証明書パスワード(確認用)", again);
    said(&browser.press(&form, "ダウンロード").await.page())
}

async fn nothing_typed(env: Environment) -> String {
    typed(&env, [""; 4]).await
}

async fn all_mistyped(env: Environment) -> String {
    typed(&env, ["12", "a", "x", "x"]).await
}

async fn two_passwords(env: Environment) -> String {
    typed(&env, ["202611230000001", "AAAAAAAAA1", "1234", "4321"]).await
}

async fn unknown_id(env: Environment) -> String {
    typed(&env, ["202611239999999", "AAAAAAAAA1", "1234", "1234"]).await
}

async fn tried(env: &Environment) -> String {
    typed(env, ["202611230000001", "AAAAAAAAA1", "1234", "1234"]).await
}

async fn wrong_reference(env: Environment) -> String {
    tried(&env).await
}

async fn tried_twice(env: Environment) -> String {
    tried(&env).await;
    tried(&env).await
}

async fn fetched(env: &Environment) -> String {
    said(&env.browser().download(&notice(env, 0).await, "1234").await.page())
}

async fn before_the_day(env: Environment) -> String {
    env.control.freeze("2026-11-22T01:00:00Z").await;
    fetched(&env).await
}

async fn after_the_window(env: Environment) -> String {
    env.control.freeze("2028-01-01T01:00:00Z").await;
    fetched(&env).await
}

async fn after_the_end(env: Environment) -> String {
    env.control.freeze("2031-01-01T01:00:00Z").await;
    fetched(&env).await
}

async fn revoke(env: &Environment) {
    env.control.revoke_for("unspecified", &notice(env, 0).await).await;
}

async fn fetched_revoked(env: Environment) -> String {
    revoke(&env).await;
    fetched(&env).await
}

async fn fetched_twice(env: Environment) -> String {
    let notice = notice(&env, 0).await;
    env.browser().download(&notice, "1234").await.pfx("1234");
    said(&env.browser().download(&notice, "4321").await.page())
}

async fn renewal_at_rcd(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    terminal(&env, 0).await.renew().await;
    env.control.advance("10s").await;
    let renewal = env.control.json("/renewals").await[0].clone();
    said(&env.browser().download(&of_renewal(&env, &renewal).await, "1234").await.page())
}

async fn door(browser: Browser) -> String {
    said(&browser.open("/p/ru").await)
}

async fn door_without(env: Environment) -> String {
    door(env.browser()).await
}

async fn door_foreign(env: Environment) -> String {
    door(stranger(&env)).await
}

async fn door_after_a_reset(env: Environment) -> String {
    let terminal = terminal(&env, 0).await;
    env.control.order("/reset").await;
    env.control.freeze(RENEWABLE).await;
    door(terminal).await
}

async fn door_early(env: Environment) -> String {
    env.control.freeze("2026-11-01T01:00:00Z").await;
    door(terminal(&env, 0).await).await
}

async fn door_late(env: Environment) -> String {
    env.control.freeze("2031-01-01T01:00:00Z").await;
    door(terminal(&env, 0).await).await
}

async fn door_revoked(env: Environment) -> String {
    revoke(&env).await;
    door(terminal(&env, 0).await).await
}

async fn rx_of_another(env: Environment) -> String {
    said(&terminal(&env, 0).await.identify(&notice(&env, 1).await).await)
}

async fn renew_early(env: Environment) -> String {
    said(&terminal(&env, 0).await.renew().await)
}

async fn renewed(env: &Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let request_id = request_id(&terminal(env, 0).await.renew().await);
    env.control.advance("10s").await;
    request_id
}

async fn renew_twice(env: Environment) -> String {
    renewed(&env).await;
    said(&terminal(&env, 0).await.renew().await)
}

async fn below_ru(env: &Environment, path: &str) -> Page {
    let browser = terminal(env, 0).await;
    browser.open("/p/ru").await;
    browser.open(path).await
}

async fn no_such_renewal(env: Environment) -> String {
    said(&below_ru(&env, "/p/ru/status/202611239999999").await)
}

async fn renewal_that_fails(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let request_id = request_id(&terminal(&env, 0).await.renew().await);
    env.control.order(&format!("/renewals/{request_id}/fail")).await;
    said(&below_ru(&env, &format!("/p/ru/status/{request_id}")).await)
}

async fn collect_late(env: Environment) -> String {
    let request_id = renewed(&env).await;
    env.control.advance("3d").await;
    said(&below_ru(&env, &format!("/p/ru/key/{request_id}")).await)
}

async fn no_password_for_the_key(env: Environment) -> String {
    let request_id = renewed(&env).await;
    let browser = terminal(&env, 0).await;
    browser.open("/p/ru").await;
    let page = browser.open(&format!("/p/ru/key/{request_id}")).await;
    said(&browser.submit(&page, "Submit").await)
}

async fn empty_list(env: Environment) -> String {
    said(&below_ru(&env, "/p/ru/list").await)
}

async fn at_rx(env: &Environment) -> String {
    said(&env.browser().identify(&notice(env, 0).await).await)
}

async fn revoke_revoked(env: Environment) -> String {
    revoke(&env).await;
    at_rx(&env).await
}

async fn revoke_expired(env: Environment) -> String {
    env.control.freeze("2031-01-01T01:00:00Z").await;
    at_rx(&env).await
}

async fn revoke_again(env: Environment) -> String {
    env.browser().apply_for_revocation(&notice(&env, 0).await, EMAIL).await;
    at_rx(&env).await
}

async fn revocation(env: Environment) -> String {
    said(&env.browser().apply_for_revocation(&notice(&env, 0).await, EMAIL).await)
}

async fn address(env: &Environment, typed: &str, again: &str) -> String {
    let browser = env.browser();
    let page = browser.identify(&notice(env, 0).await).await;
    said(&browser.state(&page, typed, again).await)
}

async fn bad_address(env: Environment) -> String {
    address(&env, "no address", "no address").await
}

async fn long_address(env: Environment) -> String {
    let long = format!("{}@example.jp", "a".repeat(65));
    address(&env, &long, &long).await
}

async fn two_addresses(env: Environment) -> String {
    address(&env, EMAIL, "b@example.jp").await
}
