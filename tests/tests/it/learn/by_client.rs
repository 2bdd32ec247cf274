//! What `obn --record` writes: the client does all that it can, once right and once wrong, and its recording is redacted.

use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_client::recording::har::Har;
use obn_client::recording::recorder::Recorder;
use obn_client::{Applicant, ApplicationForm, ClientBuilder, Error, Notice, RenewalKeeper, RenewalRecord};
use obn_tests::{Environment, RENEWING};

use super::groups::{chosen, groups, missing, truth};
use super::redacted::{given_away, lost_by_redaction};
use super::{false_values, learnt};

/// What the client doesn't connect to, so that nothing else shows.
fn is_refused(key: &str) -> bool {
    matches!(key, "tls.leaf_days" | "tls.send_intermediate" | "tls.root_not_after")
}

async fn recorded(profile: &Profile) -> Har {
    let loopback = "127.0.0.1:0".parse().unwrap();
    let options = Options { renewal_listen: Some(loopback), ..Options::for_tests() };
    let env = Environment::options(options.profile(profile.clone()).seed("learn")).await;
    let recorder = Recorder::new();
    // It doesn't matter how each of it ends: the recording shows that.
    let client = |builder: ClientBuilder| builder.recorder(&recorder).build().unwrap();
    let plain = client(env.client());
    let _ = plain.root_certificate().await;
    let _ = plain.installer().await;
    let _ = plain.apply(&application()).await;
    let notice = ids(&env.issue().await);
    let wrong = Notice::new(notice.request_id.clone(), "FPwNiG5g4r".parse().unwrap());
    let pin = "8461".parse().unwrap();
    let _ = plain.download(&wrong, &pin).await;
    if let Ok(first) = plain.download(&notice, &pin).await {
        env.control.freeze(RENEWING).await;
        let terminal = client(env.client().identity(first.identity.clone()));
        let pin = "2468".parse().unwrap();
        if let Ok(mut renewal) = terminal.apply_for_renewal().await {
            for _ in 0..20 {
                env.control.advance("7s").await;
                let _ = renewal.refresh().await;
            }
        }
        // The renewal that is there is found, and its key fetched.
        let _ = terminal.renew(&pin, None, &mut Keeper).await;
        let _ = terminal.collect(None, &pin).await;
        let mail = "tantou@clinic.example.jp".parse().unwrap();
        let _ = terminal.revoke(&notice.request_id, &notice.reference_id, &mail).await;
    }
    recorder.har()
}

fn ids(notice: &obn_tests::Notice) -> Notice {
    Notice::new(notice.request_id.parse().unwrap(), notice.reference_id.parse().unwrap())
}

fn application() -> ApplicationForm {
    ApplicationForm {
        applicant: Applicant::Institution,
        holder: "0110119153".parse().unwrap(),
        name: "札幌中央診療所".to_owned(),
        department: "医事課".to_owned(),
        telephone: "011-123-4567".to_owned(),
        mail: "tantou@clinic.example.jp".parse().unwrap(),
        terminal_name: "受付1号機".to_owned(),
        certificates: 1,
    }
}

/// Keeps nothing.
struct Keeper;

impl RenewalKeeper for Keeper {
    fn keep(&mut self, _: Option<&RenewalRecord>) -> Result<(), Error> {
        Ok(())
    }
}

/// What its way doesn't come by is no loss: what the original shows, the redacted recording has to show as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_client_records_teaches_the_same_when_it_is_redacted() {
    let (mut of, mut shown, mut found, mut wrong) = (0, 0, 0, Vec::new());
    let chosen: Vec<_> = chosen().into_iter().filter(|it| !is_refused(it.changes[0].key)).collect();
    for (_, group) in groups(&chosen) {
        let truth = truth(&group).unwrap();
        let har = recorded(&truth).await;
        let (before, after) = (learnt(&har), learnt(&given_away(&har)));
        wrong.extend(false_values(&before, &truth));
        wrong.extend(false_values(&after, &truth).into_iter().map(|told| format!("redacted: {told}")));
        wrong.extend(lost_by_redaction(&before, &after).into_iter().map(|key| format!("redacted: no {key}")));
        of += group.len();
        shown += group.len() - missing(&group, &before, &truth).len();
        found += group.len() - missing(&group, &after, &truth).len();
        println!(
            "{} exchanges, {} keys known, {} of the redacted",
            har.log.entries.len(),
            before.known.len(),
            after.known.len()
        );
    }
    println!(
        "of {of} readings the client's way shows {shown}, {found} of them are found in the redacted recording"
    );
    assert!(wrong.is_empty(), "what isn't so:\n{}", wrong.join("\n"));
    assert!(shown * 2 > of, "it comes by more than that: {shown}");
}
