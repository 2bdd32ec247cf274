//! Our client against every fault of the simulator's catalogue: it ends in the right result or the right error, applies
//! once, loses no key, and does its work as soon as the fault is gone.

use futures_util::future::join_all;
use obn_client::{Download, Error, Identity, Notice as ClientNotice};
use obn_tests::{Clinic, Environment};
use serde_json::{Value, json};

const JOURNEYS: [&str; 4] = ["root", "download", "renew", "revoke"];

/// A clinic on the way to something.
struct Traveller(Clinic);

impl Traveller {
    /// One try. What came is checked here; how it ended is the caller's concern.
    async fn travel(&mut self, journey: &str) -> Result<(), Error> {
        let client = self.0.client();
        match journey {
            "root" => client.root_certificate().await.map(drop),
            // Within the window: a second terminal, whose certificate is as old as today.
            "download" => {
                let notice = self.0.env.issue().await;
                let download = client.download(&notice.ids(), &Clinic::pin()).await?;
                self.check(&download, &notice.serial);
                Ok(())
            }
            "renew" => {
                let record = self.0.disk.0.take();
                self.0.disk.0 = record.clone();
                let renewed = client.renew(&Clinic::pin(), record, &mut self.0.disk).await?;
                let renewals = self.list("/renewals").await;
                self.check(&renewed.download, renewals[0]["serial"].as_str().unwrap());
                Ok(())
            }
            // What a person does who is told that the renewal has been made already.
            "collect" => {
                let renewed = client.collect(None, &Clinic::pin()).await?;
                let renewals = self.list("/renewals").await;
                self.check(&renewed.download, renewals[0]["serial"].as_str().unwrap());
                Ok(())
            }
            "revoke" => {
                let ClientNotice { request_id, reference_id, .. } = self.0.notice.ids();
                let mail = "clinic@example.jp".parse().unwrap();
                client.revoke(&request_id, &reference_id, &mail).await.map(drop)
            }
            other => panic!("{other}"),
        }
    }

    fn check(&self, download: &Download, serial: &str) {
        download.identity.verify().unwrap();
        assert_eq!(download.identity.certificate().serial().to_uppercase(), serial);
        assert_eq!(Identity::from_pfx(&download.pfx, &(&Clinic::pin()).into()).unwrap(), download.identity);
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.0.env.control.json(path).await.as_array().unwrap().clone()
    }
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
    let mut traveller = Traveller(Clinic::new().await);
    traveller.0.env.control.fault(&json!({ "name": fault })).await;
    let first = traveller.travel(journey).await;
    let strikes = traveller.0.env.control.fired().await[0];
    let line = format!("{fault} {journey}: {}", told(&traveller.0.env, &first));
    assert!(first.is_ok() || strikes > 0, "{line}, though nothing struck");

    traveller.0.env.control.delete("/faults").await;
    if first.is_err() {
        // The fault only pretends that the issue failed: behind it the certificate lies ready in the list.
        let next = if strikes > 0 && fault == "renewal_fails" { "collect" } else { journey };
        let again = traveller.travel(next).await;
        let again_told = told(&traveller.0.env, &again);
        // What the CA has done although the answer was lost can't be done twice, and it says so.
        let applied = journey == "revoke" && !traveller.list("/revocations").await.is_empty();
        assert!(again.is_ok() || (applied && again_told.starts_with("refused")), "{line}; then {again_told}");
    }
    for (path, of) in [("/renewals", "renew"), ("/revocations", "revoke")] {
        let applications = traveller.list(path).await.len();
        assert_eq!(applications, usize::from(journey == of), "{line}: {path}");
    }
    traveller.0.old.verify().unwrap();
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
