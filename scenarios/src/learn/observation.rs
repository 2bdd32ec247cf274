//! What is seen of a key, and where.

use std::collections::BTreeMap;

use crate::bilingual::Bilingual;

/// A key, a value of it, and where that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observation {
    pub(crate) value: toml::Value,
    pub(crate) place: String,
}

/// All that was seen, key by key, and what no key has words for.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) seen: BTreeMap<&'static str, Vec<Observation>>,
    pub(crate) unsaid: Vec<Bilingual>,
}

impl Book {
    /// Notes a value of a key.
    pub(crate) fn see(&mut self, key: &'static str, value: impl Into<toml::Value>, place: &str) {
        let value = value.into();
        let of_key = self.seen.entry(key).or_default();
        // Ten places are enough to look at.
        if of_key.iter().filter(|known| known.value == value).count() < 10 {
            of_key.push(Observation { value, place: place.to_owned() });
        }
    }

    /// Notes what was seen and no key can say.
    pub(crate) fn cannot_say(&mut self, ja: &str, en: &str) {
        let told = Bilingual::of(ja, en);
        if self.unsaid.len() < 200 && !self.unsaid.contains(&told) {
            self.unsaid.push(told);
        }
    }

    /// The only value of a key; `None` if there is none, or more than one.
    pub(crate) fn only(&self, key: &str) -> Option<&Observation> {
        let (first, rest) = self.seen.get(key)?.split_first()?;
        rest.iter().all(|other| other.value == first.value).then_some(first)
    }
}

/// A length of time as the profile writes it.
pub(crate) fn span(seconds: i64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// The one multiple of `step` above `low` and up to `high`; `None` if there is none, or more than one.
pub(crate) fn only_round(low: i64, high: i64, step: i64) -> Option<i64> {
    let first = (low.div_euclid(step) + 1) * step;
    (first <= high && first + step > high).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_known_if_only_one_round_one_lies_between() {
        assert_eq!(only_round(299, 301, 60), Some(300));
        assert_eq!(only_round(299, 300, 60), Some(300));
        assert_eq!(only_round(300, 301, 60), None);
        assert_eq!(only_round(299, 601, 60), None);
        assert_eq!([0, 1, 90, 300, 7_200, 604_800].map(span), ["0s", "1s", "90s", "5m", "2h", "7d"]);
    }
}
