//! Lists of control come page by page, and can be searched.

use obn_tests::{Environment, RENEWING};
use serde_json::{Value, json};

const ADDRESS: &str = "tanto@clinic.example.jp";

/// A world with five of everything that is listed.
async fn five_of_each() -> Environment {
    let profile = "application.review = \"manual\"\nissue.delays = [\"0s\", \"0s\"]";
    let env = Environment::with(profile).await;
    let mut terminals = Vec::new();
    for _ in 0..5 {
        let notice = env.issue().await;
        terminals.push((env.terminal(&notice).await, notice));
    }
    for _ in 0..5 {
        env.browser().apply_for_certificates(ADDRESS).await;
    }
    env.control.freeze(RENEWING).await;
    for (terminal, notice) in &terminals {
        terminal.renew().await;
        env.browser().apply_for_revocation(notice, ADDRESS).await;
    }
    env
}

/// Entries of a page, and the query of the next one.
async fn page(env: &Environment, list: &str, query: &str) -> (Vec<Value>, Option<String>) {
    let answer = env.control.get(&format!("/{list}?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.summary());
    let next = answer.headers.get("link").map(|link| {
        let link = link.to_str().unwrap();
        let target = link.strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix("<?"));
        target.unwrap_or_else(|| panic!("{link}")).to_owned()
    });
    (answer.json(), next)
}

#[tokio::test]
async fn every_list_is_the_same_in_pages_and_from_its_other_end() {
    let env = five_of_each().await;
    for list in ["notices", "certificates", "renewals", "revocations", "applications", "mails"] {
        let (whole, next) = page(&env, list, "").await;
        assert!(whole.len() >= 5 && next.is_none(), "{list}: {}", whole.len());
        for (order, expected) in
            [("", whole.clone()), ("&order=newest", whole.iter().rev().cloned().collect())]
        {
            let (mut listed, mut query) = (Vec::new(), Some(format!("limit=2{order}")));
            while let Some(wanted) = query {
                let (entries, next) = page(&env, list, &wanted).await;
                assert!((1..=2).contains(&entries.len()), "{list}?{wanted}: {}", entries.len());
                listed.extend(entries);
                query = next;
            }
            assert_eq!(listed, expected, "{list}{order}");
        }
        // What fills its last page has no next one.
        let all = format!("limit={}", whole.len());
        assert_eq!(page(&env, list, &all).await, (whole, None), "{list}");
    }
}

#[tokio::test]
async fn a_page_that_can_t_be_is_refused() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let (id, other) = (notice.request_id.as_str(), "202001010000001");
    for query in [
        "notices?limit=0".to_owned(),
        "notices?limit=1001".to_owned(),
        "notices?limit=many".to_owned(),
        "notices?order=best".to_owned(),
        "notices?after=x".to_owned(),
        format!("notices?after={other}"),
        format!("notices?q={id}&after={id}"),
        format!("renewals?after={id}"),
        format!("revocations?after={id}.1"),
        "mails?q=1".to_owned(),
        "certificates?after=00000000000000000000000000000001".to_owned(),
    ] {
        let answer = env.control.get(&format!("/{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.summary());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
    }
    assert_eq!(page(&env, "notices", "limit=1000").await.0.len(), 1);
}

#[tokio::test]
async fn a_search_finds_what_begins_so() {
    let env = five_of_each().await;
    let other = env.control.issue_to(&json!({ "institution_code": "1312345678" })).await;
    let renewal = env.control.json("/renewals").await[2].clone();
    let found = async |list: &str, q: &str| -> Vec<String> {
        let (entries, next) = page(&env, list, &format!("q={q}&limit=7")).await;
        assert_eq!(next, None, "one page");
        entries.iter().map(|entry| entry["request_id"].as_str().unwrap().to_owned()).collect()
    };
    let renewed = renewal["request_id"].as_str().unwrap().to_owned();
    for q in
        [other.request_id.as_str(), "1312345678", "131", &other.serial, &other.serial.to_lowercase()[..12]]
    {
        assert_eq!(found("notices", q).await, std::slice::from_ref(&other.request_id), "{q}");
        assert_eq!(found("certificates", q).await, std::slice::from_ref(&other.request_id), "{q}");
    }
    assert_eq!(found("renewals", &renewed).await, std::slice::from_ref(&renewed));
    assert_eq!(found("notices", &renewed).await, [renewed]);
    assert_eq!(found("renewals", "0110119153").await.len(), 5);
    // Five and their renewals have this code: the first seven of them, each once.
    assert_eq!(found("notices", "0110119153").await.len(), 7);
    for q in ["9", "%", "_", "0110119153x", "'"] {
        assert_eq!(found("notices", q).await, [""; 0], "{q}");
    }
}
