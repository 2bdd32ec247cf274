//! Readings that share a walk: a few each time, and with `OBN_LEARN_ALL=1` all that any recording shows.

use obn_ca::profile::Profile;
use obn_conformance::{Language, Learned, Reading, readings, why_not_shown};

use super::round_trip::length;
use super::values;
use super::walk::Length;

/// So many readings share a walk.
const TOGETHER: usize = 12;
/// Those of every run: of each kind that recorders have in their own way.
const USUAL: &[&str] = &[
    "wire.cookie = ",
    "wire.token = \"_csrf\"",
    "html.charset = \"shift_jis\"",
    "html.labels = \"half_width\"",
    "http.refusal_status = 400",
    "http.server = ",
    "input.normalise = \"fold\"",
    "session.ttl = \"10m\"",
    "download.redownload = \"same_password_only\"",
    "crl.immediate = ",
    "renewal.revoke_old = ",
    "client_auth.expired_status = 200",
    "dn.mode = ",
    "pfx.profile = \"legacy-rc2\"",
    "pfx.friendly_name = ",
    "tls.leaf_days = 100",
    "root_file.as_page = ",
    "ca.organization = \"\"",
];

/// Whether all readings are asked for.
pub(super) fn wants_all() -> bool {
    std::env::var("OBN_LEARN_ALL").is_ok_and(|value| value == "1")
}

/// The readings of this run, of which some recording can show each.
pub(super) fn chosen() -> Vec<Reading> {
    let is_usual = |reading: &Reading| USUAL.iter().any(|usual| reading.name.en.starts_with(usual));
    let shown = readings().unwrap().into_iter().filter(|reading| {
        let change = &reading.changes[0];
        why_not_shown(change.key, &change.value, Language::English).is_none()
    });
    let chosen: Vec<_> = shown.filter(|reading| wants_all() || is_usual(reading)).collect();
    assert!(wants_all() || chosen.len() == USUAL.len(), "each of the usual ones is there: {}", chosen.len());
    chosen
}

/// A profile of them all; `None` if they don't go together.
pub(super) fn truth(together: &[Reading]) -> Option<Profile> {
    let mut all = toml::Table::new();
    for reading in together {
        for (section, keys) in &reading.profile {
            let of_section = all.entry(section).or_insert_with(|| toml::Table::new().into());
            of_section.as_table_mut()?.extend(keys.as_table()?.clone());
        }
    }
    Profile::from_toml(&all.to_string()).ok()
}

/// Groups in which each key has one value, with the walk that shows them.
pub(super) fn groups(all: &[Reading]) -> Vec<(Length, Vec<Reading>)> {
    let mut groups: Vec<(Length, Vec<Reading>)> = Vec::new();
    for reading in all {
        let of = length(reading.changes[0].key);
        let fits = |(length, group): &&mut (Length, Vec<Reading>)| {
            let with = [group.as_slice(), std::slice::from_ref(reading)].concat();
            *length == of
                && group.len() < TOGETHER
                && group.iter().all(|it| it.changes[0].key != reading.changes[0].key)
                && truth(&with).is_some()
        };
        match groups.iter_mut().find(fits) {
            Some((_, group)) => group.push(reading.clone()),
            None => groups.push((of, vec![reading.clone()])),
        }
    }
    groups
}

/// Those of these readings that were not found again.
pub(super) fn missing(together: &[Reading], learned: &Learned, truth: &Profile) -> Vec<Reading> {
    let (known, right) = (values(&super::profile(&learned.profile.to_string())), values(truth));
    let is_missing = |reading: &&Reading| {
        let key = reading.changes[0].key;
        learned.known.iter().all(|it| it.key != key) || known[key] != right[key]
    };
    together.iter().filter(is_missing).cloned().collect()
}
