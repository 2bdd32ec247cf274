//! Control: the journal, at once, as a long poll, and live.

use obn_tests::{Environment, EventStream};
use serde_json::Value;

#[tokio::test]
async fn every_exchange_and_change_is_one_record_without_secrets() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(&notice).password("7391");
    browser.press(&form.clone().fill("リファレンス ID", "FPwNiG5g4r"), "ダウンロード").await;
    browser.press(&form, "ダウンロード").await;
    browser.get("/p/cert").await;
    browser.get("/nothing?secret=1").await;
    env.control.revoke(&notice).await;

    let text = env.control.text("/journal").await;
    for secret in ["7391", &notice.reference_id, "FPwNiG5g4r", &form.field_named("token"), "secret"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let records: Vec<Value> = serde_json::from_str(&text).unwrap();
    let numbers: Vec<_> = records.iter().map(|record| record["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<_>>());
    let lines: Vec<_> = records
        .iter()
        .map(|record| {
            let exchange = &record["exchange"];
            let concerns = |name: &str, known: &str| match record[name].as_str() {
                Some(value) => {
                    assert_eq!(value, known);
                    format!(" {name}")
                }
                None => String::new(),
            };
            let with = concerns("request_id", &notice.request_id) + &concerns("serial", &notice.serial);
            let session = if exchange["session"].is_string() { " in a session" } else { "" };
            match exchange.is_object() {
                true => format!(
                    "{} {} {} {} {} {}{with}{session}",
                    record["kind"].as_str().unwrap(),
                    exchange["protocol"].as_str().unwrap(),
                    exchange["method"].as_str().unwrap(),
                    exchange["path"].as_str().unwrap(),
                    exchange["status"],
                    record["outcome"].as_str().unwrap(),
                ),
                false => format!(
                    "{} {}{with}",
                    record["kind"].as_str().unwrap(),
                    record["outcome"].as_str().unwrap()
                ),
            }
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn after_and_filters_choose_records() {
    let env = Environment::start().await;
    let (one, two) = (env.issue().await, env.issue().await);
    env.browser().download(&two, "1234").await;
    env.browser().get("/p/cert").await;
    let outcomes = async |query: &str| {
        let records = env.control.json(&format!("/journal{query}")).await;
        let outcome = |record: &Value| record["outcome"].as_str().unwrap().to_owned();
        records.as_array().unwrap().iter().map(outcome).collect::<Vec<_>>()
    };
    let all = ["clock.set", "issued", "issued", "rcd.form", "downloaded", "rcd.file", "cert.file"];
    assert_eq!(outcomes("").await, all);
    assert_eq!(outcomes("?after=5").await, ["rcd.file", "cert.file"]);
    assert_eq!(outcomes("?after=99").await, [""; 0]);
    assert_eq!(outcomes("?kind=authority").await, ["issued", "issued", "downloaded"]);
    assert_eq!(outcomes("?kind=control").await, ["clock.set"]);
    assert_eq!(outcomes("?outcome=rcd").await, ["rcd.form", "rcd.file"]);
    assert_eq!(outcomes("?outcome=rcd.form").await, ["rcd.form"]);
    assert_eq!(outcomes("?outcome=rc").await, [""; 0], "words are whole");
    assert_eq!(outcomes("?path=/p/cert").await, ["cert.file"]);
    assert_eq!(outcomes(&format!("?request_id={}", one.request_id)).await, ["issued"]);
    assert_eq!(
        outcomes(&format!("?request_id={}&after=3", two.request_id)).await,
        ["downloaded", "rcd.file"]
    );
    for query in
        ["?after=-1", "?after=x", "?wait=soon", "?wait=-5s", "?kind=all", "?request_id=1", "?colour=red"]
    {
        let answer = env.control.get(&format!("/journal{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (400, "application/problem+json"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_long_poll_answers_as_soon_as_what_it_waits_for_happens() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let query = format!("/journal?wait=60s&outcome=downloaded&request_id={}", notice.request_id);
    let browser = env.browser();
    let (records, answer) = tokio::join!(env.control.json(&query), browser.download(&notice, "1234"));
    assert!(answer.is_file());
    assert_eq!(records.as_array().unwrap().len(), 1);
    // What is there already needs no waiting; what never comes ends the wait.
    assert_eq!(env.control.json(&query).await, records);
    assert_eq!(env.control.json("/journal?wait=10ms&outcome=revoked").await, serde_json::json!([]));
}

#[tokio::test]
async fn the_live_stream_begins_where_it_is_told_and_goes_on() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let mut all = EventStream::open(&env.control, "", None).await;
    let mut files = EventStream::open(&env.control, "?outcome=rcd.file", None).await;
    let mut later = EventStream::open(&env.control, "?after=0", Some("2")).await;
    assert_eq!(all.next().await.1["outcome"], "clock.set");
    assert_eq!(all.next().await.1["outcome"], "issued");
    env.browser().download(&notice, "1234").await;
    for outcome in ["rcd.form", "downloaded", "rcd.file"] {
        assert_eq!(all.next().await.1["outcome"], outcome);
    }
    let (id, record) = files.next().await;
    assert_eq!((id.as_str(), &record["sequence"], &record["outcome"]), ("5", &5.into(), &"rcd.file".into()));
    assert_eq!(later.next().await.0, "3");
}

#[tokio::test]
async fn the_journal_is_bounded_and_numbers_go_on() {
    let options = obn_ca::Options { journal: 3, ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    for _ in 0..5 {
        env.browser().get("/p/cert").await;
    }
    let records = env.control.json("/journal").await;
    let numbers: Vec<_> =
        records.as_array().unwrap().iter().map(|record| record["sequence"].clone()).collect();
    assert_eq!(numbers, [4, 5, 6]);
}

#[tokio::test]
async fn a_live_stream_ends_with_its_world() {
    let env = Environment::start().await;
    let mut stream = EventStream::open(&env.control, "", None).await;
    stream.next().await;
    assert_eq!(env.control.call(reqwest::Method::POST, "/reset", None).await.status, 204);
    tokio::time::timeout(std::time::Duration::from_secs(60), stream.end()).await.expect("the stream ends");
}
