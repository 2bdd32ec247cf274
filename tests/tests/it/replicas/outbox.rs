//! Each mail goes out once, whichever replica sends it.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use obn_tests::Replicas;
use serde_json::json;

use crate::programs::smtp::Catcher;

const MAILS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mail_is_sent_once_by_one_of_the_replicas() {
    // Two recipients are turned away at first, and come again.
    let Some(mut catcher) = Catcher::start(2).await else { return };
    let Some(replicas) = Replicas::with(&["--smtp", &catcher.address]).await else { return };
    join_all((0..MAILS).map(|number| {
        let replicas = &replicas;
        async move {
            let notice = replicas.control.issue().await;
            let browser = replicas.browser().await;
            browser.apply_for_revocation(&notice, &format!("tanto{number}@clinic.example.jp")).await;
            let approve = format!("/revocations/{}/approve", notice.request_id);
            let approved = replicas.control.post(&approve, &json!({})).await;
            assert_eq!(approved.status, 200, "{}", approved.summary());
        }
    }))
    .await;
    let (mut to, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..MAILS {
        let mail = catcher.mail().await;
        to.insert(mail["rcpt"][0].as_str().unwrap().to_owned());
        ids.insert(mail["Message-ID"].as_str().unwrap().to_owned());
    }
    assert_eq!((to.len(), ids.len()), (MAILS, MAILS), "{to:?} {ids:?}");
    // The last one leaves the queue a moment after it was taken.
    let mut sent = 0;
    while sent < MAILS {
        let records = replicas.control.json("/journal?outcome=mail.sent").await;
        sent = records.as_array().unwrap().len();
    }
    assert_eq!(sent, MAILS);
    assert_eq!(replicas.database.sql("SELECT COUNT(*) FROM deliveries").await, "0");
}
