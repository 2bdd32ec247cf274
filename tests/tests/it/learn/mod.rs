//! What a recording teaches: a simulator under a profile is walked with a recorder, and the profile is found again.

mod browsers;
mod by_client;
mod combinations;
mod disturbed;
mod groups;
mod redacted;
mod round_trip;
mod walk;

use std::collections::BTreeMap;

use obn_ca::profile::{KEYS, Profile};
use obn_client::recording::har::Har;
use obn_conformance::{Learned, Sources, learn};

/// What a recording shows.
fn learnt(har: &Har) -> Learned {
    learn(&Sources::of("walk.har", &har.to_json()))
}

/// A profile key by key, as TOML. Where the way of writing is free, in the profile's own.
fn values(profile: &Profile) -> BTreeMap<String, toml::Value> {
    let table = toml::Table::try_from(profile).unwrap();
    let value = |path: &str| path.split_once('.').map(|(section, key)| table[section][key].clone()).unwrap();
    KEYS.iter().map(|key| (key.path.to_owned(), value(key.path))).collect()
}

/// What was learnt and isn't so.
fn false_values(learned: &Learned, truth: &Profile) -> Vec<String> {
    let known = Profile::from_toml(&learned.profile.to_string()).unwrap();
    let (known_values, true_values) = (values(&known), values(truth));
    let of = |key: &str| (known_values[key].clone(), true_values[key].clone());
    let wrong = learned.known.iter().filter(|known| {
        let (one, other) = of(known.key);
        one != other
    });
    wrong
        .map(|known| format!("{} = {} ({:?}), not {}", known.key, known.value, known.places, of(known.key).1))
        .collect()
}

/// A profile of lines of TOML.
fn profile(text: &str) -> Profile {
    Profile::from_toml(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
