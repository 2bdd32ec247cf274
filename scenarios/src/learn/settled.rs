//! What a learnt profile settles: readings that a sweep need not play any more, and requirements that were seen on the
//! real site.

use std::collections::BTreeMap;

use obn_speech::serde_message;

use super::report::SHOWS;
use crate::error::Error;
use crate::simulator::{keys, merge};
use crate::sweep::Reading;

/// A learnt profile.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    profile: toml::Table,
    /// With the place in the recording.
    observed: BTreeMap<String, String>,
}

impl Settled {
    /// Reads what `learn` wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        obn_ca::profile::Profile::from_toml(text).map_err(|error| Error::Usage(error.words()))?;
        let profile = toml::from_str(text).map_err(|error| Error::Usage(serde_message(error.message())))?;
        let shown = text.lines().filter_map(|line| line.strip_prefix(SHOWS)?.trim_end().split_once(" ("));
        let observed =
            shown.filter_map(|(id, place)| Some((id.to_owned(), place.strip_suffix(')')?.to_owned())));
        Ok(Self { profile, observed: observed.collect() })
    }

    /// The requirements that a recording shows, with the place.
    pub fn observed(&self) -> &BTreeMap<String, String> {
        &self.observed
    }

    /// The keys that are known with their values, as TOML.
    pub fn keys(&self) -> Vec<String> {
        keys(&self.profile)
    }

    /// The keys that are known.
    pub fn profile(&self) -> &toml::Table {
        &self.profile
    }

    /// The readings that are still open, each on top of what is known. What is left out has only keys that are known.
    pub fn leave_open(&self, readings: Vec<Reading>) -> Vec<Reading> {
        let open = readings.into_iter().filter_map(|mut reading| {
            reading.changes.retain(|change| !self.knows(change.key));
            if reading.changes.is_empty() {
                return None;
            }
            let mut profile = reading.profile;
            // What is known goes before any guess.
            merge(&mut profile, &self.profile);
            reading.profile = profile;
            Some(reading)
        });
        open.collect()
    }

    fn knows(&self, path: &str) -> bool {
        let key = path.split_once('.');
        key.is_some_and(|(section, key)| {
            self.profile.get(section).is_some_and(|section| section.get(key).is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::readings;

    #[test]
    fn readings_of_keys_that_are_known_are_left_out() {
        let settled = Settled::from_toml("wire.token = \"_csrf\"\n[pfx]\niterations = 2000\n").unwrap();
        let all = readings().unwrap();
        let open = settled.leave_open(all.clone());
        // Two rivals of the token, four of the iterations.
        assert_eq!(all.len() - open.len(), 6);
        assert!(open.iter().all(|reading| reading.profile["wire"]["token"].as_str() == Some("_csrf")));
        assert!(Settled::from_toml("wire.token = 1").is_err());
    }
}
