//! Our client against every fault of the simulator's catalogue: it ends in the right result or the right error, applies
//! once, loses no key, and does its work as soon as the fault is gone.

use futures_util::future::join_all;
use obn_client::{
    Client, Clock, Download, Error, Identity, Notice as ClientNotice, Password, RenewalKeeper, RenewalRecord,
};
use obn_tests::{Environment, Notice};
use serde_json::{Value, json};

use crate::terminal::{ISSUED, RENEWING};

const JOURNEYS: [&str; 4] = ["root", "download", "renew", "revoke"];

/// A disk, so to speak: what is on it survives the client.
#[derive(Default)]
struct Disk(Option<RenewalRecord>);

impl RenewalKeeper for Disk {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        self.0 = record.cloned();
        Ok(())
    }
}

/// A terminal of its own simulator, on the way to something.
struct Traveller {
    env: Environment,
    notice: Notice,
    old: Identity,
    disk: Disk,
}

impl Traveller {
    async fn new() -> Self {
        let env = Environment::with("[issue]\ndelays = [\"0s\", \"0s\"]").await;
        env.control.freeze(ISSUED).await;
        let notice = env.issue().await;
        let client = env.client().clock(Clock::fixed(ISSUED.parse().unwrap())).build().unwrap();
        let old = client.download(&of(&notice), &password()).await.unwrap().identity;
        env.control.freeze(RENEWING).await;
        Self { env, notice, old, disk: Disk::default() }
    }

    fn client(&self) -> Client {
        let clock = Clock::fixed(RENEWING.parse().unwrap());
        self.env.client().clock(clock).identity(self.old.clone()).build().unwrap()
    }

    /// One try. What came is checked here; how it ended is the caller's concern.
    async fn travel(&mut self, journey: &str) -> Result<(), Error> {
        let client = self.client();
        match journey {
            "root" => client.root_certificate().await.map(drop),
            // Within the window: a second terminal, whose certificate is as old as today.
            "download" => {
                let notice = self.env.issue().await;
                let download = client.download(&of(&notice), &password()).await?;
                self.check(&download, &notice.serial);
                Ok(())
            }
            "renew" => {
                let record = self.disk.0.take();
                self.disk.0 = record.clone();
                let renewed = client.renew(&password(), record, &mut self.disk).await?;
                let renewals = self.list("/renewals").await;
                self.check(&renewed.download, renewals[0]["serial"].as_str().unwrap());
                Ok(())
            }
            // What a person does who is told that the renewal has been made already.
            "collect" => {
                let renewed = client.collect(None, &password()).await?;
                let renewals = self.list("/renewals").await;
                self.check(&renewed.download, renewals[0]["serial"].as_str().unwrap());
                Ok(())
            }
            "revoke" => {
                let ClientNotice { request_id, reference_id, .. } = of(&self.notice);
                let mail = "clinic@example.jp".parse().unwrap();
                client.revoke(&request_id, &reference_id, &mail).await.map(drop)
            }
            other => panic!("{other}"),
        }
    }

    fn check(&self, download: &Download, serial: &str) {
        download.identity.verify().unwrap();
        assert_eq!(download.identity.certificate().serial().to_uppercase(), serial);
        assert_eq!(Identity::from_pfx(&download.pfx, &password()).unwrap(), download.identity);
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.env.control.json(path).await.as_array().unwrap().clone()
    }
}

fn password() -> Password {
    Password::new("1234")
}

fn of(notice: &Notice) -> ClientNotice {
    ClientNotice::new(notice.request_id.parse().unwrap(), notice.reference_id.parse().unwrap())
}

/// A result in words, without the port.
fn told(env: &Environment, result: &Result<(), Error>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(error) => {
            let text = error.to_string().replace(&env.simulator.portal_address().port().to_string(), "PORT");
            format!("{} {text}", error.kind())
        }
    }
}

/// Plays one journey under one fault and tells how it went, in one line.
async fn play(fault: &str, journey: &str) -> String {
    let mut traveller = Traveller::new().await;
    let switched_on = traveller.env.control.post("/faults", &json!({ "name": fault })).await;
    assert_eq!(switched_on.status, 201, "{}", switched_on.summary());
    let first = traveller.travel(journey).await;
    let strikes = traveller.list("/faults").await[0]["fired"].as_u64().unwrap();
    let line = format!("{fault} {journey}: {}", told(&traveller.env, &first));
    assert!(first.is_ok() || strikes > 0, "{line}, though nothing struck");

    traveller.env.control.delete("/faults").await;
    if first.is_err() {
        // The fault only pretends that the issue failed: behind it the certificate lies ready in the list.
        let next = if strikes > 0 && fault == "renewal_fails" { "collect" } else { journey };
        let again = traveller.travel(next).await;
        let again_told = told(&traveller.env, &again);
        // What the CA has done although the answer was lost can't be done twice, and it says so.
        let applied = journey == "revoke" && !traveller.list("/revocations").await.is_empty();
        assert!(again.is_ok() || (applied && again_told.starts_with("refused")), "{line}; then {again_told}");
    }
    for (path, of) in [("/renewals", "renew"), ("/revocations", "revoke")] {
        let applications = traveller.list(path).await.len();
        assert_eq!(applications, usize::from(journey == of), "{line}: {path}");
    }
    traveller.old.verify().unwrap();
    if strikes == 0 { format!("{fault} {journey}: untouched") } else { line }
}

#[tokio::test]
async fn the_client_ends_rightly_under_every_fault_of_the_catalogue() {
    let env = Environment::start().await;
    let catalogue = env.control.json("/faults/catalogue").await;
    let names: Vec<String> = catalogue
        .as_array()
        .unwrap()
        .iter()
        .map(|named| named["name"].as_str().unwrap().to_owned())
        .collect();
    let plays = names.iter().flat_map(|fault| JOURNEYS.map(|journey| Box::pin(play(fault, journey))));
    // Side by side, because some faults are slow.
    let lines = join_all(plays).await;
    insta::assert_snapshot!(lines.join("\n"));
}
