//! The scene of a play: a simulator of its own, with a clock of its own.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use jiff::SignedDuration;
use obn_ca::clock::Duration;
use obn_ca::terms::RequestId;
use obn_ca::world::World;
use obn_ca::{Options, Simulator};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::subject::Subject;
use crate::control::Control;
use crate::error::Error;
use crate::eyes::Identity;
use crate::play::Sections;
use crate::simulator::{self, merge};

/// The scene before the first step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientGiven {
    /// The simulated clock starts so long before the present, such as `1130d`. What a scenario lets go
    /// by then brings it to the present, so that a client that looks at its own clock sees the same days.
    pub starts: Option<String>,
    /// Keys of the profile that the scenario stands on. A sweep doesn't change them.
    #[schemars(with = "Sections")]
    pub profile: toml::Table,
}

/// A renewal that was applied for.
#[derive(Debug)]
pub(super) struct AppliedFor {
    pub(super) request_id: String,
    pub(super) reference_id: String,
    pub(super) serial: String,
}

/// Where a scenario plays.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) world: Arc<World>,
    pub(super) control: Control,
    /// OBN_URL.
    pub(super) url: String,
    /// OBN_RENEWAL_URL, where a listener of its own asks for the client certificate.
    pub(super) renewal_url: Option<String>,
    /// OBN_LOGIN_URL: a site that the certificate is for.
    pub(super) login_url: Option<String>,
    /// The simulator's dashboard, for who wants to see more.
    pub(super) dashboard: String,
    simulator: Option<Simulator>,
    seed: String,
}

impl Stage {
    /// Starts the simulator. What the scenario says of the profile goes before what the sweep says.
    pub(super) async fn set(given: &ClientGiven, subject: &Subject) -> Result<Self, Error> {
        let Subject { reading, seed, now, listen, .. } = subject;
        let mut table = reading.clone();
        merge(&mut table, &given.profile);
        let simulator = Box::pin(start(&table, seed, *listen)).await?;
        let world = Arc::clone(&simulator.worlds().default_world().world);
        let starts = match &given.starts {
            Some(ago) => *now - duration(ago)?,
            None => *now,
        };
        let address = simulator.control_url().parse().map_err(|error| Error::broken("control", error))?;
        let control = Control::new(&address, None)?;
        control.freeze(starts).await?;
        Ok(Self {
            world,
            control,
            url: simulator.portal_url(),
            renewal_url: simulator.renewal_url(),
            login_url: simulator.relying_party_url(),
            dashboard: simulator.control_url(),
            simulator: Some(simulator),
            seed: seed.to_owned(),
        })
    }

    pub(super) async fn stop(&mut self) {
        if let Some(simulator) = self.simulator.take() {
            simulator.stop().await;
        }
    }

    /// Time goes by; the clock stands still in between.
    pub(super) async fn advance(&self, by: SignedDuration) -> Result<(), Error> {
        let now = self.world.clock.now() + by;
        self.control.freeze(now).await
    }

    /// The certificate of a notice as a PFX file.
    pub(super) async fn pfx(&self, notice: &Value, password: &str) -> Result<Vec<u8>, Error> {
        let text = |key: &str| notice.get(key).and_then(Value::as_str).unwrap_or_default();
        download(&self.world, text("request_id"), text("reference_id"), password).await
    }

    /// The same institution's certificate of a CA with another name.
    pub(super) async fn pfx_of_another_ca(&self, notice: &Value, password: &str) -> Result<Vec<u8>, Error> {
        let broken = |error: &dyn std::fmt::Display| Error::broken("another CA", error);
        let profile = toml::toml! { ca.common_name = "Some Other CA" };
        let other = start(&profile, &format!("{} another CA", self.seed), None).await?;
        let world = Arc::clone(&other.worlds().default_world().world);
        let set = world.set_clock(Some(self.world.clock.now()), None).await;
        set.map_err(|error| broken(&error))?;
        let code = notice.get("institution_code").and_then(Value::as_str).unwrap_or_default();
        let institution_code = parsed(code, "institution code")?;
        let application = obn_ca::authority::IssueOrder { institution_code, ..obn_ca::sample_application() };
        let (record, _) = world.issue(application).await.map_err(|error| broken(&error))?;
        let (request_id, reference_id) = (&record.notice.request_id, &record.notice.reference_id);
        download(&world, request_id.as_str(), reference_id.reveal(), password).await
    }

    /// What a person can compare the TLS root by: its fingerprint, with colons and without.
    pub(super) fn root(&self) -> Value {
        let bytes = Sha256::digest(self.world.tls().root());
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serde_json::json!({ "sha256": digits.join(":"), "sha256_bare": digits.concat() })
    }

    /// Names of faults that are switched on and never struck.
    pub(super) fn idle_faults(&self) -> Vec<String> {
        let faults = self.world.faults.list().into_iter().filter(|fault| fault.fired == 0);
        faults.map(|fault| fault.rule.name).collect()
    }

    /// Each renewal that was applied for, oldest first.
    pub(super) async fn renewals(&self) -> Result<Vec<AppliedFor>, Error> {
        let renewals = self.world.renewals().await.map_err(|error| Error::broken("renewals", error))?;
        let ids = renewals.iter().map(|renewal| AppliedFor {
            request_id: renewal.request_id.to_string(),
            reference_id: renewal.reference_id.reveal().to_owned(),
            serial: renewal.serial.to_string(),
        });
        Ok(ids.collect())
    }
}

/// A length of time as people write it.
pub(super) fn duration(text: &str) -> Result<SignedDuration, Error> {
    text.parse::<Duration>().map(|duration| duration.0).map_err(Error::Scenario)
}

/// A PFX file with two keys and their certificates.
pub(super) fn joined(first: &[u8], second: &[u8], password: &str) -> Result<Vec<u8>, Error> {
    let broken = |error: p12_keystore::error::Error| Error::broken("a PFX file with two keys", error);
    let mut store = KeyStore::new();
    for (number, bytes) in [(1u8, first), (2, second)] {
        let identity = Identity::open(bytes, password)?;
        let key = PrivateKey::from_der(identity.key()?).map_err(broken)?;
        let mut certificates = vec![identity.certificate()?.der()];
        certificates.extend(identity.authorities()?);
        let certificates: Result<Vec<_>, _> = certificates.into_iter().map(Certificate::from_der).collect();
        let chain = PrivateKeyChain::new([number].as_slice(), key, certificates.map_err(broken)?);
        store.add_entry(&format!("{number}"), KeyStoreEntry::PrivateKeyChain(chain));
    }
    let writer =
        store.writer(password).encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc);
    writer.mac_algorithm(MacAlgorithm::HmacSha1).write().map_err(broken)
}

async fn start(profile: &toml::Table, seed: &str, listen: Option<SocketAddr>) -> Result<Simulator, Error> {
    let usual = Options::for_tests();
    let listen = listen.unwrap_or(usual.listen);
    let relying_party = Some(usual.control);
    simulator::start(profile, seed, Options { listen, http: None, relying_party, ..usual }).await
}

async fn download(
    world: &World,
    request_id: &str,
    reference_id: &str,
    password: &str,
) -> Result<Vec<u8>, Error> {
    let request_id: RequestId = parsed(request_id, "request ID")?;
    let (reference_id, pin) = (parsed(reference_id, "reference ID")?, parsed(password, "password")?);
    let file = world.download(&request_id, &reference_id, pin).await;
    file.map(|file| file.bytes).map_err(|error| Error::broken("a certificate to give", error))
}

fn parsed<T: FromStr>(text: &str, what: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Scenario(format!("{text:?} is no {what}")))
}
