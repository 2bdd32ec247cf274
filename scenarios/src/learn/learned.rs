//! What comes of a recording.

use std::collections::BTreeMap;

use obn_ca::profile::{KEYS, Key, Profile};
use serde::Serialize;

use super::evidence::Evidence;
use super::keys::{readers, reason, shown_by};
use super::ledger::said;
use super::observation::Book;
use super::page::Kind;
use super::source::Sources;
use crate::bilingual::Bilingual;
use crate::sweep::decides;

/// Everything.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Learned {
    /// How many exchanges and files were looked at.
    pub exchanges: usize,
    /// The pages that were recognised, and how often each.
    pub pages: BTreeMap<String, usize>,
    /// Keys whose value is known now.
    pub known: Vec<Known>,
    /// Keys of which two values were seen: nothing was learnt.
    pub conflicts: Vec<Conflict>,
    /// Requirements that the recording shows.
    pub shown: BTreeMap<String, String>,
    /// Requirements that it contradicts.
    pub contradictions: Vec<Contradiction>,
    /// Keys that nothing in it shows.
    pub open: Vec<Open>,
    /// What was seen and no key has words for: text for an issue.
    pub unsaid: Vec<Bilingual>,
    /// What could not be read.
    pub notes: Vec<Bilingual>,
    /// The keys that are known, as a profile.
    #[serde(skip)]
    pub profile: toml::Table,
}

/// A key whose value is known.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    /// `section.key`
    pub key: &'static str,
    /// What it decides.
    pub decides: Bilingual,
    /// As TOML.
    pub value: String,
    /// What was guessed before, as TOML.
    pub guess: String,
    /// How the two compare.
    pub standing: Standing,
    /// Where it was seen.
    pub places: Vec<String>,
}

/// How what is observed compares with what was guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The guess was right.
    AsGuessed,
    /// It is one of the rival readings.
    Rival,
    /// It is neither.
    New,
}

/// A key of which two values were seen.
#[derive(Clone, Debug, Serialize)]
pub struct Conflict {
    /// `section.key`
    pub key: &'static str,
    /// What it decides.
    pub decides: Bilingual,
    /// Each value (TOML) with a place where it was seen.
    pub values: Vec<(String, String)>,
}

/// A requirement that doesn't hold there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Its ID.
    pub requirement: String,
    /// Where that was seen.
    pub place: String,
}

/// A key that nothing shows.
#[derive(Clone, Debug, Serialize)]
pub struct Open {
    /// `section.key`
    pub key: &'static str,
    /// What it decides.
    pub decides: Bilingual,
    /// What to record next; `None`: no recording shows it.
    pub record: Option<Bilingual>,
    /// Why no recording shows it.
    pub why: Option<Bilingual>,
}

/// Learns what these recordings and files show.
pub fn learn(sources: &Sources) -> Learned {
    let evidence = Evidence::of(sources);
    let mut book = Book::default();
    readers().for_each(|reader| (reader.read)(&evidence, &mut book));

    let mut learned = Learned {
        exchanges: sources.exchanges.len() + sources.documents.len(),
        notes: sources.notes.clone(),
        ..Learned::default()
    };
    for exchange in &sources.exchanges {
        if exchange.kind != Kind::Unknown {
            *learned.pages.entry(exchange.kind.name().to_owned()).or_default() += 1;
        }
    }
    let usual = toml::Table::try_from(Profile::default()).unwrap_or_default();
    for key in KEYS {
        learned.take(key, &mut book, &usual);
    }
    for said in said(&evidence, &book) {
        let contradiction =
            || Contradiction { requirement: said.requirement.to_owned(), place: said.place.clone() };
        if said.holds {
            learned.shown.entry(said.requirement.to_owned()).or_insert(said.place);
        } else if learned.contradictions.iter().all(|it| it.requirement != said.requirement) {
            learned.contradictions.push(contradiction());
        }
    }
    for contradiction in &learned.contradictions {
        learned.shown.remove(&contradiction.requirement);
    }
    learned.unsaid = book.unsaid;
    learned
}

impl Learned {
    fn take(&mut self, key: &'static Key, book: &mut Book, usual: &toml::Table) {
        let decides = decides(key);
        let Some(seen) = book.seen.get(key.path).cloned() else {
            let why = reason(key.path);
            let record = shown_by(key.path).map(|record| record.words());
            return self.open.push(Open { key: key.path, decides, record, why });
        };
        let Some(value) = book.only(key.path).map(|seen| seen.value.clone()) else {
            let mut values: Vec<(String, String)> = Vec::new();
            for seen in seen {
                let value = seen.value.to_string();
                if values.iter().all(|(known, _)| *known != value) {
                    values.push((value, seen.place));
                }
            }
            return self.conflicts.push(Conflict { key: key.path, decides, values });
        };
        let (section, name) = key.path.split_once('.').expect("keys lie in sections");
        let mut with = self.profile.clone();
        let of_section = with.entry(section).or_insert_with(|| toml::Table::new().into());
        if let Some(of_section) = of_section.as_table_mut() {
            of_section.insert(name.to_owned(), value.clone());
        }
        if let Err(error) = Profile::from_toml(&with.to_string()) {
            return book.cannot_say(
                &format!("{} = {value} は、プロファイルでは表せません ({error})。", key.path),
                &format!("{} = {value} can't be said in a profile ({error}).", key.path),
            );
        }
        self.profile = with;
        let guess = &usual[section][name];
        let rival = |rival: &&str| {
            toml::from_str::<toml::Table>(&format!("v = {rival}"))
                .is_ok_and(|table| same(&table["v"], &value))
        };
        let standing = match same(guess, &value) {
            true => Standing::AsGuessed,
            false if key.rivals.iter().any(rival) => Standing::Rival,
            false => Standing::New,
        };
        self.known.push(Known {
            key: key.path,
            decides,
            value: value.to_string(),
            guess: guess.to_string(),
            standing,
            places: seen.into_iter().map(|seen| seen.place).collect(),
        });
    }

    /// What to record next, and how many keys that would show.
    pub fn next(&self) -> Vec<(Bilingual, usize)> {
        let mut next: Vec<(Bilingual, usize)> = Vec::new();
        for record in self.open.iter().filter_map(|open| open.record.clone()) {
            match next.iter_mut().find(|(known, _)| *known == record) {
                Some((_, count)) => *count += 1,
                None => next.push((record, 1)),
            }
        }
        next.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        next
    }
}

/// Whether two values are the same: lengths of time may be written in several ways.
fn same(one: &toml::Value, other: &toml::Value) -> bool {
    let span = |value: &toml::Value| value.as_str()?.parse::<obn_ca::clock::Duration>().ok();
    one == other || span(one).is_some_and(|one| Some(one) == span(other))
}
