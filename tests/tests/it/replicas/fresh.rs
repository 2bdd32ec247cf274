//! Three that are started at the same moment on an empty database.

use std::collections::BTreeSet;

use obn_tests::{Cluster, Replicas};

#[tokio::test]
async fn three_fresh_replicas_that_start_at_once_are_one_ca_with_one_sample() {
    let Some(cluster) = Cluster::shared().await else { return };
    let Some(replicas) = Replicas::fresh(cluster, &[]).await else { return };
    let (mut authorities, mut samples) = (BTreeSet::new(), BTreeSet::new());
    for program in replicas.all() {
        let control = &program.control;
        authorities.insert((control.text("/root.pem").await, control.text("/issuer.pem").await));
        let notices = control.json("/notices").await;
        assert_eq!(notices.as_array().unwrap().len(), 1, "one sample: {notices}");
        samples.insert(notices[0]["request_id"].as_str().unwrap().to_owned());
        // Who was not the first may be ready before it is there.
        samples.extend(program.ready.sample_notice.iter().map(|told| told.request_id.clone()));
    }
    assert_eq!((authorities.len(), samples.len()), (1, 1), "{authorities:?} {samples:?}");

    // Each portal is under that root, and lets in who has a certificate of any other.
    let notice = replicas.all().find_map(|program| program.ready.sample_notice.clone()).expect("one made it");
    let pfx = replicas.replica(1).browser().await.download(&notice, "1234").await.pfx("1234");
    assert!(pfx.fits());
    for program in replicas.all() {
        let page = program.browser_showing(&pfx).await.open("/p/ru").await;
        assert!(page.says("更新"), "{}", page.outline());
    }
}
