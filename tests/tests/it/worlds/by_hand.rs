//! World files that a person, or chance, has changed: refused when they are read, with the place of what is wrong, or
//! worlds that never fail later.

use std::sync::LazyLock;

use obn_tests::{Environment, RENEWING};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const PROFILE: &str = "pfx.iterations = 1\nlockout.attempts = 3\nrenewal.max = 5\ncrl.period = \"1h\"";
const EMAIL: &str = "tanto@clinic.example.jp";

/// A world with one of everything.
async fn full(env: &Environment) -> Value {
    let (renewing, revoked, pending) = (env.issue().await, env.issue().await, env.issue().await);
    let terminal = env.terminal(&renewing).await;
    env.control.freeze(RENEWING).await;
    // One issued, one that failed, one on hold.
    for order in ["advance", "fail", "hold"] {
        assert_eq!(terminal.renew().await.heading(), "送信完了");
        let renewals = env.control.json("/renewals").await;
        let last = renewals.as_array().unwrap().last().unwrap()["request_id"].as_str().unwrap().to_owned();
        for _ in 0..if order == "advance" { 2 } else { 1 } {
            assert_eq!(env.control.order(&format!("/renewals/{last}/{order}")).await.status, 200);
        }
    }
    for notice in [&revoked, &pending] {
        env.browser().apply_for_revocation(notice, EMAIL).await;
    }
    let approve = format!("/revocations/{}/approve", revoked.request_id);
    assert_eq!(env.control.order(&approve).await.status, 200);
    // One that waits for Monday, one in the post.
    for approved in [false, true] {
        env.browser().apply_for_certificates(EMAIL).await;
        if approved {
            assert_eq!(env.control.order("/applications/A20291201-0002/approve").await.status, 200);
        }
    }
    let wrong = obn_tests::Notice { reference_id: "FPwNiG5g4r".to_owned(), ..pending };
    env.browser().download(&wrong, "1234").await;
    env.control
        .fault(&json!({"name": "x", "match": {"path": "/nowhere"}, "effect": {"kind": "delay", "by": "0s"}}))
        .await;
    env.control.json("/world").await
}

