//! How files write scenarios: reads their steps, and publishes what it reads as a JSON schema.
//!
//! Both come from the types of the steps: what a step's schema says of its keys is what the reader goes by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::head::Head;
use super::scene::Scene;
use super::step::{Action, Check, Do, Steer, Step, Walk, Written, act, look, steer};
use crate::mistake::{Mistake, line_of};

/// Reads the value of a step's key: a step, or a walk of several.
type Read<S> = fn(Spanned<DeValue<'_>>) -> Result<Vec<Action<S>>, toml::de::Error>;

/// How one step is written.
pub(crate) struct Reader<S> {
    key: &'static str,
    breaks: Option<&'static str>,
    read: Read<S>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl<S: Scene> Reader<S> {
    pub(crate) const fn act<T: Do<S>>() -> Self {
        Self::of::<T>(|value| Ok(vec![act(read::<T>(value)?)]))
    }

    pub(crate) const fn steer<T: Steer<S>>() -> Self {
        Self::of::<T>(|value| Ok(vec![steer(read::<T>(value)?)]))
    }

    pub(crate) const fn look<T: Check<S>>() -> Self {
        Self::of::<T>(|value| Ok(vec![look(read::<T>(value)?)]))
    }

    pub(crate) const fn walk<T: Walk<S>>() -> Self {
        Self { breaks: Some(T::BREAKS), ..Self::of::<T>(|value| Ok(read::<T>(value)?.steps())) }
    }

    const fn of<T: Written>(read: Read<S>) -> Self {
        Self { key: T::KEY, breaks: None, read, schema: T::json_schema }
    }
}

/// The readers of a family of steps.
macro_rules! steps {
    ($($role:ident $($name:ident),+);+ $(;)?) => {
        &[$($($crate::play::Reader::$role::<$name>()),+),+]
    };
}

pub(crate) use steps;

fn read<T: Written>(value: Spanned<DeValue<'_>>) -> Result<T, toml::de::Error> {
    let step = T::deserialize(ValueDeserializer::from(value))?;
    step.mistake().map_or(Ok(()), |mistake| Err(toml::de::Error::custom(mistake)))?;
    Ok(step)
}

/// All steps of a kind of scenarios.
pub(crate) struct Format<S: 'static> {
    steps: Vec<(&'static Reader<S>, Keys)>,
}

/// The keys of a step, as its schema tells them.
struct Keys {
    /// With what they are for.
    all: BTreeMap<String, String>,
    /// Those that must be there.
    wanted: BTreeSet<String>,
    /// Those that are either `true` or not there.
    flags: BTreeSet<String>,
}

impl<S: Scene> Format<S> {
    /// Of these families of steps.
    pub(crate) fn of(families: &[&'static [Reader<S>]]) -> Self {
        let mut generator = SchemaGenerator::default();
        let mut with_keys = |reader: &'static Reader<S>| (reader, Keys::of(&(reader.schema)(&mut generator)));
        Self { steps: families.iter().copied().flatten().map(&mut with_keys).collect() }
    }

    /// Reads the steps of a scenario, which has an array of them.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub(crate) fn read(&self, head: &Head, text: &str) -> Result<Vec<Step<S>>, Mistake> {
        let file = head.file.as_str();
        let document = DeTable::parse(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let steps = document.into_inner().remove("steps").map(Spanned::into_inner);
        let Some(DeValue::Array(steps)) = steps else { return Ok(Vec::new()) };
        let mut read = Vec::new();
        for step in steps {
            let start = step.span().start;
            let line = line_of(text, start);
            read.extend(self.read_step(head, line, step).map_err(|wrong| match wrong {
                Wrong::Step(message) => Mistake::at(file, text, start, message),
                Wrong::Key(offset, message) => Mistake::at(file, text, offset, message),
                Wrong::Value(error) if error.span().is_none() => {
                    Mistake::at(file, text, start, error.message())
                }
                Wrong::Value(error) => Mistake::of_toml(file, text, &error),
            })?);
        }
        Ok(read)
    }

    /// The schema of a document with these steps; `F` is what stands around them.
    pub(crate) fn schema<F: JsonSchema>(&self, kind: &str, generator: &mut SchemaGenerator) -> Value {
        let shows = json!({
            "description": "The requirements that it shows, of those of the scenario; otherwise all of them.",
            "type": "array",
            "items": { "type": "string" },
        });
        let mut references = Vec::new();
        for (reader, _) in &self.steps {
            let mut schema = (reader.schema)(generator).to_value();
            schema["properties"]["shows"] = shows.clone();
            let name = format!("{kind}_{}", reader.key);
            references.push(json!({ "$ref": format!("#/$defs/{name}") }));
            generator.definitions_mut().insert(name, schema);
        }
        let mut document = F::json_schema(generator).to_value();
        document["properties"]["steps"]["items"] = json!({ "anyOf": references });
        document
    }

    fn read_step(&self, head: &Head, line: usize, step: Spanned<DeValue<'_>>) -> Result<Vec<Step<S>>, Wrong> {
        let span = step.span();
        let DeValue::Table(mut table) = step.into_inner() else {
            return Err(Wrong::Step("a step is a table".to_owned()));
        };
        let shows: Vec<String> = match table.remove("shows") {
            Some(shows) => Deserialize::deserialize(ValueDeserializer::from(shows))?,
            None => Vec::new(),
        };
        if let Some(stranger) = shows.iter().find(|id| !head.shows.contains(id)) {
            return Err(Wrong::Step(format!("{stranger} is not among the scenario's own `shows`")));
        }
        let (reader, keys) = self.named(&table)?;
        if let Some(mistake) = self.mistake(reader.key, keys, &table) {
            return Err(Wrong::Step(mistake));
        }
        let actions = (reader.read)(Spanned::new(span, DeValue::Table(table)))?;
        let step = |action: Action<S>| {
            let breaks = action.usually_breaks().or(reader.breaks).map(str::to_owned);
            Step { line, shows: shows.clone(), breaks: breaks.into_iter().collect(), action }
        };
        Ok(actions.into_iter().map(step).collect())
    }

    /// The one step that a table names.
    fn named(&self, table: &DeTable<'_>) -> Result<&(&'static Reader<S>, Keys), Wrong> {
        let mut named = self.steps.iter().filter(|(reader, _)| table.contains_key(reader.key));
        let (first, second) = (named.next(), named.next());
        if let Some(stranger) = table.keys().find(|key| self.owners(key.get_ref()).is_empty()) {
            let known: Vec<_> = match first {
                Some((_, keys)) => keys.all.keys().map(String::as_str).collect(),
                None => self.steps.iter().map(|(reader, _)| reader.key).collect(),
            };
            let known = quoted(&known).join(", ");
            let message = format!("unknown field `{}`, expected one of {known}", stranger.get_ref());
            return Err(Wrong::Key(stranger.span().start, message));
        }
        match (first, second) {
            (Some(step), None) => Ok(step),
            (Some((one, _)), Some((other, _))) => {
                let message = format!("one step does one thing; this one: `{}` and `{}`", one.key, other.key);
                Err(Wrong::Step(message))
            }
            (None, _) => Err(Wrong::Step("this step does nothing".to_owned())),
        }
    }

    /// What serde would tell less well.
    fn mistake(&self, step: &str, keys: &Keys, table: &DeTable<'_>) -> Option<String> {
        for (key, value) in table {
            let key = key.get_ref().as_ref();
            if !keys.all.contains_key(key) {
                let owners = quoted(&self.owners(key));
                let (last, others) = owners.split_last()?;
                let others =
                    if others.is_empty() { String::new() } else { format!("{} and ", others.join(", ")) };
                return Some(format!("`{key}` belongs to {others}{last}"));
            }
            if keys.flags.contains(key) && matches!(value.get_ref(), DeValue::Boolean(false)) {
                return Some(format!("`{key} = false` says nothing: leave it out"));
            }
        }
        let missing = keys.wanted.iter().find(|key| !table.contains_key(key.as_str()))?;
        let purpose = keys.all.get(missing).filter(|purpose| !purpose.is_empty());
        let purpose = purpose.map(|purpose| format!(": {purpose}")).unwrap_or_default();
        Some(format!("`{step}` wants `{missing}`{purpose}"))
    }

    /// The steps to which a key belongs.
    fn owners(&self, key: &str) -> Vec<&'static str> {
        let owners = self.steps.iter().filter(|(_, keys)| keys.all.contains_key(key));
        owners.map(|(reader, _)| reader.key).collect()
    }
}

/// What is wrong with a step.
enum Wrong {
    /// As a whole.
    Step(String),
    /// A key, at this byte of the file.
    Key(usize, String),
    /// A value.
    Value(toml::de::Error),
}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Self {
        Self::Value(error)
    }
}

impl Keys {
    fn of(schema: &Schema) -> Self {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let wanted = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut keys = Self { all: BTreeMap::new(), wanted: BTreeSet::new(), flags: BTreeSet::new() };
        keys.wanted.extend(wanted.filter_map(Value::as_str).map(str::to_owned));
        for (key, of_key) in properties {
            let purpose = of_key.get("description").and_then(Value::as_str).unwrap_or_default();
            keys.all.insert(key.clone(), purpose.to_owned());
            if of_key.get("const") == Some(&Value::Bool(true)) {
                keys.flags.insert(key.clone());
            }
        }
        keys
    }
}

fn quoted(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| format!("`{key}`")).collect()
}

/// `true`, for what is said by being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct True(bool);

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            true => Ok(Self(true)),
            false => Err(D::Error::custom("`false` says nothing: leave it out")),
        }
    }
}

impl JsonSchema for True {
    fn schema_name() -> Cow<'static, str> {
        "True".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": true })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// Keys of a profile by section, for schemas.
pub(crate) type Sections = BTreeMap<String, BTreeMap<String, Value>>;
