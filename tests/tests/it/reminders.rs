//! Mails to the applicant before a certificate ends.

use obn_tests::{Environment, Kept, Notice, RENEWING, on_each_store};
use serde_json::{Value, json};

const EMAIL: &str = "tanto@clinic.example.jp";

/// A certificate that ends on 2030-02-23, whose applicant can be written to.
async fn issued(env: &Environment) -> Notice {
    let notice = env.issue().await;
    let path = format!("/notices/{}/contact", notice.request_id);
    let set = env.control.put(&path, &json!({ "email": EMAIL })).await;
    assert_eq!(set.status, 204, "{}", set.summary());
    notice
}

/// When each mail was written.
async fn dates(env: &Environment) -> Vec<String> {
    let mails = env.control.json("/mails").await;
    mails.as_array().unwrap().iter().map(|mail| mail["date"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_applicant_is_written_to_on_the_days_of_the_profile() {
    let env = Environment::start().await;
    let notice = issued(&env).await;
    env.control.freeze("2029-11-24T23:59:59Z").await;
    assert_eq!(dates(&env).await, [""; 0]);
    env.control.advance("1s").await;
    let mails = env.control.json("/mails").await;
    assert_eq!(mails[0]["to"], EMAIL);
    assert_eq!(mails[0]["request_id"], notice.request_id.as_str());
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains("有効期限まであと90日です") && text.contains("有効期限: 2030/02/23"), "{text}");
    // However far time goes at once, each is dated when it was due.
    env.control.freeze("2031-01-01T00:00:00Z").await;
    assert_eq!(dates(&env).await, ["2029-11-25T00:00:00Z", "2030-01-24T00:00:00Z"]);
    assert_eq!(env.control.outcomes_of("mail").await, ["mail.written"; 2]);
    env.control.freeze("2026-12-01T00:00:00Z").await;
    env.control.freeze("2031-01-01T00:00:00Z").await;
    assert_eq!(dates(&env).await.len(), 2, "once each");
}

#[tokio::test]
async fn who_has_renewed_or_revoked_is_left_alone_and_the_renewed_certificate_has_its_own() {
    let env = Environment::with("mail.expiry_days = [30]").await;
    let (renewed, revoked) = (issued(&env).await, issued(&env).await);
    let terminal = env.terminal(&renewed).await;
    env.control.revoke(&revoked).await;
    env.control.freeze(RENEWING).await;
    let confirm = terminal.to_confirmation().await;
    terminal.submit(&confirm, "Submit").await;
    env.control.freeze("2030-06-01T00:00:00Z").await;
    assert_eq!(dates(&env).await, [""; 0]);
    env.control.freeze("2034-01-01T00:00:00Z").await;
    let renewals = env.control.json("/renewals").await;
    let mails = env.control.json("/mails").await;
    assert_eq!(mails.as_array().unwrap().len(), 1, "{mails}");
    assert_eq!((&mails[0]["to"], &mails[0]["request_id"]), (&json!(EMAIL), &renewals[0]["request_id"]));
    // It ends on 2033-03-01.
    assert_eq!(mails[0]["date"], "2033-01-30T00:00:00Z");
}

#[tokio::test]
async fn an_applicant_is_known_from_the_approval_however_far_time_goes_at_once() {
    let env = Environment::with("application.review = \"auto\"\nmail.expiry_days = [30]").await;
    env.control.freeze("2026-11-27T06:00:00Z").await;
    env.browser().apply_for_certificates(EMAIL).await;
    // Past approval, arrival, the day of the mail and the end.
    env.control.freeze("2031-01-01T00:00:00Z").await;
    let mails = env.control.json("/mails").await;
    let reminders: Vec<_> =
        mails.as_array().unwrap().iter().filter(|mail| mail["request_id"] != "").collect();
    assert_eq!(reminders.len(), 1, "{mails}");
    assert_eq!(reminders[0]["to"], EMAIL);
    // Two business days after that Friday it was approved, for three years and three months.
    assert_eq!(reminders[0]["date"], "2030-01-30T00:00:00Z", "{mails}");
}

on_each_store! {
    async fn an_address_outlives_a_restart_and_goes_along_in_a_world_file(kept: Kept) {
        let env = kept.open().await;
        issued(&env).await;
        let file = env.control.json("/world").await;
        env.stop().await;
        let env = kept.open().await;
        env.control.freeze("2029-11-25T00:00:00Z").await;
        assert_eq!(dates(&env).await.len(), 1);
        let copy = env.create("copy", json!({ "file": file })).await;
        copy.control.freeze("2030-02-01T00:00:00Z").await;
        assert_eq!(dates(&copy).await.len(), 2);

        let mut broken = file.clone();
        broken["contacts"][0]["request_id"] = json!("202001010000001");
        let told = env.control.post("/worlds", &json!({ "name": "broken", "file": broken })).await;
        assert_eq!(told.status, 422);
        assert!(told.json::<Value>()["detail"].as_str().unwrap().contains("contacts[0]"), "{}", told.summary());
    }
}

#[tokio::test]
async fn without_an_address_or_days_nobody_is_written_to_and_nonsense_is_no_address() {
    let env = Environment::with("mail.expiry_days = []").await;
    let notice = issued(&env).await;
    env.control.freeze("2031-01-01T00:00:00Z").await;
    assert_eq!(dates(&env).await, [""; 0]);
    let path = format!("/notices/{}/contact", notice.request_id);
    assert_eq!(env.control.put(&path, &json!({ "email": "nobody" })).await.status, 422);
    let missing = "/notices/202001010000001/contact";
    assert_eq!(env.control.put(missing, &json!({ "email": EMAIL })).await.status, 404);
}
