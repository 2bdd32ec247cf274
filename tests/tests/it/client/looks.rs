//! Our client walks the portal however it looks: by every key of the profile that is about looks, and behind a front that
//! changes the rest.

use obn_client::{Client, Clock, Identity, Notice as ClientNotice};
use obn_tests::{AT_ONCE, Clinic, Environment, NOON, RENEWING};

use super::disguise::Disguise;

/// Every name is another one, and every form has more fields.
const RENAMED: &str = r#"
[wire]
cookie = "JSESSIONID"
token = "org.apache.struts.taglib.html.TOKEN"
request_id = "f1"
reference_id = "f2"
password = "f3"
password_confirmation = "f4"
submit = "_eventId"
[wire_ru]
state = "javax.faces.ViewState"
email = "g1"
email_confirmation = "g2"
[html]
layout = "stacked"
extra_hidden = ["execution", "pageId"]
[issue]
delays = ["0s", "0s"]
"#;
/// Other ways for the pages of a renewal.
const OTHER_WAYS: &str = r#"
[issue]
delays = ["0s", "0s"]
moves_on = false
refresh = "0s"
[http]
refusal_status = 400
session_status = 403
server = "Apache"
[root_file]
as_page = true
[client_auth]
mode = "split"
"#;

/// Chapters 1, 2.2, 2.2.1, 3 and 5.3. `client` makes one for a moment and an identity.
async fn walk(env: &Environment, client: impl AsyncFn(&str, Option<&Identity>) -> Client) {
    let password = Clinic::pin();
    let notice = env.issue().await;
    let first = client(NOON, None).await;
    first.root_certificate().await.unwrap();
    let old = first.download(&notice.ids(), &password).await.unwrap().identity;
    old.verify().unwrap();

    env.control.freeze(RENEWING).await;
    let second = client(RENEWING, Some(&old)).await;
    let renewed = second.renew(&password, None, &mut ()).await.unwrap();
    let collected = second.collect(None, &password).await.unwrap();
    assert_eq!(collected.download.identity, renewed.download.identity);
    assert_eq!(env.control.json("/renewals").await.as_array().unwrap().len(), 1);

    let ClientNotice { request_id, reference_id, .. } = notice.ids();
    second.revoke(&request_id, &reference_id, &"clinic@example.jp".parse().unwrap()).await.unwrap();
    assert_eq!(env.control.json("/revocations").await.as_array().unwrap().len(), 1);
}

const SHIFT_JIS: &str = "html.charset = 'shift_jis'\nissue.delays = ['0s', '0s']\nissue.moves_on = false";
const EUC_JP: &str = "html.charset = 'euc-jp'\nissue.delays = ['0s', '0s']";

/// A client that sees the portal as it is.
fn straight(env: &Environment, now: &str, identity: Option<&Identity>) -> Client {
    let builder = env.client().clock(Clock::fixed(now.parse().unwrap()));
    let builder = match identity {
        Some(identity) => builder.identity(identity.clone()),
        None => builder,
    };
    builder.build().unwrap()
}

#[tokio::test]
async fn under_other_names_with_other_ways_and_in_other_encodings() {
    for profile in [RENAMED, OTHER_WAYS, SHIFT_JIS, EUC_JP] {
        let env = Environment::with(profile).await;
        walk(&env, async |now: &str, identity: Option<&Identity>| straight(&env, now, identity)).await;
    }
}

/// What the journal calls the steps of a walk, each with its path.
async fn steps(profile: &str) -> (Environment, Vec<(String, String)>) {
    let env = Environment::with(profile).await;
    walk(&env, async |now: &str, identity: Option<&Identity>| straight(&env, now, identity)).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let journal = env.control.json("/journal").await;
    let exchanges = journal.as_array().unwrap().iter().filter(|entry| entry["kind"] == "exchange");
    let steps = exchanges.map(|entry| (text(&entry["outcome"]), text(&entry["exchange"]["path"]))).collect();
    (env, steps)
}

#[tokio::test]
async fn at_other_addresses_the_steps_are_the_same_and_the_usual_addresses_are_gone() {
    let (_, usual) = steps(AT_ONCE).await;
    let (env, others) = steps(&format!("{AT_ONCE}\n[wire]\npaths = 'struts'")).await;
    let outcomes = |steps: &[(String, String)]| steps.iter().map(|step| step.0.clone()).collect::<Vec<_>>();
    assert_eq!(outcomes(&others), outcomes(&usual));
    let is_first = |path: &str| ["/p/rcd", "/p/ru", "/p/rx", "/p/cert"].contains(&path);
    for ((outcome, usual), (_, other)) in usual.iter().zip(&others) {
        if is_first(other) {
            assert_eq!(usual, other);
            continue;
        }
        assert!(other.ends_with(".do"), "{outcome} at {other}");
        let gone = if is_first(usual) { 405 } else { 404 };
        let posted = env.browser().send("POST".parse().unwrap(), usual, Default::default(), "").await;
        assert_eq!(posted.status, gone, "{usual}");
        if gone == 404 {
            assert_eq!(env.browser().get(usual).await.status, gone, "{usual}");
        }
    }
}

#[tokio::test]
async fn behind_other_markup_with_tokens_and_the_buttons_in_the_other_language() {
    let env = Environment::with(AT_ONCE).await;
    let client = async |now: &str, identity: Option<&Identity>| {
        Disguise::of(&env, identity).await.client(now, identity)
    };
    walk(&env, client).await;
}
