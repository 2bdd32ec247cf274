//! A simulator of the harness's own.

use obn_ca::profile::Profile;
use obn_ca::{Options, Simulator};

use crate::error::Error;

/// The seed of a run that names no other. Prime numbers happen to be found early with it, so that a
/// simulator for each play costs little.
pub const USUAL_SEED: &str = "obn-conformance 158";

/// Starts one without a sample notice. `profile` holds the keys that differ from the default.
pub(crate) async fn start(profile: &toml::Table, seed: &str, options: Options) -> Result<Simulator, Error> {
    let json = serde_json::to_value(profile).map_err(|error| Error::broken("profile", error))?;
    let profile = Profile::from_json(json).map_err(|error| Error::broken("profile", error))?;
    let options = Options { sample: false, ..options };
    let started = Simulator::start(options.profile(profile).seed(seed)).await;
    started.map_err(|error| Error::broken("no simulator", error))
}

/// Puts a profile over another.
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
