//! What scenarios are played against: a simulator of the harness's own for each, or a portal that
//! runs somewhere.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use obn_ca::Options;
use obn_speech::{Words, words};
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use url::Url;

use super::scenario::Scenario;
use super::stage::Stage;
use crate::bilingual::{Bilingual, wording};
use crate::control::Control;
use crate::error::Error;
use crate::eyes::Distortion;
use crate::play::Skip;
use crate::simulator::{self, keys, merge, unusual};

/// On this day scenarios play that don't name another.
const USUAL_DAY: &str = "2026-11-24T10:00:00+09:00";

/// How long a site may take for one answer if nobody says otherwise.
const USUAL_PATIENCE: Duration = Duration::from_secs(30);

/// What scenarios are played against.
#[derive(Clone, Debug)]
pub enum Target {
    /// A fresh simulator for each play, on free ports, with its own frozen clock.
    Own {
        /// Keys that differ from the default profile, whatever a scenario says.
        profile: toml::Table,
        /// Keys, IDs and certificates repeat with it.
        seed: String,
        /// What else is wrong with it: how the harness shows that it bites.
        broken: Broken,
    },
    /// A portal that runs already. Plays follow one another.
    Remote(Box<Remote>),
}

/// A portal that runs already.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Where its pages are.
    pub url: Url,
    /// The TLS roots to trust.
    pub roots: Vec<CertificateDer<'static>>,
    /// Its control API, if it has one.
    pub control: Option<Url>,
    /// The bearer token that control wants.
    pub control_token: Option<String>,
    /// Where the revocation list's host is reached, if not by its name.
    pub http: Option<Url>,
    /// Where a site is that the certificate is for, if there is one.
    pub relying_party: Option<Url>,
    /// How long it may take for one answer.
    pub patience: Duration,
}

/// What is wrong with a simulator beside its profile.
#[derive(Clone, Debug, Default)]
pub struct Broken {
    /// Faults that are switched on before the play, as control takes them.
    pub faults: Vec<Value>,
    /// A proxy in front of it that changes answers.
    pub distortion: Option<Distortion>,
}

