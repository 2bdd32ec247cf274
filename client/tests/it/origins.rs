//! IDs, passwords and the client certificate go to the site and to nobody else, wherever it leads.

use obn_client::{Breach, Error, Notice};

use crate::authority::{Authority, INSTITUTION};
use crate::command::Desk;
use crate::pages::{PASSWORD, REFERENCE_ID, REQUEST_ID, page, rcd};
use crate::portal::{Portal, Reply, Seen, Tls};

/// Another site, trusted like the first, which takes whatever comes.
async fn other() -> Portal {
    other_below(&Authority::common_ca()).await
}

/// The same, to which certificates of this CA are shown.
async fn other_below(ca: &Authority) -> Portal {
    let tls = Tls { client_ca_pem: Some(ca.pem.clone()), ..Tls::good() };
    Portal::start_with(tls, |_| Reply::html(page("証明書の取得画面", "<p>ありがとうございます。</p>"))).await
}

fn notice() -> Notice {
    Notice::new(REQUEST_ID.parse().unwrap(), REFERENCE_ID.parse().unwrap())
}

/// Downloads from a site that answers like this, and holds that the other one was told nothing.
async fn assert_refused(what: &str, other: &Portal, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) {
    let site = Portal::start(script).await;
    let client = site.client().root_pem(&other.root_pem).unwrap();
    let identity = Authority::common_ca().identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
    let client = client.identity(identity).build().unwrap();
    let result = client.download(&notice(), &PASSWORD.parse().unwrap()).await;
    let Err(Error::Protocol(Breach::OtherOrigin { own, other: named, .. })) = result else {
        panic!("{what}: {result:?}")
    };
    assert_eq!((own, named), (site.url.clone(), other.url.clone()), "{what}");
    assert!(other.seen().is_empty(), "{what}: {:?}", other.seen());
}

#[tokio::test]
async fn no_redirection_leads_to_another_origin() {
    let other = other().await;
    for status in [301, 302, 303, 307, 308] {
        for method in ["GET", "POST"] {
            let target = format!("{}/p/rcd", other.url);
            let script = move |seen: &Seen| match seen.method == method {
                true => Reply::redirect(status, &target),
                false => Reply::html(rcd(&[])),
            };
            assert_refused(&format!("{method} {status}"), &other, script).await;
        }
    }
}

#[tokio::test]
async fn no_form_leads_to_another_origin() {
    let other = other().await;
    let url = other.url.clone();
    let changes: [(&str, String, String); 5] = [
        ("action", "action=\"/p/rcd\"".to_owned(), format!("action=\"{url}/p/rcd\"")),
        (
            "an address without scheme",
            "action=\"/p/rcd\"".to_owned(),
            format!("action=\"{}/x\"", &url["https:".len()..]),
        ),
        ("base", "<head>".to_owned(), format!("<head><base href=\"{url}/p/\">")),
        (
            "formaction",
            "<button type=\"submit\"".to_owned(),
            format!("<button type=\"submit\" formaction=\"{url}/\""),
        ),
        (
            "a form that gets",
            "method=\"post\" action=\"/p/rcd\"".to_owned(),
            format!("action=\"{url}/p/rcd\""),
        ),
    ];
    for (what, from, to) in changes {
        let html = rcd(&[]).replace(&from, &to);
        assert!(html.contains(&to), "{what}");
        assert_refused(what, &other, move |_| Reply::html(html.clone())).await;
    }
}

#[tokio::test]
async fn no_link_leads_to_another_origin() {
    let other = other().await;
    let link = page("OK", &format!("<p><a href=\"{}/file\">ダウンロード</a></p>", other.url));
    let script = move |seen: &Seen| match seen.method.as_str() {
        "POST" => Reply::html(link.clone()),
        _ => Reply::html(rcd(&[])),
    };
    assert_refused("a link", &other, script).await;
    let page = page("ルート証明書", &format!("<p><a href=\"{}/root.cer\">ルート証明書</a></p>", other.url));
    let site = Portal::start(move |_| Reply::html(page.clone())).await;
    let client = site.client().root_pem(&other.root_pem).unwrap().build().unwrap();
    let error = client.root_certificate().await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::OtherOrigin { .. })), "{error:?}");
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn no_page_goes_on_by_itself_to_another_origin() {
    let ca = Authority::common_ca();
    let other = other_below(&ca).await;
    let status = format!(
        "<meta http-equiv=refresh content=\"0; url={}/p/ru\"><dl><dt>リクエスト ID<dd>202611230000001\
         <dt>証明書ステータス<dd>鍵生成中</dl>",
        other.url
    );
    let site = Portal::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", _) => Reply::html(page("送信完了", &status)),
        (_, "/p/ru/new") => {
            Reply::html(page("証明書更新申請", "<form method=post><button>Submit</button></form>"))
        }
        _ => Reply::html(page("更新申請", "<p><a href=/p/ru/new>証明書更新申請</a>")),
    })
    .await;
    let identity = ca.identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
    let client = site.client().root_pem(&other.root_pem).unwrap().identity(identity).build().unwrap();
    let mut renewal = client.apply_for_renewal().await.unwrap();
    let error = renewal.issued(|_| ()).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::OtherOrigin { .. })), "{error:?}");
    assert!(other.seen().is_empty());
}

/// `/p/ru` on a port of its own is the site's if the caller says so.
#[tokio::test]
async fn the_client_certificate_is_shown_to_the_second_origin_only_if_it_is_named() {
    let ca = Authority::common_ca();
    let other = other_below(&ca).await;
    let target = format!("{}/p/ru", other.url);
    let site = Portal::start(move |_| Reply::redirect(302, &target)).await;
    let identity = ca.identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
    let client = || site.client().root_pem(&other.root_pem).unwrap().identity(identity.clone());
    let pin = PASSWORD.parse().unwrap();
    let error = client().build().unwrap().collect(None, &pin).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::OtherOrigin { .. })), "{error:?}");
    assert!(other.seen().is_empty());
    let error = client().renewal_url(&other.url).build().unwrap().collect(None, &pin).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    assert_eq!(other.seen().len(), 1);
}

#[tokio::test]
async fn the_refusal_names_both_and_what_to_do() {
    let site = Portal::start(|_| Reply::redirect(307, "https://elsewhere.example/p/rcd")).await;
    for (language, words) in [("en", "nothing was sent there"), ("ja", "何も送信していません")] {
        let desk = Desk::before(&site).with("OBN_LANG", language).with("OBN_PASSWORD", PASSWORD);
        let ended =
            desk.obn(&["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID], "").await;
        assert_eq!(ended.status, 4, "{}", ended.transcript);
        for told in ["https://localhost:PORT", "https://elsewhere.example", words, "--renewal-url"] {
            assert!(ended.transcript.contains(told), "{told}: {}", ended.transcript);
        }
    }
}
