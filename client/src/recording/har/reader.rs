//! Reads a HAR piece by piece, so that of a file that breaks off the whole entries before the break are kept.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Log, MOST_ENTRIES};

/// What has been read when the file breaks off.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) log: Log,
    pub(super) unreadable: usize,
    /// Whether there was a `log`.
    pub(super) found: bool,
    pub(super) too_many: bool,
}

/// What is in a file, and why it ends before its end, if it does.
pub(super) fn gather(text: &str) -> (Gathered, Option<String>) {
    let gathered = RefCell::new(Gathered::default());
    let mut json = serde_json::Deserializer::from_str(text);
    let read = File(&gathered).deserialize(&mut json).and_then(|()| json.end());
    (gathered.into_inner(), read.err().map(|error| error.to_string()))
}

/// Reads the outermost object.
struct File<'a>(&'a RefCell<Gathered>);
/// Reads `log`.
struct LogOf<'a>(&'a RefCell<Gathered>);
/// Reads `entries`, each by itself.
struct EntriesOf<'a>(&'a RefCell<Gathered>);

impl<'de> DeserializeSeed<'de> for File<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"log\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "log" {
                map.next_value_seed(LogOf(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for LogOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LogOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object \"log\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.borrow_mut().found = true;
        while let Some(key) = map.next_key::<String>()? {
            if key == "entries" {
                map.next_value_seed(EntriesOf(self.0))?;
                continue;
            }
            let value: Value = map.next_value()?;
            let log = &mut self.0.borrow_mut().log;
            match key.as_str() {
                "version" => log.version = value.as_str().unwrap_or_default().to_owned(),
                "creator" => log.creator = serde_json::from_value(value).unwrap_or_default(),
                "browser" => log.browser = serde_json::from_value(value).ok(),
                "pages" => log.pages = serde_json::from_value(value).unwrap_or_default(),
                "comment" => log.comment = value.as_str().map(str::to_owned),
                _ => {
                    log.other.insert(key, value);
                }
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for EntriesOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntriesOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list \"entries\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<Value>()? {
            let mut gathered = self.0.borrow_mut();
            if gathered.log.entries.len() == MOST_ENTRIES {
                gathered.too_many = true;
                return Err(de::Error::custom("too many entries"));
            }
            match serde_json::from_value(entry) {
                Ok(entry) => gathered.log.entries.push(entry),
                Err(_) => gathered.unreadable += 1,
            }
        }
        Ok(())
    }
}
