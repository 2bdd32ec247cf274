//! What somebody has chosen to be played, as the first page sends it and the folder remembers it. It names a command and
//! never says one.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use obn_speech::{Words, words};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Shared;
use super::run_id::RunId;
use crate::choice::{Choice, not_asked};
use crate::client::{Guide, Subject};
use crate::error::Error;
use crate::job::{Job, chosen_readings};
use crate::play::{Head, Level};
use crate::portal::{Remote, Target};
use crate::report;
use crate::requirement::Requirements;
use crate::simulator::USUAL_SEED;

/// Three scenarios to begin with, which take a person less than five minutes.
pub(super) const FIRST: [&str; 3] =
    ["client/download/walk", "client/download/wrong-reference-id", "client/revoke/walk"];
/// Plays at a time, whatever somebody wishes.
const MOST_JOBS: usize = 64;

/// Who is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A command.
    #[default]
    Command,
    /// A program with windows or a browser, by hand.
    Person,
    /// A portal.
    Portal,
}

/// All that the first page asks for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Chosen {
    pub(super) kind: Kind,
    /// The name of a command.
    pub(super) command: String,
    /// Of a portal; empty: simulators of our own.
    pub(super) url: String,
    /// Its root, as PEM.
    pub(super) root: String,
    pub(super) control: String,
    pub(super) http: String,
    pub(super) level: Vec<Level>,
    pub(super) chapter: Vec<u8>,
    pub(super) scenario: Vec<String>,
    pub(super) filter: String,
    pub(super) sweep: bool,
    /// Which readings; empty: all.
    pub(super) readings: String,
    pub(super) fail_fast: bool,
    /// Where a guided program finds the site; none: a free port each time.
    pub(super) port: Option<u16>,
    pub(super) seed: String,
    pub(super) now: String,
    pub(super) limit: Option<u64>,
    pub(super) jobs: Option<usize>,
    /// Only this part of an earlier run.
    pub(super) of_run: Option<Part>,
}

/// A part of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    /// What failed in it.
    Failed(RunId),
    /// What was left out when it was stopped; what had been played is a part of this run as well.
    Left(RunId),
}

