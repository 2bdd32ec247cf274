//! Control: notices, what the registration authority does out of band.

use obn_tests::Environment;
use reqwest::Method;
use serde_json::{Value, json};

/// Filters for what differs from seed to seed.
fn drawn() -> Vec<(&'static str, &'static str)> {
    vec![
        (r#""reference_id": "\w{10}""#, r#""reference_id": "[REFERENCE ID]""#),
        (r#""serial": "[0-9A-F]{32}""#, r#""serial": "[SERIAL]""#),
        (r"<code>[0-9A-Za-z]{10}</code>", "<code>[REFERENCE ID]</code>"),
    ]
}

#[tokio::test]
async fn a_notice_takes_its_dates_from_the_clock_and_its_category_from_the_code() {
    let env = Environment::start().await;
    let body = json!({"institution_code": "2740123456", "terminal_name": " XX薬局1号機 "});
    let answer = env.control.post("/notices", &body).await;
    assert_eq!(answer.status, 201);
    insta::with_settings!({filters => drawn()}, {
        insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json::<Value>()).unwrap());
    });
    assert_eq!(answer.header("location"), "notices/202611230000001");
}

#[tokio::test]
async fn every_optional_member_is_taken_over() {
    let env = Environment::start().await;
    let body = json!({
        "institution_code": "9012345678", "terminal_name": "受付", "category": "vendor", "prefecture": "okinawa",
        "issued_on": "2026-11-20", "valid_from": "2026-12-01", "valid_until": "2028-02-29",
    });
    let answer = env.control.post("/notices", &body).await;
    assert_eq!(answer.status, 201);
    insta::with_settings!({filters => drawn()}, {
        insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json::<Value>()).unwrap());
    });
    let certificate = env
        .control
        .json(&format!("/certificates/{}", answer.json::<Value>()["serial"].as_str().unwrap()))
        .await;
    assert_eq!(certificate["subject"], "CN=9012345678,OU=vendor,OU=okinawa,O=ReceiptOnline,C=JP");
    assert_eq!(certificate["not_before"], "2026-11-30T15:00:00Z");
    assert_eq!(certificate["not_after"], "2028-02-29T14:59:59Z");
}

#[tokio::test]
async fn applications_that_cannot_stand_are_problem_documents_that_say_why() {
    let env = Environment::start().await;
    let good = json!({"institution_code": "0110119153", "terminal_name": "受付"});
    let cases = [
        json!({"institution_code": "011011915"}),
        json!({"institution_code": "０１１０１１９１５３"}),
        json!({"institution_code": 110_119_153}),
        json!({"institution_code": "9912345678"}),
        json!({"institution_code": null}),
        json!({"terminal_name": ""}),
        json!({"terminal_name": "あ".repeat(65)}),
        json!({"terminal_name": "a\u{7}b"}),
        json!({"category": "hospital"}),
        json!({"prefecture": "Tokyo"}),
        json!({"issued_on": "2026-02-30"}),
        json!({"issued_on": "1999-12-31"}),
        json!({"valid_until": "2026-11-22"}),
        json!({"valid_until": "2200-01-01"}),
        json!({"colour": "red"}),
    ];
    let mut told = String::new();
    for change in cases {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = env.control.post("/notices", &body).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{change}");
        let problem: Value = answer.json();
        assert_eq!(problem["status"], answer.status.as_u16());
        told += &format!("{change}\n  {} {}\n", answer.status, problem["detail"].as_str().unwrap());
    }
    insta::assert_snapshot!(told);
    assert_eq!(env.control.json("/notices").await, json!([]));
    assert_eq!(env.issue().await.request_id, "202611230000001", "no number was used up");
}

