//! Names in forms, layout, statuses and headers.

use super::support::{Site, mail};
use super::table::{Row, look, turn};

pub(crate) fn rows() -> Vec<Row> {
    let hidden = "[\"javax.faces.ViewState\", \"pageId\"]";
    vec![
        Row::new(
            "wire.paths",
            "\"struts\"",
            look!(paths),
            "/p/rcd, file, /p/rx, 証明書失効申請の受付完了",
            "/p/rcd/download.do, file, /p/rx/identify.do, 証明書失効申請の受付完了",
        ),
        Row::new("wire.cookie", "\"JSESSIONID\"", look!(cookie), "OBNSESSION, file", "JSESSIONID, file"),
        Row::new("wire.token", "\"_csrf\"", look!(token), "token, file", "_csrf, file"),
        Row::new("wire.request_id", "\"rid\"", look!(request_id), "requestId, file", "rid, file"),
        Row::new("wire.reference_id", "\"ref\"", look!(reference_id), "referenceId, file", "ref, file"),
        Row::new("wire.password", "\"pin\"", look!(password), "password, file", "pin, file"),
        Row::new(
            "wire.password_confirmation",
            "\"pin2\"",
            look!(password_confirmation),
            "passwordConfirmation, file",
            "pin2, file",
        ),
        Row::new("wire.submit", "\"action\"", look!(submit), "submit, file", "action, file"),
        Row::new(
            "wire_ru.state",
            "\"viewState\"",
            look!(state),
            "state, 証明書失効申請の受付完了",
            "viewState, 証明書失効申請の受付完了",
        ),
        Row::new(
            "wire_ru.email",
            "\"email\"",
            look!(email),
            "mailAddress, 証明書失効申請の受付完了",
            "email, 証明書失効申請の受付完了",
        ),
        Row::new(
            "wire_ru.email_confirmation",
            "\"email2\"",
            look!(email_confirmation),
            "mailAddressConfirmation, 証明書失効申請の受付完了",
            "email2, 証明書失効申請の受付完了",
        ),
        Row::new(
            "html.charset",
            "\"shift_jis\"",
            look!(charset),
            "UTF-8 UTF-8, file",
            "Shift_JIS Shift_JIS, file",
        ),
        Row::new("html.charset", "\"euc-jp\"", look!(charset), "UTF-8 UTF-8, file", "EUC-JP EUC-JP, file"),
        Row::new("html.layout", "\"stacked\"", look!(layout), "table", "stacked"),
        Row::new("html.extra_hidden", hidden, look!(hidden_fields), "1 hidden, file", "3 hidden, file"),
        Row::new("http.refusal_status", "400", look!(refusal_status), "200", "400"),
        Row::new("http.session_status", "440", look!(session_status), "200", "440"),
        Row::new("http.server", "\"Apache\"", look!(server), "none", "Apache"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_forms_and_answers_turn() {
    turn(rows()).await;
}

/// An attribute on the form at /p/rcd, and whether the form does its work.
async fn rcd(site: &Site, selector: &str) -> String {
    let browser = site.browser();
    let name = browser.open("/p/rcd").await.attribute(selector, "name").unwrap();
    format!("{name}, {}", browser.fetch(&site.notice(0).await, "1234").await.told())
}

/// The same of the second page at /p/rx.
async fn rx(site: &Site, selector: &str) -> String {
    let browser = site.browser();
    let notice = site.notice(0).await;
    let name = browser.identify(&notice).await.attribute(selector, "name").unwrap();
    format!("{name}, {}", browser.apply_for_revocation(&notice).await.what())
}

/// Where the first forms lead, and whether they do their work.
async fn paths(site: Site) -> String {
    let browser = site.browser();
    let notice = site.notice(0).await;
    let fetch = browser.open("/p/rcd").await.attribute("form", "action").unwrap();
    let file = browser.fetch(&notice, "1234").await.told();
    let identify = browser.open("/p/rx").await.attribute("form", "action").unwrap();
    format!("{fetch}, {file}, {identify}, {}", browser.apply_for_revocation(&notice).await.what())
}

async fn cookie(site: Site) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    let name = page.header("set-cookie").split('=').next().unwrap();
    format!("{name}, {}", browser.fetch(&site.notice(0).await, "1234").await.told())
}

async fn token(site: Site) -> String {
    rcd(&site, "input[type=hidden]").await
}

async fn request_id(site: Site) -> String {
    rcd(&site, "#request_id").await
}

async fn reference_id(site: Site) -> String {
    rcd(&site, "#reference_id").await
}

async fn password(site: Site) -> String {
    rcd(&site, "#password").await
}

async fn password_confirmation(site: Site) -> String {
    rcd(&site, "#password_confirmation").await
}

async fn submit(site: Site) -> String {
    rcd(&site, "button").await
}

async fn state(site: Site) -> String {
    rx(&site, "input[type=hidden] ~ input[type=hidden]").await
}

async fn email(site: Site) -> String {
    rx(&site, "#email").await
}

async fn email_confirmation(site: Site) -> String {
    rx(&site, "#email_confirmation").await
}

/// What the header and the page say, and whether the form does its work.
async fn charset(site: Site) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    let header = page.header("content-type").strip_prefix("text/html; charset=").unwrap().to_owned();
    let meta = page.attribute("meta[charset]", "charset").unwrap();
    assert_eq!(page.what(), "証明書の取得画面");
    format!("{header} {meta}, {}", browser.fetch(&site.notice(0).await, "1234").await.told())
}

async fn layout(site: Site) -> String {
    let page = site.browser().open("/p/rcd").await;
    if page.has("table.form #request_id") { "table" } else { "stacked" }.to_owned()
}

async fn hidden_fields(site: Site) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    let hidden = page.count("input[type=hidden]");
    format!("{hidden} hidden, {}", browser.fetch(&site.notice(0).await, "1234").await.told())
}

/// Beside a field, and as a page of its own.
async fn refusal_status(site: Site) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    let beside = browser.submit(&page, &[]).await.status;
    let notice = site.notice(0).await;
    let rx = browser.identify(&notice).await;
    let mistyped = browser.submit(&rx, &mail("no address", "")).await.status;
    site.revoke(&notice.serial, "unspecified").await;
    let alone = browser.fetch(&notice, "1234").await.status;
    assert_eq!([beside, beside], [mistyped, alone]);
    beside.as_u16().to_string()
}

async fn session_status(site: Site) -> String {
    let browser = site.browser();
    let page = browser.open("/p/rcd").await;
    site.advance("1d").await;
    browser.submit(&page, &[]).await.status.as_u16().to_string()
}

async fn server(site: Site) -> String {
    site.browser().open("/p/rcd").await.header("server").to_owned()
}
