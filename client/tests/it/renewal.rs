//! Manual 2.2 and 2.2.1 through the library: renewal, with everything that can break on the way.

use obn_client::{
    Breach, Client, Error, Identity, Patience, Pin, RenewalKeeper, RenewalRecord, RenewalStatus,
    RenewedCertificate,
};

use crate::portal::{Portal, no_pauses};
use crate::renewal_site::{BUSY, Fault, STEPS, Site, Step};

fn password() -> Pin {
    "2468".parse().unwrap()
}

fn client(portal: &Portal, identity: &Identity) -> Client {
    let patience = Patience { searches: 5, ..no_pauses() };
    portal.client().identity(identity.clone()).patience(patience).build().unwrap()
}

async fn renew(site: Site) -> (std::sync::Arc<Site>, Result<RenewedCertificate, Error>) {
    let (site, portal) = site.start().await;
    let result = client(&portal, &site.old).renew(&password(), None, &mut ()).await;
    (site, result)
}

/// A disk, so to speak: what is on it survives the client.
#[derive(Default)]
struct Disk {
    record: Option<RenewalRecord>,
    statuses: Vec<RenewalStatus>,
}

impl RenewalKeeper for Disk {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        self.record = record.cloned();
        Ok(())
    }

    fn progress(&mut self, status: RenewalStatus) {
        self.statuses.push(status);
    }
}

