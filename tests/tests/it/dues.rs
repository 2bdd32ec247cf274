//! What time brings about by itself: in its order, also of very much, after an upgrade, and by another profile.

use obn_ca::store::StoreUrl;
use obn_tests::{Environment, Kept, RENEWING};
use serde_json::{Value, json};

const ADDRESS: &str = "tanto@clinic.example.jp";

/// Changes a store that is closed.
async fn sql(kept: &Kept, statements: &str) {
    use sqlx::{ConnectOptions, Connection};
    let StoreUrl::Sqlite(path) = kept.options().store else { panic!("a file") };
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Applies for a renewal, a revocation and a certificate that are decided or issued later, and leaves an address.
async fn apply(env: &Environment) {
    let (renewed, revoked) = (env.issue().await, env.issue().await);
    let terminal = env.terminal(&renewed).await;
    let contact = format!("/notices/{}/contact", revoked.request_id);
    assert_eq!(env.control.put(&contact, &json!({ "email": ADDRESS })).await.status, 204);
    env.control.freeze(RENEWING).await;
    terminal.renew().await;
    env.browser().apply_for_revocation(&revoked, ADDRESS).await;
    env.browser().apply_for_certificates(ADDRESS).await;
}

const SLOW: &str = "issue.delays = [\"1d\", \"1d\"]\nrevocation.approval = \"auto\"\nrevocation.delay = \"70d\"\n\
    application.review = \"auto\"\napplication.review_days = 1";

/// What the journal says that time has brought about since there was that many records, with its moments.
async fn brought_about(env: &Environment, after: u64) -> Vec<(String, String)> {
    let journal = env.control.json(&format!("/journal?after={after}&kind=authority")).await;
    let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
    journal.as_array().unwrap().iter().map(|entry| (text(entry, "outcome"), text(entry, "time"))).collect()
}

async fn last(env: &Environment) -> u64 {
    let journal = env.control.json("/journal").await;
    journal.as_array().unwrap().last().unwrap()["sequence"].as_u64().unwrap()
}

#[tokio::test]
async fn however_far_time_goes_at_once_all_of_it_happens_in_its_order() {
    let env = Environment::with(SLOW).await;
    apply(&env).await;
    let before = last(&env).await;
    env.control.advance("60d").await;
    let at_once = brought_about(&env, before).await;
    let times: Vec<_> = at_once.iter().map(|(_, time)| time).collect();
    assert!(times.is_sorted(), "{at_once:?}");
    for outcome in ["renewal.issued", "application.posted", "application.delivered", "mail.written"] {
        assert!(at_once.iter().any(|(it, _)| it == outcome), "{outcome}: {at_once:?}");
    }
    assert!(!at_once.iter().any(|(it, _)| it == "revocation.approved"), "{at_once:?}");
    let mails = env.control.json("/mails").await;
    let dates: Vec<_> = mails.as_array().unwrap().iter().map(|mail| mail["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted(), "{dates:?}");

    // The same day by day.
    let slowly = Environment::with(SLOW).await;
    apply(&slowly).await;
    let before = last(&slowly).await;
    for _ in 0..60 {
        slowly.control.advance("1d").await;
    }
    let slowly: Vec<_> = brought_about(&slowly, before).await;
    assert_eq!(slowly, at_once);
}

#[tokio::test]
async fn of_very_much_that_is_due_at_once_nothing_is_left_undone_or_done_twice() {
    const MANY: usize = 150;
    let env = Environment::with("issue.delays = [\"1d\", \"1d\"]\nrenewal.max = 1000").await;
    let terminal = env.pfx(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    let world = env.world();
    let visitor = world.visitor(Some(&terminal.chain[0])).await.unwrap();
    for seen in 0..MANY {
        world.renew(&visitor, u32::try_from(seen).unwrap()).await.unwrap();
    }
    let before = last(&env).await;
    env.control.advance("2d").await;
    let issued = env.control.json(&format!("/journal?after={before}&outcome=renewal.issued")).await;
    let issued = issued.as_array().unwrap().iter().map(|entry| entry["request_id"].as_str().unwrap());
    let issued: Vec<_> = issued.collect();
    let renewals = env.control.json("/renewals").await;
    let applied = renewals.as_array().unwrap().iter().map(|it| it["request_id"].as_str().unwrap());
    assert_eq!(issued, applied.collect::<Vec<_>>());
    assert_eq!(issued.len(), MANY);
    env.control.advance("9d").await;
    assert_eq!(env.control.outcomes_of("renewal.issued").await.len(), MANY);
}

#[tokio::test]
async fn a_store_from_before_there_were_dues_is_taken_up_with_all_that_is_due() {
    let kept = Kept::default();
    let env = kept.open_with(SLOW).await;
    apply(&env).await;
    let before = last(&env).await;
    env.stop().await;
    sql(
        &kept,
        "DROP TABLE dues; DROP INDEX certificates_by_number; DROP INDEX certificates_revoked; \
         DROP INDEX notices_by_institution; DROP INDEX renewals_by_number; DROP INDEX renewals_by_institution; \
         DROP INDEX revocations_in_order; DROP INDEX revocations_open; DROP INDEX applications_by_sequence; \
         CREATE INDEX contacts_due ON contacts (world, due); DROP TABLE journal; DROP TABLE crls; \
         DROP TABLE faults; ALTER TABLE worlds DROP COLUMN version; ALTER TABLE worlds DROP COLUMN incarnation; \
         ALTER TABLE worlds DROP COLUMN journal; ALTER TABLE worlds DROP COLUMN faults; \
         ALTER TABLE deliveries DROP COLUMN sending_until; DELETE FROM _sqlx_migrations WHERE version >= 8",
    )
    .await;
    let env = kept.open().await;
    assert_eq!(env.control.outcomes_of("renewal").await, [""; 0]);
    env.control.advance("80d").await;
    let outcomes = env.control.outcomes().await;
    for outcome in ["renewal.issued", "application.posted", "mail.written", "revocation.approved"] {
        assert!(outcomes.iter().any(|it| it == outcome), "{before}: {outcome}: {outcomes:?}");
    }
    assert_eq!(env.control.json("/renewals").await[0]["status"], "発行済み");
}

#[tokio::test]
async fn another_profile_at_a_start_decides_when_what_waits_is_due() {
    let kept = Kept::default();
    let env = kept.open_with(SLOW).await;
    apply(&env).await;
    env.stop().await;
    let env = kept.open_with("issue.delays = [\"1s\", \"1s\"]").await;
    env.control.advance("2s").await;
    assert_eq!(env.control.outcomes_of("renewal").await, ["renewal.issued"]);
    // Nobody decides any more but a person.
    env.control.advance("80d").await;
    assert_eq!(env.control.outcomes_of("revocation").await, [""; 0]);
}

#[tokio::test]
async fn a_world_file_brings_along_what_is_due_in_it() {
    let env = Environment::with(SLOW).await;
    apply(&env).await;
    let file = env.control.json("/world").await;
    let copy = env.create("copy", json!({ "file": file })).await;
    let before = last(&copy).await;
    for world in [&env, &copy] {
        world.control.advance("80d").await;
    }
    let copied = brought_about(&copy, before).await;
    assert!(copied.iter().any(|(outcome, _)| outcome == "revocation.approved"), "{copied:?}");
    assert_eq!(copied, brought_about(&env, before).await);
}

#[tokio::test]
async fn who_looks_waits_for_nobody_who_writes_to_a_file() {
    let kept = Kept::default();
    let env = kept.open().await;
    let other = env.create("other", json!({})).await;
    let notice = env.issue().await;
    let terminal = env.terminal(&notice).await;
    env.control.freeze(RENEWING).await;
    let held = env.simulator.worlds().store().begin().await.unwrap();
    for world in [&env, &other] {
        assert_eq!(world.control.get("/notices").await.status, 200);
        assert_eq!(world.control.get("/renewals").await.status, 200);
    }
    assert_eq!(env.control.get(&format!("/certificates/{}", notice.serial)).await.status, 200);
    assert_eq!(terminal.to_confirmation().await.heading(), "証明書更新申請");
    drop(held);
}
