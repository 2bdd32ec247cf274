//! Names in forms, layout, statuses and headers.

use obn_tests::{Environment, Page};

use super::ground::{applied_for_revocation, fetched, header, notice};
use super::table::{Row, look, turn};

const PRINTED: &str = "リクエスト ID リファレンス ID 証明書パスワード 証明書パスワード(確認用)";

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
        Row::new(
            "site.start_page",
            "false",
            look!(start_page),
            "200 電子証明書ダウンロードサイト, /p/rcr /p/rcd /p/ru /p/rx /p/cert /p/s",
            "404 404 Not Found, ",
        ),
        Row::new("site.says_simulated", "false", look!(simulated), "says so", "says nothing"),
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
        Row::new(
            "html.labels",
            "\"no_blank\"",
            look!(labels),
            PRINTED,
            "リクエストID リファレンスID 証明書パスワード 証明書パスワード(確認用)",
        ),
        Row::new(
            "html.labels",
            "\"full_width\"",
            look!(labels),
            PRINTED,
            "リクエストＩＤ リファレンスＩＤ 証明書パスワード 証明書パスワード（確認用）",
        ),
        Row::new(
            "html.labels",
            "\"half_width\"",
            look!(labels),
            PRINTED,
            "ﾘｸｴｽﾄID ﾘﾌｧﾚﾝｽID 証明書ﾊﾟｽﾜｰﾄﾞ 証明書ﾊﾟｽﾜｰﾄﾞ(確認用)",
        ),
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
async fn rcd(env: &Environment, selector: &str) -> String {
    let name = env.browser().open("/p/rcd").await.attribute(selector, "name").unwrap();
    format!("{name}, {}", fetched(env).await)
}

/// The same of the second page at /p/rx.
async fn rx(env: &Environment, selector: &str) -> String {
    let page = env.browser().identify(&notice(env, 0).await).await;
    let name = page.attribute(selector, "name").unwrap();
    format!("{name}, {}", applied_for_revocation(env).await)
}

/// Where the first forms lead, and whether they do their work.
async fn paths(env: Environment) -> String {
    let browser = env.browser();
    let [fetch, identify] =
        [browser.open("/p/rcd").await, browser.open("/p/rx").await].map(|page| page.form().action);
    let (file, revocation) = (fetched(&env).await, applied_for_revocation(&env).await);
    format!("{fetch}, {file}, {identify}, {revocation}")
}

async fn cookie(env: Environment) -> String {
    let answer = env.browser().get("/p/rcd").await;
    let name = answer.header("set-cookie").split('=').next().unwrap();
    // Each of these worlds has a port of its own.
    let name = name.strip_suffix(&format!("-{}", env.world().name())).unwrap();
    format!("{name}, {}", fetched(&env).await)
}

async fn token(env: Environment) -> String {
    rcd(&env, "input[type=hidden]").await
}

async fn request_id(env: Environment) -> String {
    rcd(&env, "#request_id").await
}

async fn reference_id(env: Environment) -> String {
    rcd(&env, "#reference_id").await
}

async fn password(env: Environment) -> String {
    rcd(&env, "#password").await
}

async fn password_confirmation(env: Environment) -> String {
    rcd(&env, "#password_confirmation").await
}

async fn submit(env: Environment) -> String {
    rcd(&env, "button").await
}

async fn state(env: Environment) -> String {
    rx(&env, "input[type=hidden] ~ input[type=hidden]").await
}

async fn email(env: Environment) -> String {
    rx(&env, "#email").await
}

async fn email_confirmation(env: Environment) -> String {
    rx(&env, "#email_confirmation").await
}

/// What the header and the page say, and whether the form does its work.
async fn charset(env: Environment) -> String {
    let answer = env.browser().get("/p/rcd").await;
    let header = answer.header("content-type").strip_prefix("text/html; charset=").unwrap();
    let meta = answer.page().attribute("meta[charset]", "charset").unwrap();
    assert_eq!(answer.page().heading(), "証明書の取得画面");
    format!("{header} {meta}, {}", fetched(&env).await)
}

async fn layout(env: Environment) -> String {
    let page = env.browser().open("/p/rcd").await;
    if page.attribute("table.form #request_id", "id").is_some() { "table" } else { "stacked" }.to_owned()
}

async fn labels(env: Environment) -> String {
    env.browser().open("/p/rcd").await.texts("label").join(" ")
}

async fn hidden_fields(env: Environment) -> String {
    let hidden = env.browser().open("/p/rcd").await.texts("input[type=hidden]").len();
    format!("{hidden} hidden, {}", fetched(&env).await)
}

/// Beside a field, and as a page of its own.
async fn refusal_status(env: Environment) -> String {
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    let beside = browser.press(&form, "ダウンロード").await.status;
    let notice = notice(&env, 0).await;
    let rx = browser.identify(&notice).await.form().email("no address", "");
    let mistyped = browser.press(&rx, "申請").await.status;
    env.control.revoke(&notice).await;
    let alone = browser.download(&notice, "1234").await.status;
    assert_eq!([beside, beside], [mistyped, alone]);
    beside.as_u16().to_string()
}

async fn session_status(env: Environment) -> String {
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    env.control.advance("1d").await;
    browser.press(&form, "ダウンロード").await.status.as_u16().to_string()
}

async fn server(env: Environment) -> String {
    header(&env.browser().get("/p/rcd").await, "server")
}

async fn start_page(env: Environment) -> String {
    let answer = env.browser().get("/").await;
    let page = Page::parse(&answer.text(), "/");
    let links = [
        "電子証明書発行申請",
        "証明書のダウンロード",
        "証明書の更新",
        "証明書の失効",
        "ルート証明書の取得",
        "MPKI クライアントの取得",
    ];
    let links = match answer.status.as_u16() {
        200 => links.map(|words| page.link(words)).join(" "),
        _ => String::new(),
    };
    format!("{} {}, {links}", answer.status.as_u16(), page.texts("h1").join(" "))
}

async fn simulated(env: Environment) -> String {
    let pages = ["/", "/p/rcd", "/p/rx"];
    let mut says = Vec::new();
    for path in pages {
        let page = env.browser().open(path).await;
        says.push(page.texts("footer") == ["シミュレーターの画面 (obn-ca)"]);
    }
    match says[..] {
        [true, true, true] => "says so".to_owned(),
        [false, false, false] => "says nothing".to_owned(),
        _ => format!("{says:?}"),
    }
}
