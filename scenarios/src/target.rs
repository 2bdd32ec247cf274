//! What scenarios are played against: a simulator of the harness's own for each, or a portal that
//! runs somewhere.

use jiff::Timestamp;
use obn_ca::profile::Profile;
use obn_ca::{Options, Simulator};
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use url::Url;

use crate::control::Control;
use crate::scenario::Scenario;

/// On this day scenarios play that don't name another.
const USUAL_DAY: &str = "2026-11-24T10:00:00+09:00";

/// The seed of a run that names no other. Prime numbers happen to be found early with it, so that a
/// simulator for each play costs little.
pub const USUAL_SEED: &str = "obn-conformance 158";

/// What scenarios are played against.
#[derive(Clone, Debug)]
pub enum Target {
    /// A fresh simulator for each play, on free ports, with its own frozen clock.
    Own {
        /// Keys that differ from the default profile, whatever a scenario says: how the harness shows
        /// that it bites.
        profile: toml::Table,
        /// Keys, IDs and certificates repeat with it.
        seed: String,
    },
    /// A portal that runs already. Plays follow one another.
    Remote {
        /// Where its pages are.
        url: Url,
        /// The TLS roots to trust.
        roots: Vec<CertificateDer<'static>>,
        /// Its control API, if it has one.
        control: Option<Url>,
    },
}

/// A scene that is set: where to play.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) portal: Url,
    pub(crate) roots: Vec<CertificateDer<'static>>,
    pub(crate) control: Option<Control>,
    /// Lives as long as the play.
    _simulator: Option<Simulator>,
}

/// Why there is no stage.
#[derive(Debug)]
pub(crate) enum NoStage {
    /// This target can't show it.
    Skip(String),
    /// The harness itself failed.
    Broken(String),
}

impl Target {
    /// Whether plays may run side by side.
    pub(crate) fn is_parallel(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// For reports.
    pub fn describe(&self) -> String {
        match self {
            Self::Own { profile, .. } if profile.is_empty() => {
                format!("simulator obn-ca {}", env!("CARGO_PKG_VERSION"))
            }
            Self::Own { profile, .. } => {
                format!("simulator obn-ca {} with {}", env!("CARGO_PKG_VERSION"), keys(profile).join(", "))
            }
            Self::Remote { url, .. } => url.to_string(),
        }
    }

    pub(crate) async fn stage(&self, scenario: &Scenario) -> Result<Stage, NoStage> {
        let now = scenario.given.clock.as_deref().unwrap_or(USUAL_DAY);
        let now: Timestamp = now.parse().map_err(|_| {
            NoStage::Broken(format!("given.clock: {now:?} is no instant such as {USUAL_DAY}"))
        })?;
        let stage = match self {
            Self::Own { profile, seed } => own(scenario, profile, seed).await?,
            Self::Remote { url, roots, control } => remote(scenario, url, roots, control.as_ref()).await?,
        };
        if let Some(control) = &stage.control {
            control.freeze(now).await.map_err(NoStage::Broken)?;
        }
        Ok(stage)
    }
}

async fn own(scenario: &Scenario, mutant: &toml::Table, seed: &str) -> Result<Stage, NoStage> {
    let mut table = scenario.given.profile.clone();
    merge(&mut table, mutant);
    let json = serde_json::to_value(&table).map_err(|error| NoStage::Broken(error.to_string()))?;
    let profile =
        Profile::from_json(json).map_err(|error| NoStage::Broken(format!("given.profile: {error}")))?;
    let options = Options { sample: false, key_pool: 0, ..Options::for_tests() };
    let started = Simulator::start(options.profile(profile).seed(seed)).await;
    let simulator = started.map_err(|error| NoStage::Broken(format!("no simulator: {error}")))?;
    let root = simulator.worlds().default_world().world.tls.root().to_vec();
    let address = |text: String| text.parse::<Url>().map_err(|error| NoStage::Broken(error.to_string()));
    let control = Control::new(&address(simulator.control_url())?).map_err(NoStage::Broken)?;
    Ok(Stage {
        portal: address(simulator.portal_url())?,
        roots: vec![root.into()],
        control: Some(control),
        _simulator: Some(simulator),
    })
}

async fn remote(
    scenario: &Scenario,
    url: &Url,
    roots: &[CertificateDer<'static>],
    control: Option<&Url>,
) -> Result<Stage, NoStage> {
    let stage = |control| Stage { portal: url.clone(), roots: roots.to_vec(), control, _simulator: None };
    let Some(control) = control else {
        if let Some(reason) = scenario.needs_control() {
            return Err(NoStage::Skip(format!("{reason}, and there is no control API (--control)")));
        }
        if let Some(key) = keys(&scenario.given.profile).first() {
            return Err(NoStage::Skip(format!("it is about a site with {key}")));
        }
        return Ok(stage(None));
    };
    let control = Control::new(control).map_err(NoStage::Broken)?;
    let in_force = control.profile().await.map_err(NoStage::Broken)?;
    let wanted = serde_json::to_value(&scenario.given.profile).unwrap_or_default();
    if !covers(&in_force, &wanted) {
        let keys = keys(&scenario.given.profile).join(", ");
        return Err(NoStage::Skip(format!("it is about a site with {keys}")));
    }
    control.reset().await.map_err(NoStage::Broken)?;
    Ok(stage(Some(control)))
}

/// `section.key = value` for each.
fn keys(profile: &toml::Table) -> Vec<String> {
    let sections = profile.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
    sections
        .flat_map(|(section, keys)| keys.iter().map(move |(key, value)| format!("{section}.{key} = {value}")))
        .collect()
}

pub(crate) fn merge(base: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => merge(base, over),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Whether all of `wanted` stands in `there` as well.
fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| there.get(key).is_some_and(|there| covers(there, value)))
        }
        (there, wanted) => there == wanted,
    }
}
