//! A client scenario: the scene, what the command is told to do, and what must come of it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use toml::Spanned;

use super::scene::Scene;
use super::stage::ClientGiven;
use super::steps::{FORMAT, KeepsIds, KeepsProxyPassword, KeepsSecrets, Operation, Run, Says};
use crate::mistake::Mistake;
use crate::play::{Case, Head, Level, RawHead, Step};
use crate::simulator::merge;

/// What a client must do, or must not do, in one situation.
#[derive(Clone, Debug)]
pub struct ClientScenario {
    /// What it is called, shows and is played with.
    pub head: Head,
    /// Whether a sweep plays it again. What is about real time alone takes long and tells nothing new.
    pub sweep: bool,
    /// The scene before the first step.
    pub given: ClientGiven,
    /// What happens, and what must come of it.
    pub steps: Arc<[Step<Scene>]>,
}

/// What a client must do, or must not do: the scene, what a vendor's command is told to do, and what must come of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientFile {
    /// What it is about, in a few words.
    name: String,
    /// The same in Japanese.
    ja: Option<String>,
    level: Level,
    /// The requirements that it shows.
    #[schemars(with = "Vec<String>", length(min = 1))]
    shows: Spanned<Vec<String>>,
    /// Whether a sweep plays it again; otherwise it does.
    sweep: Option<bool>,
    #[serde(default)]
    given: ClientGiven,
    /// What happens, and what must come of it.
    #[schemars(with = "Vec<Value>", length(min = 1))]
    steps: Vec<IgnoredAny>,
    /// The values with which it is played, one after the other.
    #[serde(default)]
    #[schemars(with = "Vec<Case>")]
    cases: Vec<Spanned<Case>>,
}

impl ClientScenario {
    /// Reads a scenario. `file` is its path below the folder of scenarios.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let ClientFile { name, ja, level, shows, sweep, given, steps, cases } =
            toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        if steps.is_empty() {
            return Err(Mistake::at(file, text, 0, "a scenario has steps"));
        }
        let head = Head::read(file, text, RawHead { name, ja, level, shows, cases })?;
        let steps = FORMAT.read(&head, text)?.into();
        Ok(Self { head, sweep: sweep.unwrap_or(true), given: whole(given), steps })
    }

    /// What it is that the command must support.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        self.runs().map(|run| run.operation)
    }

    pub(crate) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.steps.iter().filter_map(Step::find)
    }

    /// Of each run, whether a step after it looks at what it printed.
    pub(super) fn judged_words(&self) -> Vec<bool> {
        let mut judged = Vec::new();
        for step in self.steps.iter() {
            if step.find::<Run>().is_some() {
                judged.push(false);
            } else if step.find::<Says>().is_some() || step.find::<KeepsIds>().is_some() {
                judged.iter_mut().last().into_iter().for_each(|last| *last = true);
            }
        }
        judged
    }

    /// Whether the arguments of commands must be looked at.
    pub(super) fn looks_for_secrets(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.find::<KeepsSecrets>().is_some() || step.find::<KeepsProxyPassword>().is_some())
    }
}

/// A scene in which years go by counts on how long a certificate lasts.
fn whole(given: ClientGiven) -> ClientGiven {
    if given.starts.is_none() {
        return given;
    }
    let mut profile = toml::toml! { certificate.validity_months = 39 };
    merge(&mut profile, &given.profile);
    ClientGiven { profile, ..given }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_file_and_line() {
        let head = "name = \"x\"\nlevel = \"core\"\nshows = [\"RCD-101\"]\n";
        for (step, message) in [
            (r#"{ rnu = "root" }"#, "client/x.toml:5:5: unknown field `rnu`"),
            (r#"{ run = "fly" }"#, "client/x.toml:5:11: unknown variant `fly`"),
            (r#"{ run = "root", no_file = "x" }"#, "client/x.toml:5:3: one step does one thing"),
            (r#"{ times = 1 }"#, "client/x.toml:5:3: this step does nothing"),
            (r#"{ never = "x", shows = ["RX-001"] }"#, "client/x.toml:5:3: RX-001 is not among"),
            (r#"{ never = "x", times = 1 }"#, "client/x.toml:5:3: `times` belongs to `happened`"),
            (r#"{ happened = "x", times = 1, at_most = 2 }"#, "client/x.toml:5:3: `happened` takes `times`"),
        ] {
            let text = format!("{head}steps = [\n  {step},\n]\n");
            let told = ClientScenario::parse("client/x.toml", &text).unwrap_err().to_string();
            assert!(told.starts_with(message), "{step}: {told}");
        }
    }
}
