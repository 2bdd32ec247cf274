//! What happens at several replicas at once is done once, and numbered without gaps.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use obn_tests::{NOON, Notice, RENEWING, Replicas, Tls};
use serde_json::json;
use x509_parser::prelude::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_ids_have_no_gaps_and_nothing_is_issued_twice() {
    let Some(replicas) = Replicas::start().await else { return };
    let notices: Vec<Notice> = join_all((0..60).map(|_| replicas.control.issue())).await;
    let ids: BTreeSet<_> = notices.iter().map(|notice| notice.request_id.clone()).collect();
    let wanted: BTreeSet<_> = (1..=60).map(|number| format!("20261123{number:07}")).collect();
    assert_eq!(ids, wanted);
    let serials: BTreeSet<_> = notices.iter().map(|notice| &notice.serial).collect();
    let references: BTreeSet<_> = notices.iter().map(|notice| &notice.reference_id).collect();
    assert_eq!((serials.len(), references.len()), (60, 60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_renews_at_all_replicas_at_once_renews_once() {
    let Some(replicas) = Replicas::start().await else { return };
    let made = replicas
        .control
        .post("//api/v1/worlds", &json!({"name": "quick", "profile": {"issue": {"delays": ["0s", "0s"]}}}))
        .await;
    assert_eq!(made.status, 201, "{}", made.summary());
    let control = replicas.control.of_world("quick");
    control.freeze(NOON).await;
    let tls = Tls::trusting(control.text("/root.pem").await);
    let terminals = join_all((0..4).map(|_| async {
        let notice = control.issue().await;
        replicas.browser_at("quick.localhost", &tls).download(&notice, "1234").await.pfx("1234")
    }))
    .await;
    control.freeze(RENEWING).await;
    let browsers = terminals.iter().flat_map(|pfx| {
        // Each with a session of its own.
        (0..3).map(|_| replicas.browser_at("quick.localhost", &tls.clone().showing(pfx)))
    });
    let browsers: Vec<_> = browsers.collect();
    // All stand before Submit, and then press it.
    let pages = join_all(browsers.iter().map(obn_tests::Browser::to_confirmation)).await;
    let sent =
        join_all(browsers.iter().zip(&pages).map(|(browser, page)| browser.submit(page, "Submit"))).await;
    assert!(sent.iter().any(|page| page.heading() == "送信完了"), "{}", sent[0].outline());
    let renewals = control.json("/renewals").await;
    let renewed: BTreeSet<_> =
        renewals.as_array().unwrap().iter().map(|renewal| renewal["renews"].as_str().unwrap()).collect();
    assert_eq!((renewed.len(), renewals.as_array().unwrap().len()), (4, 4), "{renewals}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_handed_out_once_is_handed_out_once_by_all() {
    let Some(replicas) = Replicas::start().await else { return };
    let profile = json!({"download": {"redownload": "once"}});
    let made = replicas.control.post("//api/v1/worlds", &json!({"name": "once", "profile": profile})).await;
    assert_eq!(made.status, 201, "{}", made.summary());
    let control = replicas.control.of_world("once");
    control.freeze(NOON).await;
    let notice = control.issue().await;
    let tls = Tls::trusting(control.text("/root.pem").await);
    let browsers: Vec<_> = (0..9).map(|_| replicas.browser_at("once.localhost", &tls)).collect();
    let answers = join_all(browsers.iter().map(|browser| browser.download(&notice, "1234"))).await;
    let files: Vec<_> = answers.iter().filter(|answer| answer.is_file()).collect();
    assert_eq!(files.len(), 1, "of nine");
    assert!(files[0].pfx("1234").fits());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revocation_lists_are_the_same_everywhere_and_their_numbers_have_no_gaps() {
    let Some(replicas) = Replicas::start().await else { return };
    let notices = join_all((0..6).map(|_| replicas.control.issue())).await;
    let mut browsers = Vec::new();
    for program in replicas.all() {
        browsers.push(program.browser().await);
    }
    let mut numbers = Vec::new();
    for notice in &notices {
        replicas.control.revoke(notice).await;
        let lists: Vec<_> = join_all(browsers.iter().map(|browser| browser.get("/crl.crl"))).await;
        let bodies: BTreeSet<_> = lists.iter().map(|list| &list.body).collect();
        assert_eq!(bodies.len(), 1, "all publish the same one");
        let (_, crl) = parse_x509_crl(&lists[0].body).unwrap();
        let revoked = crl.iter_revoked_certificates().map(|it| format!("{:032X}", it.user_certificate));
        assert!(revoked.collect::<Vec<_>>().contains(&notice.serial), "an answered revocation is on it");
        numbers.push(crl.crl_number().unwrap().to_string().parse::<u64>().unwrap());
    }
    let first = numbers[0];
    assert_eq!(numbers, (first..first + 6).collect::<Vec<_>>());
}
