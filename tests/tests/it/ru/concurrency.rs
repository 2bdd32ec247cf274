//! Renewals by many at once: one for each certificate, and to each terminal its own key.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use obn_tests::{Answer, Browser, Environment, Page, Pfx, RENEWING};

/// Opens the page before Submit in this many browsers of a terminal.
async fn before_submit(env: &Environment, terminal: &Pfx, browsers: usize) -> Vec<(Browser, Page)> {
    join_all((0..browsers).map(async |_| {
        let browser = env.browser_showing(terminal);
        let page = browser.to_confirmation().await;
        (browser, page)
    }))
    .await
}

/// The request ID on whose status page an answer is.
fn accepted(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.summary());
    answer.path().strip_prefix("/p/ru/status/").unwrap_or_else(|| panic!("{}", answer.summary())).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_sessions_on_one_certificate_make_one_renewal_and_all_get_its_key() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let terminal = env.pfx(&notice).await;
    env.control.freeze(RENEWING).await;
    let pages = before_submit(&env, &terminal, 8).await;
    // Each of them clicks twice.
    let clicks =
        pages.iter().chain(&pages).map(async |(browser, page)| browser.press(&page.form(), "Submit").await);
    let accepted: BTreeSet<_> = join_all(clicks).await.iter().map(accepted).collect();
    let [request_id] = &accepted.into_iter().collect::<Vec<_>>()[..] else { panic!("not one renewal") };
    env.control.advance("2s").await;
    let fetched = pages.iter().enumerate().map(async |(index, (browser, _))| {
        let password = format!("{index:04}");
        browser.collect(request_id, &password).await.pfx(&password)
    });
    let fetched: Vec<Pfx> = join_all(fetched).await;
    assert!(fetched[0].fits() && fetched.iter().all(|pfx| *pfx == fetched[0]));
    let renewals = env.control.json("/renewals").await;
    assert_eq!(renewals.as_array().unwrap().len(), 1);
    assert_eq!(renewals[0]["renews"], notice.serial.as_str());
    assert_eq!(renewals[0]["serial"], fetched[0].serial.as_str());
    assert_eq!(env.control.json("/certificates").await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_terminals_of_one_institution_each_get_their_own_renewal_and_no_other_key() {
    const TERMINALS: usize = 5;
    let env = Environment::start().await;
    let terminals = join_all((0..TERMINALS).map(async |_| env.pfx(&env.issue().await).await)).await;
    env.control.freeze(RENEWING).await;
    let pages = join_all(terminals.iter().map(|terminal| before_submit(&env, terminal, 3))).await;
    let clicks = pages.iter().map(|pages| {
        join_all(pages.iter().map(async |(browser, page)| browser.press(&page.form(), "Submit").await))
    });
    let accepted: Vec<String> = join_all(clicks)
        .await
        .iter()
        .map(|answers| {
            let ids: BTreeSet<_> = answers.iter().map(accepted).collect();
            assert_eq!(ids.len(), 1, "one renewal a certificate");
            ids.into_iter().next().unwrap()
        })
        .collect();
    assert_eq!(accepted.iter().collect::<BTreeSet<_>>().len(), TERMINALS);
    env.control.advance("2s").await;

    // All at once: everybody fetches what is theirs, and tries what is the next one's.
    let fetched = (0..TERMINALS).map(async |own| {
        let (browser, _) = &pages[own][0];
        let other = &accepted[(own + 1) % TERMINALS];
        let reference = env.control.json(&format!("/renewals/{other}")).await["reference_id"].clone();
        for path in ["status", "key"] {
            let page = browser.open(&format!("/p/ru/{path}/{other}")).await;
            let text = page.outline();
            assert!(page.forms.is_empty() && !text.contains(reference.as_str().unwrap()), "{text}");
        }
        let key = browser.open(&format!("/p/ru/key/{}", accepted[own])).await;
        let mut forged = browser.choose(&key, "1234").await.form_with("Download");
        forged.action = format!("/p/ru/download/{other}");
        let refused = browser.press(&forged, "Download").await;
        assert!(!refused.is_file() && refused.page().forms.is_empty(), "{}", refused.summary());
        let list = browser.open("/p/ru/list").await.outline();
        assert!(list.contains(&accepted[own]) && !list.contains(other), "{list}");
        let (browser, _) = &pages[own][1];
        browser.collect(&accepted[own], "1234").await.pfx("1234")
    });
    let fetched: Vec<Pfx> = join_all(fetched).await;
    for (own, pfx) in fetched.iter().enumerate() {
        let renewal = env.control.json(&format!("/renewals/{}", accepted[own])).await;
        assert!(pfx.fits());
        assert_eq!(renewal["serial"], pfx.serial.as_str());
        assert_eq!(renewal["renews"], terminals[own].serial.as_str());
    }
    assert_eq!(env.control.json("/renewals").await.as_array().unwrap().len(), TERMINALS);
}