#[tokio::test]
async fn what_is_no_json_is_a_problem_document_too() {
    let env = Environment::start().await;
    for (kind, body, status) in
        [("application/json", "{", 400), ("application/json", "", 400), ("text/plain", "{}", 415)]
    {
        let answer = env.control.request(Method::POST, "/notices").header("content-type", kind).body(body);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), status, "{kind} {body:?}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn a_wrong_check_digit_passes_warns_or_is_refused_as_the_profile_says() {
    // Right by the ten digits and wrong by the seven that count in Tokyo, and the other way round.
    let (wrong, right) =
        (json!({"institution_code": "1310199999"}), json!({"institution_code": "1310199992"}));
    let env = Environment::start().await;
    assert_eq!(env.control.issue_to(&wrong).await.warning, None);

    let env = Environment::with("dn.validate_cn = \"warn\"").await;
    assert_eq!(env.control.issue_to(&right).await.warning, None);
    let warned = env.control.issue_to(&wrong).await;
    assert_eq!(warned.warning.as_deref(), Some("the institution code's check digit is wrong"));

    let env = Environment::with("dn.validate_cn = \"strict\"").await;
    env.control.issue_to(&right).await;
    let body = json!({"institution_code": "1310199999", "terminal_name": "受付"});
    let answer = env.control.post("/notices", &body).await;
    assert_eq!(
        (answer.status.as_u16(), env.control.json("/notices").await.as_array().unwrap().len()),
        (422, 1)
    );
}

#[tokio::test]
async fn one_institution_may_have_many_terminals() {
    let env = Environment::start().await;
    let (one, two) = (env.issue().await, env.issue().await);
    assert_eq!(one.institution_code, two.institution_code);
    assert_ne!(one.request_id, two.request_id);
    assert_ne!(one.reference_id, two.reference_id);
    assert_ne!(one.serial, two.serial);
    let listed = env.control.json("/notices").await;
    let listed: Vec<_> =
        listed.as_array().unwrap().iter().map(|notice| notice["request_id"].clone()).collect();
    assert_eq!(listed, [one.request_id, two.request_id]);
}

#[tokio::test]
async fn request_ids_count_by_day_on_and_on_or_at_random() {
    let numbers = async |profile: &str| {
        let env = Environment::with(profile).await;
        let mut numbers = vec![env.issue().await.request_id, env.issue().await.request_id];
        env.control.advance("1d").await;
        numbers.push(env.issue().await.request_id);
        numbers
    };
    let daily = numbers("").await;
    assert_eq!(daily, ["202611230000001", "202611230000002", "202611240000001"]);
    let running = numbers("ids.request_numbers = \"running\"").await;
    assert_eq!(running, ["202611230000001", "202611230000002", "202611240000003"]);
    let random = numbers("ids.request_numbers = \"random\"").await;
    assert!(random[0].starts_with("20261123") && random[2].starts_with("20261124"), "{random:?}");
    assert_ne!(random[0], random[1]);
}

#[tokio::test]
async fn one_notice_is_json_or_a_page_to_print() {
    let env = Environment::start().await;
    let notice = env.control.issue_to(&json!({"terminal_name": "受付<1>&号機"})).await;
    let path = format!("/notices/{}", notice.request_id);
    assert_eq!(env.control.get(&path).await.json::<obn_tests::Notice>(), notice);

    let print = env.control.get(&format!("{path}/print")).await;
    let asked = env.control.clone().with_header("accept", "text/html,application/xhtml+xml").get(&path).await;
    assert_eq!(print.body, asked.body);
    insta::with_settings!({filters => drawn()}, { insta::assert_snapshot!(print.text()) });
}

#[tokio::test]
async fn what_does_not_exist_is_404() {
    let env = Environment::start().await;
    for path in [
        "/notices/202611230000009",
        "/notices/x",
        "/notices/202611230000009/print",
        "/certificates/00",
        "/certificates/40000000000000000000000000000000",
        "/worlds/none/notices",
        "/worlds/NONE/clock",
        "/nothing",
    ] {
        let answer = env.control.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
    }
    let answer = env.control.call(Method::PATCH, "/notices", None).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (405, "application/problem+json"));
}