#[tokio::test]
async fn a_renewal_goes_through_every_status_to_a_new_certificate() {
    let (site, portal) = Site::new().start().await;
    let mut disk = Disk::default();
    let renewed = client(&portal, &site.old).renew(&password(), None, &mut disk).await.unwrap();
    assert_eq!(
        disk.statuses,
        [RenewalStatus::GeneratingKey, RenewalStatus::RequestingIssue, RenewalStatus::Issued]
    );
    assert_eq!(renewed.request_id.unwrap().to_string(), "202611230000001");
    assert_eq!(renewed.reference_id.unwrap().to_string(), "zigLUVC29Q");
    let (old, new) = (site.old.certificate(), renewed.download.identity.certificate());
    assert_eq!(new.subject(), old.subject());
    assert!(new.not_after() > old.not_after());
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn a_fault_at_any_step_is_survived_with_one_application() {
    for step in STEPS {
        for fault in [Fault::SessionLost, Fault::Cut] {
            let (site, result) = renew(Site::new().with(step, fault)).await;
            assert!(result.is_ok(), "{step:?} {fault:?}: {result:?}");
            assert_eq!(site.applications(), 1, "{step:?} {fault:?}");
            assert_eq!(site.faults_left(), 0, "{step:?} {fault:?}");
        }
    }
    let (site, result) = renew(Site::new().with(Step::File, Fault::Corrupt)).await;
    result.unwrap();
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn a_process_that_dies_at_any_step_is_followed_by_one_that_completes() {
    for step in STEPS {
        let (site, portal) = Site::new().with(step, Fault::Hang).start().await;
        let client = client(&portal, &site.old);
        let mut disk = Disk::default();
        let password = password();
        tokio::select! {
            result = client.renew(&password, None, &mut disk) => panic!("{step:?}: {result:?}"),
            () = portal.hangs() => {}
        }
        let renewed = client.renew(&password, disk.record.take(), &mut disk).await;
        assert!(renewed.is_ok(), "{step:?}: {renewed:?}");
        assert_eq!(site.applications(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_application_is_final_and_leaves_no_record() {
    let (site, portal) = Site { refuses: Some("更新可能期間ではありません。"), ..Site::new() }.start().await;
    let mut disk = Disk::default();
    let error = client(&portal, &site.old).renew(&password(), None, &mut disk).await.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error:?}") };
    assert_eq!(refusal.messages, ["更新可能期間ではありません。"]);
    assert_eq!((disk.record, site.applications()), (None, 0));
}

#[tokio::test]
async fn a_page_instead_of_an_answer_after_submit_leads_to_no_second_application() {
    let first_time = [Step::Submit, Step::Status, Step::Key, Step::Password, Step::File];
    let sites = first_time.map(|step| Site::new().with(step, BUSY));
    let second_look = Site::new().with(Step::Status, Fault::Spares).with(Step::Status, BUSY);
    for site in sites.into_iter().chain([second_look]) {
        let (site, portal) = site.start().await;
        let client = client(&portal, &site.old);
        let mut disk = Disk::default();
        let first = client.renew(&password(), None, &mut disk).await;
        assert_eq!((site.applications(), site.faults_left()), (1, 0), "{first:?}");
        if first.is_err() {
            assert!(disk.record.is_some(), "{first:?}");
            client.renew(&password(), disk.record.take(), &mut disk).await.unwrap();
        }
        assert_eq!(site.applications(), 1, "{first:?}");
    }
}

#[tokio::test]
async fn a_page_instead_of_the_list_is_no_list_without_the_application() {
    let site = Site::new().with(Step::Submit, BUSY).with(Step::List, Fault::Spares).with(Step::List, BUSY);
    let (site, portal) = site.start().await;
    let patience = Patience { searches: 1, ..no_pauses() };
    let hasty = portal.client().identity(site.old.clone()).patience(patience).build().unwrap();
    let mut disk = Disk::default();
    let error = hasty.renew(&password(), None, &mut disk).await.unwrap_err();
    assert_eq!((error.exit_status(), site.faults_left()), (4, 0), "{error}");
    client(&portal, &site.old).renew(&password(), disk.record.take(), &mut disk).await.unwrap();
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn a_receipt_that_another_page_hides_is_found_in_the_list_at_once() {
    for step in [Step::Submit, Step::Status] {
        let (site, result) = renew(Site::new().with(step, BUSY)).await;
        assert_eq!(result.unwrap().request_id.unwrap().to_string(), "202611230000001", "{step:?}");
        assert_eq!(site.applications(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn submit_is_refused_only_by_a_page_that_says_so_of_the_application() {
    for (text, is_clear) in [
        ("この証明書はまだ更新できません。2026年9月2日から更新を申請できます。", true),
        ("失効しているため、更新を申請できません。", true),
        ("更新申請は却下されました。", true),
        ("ただ今アクセスが集中しています。", false),
        ("ただ今混み合っており、申請を受け付けられません。しばらくしてからお試しください。", false),
        ("システムエラーのため申請できません。", false),
        ("この証明書はすでに更新されているため、申請できません。", false),
        ("証明書ステータスを表示できません。", false),
    ] {
        let (site, portal) = Site::new().with(Step::Submit, Fault::Refuses(text)).start().await;
        let mut disk = Disk::default();
        let error = client(&portal, &site.old).renew(&password(), None, &mut disk).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!((error.exit_status(), disk.record.is_none()), (if is_clear { 1 } else { 4 }, is_clear));
        assert_eq!(site.applications(), 0, "{text}");
    }
}

#[tokio::test]
async fn a_page_instead_of_the_list_is_not_an_empty_list() {
    let (site, portal) = Site::new().with(Step::List, BUSY).start().await;
    let error = client(&portal, &site.old).collect(None, &password()).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::WrongPage { .. })), "{error:?}");
}

#[tokio::test]
async fn an_application_that_fails_is_a_refusal_and_leaves_no_record() {
    let (site, portal) = Site { ends_as: "発行失敗", ..Site::new() }.start().await;
    let mut disk = Disk::default();
    let error = client(&portal, &site.old).renew(&password(), None, &mut disk).await.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error:?}") };
    assert_eq!(refusal.messages, ["発行失敗"]);
    assert_eq!((disk.record, site.applications()), (None, 1));
}

#[tokio::test]
async fn a_status_that_never_becomes_issued_ends_in_an_error_and_keeps_the_record() {
    let (site, portal) = Site { ends_as: "発行要求中", ..Site::new() }.start().await;
    let mut disk = Disk::default();
    let error = client(&portal, &site.old).renew(&password(), None, &mut disk).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::NotIssuedInTime(_))), "{error:?}");
    assert!(matches!(disk.record, Some(RenewalRecord::Applied { .. })));
}

#[tokio::test]
async fn a_server_that_is_busy_for_a_moment_ends_no_renewal() {
    // The first status is shown by Submit, the second is the first look of one who waits.
    let looks = [Step::Submit, Step::Status, Step::Key, Step::Password, Step::File];
    for status in [429, 500, 502, 503, 504] {
        for step in looks {
            let (site, result) = renew(Site::new().with(step, Fault::Busy(status, "0"))).await;
            assert!(result.is_ok(), "{step:?} {status}: {result:?}");
            assert_eq!((site.applications(), site.faults_left()), (1, 0), "{step:?} {status}");
        }
        let busy = Site::new().with(Step::Status, Fault::Spares).with(Step::Status, Fault::Busy(status, ""));
        let busy = busy.with(Step::Status, Fault::Busy(status, "Thu, 01 Jan 1970 00:00:00 GMT"));
        let (site, result) = renew(busy).await;
        assert!(result.is_ok(), "{status}: {result:?}");
        assert_eq!((site.applications(), site.faults_left()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_server_that_says_when_to_come_again_is_left_alone_until_then() {
    let busy = Site::new().with(Step::Status, Fault::Spares).with(Step::Status, Fault::Busy(503, "1"));
    let (site, portal) = busy.start().await;
    let (client, password, mut disk) = (client(&portal, &site.old), password(), Disk::default());
    let hasty = std::time::Duration::from_millis(900);
    let early = tokio::time::timeout(hasty, client.renew(&password, None, &mut disk)).await;
    assert!(early.is_err(), "{early:?}");
    client.renew(&password, disk.record.take(), &mut disk).await.unwrap();
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_given_up_with_the_record_kept() {
    let busy = Site::new().with(Step::Status, Fault::Spares).with(Step::List, Fault::Spares);
    let busy = (0..40).fold(busy, |site, _| {
        site.with(Step::Status, Fault::Busy(503, "")).with(Step::List, Fault::Busy(503, ""))
    });
    let (site, portal) = busy.start().await;
    let mut disk = Disk::default();
    let patience = Patience { polls: 3, searches: 3, ..no_pauses() };
    let client = portal.client().identity(site.old.clone()).patience(patience).build().unwrap();
    let error = client.renew(&password(), None, &mut disk).await.unwrap_err();
    assert_eq!(error.exit_status(), 3, "{error}");
    assert!(matches!(disk.record, Some(RenewalRecord::Applied { .. })));
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn a_certificate_for_somebody_else_is_not_believed() {
    let (_, result) = renew(Site { names: "0110113719", ..Site::new() }).await;
    assert!(matches!(result, Err(Error::Protocol(Breach::SubjectChanged { .. }))), "{result:?}");
}

#[tokio::test]
async fn a_certificate_of_another_terminal_in_the_list_is_left_alone() {
    // Same institution, so nothing but the request ID tells them apart.
    let others = "<tr><td>202611010000009<td>0110119153<td><a href='/p/ru/wrong'>Download Key</a>";
    for step in [Step::Submit, Step::File] {
        let (site, result) = renew(Site { others, ..Site::new() }.with(step, Fault::Cut)).await;
        assert_eq!(result.unwrap().request_id.unwrap().to_string(), "202611230000001", "{step:?}");
        assert_eq!(site.applications(), 1);
    }
}

#[tokio::test]
async fn an_application_that_is_under_way_is_adopted_where_the_site_leads_to_it() {
    let (site, portal) = Site::new().start().await;
    let client = client(&portal, &site.old);
    // Made in another browser, of which nothing is known here.
    let elsewhere = client.apply_for_renewal().await.unwrap();
    let renewed = client.renew(&password(), None, &mut ()).await.unwrap();
    assert_eq!(renewed.request_id.as_ref(), Some(elsewhere.request_id()));
    assert_eq!(site.applications(), 1);
}

#[tokio::test]
async fn collect_fetches_what_an_earlier_application_left() {
    let (site, portal) = Site::new().start().await;
    let client = client(&portal, &site.old);
    let empty = client.collect(None, &password()).await.unwrap_err();
    assert!(matches!(empty, Error::Refused(_)), "{empty:?}");
    let mut renewal = client.apply_for_renewal().await.unwrap();
    renewal.issued(|_| ()).await.unwrap();
    let renewed = client.collect(None, &password()).await.unwrap();
    assert_eq!(renewed.request_id.as_ref(), Some(renewal.request_id()));
    let by_id = client.collect(Some(renewal.request_id()), &password()).await.unwrap();
    assert_eq!(by_id.request_id.as_ref(), Some(renewal.request_id()));
}

#[tokio::test]
async fn collect_asks_which_one_if_there_are_several() {
    let others = "<tr><td>202611010000009<td>0110119153<td><a href='/p/ru/wrong'>Download Key</a>";
    let (site, portal) = Site { others, ..Site::new() }.start().await;
    let client = client(&portal, &site.old);
    let mut renewal = client.apply_for_renewal().await.unwrap();
    renewal.issued(|_| ()).await.unwrap();
    assert_eq!(client.collect(None, &password()).await.unwrap_err().exit_status(), 2);
    client.collect(Some(renewal.request_id()), &password()).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_certificate_can_t_renew() {
    let (_, portal) = Site::new().start().await;
    let client = portal.client().build().unwrap();
    let error = client.renew(&password(), None, &mut ()).await.unwrap_err();
    assert_eq!(error.exit_status(), 2);
    assert!(portal.seen().is_empty());
}
