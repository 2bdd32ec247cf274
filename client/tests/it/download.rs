//! Manual 1.1 through the library: the download page, and what can go wrong on it.

use obn_client::{Breach, Error, Excess, Notice, Pin, TransportError};

use crate::authority::{Authority, INSTITUTION};
use crate::pages::{self, PASSWORD, REFERENCE_ID, REQUEST_ID, download_site, session_lost};
use crate::portal::{Portal, Reply};

fn notice() -> Notice {
    Notice::new(REQUEST_ID.parse().unwrap(), REFERENCE_ID.parse().unwrap())
}

fn password() -> Pin {
    PASSWORD.parse().unwrap()
}

/// Downloads from a portal that answers as told, and hands back both.
async fn download(
    answer: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Portal, Result<obn_client::Download, Error>) {
    let portal = Portal::start(download_site(move |_, nth| answer(nth))).await;
    let result = portal.client().build().unwrap().download(&notice(), &password()).await;
    (portal, result)
}

#[tokio::test]
async fn a_notice_and_a_password_bring_the_identity() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let file = pfx.clone();
    let (portal, result) = download(move |_| Reply::pfx(file.clone())).await;
    let download = result.unwrap();
    assert_eq!(download.pfx, pfx);
    assert_eq!(download.identity.certificate().subject().institution_code(), Some(INSTITUTION));
    let sent = &portal.seen()[1];
    assert_eq!(sent.field("requestId"), Some(REQUEST_ID));
    assert_eq!(sent.field("referenceId"), Some(REFERENCE_ID));
    assert_eq!((sent.field("password"), sent.field("password2")), (Some(PASSWORD), Some(PASSWORD)));
    assert_eq!(sent.field("token"), Some("t0ken"));
    assert_eq!(sent.cookie.as_deref(), Some("JSESSIONID=s1"));
}

#[tokio::test]
async fn the_form_is_found_in_any_dress() {
    for dress in pages::dresses() {
        let pfx = Authority::common_ca().pfx(PASSWORD);
        let html = dress.html.clone();
        let portal = Portal::start(move |seen| match seen.method.as_str() {
            "POST" => Reply::pfx(pfx.clone()),
            _ => Reply::html(html.clone()),
        })
        .await;
        let result = portal.client().build().unwrap().download(&notice(), &password()).await;
        assert!(result.is_ok(), "{}: {result:?}", dress.name);
        let sent = &portal.seen()[1];
        let typed = dress.fields.map(|name| sent.field(name).unwrap_or_default().to_owned());
        assert_eq!(typed, [REQUEST_ID, REFERENCE_ID, PASSWORD, PASSWORD], "{}", dress.name);
        for (name, value) in dress.carried {
            assert_eq!(sent.field(name), Some(*value), "{}: {name}", dress.name);
        }
        let strangers =
            ["back", "never", "spam", "q"].iter().filter(|name| sent.field(name).is_some()).count();
        assert_eq!(strangers, 0, "{}: {:?}", dress.name, sent.form);
    }
}

#[tokio::test]
async fn a_page_in_shift_jis_is_read() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let html = pages::rcd(&[]).replace("charset=utf-8", "charset=Shift_JIS");
    let html = encoding_rs::SHIFT_JIS.encode(&html).0.into_owned();
    let portal = Portal::start(move |seen| match seen.method.as_str() {
        "POST" => Reply::pfx(pfx.clone()),
        _ => Reply {
            headers: vec![("content-type", "text/html".into())],
            body: html.clone(),
            ..Reply::html("")
        },
    })
    .await;
    portal.client().build().unwrap().download(&notice(), &password()).await.unwrap();
}

#[tokio::test]
async fn a_redirection_after_the_form_is_followed_with_the_cookies() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let portal = Portal::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", _) => Reply::redirect(303, "/p/file").header("set-cookie", "step=2; Path=/"),
        (_, "/p/file") => Reply::pfx(pfx.clone()),
        _ => Reply::html(pages::rcd(&[])).header("set-cookie", "step=1; Path=/"),
    })
    .await;
    portal.client().build().unwrap().download(&notice(), &password()).await.unwrap();
    assert_eq!(portal.seen()[2].cookie.as_deref(), Some("step=2"));
}

#[tokio::test]
async fn a_refusal_beside_the_fields_keeps_the_words_and_is_never_repeated() {
    let (portal, result) =
        download(|_| Reply::html(pages::rcd(&[("referenceId", "リファレンスIDが正しくありません。")]))).await;
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.heading, "証明書の取得画面");
    assert_eq!(refusal.messages, ["リファレンスIDが正しくありません。"]);
    assert_eq!(portal.posts(), 1);
}

#[tokio::test]
async fn a_refusal_that_no_markup_tells_apart_is_what_is_new_on_the_page() {
    let (_, result) = download(|_| {
        let page = pages::rcd(&[]).replace(
            "<h1>証明書の取得画面</h1>",
            "<h1>証明書の取得画面</h1><font color=red>入力に誤りがあります。</font>",
        );
        Reply::html(page)
    })
    .await;
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.messages, ["入力に誤りがあります。"]);
}

