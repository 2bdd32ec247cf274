//! Pages of any shape: each is read or refused, in time that grows with its length alone.

use std::time::Duration;

use obn_client::{Breach, Error, Notice};

use crate::pages::{REFERENCE_ID, REQUEST_ID, page};
use crate::portal::{Portal, Reply};

/// Far more than any of these takes, even where the client is built without optimisation.
const AT_MOST: Duration = Duration::from_secs(60);

/// A quarter of the longest page that is read, or what `OBN_TESTS_PAGE_LENGTH` says.
fn length() -> usize {
    std::env::var("OBN_TESTS_PAGE_LENGTH").map_or(1 << 20, |length| length.parse().unwrap())
}

fn repeated(part: &str) -> String {
    part.repeat(length() / part.len())
}

fn numbered(part: impl Fn(usize) -> String) -> String {
    let (mut html, mut number) = (String::new(), 0);
    while html.len() < length() - 100 {
        html += &part(number);
        number += 1;
    }
    html
}

fn shapes() -> Vec<(&'static str, String)> {
    let field = "<label for=a>リクエスト ID</label><input id=a name=a>";
    vec![
        ("nested divs", repeated("<div>")),
        ("nested divs that end", {
            let depth = length() / 11;
            "<div>".repeat(depth) + &"</div>".repeat(depth)
        }),
        ("nested templates", repeated("<template>")),
        ("nested lists", repeated("<ul><li>x")),
        ("nested tables", repeated("<table><tr><td>x")),
        ("nested drawings", repeated("<svg><g><foreignObject>")),
        ("labels of one field", repeated("<label for=a>x</label>") + "<form><input id=a name=a></form>"),
        ("fields with one name", format!("<form>{}", repeated(field))),
        ("fields without a label", format!("<form>{}", repeated("<p>x<p><input name=a>"))),
        ("a field before nothing", format!("<form>{}<input name=a>", repeated("<br>"))),
        (
            "fields labelled by all",
            format!("<p id=a>x<form>{}", repeated("<input aria-labelledby='a a a a' name=a>")),
        ),
        ("options", format!("<form><select name=a>{}", repeated("<option>x"))),
        ("forms", repeated("<form><input name=a><button>ダウンロード</button></form>")),
        (
            "buttons",
            format!(
                "<form><input name=a value={}>{}",
                "x".repeat(length() / 2),
                "<button>ダウンロード</button>".repeat(length() / 80)
            ),
        ),
        ("links", repeated("<a href=x>ダウンロード</a>")),
        ("nested links", numbered(|number| format!("<a href={number}><b>x"))),
        ("one attribute", format!("<p title='{}'>", "x".repeat(length() - 100))),
        ("many attributes", format!("<p {}>", numbered(|number| format!("a{number} ")))),
        ("the same attribute", format!("<p {}>", repeated("a=1 "))),
        ("a tag without an end", format!("<p {}", repeated("a=\"b\"c"))),
        ("an end with attributes", format!("</p {}>", numbered(|number| format!("a{number} ")))),
        ("bodies", numbered(|number| format!("<body a{number}>"))),
        ("quotes", format!("<p {}", repeated("\""))),
        ("tables without an end", repeated("<table>x<b>")),
        ("foster parents", format!("<table>{}", repeated("<b>x<tr>"))),
        ("formatting", numbered(|number| format!("<p><b a={number}></p>"))),
        ("adoption", numbered(|number| format!("<b a={number}><p>x</b>"))),
        ("references", repeated("&lt;&#1;&notit;&")),
        ("comments", repeated("<!---->")),
        ("a comment", format!("<!--{}", repeated("a b "))),
        ("lines", repeated("\n")),
        ("nested blanks", "<div>".repeat(200) + &repeated(" \t")),
        ("nested text", "<div><li>".repeat(100) + &repeated("あいう: えお ")),
        ("one word", "<div>".repeat(200) + &repeated("あ")),
        ("zeros", repeated("\0")),
        ("ends", repeated("</p></b></br>")),
        (
            "a base",
            format!("<base href='/{}'>{}", "x".repeat(length() / 2), "<a href=x>y</a>".repeat(length() / 32)),
        ),
        ("a title", format!("<title>{}", repeated("x"))),
        ("headings", repeated("<h1>x</h1>")),
        ("alerts", repeated("<p role=alert>x</p>")),
        ("nested alerts", repeated("<div role=alert>x")),
        ("classes", format!("<p class='{}'>x", repeated("error "))),
        ("rows", format!("<table>{}", repeated("<tr><td>ステータス<td>x"))),
        ("cells", format!("<table><tr>{}", repeated("<td>x"))),
        ("paragraphs", repeated("<p>受け付けました")),
        ("scripts", repeated("<script>x</script>")),
        ("a script", format!("<script>{}", repeated("<!--<script>"))),
        ("text", repeated("plain text ")),
    ]
}

#[tokio::test]
async fn a_page_of_any_shape_is_read_or_refused() {
    let notice = Notice::new(REQUEST_ID.parse().unwrap(), REFERENCE_ID.parse().unwrap());
    for (what, html) in shapes() {
        let html = format!("<!DOCTYPE html>{html}");
        let portal = Portal::start(move |_| Reply::html(html.clone())).await;
        let client = portal.client().build().unwrap();
        let pin = "1234".parse().unwrap();
        let result = tokio::time::timeout(AT_MOST, client.download(&notice, &pin)).await;
        let error = result.unwrap_or_else(|_| panic!("{what} holds the client up")).unwrap_err();
        assert!(matches!(error, Error::Protocol(_) | Error::Refused(_)), "{what}: {error:?}");
        assert!(error.to_string().len() < 500_000, "{what}: {} bytes", error.to_string().len());
    }
}

/// What is refused is nothing that a page of the site comes near.
#[tokio::test]
async fn a_list_of_a_hundred_certificates_is_read() {
    let row = |number: usize| {
        format!(
            "<tr><td>2026112300{number:05}<td>発行済み<td><form method=post action=/p/ru/k><input type=hidden name=t value=x><button>Download Key</button></form>"
        )
    };
    let list = format!("<table>{}</table>", (0..100).map(row).collect::<String>());
    let menu = "<p><a href=/p/ru/new>証明書更新申請</a><p><a href=/p/ru/list>更新後証明書の取得</a>";
    let portal = Portal::start(move |seen| match seen.path.as_str() {
        "/p/ru/list" => Reply::html(page("更新後証明書の取得", &list)),
        "/p/ru" => Reply::html(page("更新申請", menu)),
        _ => Reply::html(page("証明書の取得画面", "<p>できません。")),
    })
    .await;
    let old = crate::authority::Authority::common_ca().identity("0110119153", (2023, 9, 1), (2026, 12, 1));
    let client = portal.client().identity(old).build().unwrap();
    let request_id = "202611230000099".parse().unwrap();
    let error = client.collect(Some(&request_id), &"1234".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_) | Error::Protocol(Breach::NoControl { .. })), "{error:?}");
    assert!(portal.seen().iter().any(|seen| seen.path == "/p/ru/k" && seen.field("t") == Some("x")));
}