impl Chosen {
    /// Reads a form.
    ///
    /// # Errors
    /// [`Error::Usage`]: what can't be understood.
    pub(super) fn of_form(body: &[u8]) -> Result<Self, Error> {
        let mut chosen = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.trim();
            let wrong =
                || Error::Usage(words!("{name} の値「{value}」は使えません", "{name} can't be {value:?}"));
            match &*name {
                "kind" => chosen.kind = word(value).ok_or_else(wrong)?,
                "command" => value.clone_into(&mut chosen.command),
                "url" => value.clone_into(&mut chosen.url),
                "root" => value.clone_into(&mut chosen.root),
                "control" => value.clone_into(&mut chosen.control),
                "http" => value.clone_into(&mut chosen.http),
                "level" => chosen.level.push(word(value).ok_or_else(wrong)?),
                "chapter" => chosen.chapter.push(value.parse().map_err(|_| wrong())?),
                "scenario" => chosen.scenario.push(value.to_owned()),
                "filter" => value.clone_into(&mut chosen.filter),
                "sweep" => chosen.sweep = true,
                "readings" => value.clone_into(&mut chosen.readings),
                "fail_fast" => chosen.fail_fast = true,
                "port" => chosen.port = number(value).map_err(|()| wrong())?,
                "seed" => value.clone_into(&mut chosen.seed),
                "now" => value.clone_into(&mut chosen.now),
                "limit" => chosen.limit = number(value).map_err(|()| wrong())?,
                "jobs" => chosen.jobs = number(value).map_err(|()| wrong())?,
                "first" => {
                    (chosen.level, chosen.chapter) = (Vec::new(), Vec::new());
                    chosen.filter = String::new();
                    chosen.kind = Kind::Person;
                    chosen.scenario = FIRST.map(str::to_owned).to_vec();
                    return Ok(chosen);
                }
                _ => return Err(wrong()),
            }
        }
        // The lists of both kinds are in the form.
        let of_kind = if chosen.kind == Kind::Portal { "portal/" } else { "client/" };
        chosen.scenario.retain(|id| id.starts_with(of_kind));
        Ok(chosen)
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a choice has a form in JSON") + "\n"
    }

    /// The same, but only this part of an earlier run.
    pub(super) fn only(self, part: Part) -> Self {
        Self { of_run: Some(part), sweep: false, ..self }
    }

    /// So many plays at a time.
    pub(super) fn jobs(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, Into::into);
        let usual = match self.kind {
            Kind::Command => 4 * processors,
            Kind::Person => return 1,
            Kind::Portal => processors,
        };
        self.jobs.unwrap_or(usual).clamp(1, MOST_JOBS)
    }

    /// What is to be played.
    ///
    /// # Errors
    /// [`Error`]: why it can't be.
    pub(super) fn job(&self, shared: &Shared, guide: Option<Guide>) -> Result<Job, Error> {
        let catalogue = &shared.catalogue;
        let fits = |head: &Head| self.fits(head, &catalogue.requirements);
        if self.kind == Kind::Portal {
            let mut scenarios = catalogue.scenarios.clone();
            scenarios.retain(|scenario| fits(&scenario.head));
            self.leave_part(shared, &mut scenarios, |scenario| &mut scenario.head)?;
            let not_asked = not_asked(catalogue.scenarios.iter().map(|it| &it.head), fits);
            return Ok(Job::Portal { target: self.target()?, scenarios, not_asked });
        }
        let mut scenarios = catalogue.client_scenarios.clone();
        scenarios.retain(|scenario| fits(&scenario.head));
        self.leave_part(shared, &mut scenarios, |scenario| &mut scenario.head)?;
        let subject = self.subject(shared, guide)?;
        if self.sweep && self.kind == Kind::Command {
            let is_chosen = self.is_some() || !self.readings.is_empty();
            return Ok(Job::Sweep {
                subject,
                scenarios,
                readings: chosen_readings(&self.readings)?,
                is_chosen,
            });
        }
        let not_asked = not_asked(catalogue.client_scenarios.iter().map(|it| &it.head), fits);
        Ok(Job::Client { subject, scenarios, not_asked })
    }

    /// Whether only some of the scenarios are chosen.
    fn is_some(&self) -> bool {
        !(self.level.is_empty()
            && self.chapter.is_empty()
            && self.scenario.is_empty()
            && self.filter.is_empty())
            || self.of_run.is_some()
    }

    fn fits(&self, head: &Head, requirements: &Requirements) -> bool {
        let filter = (!self.filter.is_empty()).then(|| self.filter.clone()).into_iter().collect();
        let choice = Choice { filter, level: self.level.clone() };
        let chapters = || head.shows.iter().filter_map(|id| Some(requirements.find(id)?.chapter()));
        choice.fits(head)
            && (self.chapter.is_empty() || chapters().any(|chapter| self.chapter.contains(&chapter)))
            && (self.scenario.is_empty() || self.scenario.contains(&head.id))
    }

    /// Leaves the cases of an earlier run that are asked for.
    fn leave_part<S>(
        &self,
        shared: &Shared,
        scenarios: &mut Vec<S>,
        head: impl Fn(&mut S) -> &mut Head,
    ) -> Result<(), Error> {
        if let Some(Part::Failed(id) | Part::Left(id)) = &self.of_run {
            let gone =
                || Error::Usage(words!("実行結果 {id} はもうありません", "there is no run {id} any more"));
            let earlier = shared.archive.earlier(id).ok_or_else(gone)?;
            let part = match &self.of_run {
                Some(Part::Left(_)) => report::Part::Left,
                _ => report::Part::Failed,
            };
            scenarios.retain_mut(|scenario| earlier.leave(part, head(scenario)));
        }
        if scenarios.is_empty() {
            Err(Error::Usage(Words::new(
                "条件に合うシナリオがありません。条件を減らしてください",
                "no scenario fits the choice; choose less narrowly",
            )))
        } else {
            Ok(())
        }
    }

    fn subject(&self, shared: &Shared, guide: Option<Guide>) -> Result<Subject, Error> {
        let mut command = Vec::new();
        if self.kind == Kind::Command {
            let known = shared.commands()?.into_iter().find(|(name, _)| *name == self.command);
            let name = &self.command;
            let unknown = || {
                Error::Usage(words!(
                    "コマンド「{name}」はありません。--command または commands.toml で指定してください",
                    "there is no command {name:?}; name it with --command or in commands.toml"
                ))
            };
            command = known.ok_or_else(unknown)?.1;
        }
        let usual = Subject::new(&command);
        let wrong = |_| {
            let now = &self.now;
            Error::Usage(words!(
                "「{now}」は 2026-11-24T10:00:00+09:00 のような日時ではありません",
                "{now:?} is no instant such as 2026-11-24T10:00:00+09:00"
            ))
        };
        let subject = Subject {
            guide,
            listen: self.port.map(|port| ([127, 0, 0, 1], port).into()),
            seed: self.seed().to_owned(),
            now: if self.now.is_empty() {
                super::archive::now()
            } else {
                self.now.parse::<Timestamp>().map_err(wrong)?
            },
            limit: self.limit.map_or(usual.limit, |seconds| Duration::from_secs(seconds.clamp(1, 3600))),
            ..usual
        };
        subject.check()?;
        Ok(subject)
    }

    fn target(&self) -> Result<Target, Error> {
        if self.url.is_empty() {
            return Ok(Target::own(self.seed()));
        }
        let remote = Remote::new(address(&self.url)?, &self.root)?;
        let optional = |text: &str| if text.is_empty() { Ok(None) } else { address(text).map(Some) };
        // A secret: it is not typed into a page, nor kept in a folder.
        let control_token = std::env::var("OBN_CONTROL_TOKEN").ok().filter(|token| !token.is_empty());
        let (control, http) = (optional(&self.control)?, optional(&self.http)?);
        Ok(Target::Remote(Box::new(Remote { control, control_token, http, ..remote })))
    }

    fn seed(&self) -> &str {
        if self.seed.is_empty() { USUAL_SEED } else { &self.seed }
    }
}

fn address(text: &str) -> Result<Url, Error> {
    text.parse().map_err(|error| {
        Error::Usage(words!(
            "「{text}」は https://localhost:8443 のような URL ではありません({error})",
            "{text:?} is no URL such as https://localhost:8443 ({error})"
        ))
    })
}

/// A word of a type's own vocabulary.
fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

/// Nothing, if nothing is written.
fn number<T: FromStr>(text: &str) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| ()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_a_command_and_never_says_one() {
        let form =
            b"kind=command&command=Our+client&level=core&level=security&chapter=2&jobs=&limit=30&sweep=on";
        let chosen = Chosen::of_form(form).unwrap();
        let expected = Chosen {
            command: "Our client".to_owned(),
            level: vec![Level::Core, Level::Security],
            chapter: vec![2],
            limit: Some(30),
            sweep: true,
            ..Chosen::default()
        };
        assert_eq!(chosen, expected);
        for wrong in ["kind=shell", "level=hard", "jobs=many", "arguments=-x", "of_run=1"] {
            assert!(Chosen::of_form(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let text = chosen.to_json();
        assert_eq!(serde_json::from_str::<Chosen>(&text).unwrap(), chosen);
    }
}