#[tokio::test]
async fn a_refusal_on_a_page_of_its_own_keeps_heading_and_words() {
    let (portal, result) = download(|_| {
        Reply::html(pages::page("エラー", "<p>ダウンロード可能期間を過ぎています。</p>")).status(403)
    })
    .await;
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!((refusal.heading.as_str(), refusal.http_status), ("エラー", 403));
    assert_eq!(refusal.messages, ["ダウンロード可能期間を過ぎています。"]);
    assert_eq!(portal.posts(), 1);
}

#[tokio::test]
async fn a_page_that_offers_the_file_by_a_link_is_gone_through() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let portal = Portal::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", _) => {
            Reply::html(pages::page("取得完了", "<p>準備ができました。</p><a href='/p/f'>ダウンロード</a>"))
        }
        (_, "/p/f") => Reply::pfx(pfx.clone()),
        _ => Reply::html(pages::rcd(&[])),
    })
    .await;
    portal.client().build().unwrap().download(&notice(), &password()).await.unwrap();
}

#[tokio::test]
async fn a_warning_that_was_there_before_is_not_the_reason_of_a_refusal() {
    let warning =
        |page: String| page.replace("</form>", "</form><p role=alert>パスワードを忘れないでください。</p>");
    let portal = Portal::start(move |seen| match seen.method.as_str() {
        "POST" => Reply::html(warning(pages::rcd(&[("password", "パスワードが一致しません。")]))),
        _ => Reply::html(warning(pages::rcd(&[]))),
    })
    .await;
    let result = portal.client().build().unwrap().download(&notice(), &password()).await;
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.messages, ["パスワードが一致しません。"]);
}

#[tokio::test]
async fn the_same_form_without_a_reason_breaks_the_protocol() {
    let (_, result) = download(|_| Reply::html(pages::rcd(&[]))).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::WrongPage { .. }))), "{result:?}");
}

#[tokio::test]
async fn a_lost_session_begins_again_at_the_first_page() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let (portal, result) = download(move |nth| match nth {
        0 => Reply::html(session_lost()),
        _ => Reply::pfx(pfx.clone()),
    })
    .await;
    result.unwrap();
    let steps: Vec<String> = portal.seen().iter().map(|seen| seen.method.clone()).collect();
    assert_eq!(steps, ["GET", "POST", "GET", "POST"]);
    assert_eq!(portal.seen()[2].cookie, None, "a closed browser forgets its session");
}

#[tokio::test]
async fn a_session_that_is_always_lost_ends_in_an_error() {
    let (portal, result) = download(|_| Reply::html(session_lost())).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::SessionLost(3)))), "{result:?}");
    assert_eq!(portal.posts(), 3);
}

#[tokio::test]
async fn a_download_that_arrives_broken_is_fetched_again() {
    type Damage = fn(Vec<u8>) -> Reply;
    let broken: [(&str, Damage); 5] = [
        ("cut off", |pfx| Reply::pfx(pfx).cut_after(700)),
        ("truncated", |mut pfx| {
            pfx.truncate(700);
            Reply::pfx(pfx)
        }),
        ("corrupted", |mut pfx| {
            let middle = pfx.len() / 2;
            pfx[middle] ^= 1;
            Reply::pfx(pfx)
        }),
        ("empty", |_| Reply::pfx(Vec::new())),
        ("another password", |_| Reply::pfx(Authority::common_ca().pfx("9999"))),
    ];
    for (name, fault) in broken {
        let pfx = Authority::common_ca().pfx(PASSWORD);
        let (portal, result) = download(move |nth| match nth {
            0 => fault(pfx.clone()),
            _ => Reply::pfx(pfx.clone()),
        })
        .await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!(portal.posts(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_always_arrives_broken_ends_in_an_error() {
    let (portal, result) = download(|_| Reply::pfx(b"0\x82not a PFX".to_vec())).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::NotPfx(_)))), "{result:?}");
    assert_eq!(portal.posts(), 3);
    let (portal, result) = download(|_| Reply::pfx(vec![0x30; 2000]).cut_after(100)).await;
    assert!(matches!(result, Err(Error::Transport(TransportError::Interrupted { .. }))), "{result:?}");
    assert_eq!(portal.posts(), 3);
}

#[tokio::test]
async fn a_file_under_a_wrong_content_type_is_still_a_file() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    let (_, result) = download(move |_| Reply {
        headers: vec![("content-type", "text/html; charset=UTF-8".into())],
        ..Reply::pfx(pfx.clone())
    })
    .await;
    result.unwrap();
}

#[tokio::test]
async fn a_page_under_the_file_s_content_type_is_still_a_page() {
    let (_, result) =
        download(|_| Reply::pfx(pages::page("エラー", "<p>取得できません。</p>").into_bytes())).await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_not_believed() {
    let (portal, result) = download(|_| Reply::pfx(Authority::named("Some Other CA").pfx(PASSWORD))).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::WrongIssuer(_)))), "{result:?}");
    assert_eq!(portal.posts(), 1, "the same CA would send the same again");
}