#[tokio::test]
async fn what_could_not_go_on_is_refused_with_its_place() {
    let env = Environment::with(PROFILE).await;
    let file = full(&env).await;
    let certificate = file["certificates"][1].clone();
    let early = json!("-000001-01-01T00:00:00Z");
    let cases: Vec<(&str, Value, &str)> = vec![
        (
            "/certificates/0/record/certificate/not_before",
            early.clone(),
            "certificates[0].record.certificate.not_before",
        ),
        (
            "/certificates/0/record/certificate/not_after",
            json!("9999-12-30T00:00:00Z"),
            "certificate.not_after",
        ),
        (
            "/certificates/0/record/certificate/not_after",
            json!("2001-01-01T00:00:00Z"),
            "not_after: it must not lie before",
        ),
        (
            "/certificates/0/record/certificate/not_before",
            json!("2026-11-23T00:00:00Z"),
            "its serial number or its dates",
        ),
        (
            "/certificates/0/record/certificate/serial",
            json!("00000000000000000000000000000000"),
            "certificate.serial",
        ),
        ("/certificates/0/record/certificate/number", json!(0), "certificate.number"),
        ("/certificates/0/record/certificate/number", json!(99), "certificate.number"),
        (
            "/certificates/1/record/certificate/revocation/at",
            early.clone(),
            "certificates[1].record.certificate.revocation.at",
        ),
        ("/certificates/0/record/certificate/subject/0/1", json!("日本"), "certificate.subject"),
        ("/certificates/0/record/notice/issued_on", json!("-009999-01-01"), "notice.issued_on"),
        ("/certificates/0/record/notice/valid_until", json!("2020-01-01"), "notice.valid_until"),
        ("/certificates/0/record/notice/download_until", json!("9999-12-31"), "notice.download_until"),
        ("/certificates/0/record/notice/terminal_name", json!("a\nb"), "notice.terminal_name"),
        ("/certificates/0/record/notice/request_id", json!("1"), "certificates[0].record.notice.request_id"),
        ("/certificates/0/record/downloads/last_at", early.clone(), "downloads.last_at"),
        ("/certificates/0/record/downloads/count", json!(u32::MAX), "downloads.count"),
        ("/certificates/0/material", certificate["material"].clone(), "certificates[0].material.certificate"),
        ("/certificates/1", file["certificates"][0].clone(), "it is there twice"),
        ("/renewals/0/accepted_at", early.clone(), "renewals[0].accepted_at"),
        ("/renewals/0/course", json!({"failed": {"at": RENEWING}}), "renewals[0].course"),
        ("/renewals/2/course", json!({"issued": {"at": RENEWING}}), "renewals[2].course"),
        ("/renewals/1/course", json!({"failed": {"at": early}}), "renewals[1].course"),
        ("/renewals/1/sequence", json!(1), "renewals: the sequence numbers"),
        ("/renewals/2/predecessor", json!("40000000000000000000000000000001"), "renewals[2].predecessor"),
        ("/renewals/2/serial", file["renewals"][1]["serial"].clone(), "renewals[2].serial"),
        ("/revocations/0/serial", json!("40000000000000000000000000000001"), "revocations[0].serial"),
        ("/revocations/0/decision/at", early.clone(), "revocations[0].decision.at"),
        ("/revocations/1/sequence", json!(7), "revocations: the sequence numbers"),
        ("/revocations/1/email", json!("nobody"), "revocations[1].email"),
        ("/applications/0/number", json!("A20291201-0009"), "applications[0].number"),
        ("/applications/0/number", json!("A20291201-0002"), "applications[1].number: it is there twice"),
        (
            "/applications/0/submission",
            file["applications"][1]["submission"].clone(),
            "applications[1].submission",
        ),
        ("/applications/0/accepted_at", early.clone(), "applications[0].accepted_at"),
        ("/applications/0/course", json!({"cancelled": {"at": early}}), "applications[0].course"),
        (
            "/applications/0/course",
            file["applications"][1]["course"].clone(),
            "applications[1].course: each of its",
        ),
        ("/applications/0/form/certificates", json!(0), "applications[0].form.certificates"),
        ("/applications/0/form/holder", json!("1"), "applications[0].form.holder"),
        ("/applications/0/form/telephone", json!("110"), "applications[0].form.telephone"),
        ("/applications/1/form/certificates", json!(2), "applications[1].course: it must name as many"),
        (
            "/applications/1/course/posted/request_ids/0",
            json!("202911300000099"),
            "applications[1].course: each of its",
        ),
        ("/mails/0/number", json!(u64::MAX), "mails[0].number"),
        ("/mails/0/date", early.clone(), "mails[0].date"),
        ("/attempts/0/1/failures", json!(u32::MAX), "attempts[0]"),
        ("/counters/0/1", json!(u64::MAX), "counters[0]"),
        ("/counters/1", file["counters"][0].clone(), "counters[1]: it is there twice"),
        ("/journal/0/sequence", json!(0), "journal[0].sequence"),
        ("/journal/1/sequence", json!(9), "journal[1].sequence"),
        ("/journal/0/time", early.clone(), "journal[0].time"),
        ("/faults/0/id", json!(u64::MAX), "faults[0].id"),
        ("/faults/0/rule/name", json!(""), "faults[0].rule"),
        ("/settings/session_epoch", json!(u64::MAX), "settings.session_epoch"),
        ("/settings/clock", json!({"mode": "frozen", "now": early}), "settings.clock"),
        ("/settings/ca/certificate", certificate["material"]["certificate"].clone(), "settings.ca"),
        ("/settings/ca/key", certificate["material"]["key"].clone(), "settings.ca"),
        ("/settings/profile/ca/not_before", early.clone(), "profile: ca.not_before"),
        ("/format", json!("obn-ca world 2"), "a world file of format \"obn-ca world 2\""),
        ("/settings", json!([]), "settings"),
    ];
    let before = env.control.text("/certificates").await;
    for (place, value, told) in cases {
        let mut changed = file.clone();
        *changed.pointer_mut(place).expect(place) = value.clone();
        for answer in [
            env.control.put("/world", &changed).await,
            env.control.post("/worlds", &json!({"name": "one", "file": changed})).await,
        ] {
            let detail = answer.json::<Value>()["detail"].as_str().unwrap().to_owned();
            assert_eq!(answer.status, 422, "{place} = {value}: {detail}");
            assert!(detail.contains(told), "{place} = {value}: {detail}");
        }
    }
    // A key that isn't there yet is made for what the record says: so it must be possible.
    let mut unsigned = file.clone();
    unsigned["certificates"][0]["material"] = Value::Null;
    unsigned["certificates"][0]["record"]["certificate"]["not_before"] = early;
    assert_eq!(env.control.put("/world", &unsigned).await.status, 422);
    assert_eq!(env.control.text("/certificates").await, before);
    assert_eq!(env.control.put("/world", &file).await.status, 204);
}

