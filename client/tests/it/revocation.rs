//! Manual chapter 3 through the library and the command.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use obn_client::{Error, TransportError};

use crate::command::{Desk, in_both_languages};
use crate::pages::{REFERENCE_ID, REQUEST_ID, page, session_lost};
use crate::portal::{Portal, Reply, Seen};

const INPUT: &str = "証明書失効申請情報の入力画面";
const CONFIRM: &str = "証明書失効申請情報の入力内容確認画面";

fn ids(error: &str) -> Reply {
    Reply::html(page(
        INPUT,
        &format!(
            "{error}<form method=post action=/p/rx/1><table><tr><td>リクエスト ID<td><input name=q1>\
             <tr><td>リファレンス ID<td><input name=q2></table><input type=submit value=次へ></form>"
        ),
    ))
}

fn mail() -> Reply {
    Reply::html(page(
        INPUT,
        "<form method=post action=/p/rx/2><input type=hidden name=k value=v><dl><dt>申請者のメールアドレス<dd><input type=email name=m1>\
         <dt>メールアドレス(確認用)<dd><input type=email name=m2></dl><button name=go value=1>申請</button>\
         <button name=go value=0>戻る</button></form>",
    ))
}

fn confirm() -> Reply {
    Reply::html(page(
        CONFIRM,
        "<p>内容を確認し、「申請」をクリックしてください。</p><form method=post action=/p/rx/3><button name=z value=ok>申請</button>\
         <button name=z value=no>戻る</button></form>",
    ))
}

fn done() -> Reply {
    Reply::html(page("証明書失効申請完了", "<p>証明書失効申請を受け付けました。</p>"))
}

fn site(seen: &Seen) -> Reply {
    match seen.path.as_str() {
        "/p/rx" => ids(""),
        "/p/rx/1" if seen.field("q1") == Some(REQUEST_ID) && seen.field("q2") == Some(REFERENCE_ID) => mail(),
        "/p/rx/1" => ids("<p class=error>入力された情報が正しくありません。</p>"),
        "/p/rx/2"
            if seen.field("m1").is_some()
                && seen.field("m1") == seen.field("m2")
                && seen.field("go") == Some("1") =>
        {
            confirm()
        }
        "/p/rx/3" if seen.field("z") == Some("ok") => done(),
        _ => Reply::html("").status(404),
    }
}

async fn revoke(portal: &Portal, reference_id: &str) -> Result<obn_client::Revocation, Error> {
    let client = portal.client().build().unwrap();
    client
        .revoke(
            &REQUEST_ID.parse().unwrap(),
            &reference_id.parse().unwrap(),
            &"a@example.jp".parse().unwrap(),
        )
        .await
}

#[tokio::test]
async fn the_ids_and_an_address_make_an_application() {
    let portal = Portal::start(site).await;
    let revocation = revoke(&portal, REFERENCE_ID).await.unwrap();
    assert_eq!(revocation.messages, ["証明書失効申請を受け付けました。"]);
    assert_eq!(portal.seen()[2].field("k"), Some("v"));
    assert_eq!(portal.posts(), 3);
}

#[tokio::test]
async fn a_wrong_reference_id_is_refused_and_not_tried_again() {
    let portal = Portal::start(site).await;
    let Err(Error::Refused(refusal)) = revoke(&portal, "wrong12345").await else { panic!() };
    assert_eq!(refusal.messages, ["入力された情報が正しくありません。"]);
    assert_eq!(portal.posts(), 1);
}

#[tokio::test]
async fn a_session_that_is_lost_before_the_end_begins_again() {
    let lost = AtomicBool::new(false);
    let portal = Portal::start(move |seen| match seen.path.as_str() {
        "/p/rx/3" if !lost.swap(true, Ordering::SeqCst) => Reply::html(session_lost()),
        _ => site(seen),
    })
    .await;
    revoke(&portal, REFERENCE_ID).await.unwrap();
    assert_eq!(portal.posts(), 6);
}

#[tokio::test]
async fn a_connection_that_breaks_at_the_end_is_not_tried_again() {
    let sent = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&sent);
    let portal = Portal::start(move |seen| match seen.path.as_str() {
        "/p/rx/3" => {
            count.fetch_add(1, Ordering::SeqCst);
            done().cut_after(10)
        }
        _ => site(seen),
    })
    .await;
    let error = revoke(&portal, REFERENCE_ID).await.unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Interrupted { .. })), "{error:?}");
    assert_eq!(sent.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_last_page_that_tells_of_no_success_is_a_refusal() {
    for text in ["既に失効しています。", "ただ今アクセスが集中しています。"] {
        let portal = Portal::start(move |seen| match seen.path.as_str() {
            "/p/rx/3" => Reply::html(page("証明書失効申請", &format!("<p>{text}</p>"))),
            _ => site(seen),
        })
        .await;
        let Err(Error::Refused(refusal)) = revoke(&portal, REFERENCE_ID).await else { panic!("{text}") };
        assert_eq!(refusal.messages, [text]);
    }
}

#[tokio::test]
async fn the_command_revokes() {
    let portal = Portal::start(site).await;
    let arguments =
        ["revoke", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID, "--email", "a@example.jp"];
    insta::assert_snapshot!(in_both_languages(Desk::before(&portal), &arguments, "").await);
}

#[tokio::test]
async fn the_store_knows_the_reference_id_of_what_was_downloaded_into_it() {
    let pfx = crate::authority::Authority::common_ca().pfx("1234");
    let portal = Portal::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/p/rcd") => Reply::html(crate::pages::rcd(&[])),
        ("POST", "/p/rcd") => Reply::pfx(pfx.clone()),
        _ => site(seen),
    })
    .await;
    let desk = Desk::before(&portal).with("OBN_PASSWORD", "1234");
    let revoke = ["revoke", "--request-id", REQUEST_ID, "--email", "a@example.jp"];
    assert_eq!(desk.obn(&revoke, "").await.status, 2);
    let download = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];
    assert_eq!(desk.obn(&download, "").await.status, 0);
    let revoked = desk.obn(&revoke, "").await;
    assert_eq!(revoked.status, 0, "{}", revoked.transcript);
}
