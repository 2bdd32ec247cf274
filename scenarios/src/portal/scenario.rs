//! A scenario: a walk through the portal in a person's words, with what must be seen on the way.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use toml::Spanned;

use super::given::Given;
use super::scene::Scene;
use super::steps::{FORMAT, FetchList, LogIn, LookInto, ReplaceRoot};
use crate::mistake::Mistake;
use crate::play::{Case, Head, Level, Need, RawHead, Step};

/// A walk with its checks.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called, shows and is played with.
    pub head: Head,
    /// Where it starts.
    pub given: Given,
    /// What is done and seen.
    pub steps: Arc<[Step<Scene>]>,
}

/// What a portal must do: a walk through it in a person's words, with what must be seen on the way.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalFile {
    /// What it is about, in a few words.
    name: String,
    /// The same in Japanese.
    ja: Option<String>,
    level: Level,
    /// The requirements that it shows.
    #[schemars(with = "Vec<String>", length(min = 1))]
    shows: Spanned<Vec<String>>,
    #[serde(default)]
    given: Given,
    /// What is done and seen.
    #[schemars(with = "Vec<Value>", length(min = 1))]
    steps: Vec<IgnoredAny>,
    /// The values with which it is played, one after the other.
    #[serde(default)]
    #[schemars(with = "Vec<Case>")]
    cases: Vec<Spanned<Case>>,
}

impl Scenario {
    /// Reads a scenario. `file` is its path below the folder of scenarios.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let PortalFile { name, ja, level, shows, given, steps, cases } =
            toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        if steps.is_empty() {
            return Err(Mistake::at(file, text, 0, "a scenario has steps"));
        }
        let head = Head::read(file, text, RawHead { name, ja, level, shows, cases })?;
        let steps = FORMAT.read(&head, text)?.into();
        Ok(Self { head, given, steps })
    }

    /// Whether it can be played only where control is.
    pub(crate) fn needs_control(&self) -> Option<Need> {
        if self.given.clock.is_some() {
            return Some(Need::SetsClock);
        }
        self.steps.iter().find_map(|step| step.action.needs_control())
    }

    /// Whether it fetches the revocation list, which is published beside the portal.
    pub fn fetches_list(&self) -> bool {
        self.steps.iter().any(|step| step.find::<FetchList>().is_some())
    }

    /// Whether it visits a site that the certificate is for.
    pub(super) fn logs_in(&self) -> bool {
        self.steps.iter().any(|step| step.find::<LogIn>().is_some())
    }

    /// Whether the site's TLS root is another one afterwards.
    pub(super) fn replaces_root(&self) -> bool {
        self.steps.iter().any(|step| step.find::<ReplaceRoot>().is_some())
    }

    /// The passwords of the files that it looks into.
    pub(super) fn passwords(&self) -> Vec<String> {
        let files = self.steps.iter().filter_map(|step| step.find::<LookInto>());
        files.filter_map(|file| file.expect.password.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        Scenario::parse("portal/x.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_told_with_file_and_line() {
        let head = "name = \"x\"\nlevel = \"core\"\nshows = [\"RCD-001\"]\n";
        for (step, message) in [
            (r#"{ opne = "/p/rcd" }"#, "portal/x.toml:5:5: unknown field `opne`"),
            (r#"{ open = "/", press = "x" }"#, "portal/x.toml:5:3: one step does one thing"),
            (r#"{ fill = "x" }"#, "portal/x.toml:5:3: `fill` wants `with`"),
            (r#"{ see = "x", with = "y" }"#, "portal/x.toml:5:3: `with` belongs to `fill`"),
            (r#"{ close_browser = false }"#, "portal/x.toml:5:3: `close_browser = false` says nothing"),
            (r#"{ shows = ["RCD-001"] }"#, "portal/x.toml:5:3: this step does nothing"),
            (r#"{ open = "/", shows = ["RX-001"] }"#, "portal/x.toml:5:3: RX-001 is not among"),
            (r#"{ status = "x" }"#, "portal/x.toml:5:14: invalid type: string \"x\", expected u16"),
            (r#"{ watch = "状態", goes = [] }"#, "portal/x.toml:5:3: `watch` wants `goes`"),
            (r#"{ expect = { file = "x", rot = true } }"#, "portal/x.toml:5:28: unknown field `rot`"),
            (
                r#"{ field = "x", hides = true, complains = true }"#,
                "portal/x.toml:5:3: `field` takes one of `holds`",
            ),
        ] {
            let told = told(&format!("{head}steps = [\n  {step},\n]\n"));
            assert!(told.starts_with(message), "{step}: {told}");
        }
        let told = told("name = \"x\"\nlevel = \"hard\"\n");
        assert!(told.starts_with("portal/x.toml:2:9: unknown variant `hard`"), "{told}");
    }
}
