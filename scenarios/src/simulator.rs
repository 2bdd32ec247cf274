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

/// The keys of a profile with their values, as TOML.
pub(crate) fn keys(profile: &toml::Table) -> Vec<String> {
    let sections = profile.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
    sections
        .flat_map(|(section, keys)| keys.iter().map(move |(key, value)| format!("{section}.{key} = {value}")))
        .collect()
}

/// What of a profile isn't as usual.
pub(crate) fn unusual(profile: &toml::Table) -> toml::Table {
    let usual = toml::Table::try_from(Profile::default()).unwrap_or_default();
    let of_section = |(section, keys): (&String, &toml::Value)| {
        let is_usual = |key: &str, value: &toml::Value| usual.get(section)?.get(key).map(|it| it == value);
        let keys = keys.as_table()?.iter().filter(|(key, value)| is_usual(key, value) != Some(true));
        let keys: toml::Table = keys.map(|(key, value)| (key.clone(), value.clone())).collect();
        (!keys.is_empty()).then(|| (section.clone(), toml::Value::Table(keys)))
    };
    profile.iter().filter_map(of_section).collect()
}