#[tokio::test]
async fn a_file_without_the_issuing_root_is_not_believed() {
    let (_, result) =
        download(|_| Reply::pfx(include_bytes!("../../../fixtures/pfx/openssl-noroot.p12").to_vec())).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::RootMissing))), "{result:?}");
}

#[tokio::test]
async fn a_page_that_lacks_a_field_is_named() {
    let portal = Portal::start(|_| {
        Reply::html(pages::page("証明書の取得画面", "<form method=post><label>リクエストID <input name=a></label><button>ダウンロード</button></form>"))
    })
    .await;
    let error = portal.client().build().unwrap().download(&notice(), &password()).await.unwrap_err();
    let Error::Protocol(Breach::NoField { field, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(*field, "リファレンスID");
}

#[tokio::test]
async fn a_page_that_says_the_service_is_closed_is_told_as_such() {
    let closed = || Reply::html(pages::page("メンテナンス", "<p>ただ今、サービスメンテナンス中です。</p>"));
    let portal = Portal::start(move |_| closed()).await;
    let error = portal.client().build().unwrap().download(&notice(), &password()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    let portal = Portal::start(move |_| closed().status(503)).await;
    let error = portal.client().build().unwrap().download(&notice(), &password()).await.unwrap_err();
    let Error::Transport(TransportError::OutOfService { message, .. }) = &error else { panic!("{error:?}") };
    assert!(message.contains("サービスメンテナンス中"), "{message}");
}

#[tokio::test]
async fn a_server_error_breaks_the_protocol() {
    for status in [404, 500] {
        let (_, result) = download(move |_| Reply::html(pages::page("Error", "")).status(status)).await;
        let Err(Error::Protocol(Breach::HttpStatus(told))) = result else { panic!("{result:?}") };
        assert_eq!(told, status);
    }
}

#[tokio::test]
async fn a_password_never_leaves_without_tls() {
    let (_, result) = download(|_| Reply::redirect(307, "http://localhost:1/p/rcd")).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::OtherOrigin { .. }))), "{result:?}");
}

#[tokio::test]
async fn redirections_in_a_circle_end() {
    let (portal, result) = download(|_| Reply::redirect(307, "/p/rcd")).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::Redirection(_)))), "{result:?}");
    assert!(portal.posts() <= 12);
}

#[tokio::test]
async fn a_site_that_never_answers_is_given_up() {
    let portal = Portal::start(|_| Reply { hangs: true, ..Reply::html("") }).await;
    let patience =
        obn_client::Patience { answer: std::time::Duration::from_millis(50), ..crate::portal::no_pauses() };
    let client = portal.client().patience(patience).build().unwrap();
    let error = client.download(&notice(), &password()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Timeout { .. })), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_the_end() {
    for (answer, excess) in [
        (Reply::pfx(vec![0x30; 17 << 20]), Excess::File),
        (Reply::html(format!("{}x", "<p>x</p>".repeat(1 << 19))), Excess::Page),
        (Reply::html(" ".repeat(5 << 20)), Excess::Page),
    ] {
        let (portal, result) = download(move |_| answer.clone()).await;
        let Err(Error::Protocol(Breach::TooMuch(told))) = result else { panic!("{result:?}") };
        assert_eq!(told, excess);
        assert_eq!(portal.posts(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_text_is_not_taken_for_a_refusal() {
    // As gzip begins, with a header or without one.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    for (coding, expected) in [
        ("gzip", Breach::Compressed),
        ("deflate", Breach::Compressed),
        ("br", Breach::Compressed),
        ("", Breach::NotText),
    ] {
        let answer = Reply { body: packed.clone(), ..Reply::html("") };
        let answer = if coding.is_empty() { answer } else { answer.header("content-encoding", coding) };
        let (portal, result) = download(move |_| answer.clone()).await;
        let Err(Error::Protocol(breach)) = result else { panic!("{coding}: {result:?}") };
        assert_eq!((breach, portal.posts()), (expected, 1), "{coding}");
    }
    let (_, result) = download(|_| {
        Reply::html(pages::rcd(&[("password", "だめです。")])).header("content-encoding", "identity")
    })
    .await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn that_the_ca_has_no_second_file_does_not_hide_what_is_wrong_with_the_first() {
    let (portal, result) = download(|nth| match nth {
        0 => Reply::pfx(b"0\x82not a PFX".to_vec()),
        _ => Reply::html(pages::page("エラー", "<p>すでに取得済みです。</p>")),
    })
    .await;
    assert!(matches!(result, Err(Error::Protocol(Breach::NotPfx(_)))), "{result:?}");
    assert_eq!(portal.posts(), 2);
}

#[tokio::test]
async fn a_lost_session_is_known_under_any_status() {
    for status in [200, 403, 440] {
        let pfx = Authority::common_ca().pfx(PASSWORD);
        let (portal, result) = download(move |nth| match nth {
            0 => Reply::html(session_lost()).status(status),
            _ => Reply::pfx(pfx.clone()),
        })
        .await;
        assert!(result.is_ok(), "{status}: {result:?}");
        assert_eq!(portal.posts(), 2);
    }
}