wording! {
    /// Who is put to the test.
    enum Who {
        Own { version: &'static str } => "simulator obn-ca {version}"; "シミュレーター obn-ca {version}";
        OwnWith { version: &'static str, keys: String } =>
            "simulator obn-ca {version} with {keys}"; "シミュレーター obn-ca {version} ({keys})";
        Remote { url: String } => "{url}"; "{url}";
    }
}

/// Why there is no stage.
#[derive(Debug)]
pub(super) enum NoStage {
    /// This target can't show it.
    Skip(Skip),
    /// The harness itself failed.
    Broken(Error),
}

impl From<Error> for NoStage {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl Target {
    /// A sound simulator for each play.
    pub fn own(seed: &str) -> Self {
        Self::Own { profile: toml::Table::new(), seed: seed.to_owned(), broken: Broken::default() }
    }

    /// Whether plays may run side by side.
    pub(super) fn is_parallel(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// With it the portal's keys, IDs and certificates repeat, if it is one of our own.
    pub(crate) fn seed(&self) -> Option<&str> {
        match self {
            Self::Own { seed, .. } => Some(seed),
            Self::Remote(_) => None,
        }
    }

    /// For reports.
    pub fn describe(&self) -> Bilingual {
        const VERSION: &str = env!("CARGO_PKG_VERSION");
        let who = match self {
            Self::Own { profile, .. } => match keys(&unusual(profile)).join(", ") {
                none if none.is_empty() => Who::Own { version: VERSION },
                keys => Who::OwnWith { version: VERSION, keys },
            },
            Self::Remote(remote) => Who::Remote { url: remote.url.to_string() },
        };
        who.words()
    }

    /// Leaves a simulator that runs already as it is after its start: scenes freeze its clock and issue notices of
    /// their own. A portal without control has not been changed.
    ///
    /// # Errors
    /// What control has against it.
    pub async fn leave(&self) -> Result<(), Error> {
        let Self::Remote(remote) = self else { return Ok(()) };
        let Some(control) = &remote.control else { return Ok(()) };
        Control::new(control, remote.control_token.as_deref())?.reset().await
    }

    pub(super) async fn stage(&self, scenario: &Scenario) -> Result<Stage, NoStage> {
        let now = scenario.given.clock.as_deref().unwrap_or(USUAL_DAY);
        let now: Timestamp = now.parse().map_err(|_| {
            Error::Scenario(format!("given.clock: {now:?} is no instant such as {USUAL_DAY}"))
        })?;
        let stage = match self {
            Self::Own { profile, seed, broken } => own(scenario, profile, seed, broken).await?,
            Self::Remote(remote) => remote.stage(scenario).await?,
        };
        if let Some(control) = &stage.control {
            control.freeze(now).await?;
        }
        Ok(stage)
    }
}

impl Remote {
    /// A portal at this address, trusted by the certificates in PEM of this text.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(crate) fn new(url: Url, pem: &str) -> Result<Self, Error> {
        if url.scheme() != "https" {
            return Err(Error::Usage(words!(
                "--url の {url} は https:// で始まるアドレスにしてください",
                "--url {url} is not an https address; give one such as https://localhost:8443"
            )));
        }
        let blocks = pem::parse_many(pem).map_err(|error| {
            Error::Usage(words!("PEM のファイルではありません({error})", "it is no PEM file ({error})"))
        })?;
        let certificates = blocks.into_iter().filter(|block| block.tag() == "CERTIFICATE");
        let roots: Vec<_> = certificates.map(|block| CertificateDer::from(block.into_contents())).collect();
        if roots.is_empty() {
            return Err(Error::Usage(Words::new(
                "PEM(-----BEGIN CERTIFICATE-----)の証明書がありません。シミュレーターのものは、制御 API の /api/v1/root.pem から取得できます",
                "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----); a simulator's is at /api/v1/root.pem of its control API",
            )));
        }
        Ok(Self {
            url,
            roots,
            control: None,
            control_token: None,
            http: None,
            relying_party: None,
            patience: USUAL_PATIENCE,
        })
    }

    async fn stage(&self, scenario: &Scenario) -> Result<Stage, NoStage> {
        let Self { url, roots, control, control_token, http, relying_party, patience } = self;
        let skip = |skip: Skip| Err(NoStage::Skip(skip));
        if scenario.given.ipv6 && !matches!(url.host(), Some(url::Host::Ipv6(_))) {
            return skip(Skip::NoIpv6);
        }
        if scenario.fetches_list() && http.is_none() {
            return skip(Skip::NoList);
        }
        if scenario.logs_in() && relying_party.is_none() {
            return skip(Skip::NoRelyingParty);
        }
        if scenario.replaces_root() {
            return skip(Skip::ReplacesRoot);
        }
        let stage = |control| Stage {
            portal: url.clone(),
            roots: roots.clone(),
            control,
            http: http.clone(),
            relying_party: relying_party.clone(),
            patience: *patience,
            distortion: None,
            _simulator: None,
        };
        let Some(control) = control else {
            if let Some(need) = scenario.needs_control() {
                return skip(Skip::NoControl { need });
            }
            if let Some(key) = keys(&scenario.given.profile).first() {
                return skip(Skip::OtherSite { keys: key.clone() });
            }
            return Ok(stage(None));
        };
        let control = Control::new(control, control_token.as_deref())?;
        let in_force = control.profile().await?;
        let wanted = serde_json::to_value(&scenario.given.profile).unwrap_or_default();
        if !covers(&in_force, &wanted) {
            return skip(Skip::OtherSite { keys: keys(&scenario.given.profile).join(", ") });
        }
        control.reset().await?;
        Ok(stage(Some(control)))
    }
}

async fn own(
    scenario: &Scenario,
    mutant: &toml::Table,
    seed: &str,
    broken: &Broken,
) -> Result<Stage, NoStage> {
    let mut table = scenario.given.profile.clone();
    merge(&mut table, mutant);
    let mut options = Options::for_tests();
    if scenario.logs_in() {
        options.relying_party = Some(options.control);
    }
    if scenario.given.ipv6 {
        options.listen = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 0);
    }
    let simulator = simulator::start(&table, seed, options).await?;
    let root = simulator.worlds().default_world().world.tls().root().to_vec();
    let address = |text: String| text.parse::<Url>().map_err(|error| Error::broken("an address", error));
    let control = Control::new(&address(simulator.control_url())?, None)?;
    for fault in &broken.faults {
        control.set_fault(fault).await?;
    }
    let portal = match scenario.given.ipv6 {
        true => format!("https://{}", simulator.portal_address()),
        false => simulator.portal_url(),
    };
    Ok(Stage {
        portal: address(portal)?,
        roots: vec![root.into()],
        control: Some(control),
        http: simulator.http_url().map(address).transpose()?,
        relying_party: simulator.relying_party_url().map(address).transpose()?,
        patience: USUAL_PATIENCE,
        distortion: broken.distortion.clone(),
        _simulator: Some(simulator),
    })
}

/// `section.key = value` for each.
/// Whether all of `wanted` stands in `there` as well.
fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| there.get(key).is_some_and(|there| covers(there, value)))
        }
        (there, wanted) => there == wanted,
    }
}