/// The paths of all values but those of the profile, which has bounds and tests of its own.
fn places(value: &Value, path: &str, places: &mut Vec<String>) {
    if path == "/settings/profile" {
        return;
    }
    places.push(path.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places_below(member, path, name, places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(4) {
                places_below(item, path, &index.to_string(), places);
            }
        }
        _ => {}
    }
}

fn places_below(value: &Value, path: &str, name: &str, list: &mut Vec<String>) {
    places(value, &format!("{path}/{name}"), list);
}

/// What chance, or somebody who wishes no good, puts in the place of a value.
fn hostile() -> impl Strategy<Value = Value> {
    let moments = [
        "-009999-01-02T01:59:59Z",
        "-000001-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "1949-12-31T23:59:59Z",
        "1999-12-31T15:00:00Z",
        "2050-01-01T00:00:00Z",
        "2199-12-31T23:59:59Z",
        "2499-12-31T23:59:59Z",
        "9999-12-30T22:00:00Z",
    ];
    let days = ["-009999-01-01", "0000-01-01", "1999-12-31", "2199-12-31", "2499-12-31", "9999-12-31"];
    let texts = [
        "",
        "a\0b",
        "\u{1b}[31m",
        "日本",
        "a..b@docomo.ne.jp",
        "202611230000001",
        "AAAA",
        "<script>",
        "%s{}",
    ];
    let words = moments.into_iter().chain(days).chain(texts).map(Value::from).collect::<Vec<_>>();
    let numbers =
        [0, 1, 2, u64::from(u32::MAX) - 2, u64::from(u32::MAX), i64::MAX as u64, u64::MAX].map(Value::from);
    let others =
        [json!(null), json!(-1), json!(0.5), json!(true), json!([]), json!({}), json!("x".repeat(5_000))];
    prop_oneof![
        prop::sample::select(words),
        prop::sample::select(numbers.to_vec()),
        prop::sample::select(others.to_vec()),
    ]
}

