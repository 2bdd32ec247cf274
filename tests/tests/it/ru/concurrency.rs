//! Renewals by many at once: one for each certificate, and to each terminal its own key.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use obn_tests::Environment;

use crate::terminal::{Pfx, RENEWING, Seen, Session, Terminal};

/// Opens the page before Submit in this many browsers of a terminal.
async fn before_submit(terminal: &Terminal, portal: &str, sessions: usize) -> Vec<(Session, Seen)> {
    join_all((0..sessions).map(async |_| {
        let session = terminal.session(portal);
        session.open("/p/ru").await.unwrap();
        let page = session.open("/p/ru/apply").await.unwrap();
        (session, page)
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_sessions_on_one_certificate_make_one_renewal_and_all_get_its_key() {
    let env = Environment::start().await;
    let portal = env.simulator.portal_url();
    let terminal = Terminal::of(&env).await;
    env.control.freeze(RENEWING).await;
    let pages = before_submit(&terminal, &portal, 8).await;
    // Each of them clicks twice.
    let clicks = pages.iter().chain(&pages).map(|(session, page)| session.press(page, "Submit", &[]));
    let accepted: BTreeSet<_> =
        join_all(clicks).await.into_iter().map(|seen| seen.unwrap().accepted()).collect();
    let [Some(request_id)] = &accepted.into_iter().collect::<Vec<_>>()[..] else { panic!("not one renewal") };
    env.control.advance("2s").await;
    let fetched = pages.iter().enumerate().map(async |(index, (session, _))| {
        session.fetch(request_id, &format!("{index:04}")).await.expect("each opens with its own password")
    });
    let fetched: Vec<Pfx> = join_all(fetched).await;
    assert!(fetched[0].fits() && fetched.iter().all(|pfx| *pfx == fetched[0]));
    let renewals = env.control.json("/renewals").await;
    assert_eq!(renewals.as_array().unwrap().len(), 1);
    assert_eq!(renewals[0]["renews"], terminal.notice.serial.as_str());
    assert_eq!(renewals[0]["serial"], fetched[0].serial.as_str());
    assert_eq!(env.control.json("/certificates").await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_terminals_of_one_institution_each_get_their_own_renewal_and_no_other_key() {
    const TERMINALS: usize = 5;
    let env = Environment::start().await;
    let portal = env.simulator.portal_url();
    let terminals = join_all((0..TERMINALS).map(|_| Terminal::of(&env))).await;
    env.control.freeze(RENEWING).await;
    let pages = join_all(terminals.iter().map(|terminal| before_submit(terminal, &portal, 3))).await;
    let clicks = pages
        .iter()
        .map(|pages| join_all(pages.iter().map(|(session, page)| session.press(page, "Submit", &[]))));
    let accepted: Vec<String> = join_all(clicks)
        .await
        .into_iter()
        .map(|seen| {
            let ids: BTreeSet<_> = seen.into_iter().map(|seen| seen.unwrap().accepted().unwrap()).collect();
            assert_eq!(ids.len(), 1, "one renewal a certificate");
            ids.into_iter().next().unwrap()
        })
        .collect();
    assert_eq!(accepted.iter().collect::<BTreeSet<_>>().len(), TERMINALS);
    env.control.advance("2s").await;

    // All at once: everybody fetches what is theirs, and tries what is the next one's.
    let fetched = (0..TERMINALS).map(async |own| {
        let (session, _) = &pages[own][0];
        let other = &accepted[(own + 1) % TERMINALS];
        let reference = env.control.json(&format!("/renewals/{other}")).await["reference_id"].clone();
        for path in ["status", "key"] {
            let seen = session.open(&format!("/p/ru/{path}/{other}")).await.unwrap();
            let text = seen.page().outline();
            assert!(seen.page().form.is_none() && !text.contains(reference.as_str().unwrap()), "{text}");
        }
        let ready = session.choose(&accepted[own], "1234").await.unwrap();
        let forged =
            session.press_at(&format!("/p/ru/download/{other}"), &ready, "Download", &[]).await.unwrap();
        assert!(forged.pfx("1234").is_none() && forged.page().form.is_none(), "{}", forged.path);
        let list = session.open("/p/ru/list").await.unwrap().page().outline();
        assert!(list.contains(&accepted[own]) && !list.contains(other), "{list}");
        let (session, _) = &pages[own][1];
        session.fetch(&accepted[own], "1234").await.unwrap()
    });
    let fetched: Vec<Pfx> = join_all(fetched).await;
    for (own, pfx) in fetched.iter().enumerate() {
        let renewal = env.control.json(&format!("/renewals/{}", accepted[own])).await;
        assert!(pfx.fits());
        assert_eq!(renewal["serial"], pfx.serial.as_str());
        assert_eq!(renewal["renews"], terminals[own].notice.serial.as_str());
    }
    assert_eq!(env.control.json("/renewals").await.as_array().unwrap().len(), TERMINALS);
}