/// Walks all pages and calls of a world. None may fail, whatever it says.
async fn walk(env: &Environment) -> Result<(), String> {
    let control = &env.control;
    let mut called = Vec::new();
    for path in [
        "/notices",
        "/certificates",
        "/renewals",
        "/revocations",
        "/mails",
        "/journal",
        "/sessions",
        "/faults",
        "/clock",
        "/root.pem",
        "/issuer.pem",
    ] {
        called.push((path.to_owned(), control.try_call(Method::GET, path, None).await));
    }
    let listed: Value = called[0].1.as_ref().map_err(|error| format!("{error:?}"))?.json();
    let posted = listed.as_array().into_iter().flatten().filter(|notice| notice.get("renewal").is_none());
    let listed: Vec<obn_tests::Notice> =
        posted.map(|notice| serde_json::from_value(notice.clone()).unwrap()).collect();
    for notice in listed.iter().take(4) {
        for path in [
            format!("/notices/{}", notice.request_id),
            format!("/notices/{}/print", notice.request_id),
            format!("/certificates/{}", notice.serial),
        ] {
            called.push((path.clone(), control.try_call(Method::GET, &path, None).await));
        }
    }
    let browser = env.browser();
    for path in ["/p/rcd", "/p/rx", "/p/ru", "/p/cert", "/p/s", "/crl.crl"] {
        called.push((path.to_owned(), browser.try_get(path).await));
    }
    for notice in listed.iter().take(2) {
        let form = browser.try_get("/p/rcd").await.map_err(|error| format!("{error:?}"))?.page().form();
        let form = form.notice(notice).password("1234");
        let answer = browser.try_press(&form, "ダウンロード").await.map_err(|error| format!("{error:?}"))?;
        if answer.is_file() {
            let terminal = env.browser_showing(&answer.pfx("1234"));
            for path in ["/p/ru", "/p/ru/apply", "/p/ru/list"] {
                called.push((path.to_owned(), terminal.try_get(path).await));
            }
        }
        called.push(("/p/rcd".to_owned(), Ok(answer)));
    }
    let advance = json!({"by": "1d"});
    called.push((
        "/clock/advance".to_owned(),
        control.try_call(Method::POST, "/clock/advance", Some(&advance)).await,
    ));
    let application = json!({"institution_code": "0110119153", "terminal_name": "x"});
    called
        .push(("/notices".to_owned(), control.try_call(Method::POST, "/notices", Some(&application)).await));
    for notice in listed.iter().take(4) {
        for path in [
            format!("/revocations/{}/approve", notice.request_id),
            format!("/certificates/{}/revoke", notice.serial),
            format!("/renewals/{}/advance", notice.request_id),
        ] {
            called.push((path.clone(), control.try_call(Method::POST, &path, Some(&json!({}))).await));
        }
    }
    called.push(("/sessions".to_owned(), control.try_call(Method::DELETE, "/sessions", None).await));
    called.push(("/crl.crl".to_owned(), browser.try_get("/crl.crl").await));
    called.push(("/world".to_owned(), control.try_call(Method::GET, "/world", None).await));
    for (path, answer) in called {
        match answer {
            Ok(answer) if answer.status.as_u16() < 500 => {}
            Ok(answer) => return Err(format!("{path}: {}", answer.summary())),
            Err(error) => return Err(format!("{path}: {error:?}")),
        }
    }
    Ok(())
}

/// What was let in goes on, and what it became can be saved and let in again.
async fn goes_on(env: &Environment, file: &Value) -> Result<(), String> {
    let answer = env.control.try_call(Method::PUT, "/world", Some(file)).await;
    let answer = answer.map_err(|error| format!("PUT: {error:?}"))?;
    if answer.status != 204 {
        let refused = matches!(answer.status.as_u16(), 400 | 413 | 422);
        return if refused { Ok(()) } else { Err(answer.summary()) };
    }
    walk(env).await?;
    let saved = env.control.json("/world").await;
    let again = env.control.put("/world", &saved).await;
    if again.status == 204 { Ok(()) } else { Err(format!("what was saved: {}", again.summary())) }
}

static GROUND: LazyLock<(Runtime, Environment, Value, Vec<String>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (env, file) = runtime.block_on(async {
        let env = Environment::with(PROFILE).await;
        let mut file = full(&env).await;
        // What happened is told by a few records as well as by many.
        file["journal"].as_array_mut().unwrap().truncate(3);
        walk(&env).await.unwrap();
        (env, file)
    });
    let mut all = Vec::new();
    places(&file, "", &mut all);
    (runtime, env, file, all)
});

#[test]
fn a_file_with_any_value_changed_is_refused_or_never_fails_later() {
    let (runtime, env, file, places) = &*GROUND;
    let config = Config { cases: 250, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let changes = prop::collection::vec((prop::sample::select(places.clone()), hostile()), 1..=2);
    let checked = TestRunner::new(config).run(&(changes, any::<bool>()), |(changes, without_keys)| {
        let mut changed = file.clone();
        if without_keys {
            for stored in changed["certificates"].as_array_mut().unwrap() {
                stored["material"] = Value::Null;
            }
        }
        for (place, value) in &changes {
            if let Some(there) = changed.pointer_mut(place) {
                *there = value.clone();
            }
        }
        let went = runtime.block_on(goes_on(env, &changed));
        went.map_err(|error| TestCaseError::fail(format!("{changes:?}: {error}")))
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}
