//! Plays a client scenario: sets its scene, runs the command, and judges what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::command::{self, Ended, How, Watch};
use super::folder::Folder;
use super::guide::Guide;
use super::log;
use super::proxy::{self, Proxy};
use super::runner::Subject;
use super::scenario::{ClientAction, ClientScenario, ClientStep, End, Give, ProxyKind, Run};
use super::stage::{Stage, duration, joined};
use crate::play::{Case, Failure, Outcome, template};

/// The contract's word for an action that a command doesn't have.
const UNSUPPORTED: i32 = 77;
/// Why nothing more is played with somebody who quit.
const ENDED: &str = "the session was ended";
/// Simulated time that goes by with a look at a renewal's status, if the scenario doesn't say.
const EACH_LOOK: &str = "1s";

/// A play under way.
#[derive(Debug)]
pub(super) struct Player<'a> {
    pub(super) scenario: &'a ClientScenario,
    case: &'a Case,
    subject: &'a Subject,
    pub(super) stage: Stage,
    pub(super) folder: Folder,
    /// By name, and under `root` what is known of the TLS root.
    pub(super) notices: BTreeMap<String, Value>,
    pub(super) proxy: Option<Proxy>,
    pub(super) runs: Vec<Ended>,
    /// What nobody may see.
    pub(super) secrets: Vec<String>,
    /// Passwords that open PFX files.
    pub(super) passwords: Vec<String>,
    transcript: Vec<String>,
}

/// Why a step was not as it must be.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Noted; the play goes on.
    Check { expected: String, seen: String },
    /// Noted; the play ends, since what follows would mean nothing.
    Halt { expected: String, seen: String },
    /// The command can't do this.
    Skip(String),
    /// The harness can't go on.
    Broken(String),
}

pub(super) type Done = Result<(), Trouble>;

/// Plays a scenario with one of its cases.
pub(super) async fn play(scenario: &ClientScenario, case: &Case, subject: &Subject) -> Outcome {
    if subject.guide.as_ref().is_some_and(Guide::has_quit) {
        return Outcome::Skipped { reason: ENDED.to_owned() };
    }
    let broken = |reason| Outcome::HarnessError { reason, transcript: Vec::new() };
    let stage = match Box::pin(Stage::set(scenario, subject)).await {
        Ok(stage) => stage,
        Err(reason) => return broken(reason),
    };
    let folder = match Folder::new(&stage.world.tls.root_pem()) {
        Ok(folder) => folder,
        Err(reason) => return broken(reason),
    };
    let notices = BTreeMap::from([("root".to_owned(), stage.root())]);
    if let Some(guide) = &subject.guide {
        let ja = scenario.head.ja.as_deref().unwrap_or_default();
        guide.say(&format!("\n== {}\n   {}\n   {ja}", scenario.head.id, scenario.head.name));
    }
    let player = Player {
        scenario,
        case,
        subject,
        stage,
        folder,
        notices,
        proxy: None,
        runs: Vec::new(),
        secrets: Vec::new(),
        passwords: Vec::new(),
        transcript: Vec::new(),
    };
    Box::pin(player.play()).await
}

impl Player<'_> {
    async fn play(mut self) -> Outcome {
        let mut failures: Vec<Failure> = Vec::new();
        for (index, step) in self.scenario.steps.iter().enumerate() {
            self.transcript.push(format!("{}. {}", index + 1, step.action));
            let failed = |expected: String, seen: String| Failure {
                place: format!("{}:{}", self.scenario.head.file, step.line),
                step: index + 1,
                breaks: if step.shows.is_empty() {
                    self.scenario.head.shows.clone()
                } else {
                    step.shows.clone()
                },
                expected,
                seen,
            };
            match Box::pin(self.step(step)).await {
                Ok(()) => {}
                Err(Trouble::Check { expected, seen }) => {
                    failures.push(failed(expected, self.masked(&seen)));
                    self.note("✗");
                }
                Err(Trouble::Halt { expected, seen }) => {
                    // What follows from an earlier failure is not a failure of its own.
                    if failures.is_empty() || !step.shows.is_empty() {
                        failures.push(failed(expected, self.masked(&seen)));
                    }
                    self.note("✗ the play ends here");
                    break;
                }
                Err(Trouble::Skip(reason)) => return Outcome::Skipped { reason },
                Err(Trouble::Broken(reason)) => {
                    let reason = format!("{}:{}: {reason}", self.scenario.head.file, step.line);
                    return Outcome::HarnessError { reason, transcript: self.transcript };
                }
            }
        }
        if !failures.is_empty() {
            let journal = self.stage.control.last_records().await;
            return Outcome::Failed { failures, transcript: self.transcript, journal };
        }
        match self.stage.idle_faults() {
            idle if idle.is_empty() => Outcome::Passed { transcript: self.transcript },
            idle if self.subject.reading.is_empty() => {
                let reason = format!("the fault {} never struck, so nothing was tested", idle.join(", "));
                Outcome::HarnessError { reason, transcript: self.transcript }
            }
            // A sweep plays what passes under the usual reading: there it strikes.
            idle => {
                let journal = self.stage.control.last_records().await;
                let failures = vec![self.missed(&idle)];
                Outcome::Failed { failures, transcript: self.transcript, journal }
            }
        }
    }

    /// Faults that the command never came to.
    fn missed(&self, faults: &[String]) -> Failure {
        let steps = &self.scenario.steps;
        let index = steps.iter().position(|step| matches!(step.action, ClientAction::Fault(_)));
        let line = index.and_then(|index| steps.get(index)).map_or(1, |step| step.line);
        Failure {
            place: format!("{}:{line}", self.scenario.head.file),
            step: index.unwrap_or_default() + 1,
            breaks: self.scenario.head.shows.clone(),
            expected: format!("the fault {} strikes, as under the usual reading", faults.join(", ")),
            seen: "the command doesn't come so far".to_owned(),
        }
    }

    async fn step(&mut self, step: &ClientStep) -> Done {
        match &step.action {
            ClientAction::Issue(issue) => {
                let notice = self.stage.control.issue(issue).await.map_err(Trouble::Broken)?;
                if let Some(reference_id) = notice.get("reference_id").and_then(Value::as_str) {
                    self.secrets.push(reference_id.to_owned());
                }
                self.notices.insert(issue.notice.clone(), notice);
                Ok(())
            }
            ClientAction::Advance(by) => {
                let by = duration(&self.filled(by)?).map_err(Trouble::Broken)?;
                self.stage.advance(by).await.map_err(Trouble::Broken)
            }
            ClientAction::Fault(rule) => {
                let mut rule = rule.clone();
                self.fill_all(&mut rule)?;
                self.stage.control.set_fault(&rule).await.map(drop).map_err(Trouble::Broken)
            }
            ClientAction::Revoke(name) => {
                let serial = self.of_notice(name, "serial")?;
                self.stage.control.revoke(&serial).await.map_err(Trouble::Broken)
            }
            ClientAction::StopSite => {
                self.stage.stop().await;
                Ok(())
            }
            ClientAction::Proxy(kind) => {
                self.proxy = Some(Proxy::start(*kind).await.map_err(Trouble::Broken)?);
                self.secrets.push(proxy::PASSWORD.to_owned());
                Ok(())
            }
            ClientAction::Give(give) => self.give(give).await,
            ClientAction::Write { file, text } => {
                let text = self.filled(text)?;
                self.folder.give(file, text.into_bytes()).map_err(Trouble::Broken)
            }
            ClientAction::Run(run) => self.run(run).await,
            check => self.check(check).await,
        }
    }

    async fn give(&mut self, give: &Give) -> Done {
        let notice = self.notices.get(&give.of);
        let notice = notice.ok_or_else(|| Trouble::Broken(format!("no notice {:?} was issued", give.of)))?;
        let mut pfx = self.stage.pfx(notice, give).await.map_err(Trouble::Broken)?;
        if let Some(first) = &give.behind {
            let first =
                self.folder.given(first).ok_or_else(|| Trouble::Broken(format!("no file {first:?}")))?;
            pfx = joined(first, &pfx, &give.password).map_err(Trouble::Broken)?;
        }
        self.keep_password(&give.password);
        self.folder.give(&give.file, pfx).map_err(Trouble::Broken)
    }

    async fn run(&mut self, run: &Run) -> Done {
        let environment = self.environment(run)?;
        let each_look = run.each_look.as_deref().unwrap_or(EACH_LOOK);
        let watch = Watch {
            limit: self.subject.limit + Duration::from_secs(run.wait.unwrap_or_default().into()),
            each_look: duration(each_look).map_err(Trouble::Broken)?,
            killed_at: run.killed_at.as_deref(),
            arguments: self
                .scenario
                .steps
                .iter()
                .any(|step| matches!(step.action, ClientAction::KeepsSecrets)),
        };
        let before = self.journal_ends();
        let folder = self.folder.work();
        let ended = match &self.subject.guide {
            Some(guide) => Box::pin(guide.run(&environment, &self.stage, watch)).await,
            None => {
                let command = &self.subject.command;
                Box::pin(command::run(command, &environment, &folder, &self.stage, watch)).await
            }
        };
        let ended = ended.map_err(Trouble::Broken)?;
        self.tell(run, &ended, before);
        let how = ended.how;
        self.runs.push(ended);
        let seen = match how {
            How::Status(UNSUPPORTED) => {
                let reason = format!("the command doesn't support {}", run.operation.name());
                return Err(Trouble::Skip(reason));
            }
            How::Status(status) if run.ends.iter().any(|end| end.status() == Some(status)) => return Ok(()),
            How::Quit => return Err(Trouble::Skip(ENDED.to_owned())),
            How::Killed if run.ends.contains(&End::Killed) => return Ok(()),
            How::Status(status) => format!("exit status {status}"),
            How::Killed => "killed by the harness".to_owned(),
            How::Signal => "ended by a signal".to_owned(),
            How::Hung => {
                format!("still running after {} s, and ended by the harness", self.subject.limit.as_secs())
            }
        };
        let ends: Vec<_> = run.ends.iter().map(ToString::to_string).collect();
        let expected = format!("{} ends with {}", run.operation.name(), ends.join(" or "));
        // After a walk that should have gone through there is nothing to look into.
        let halts = run.ends == [End::Done] || matches!(how, How::Hung);
        Err(if halts { Trouble::Halt { expected, seen } } else { Trouble::Check { expected, seen } })
    }

    /// The contract: what a command is told, and nothing else.
    fn environment(&mut self, run: &Run) -> Result<Vec<(String, String)>, Trouble> {
        let mut environment = vec![
            ("OBN_ACTION".to_owned(), run.operation.name().to_owned()),
            ("OBN_URL".to_owned(), self.stage.url.clone()),
            ("OBN_ROOT".to_owned(), self.folder.tls_root().display().to_string()),
            ("HOME".to_owned(), self.folder.home().display().to_string()),
        ];
        environment.extend(std::env::var("PATH").ok().map(|path| ("PATH".to_owned(), path)));
        let file = |name: &String| self.folder.work().join(name).display().to_string();
        let seconds = run.wait.map(|seconds| seconds.to_string());
        let now = self.told_time(run)?.map(|now| now.to_string());
        let terminal = run.folder.then(|| self.folder.work().display().to_string());
        let filled = |text: &Option<String>| text.as_ref().map(|text| self.filled(text)).transpose();
        let told = [
            ("OBN_REQUEST_ID", filled(&run.request_id)?),
            ("OBN_REFERENCE_ID", filled(&run.reference_id)?),
            ("OBN_PASSWORD", filled(&run.password)?),
            ("OBN_EMAIL", filled(&run.email)?),
            ("OBN_IDENTITY", run.identity.as_ref().map(file)),
            ("OBN_IDENTITY_PASSWORD", filled(&run.identity_password)?),
            ("OBN_OUTPUT", run.output.as_ref().map(file)),
            ("OBN_CONFIRM", filled(&run.confirm)?),
            ("OBN_NOW", now),
            ("OBN_FOLDER", terminal),
            ("OBN_WAIT", seconds),
        ];
        let told = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        environment.extend(told);
        if let Some(proxy) = &self.proxy {
            let mut tell = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
            tell("OBN_PROXY", &proxy.url);
            if proxy.kind == ProxyKind::Bypassed {
                tell("OBN_PROXY_BYPASS", "*.obn.managedpki.ne.jp;localhost");
            } else {
                tell("OBN_PROXY_USER", proxy::USER);
                tell("OBN_PROXY_PASSWORD", proxy::PASSWORD);
            }
        }
        let passwords = [filled(&run.password)?, filled(&run.identity_password)?];
        let reference_id = filled(&run.reference_id)?;
        passwords.iter().flatten().for_each(|password| self.keep_password(password));
        self.secrets.extend(reference_id);
        Ok(environment)
    }

    /// What the command is to take for the present, if the scenario plays on another day.
    fn told_time(&self, run: &Run) -> Result<Option<Timestamp>, Trouble> {
        if let Some(later) = &run.later {
            let later = duration(&self.filled(later)?).map_err(Trouble::Broken)?;
            return Ok(Some(self.stage.world.clock.now() + later));
        }
        let Some((days, notice)) = run.days_left.as_ref().zip(run.notice.as_ref()) else { return Ok(None) };
        let wrong = |what: &str| Trouble::Broken(format!("{what:?} says no day"));
        let days: i64 = self.filled(days)?.parse().map_err(|_| wrong(days))?;
        let end = self.of_notice(notice, "valid_until")?;
        let noon: Timestamp = format!("{end}T12:00:00+09:00").parse().map_err(|_| wrong(&end))?;
        Ok(Some(noon - SignedDuration::from_hours(24 * days)))
    }

    fn keep_password(&mut self, password: &str) {
        self.passwords.push(password.to_owned());
        self.secrets.push(password.to_owned());
    }

    /// What a run said and did, for the report.
    fn tell(&mut self, run: &Run, ended: &Ended, before: u64) {
        let told = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
        let told = [
            told("identity", &run.identity),
            told("output", &run.output),
            told("confirm", &run.confirm),
            told("days_left", &run.days_left),
        ];
        let told: Vec<_> = told.into_iter().flatten().collect();
        if !told.is_empty() {
            self.note(&told.join(" "));
        }
        for line in self.masked(&ended.output).lines() {
            self.note(&format!("| {line}"));
        }
        let entries = self.stage.world.journal.after(before);
        let mut lines: Vec<(String, usize)> = Vec::new();
        for line in entries.iter().filter_map(log::line) {
            match lines.last_mut() {
                Some((last, times)) if *last == line => *times += 1,
                _ => lines.push((line, 1)),
            }
        }
        for (line, times) in lines {
            let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
            self.note(&format!("journal: {line}{times}"));
        }
        self.note(&match ended.how {
            How::Status(status) => format!("→ exit status {status}"),
            how => format!("→ {how:?}"),
        });
    }

    pub(super) fn journal_ends(&self) -> u64 {
        self.stage.world.journal.after(0).last().map_or(0, |entry| entry.sequence)
    }

    pub(super) fn of_notice(&self, name: &str, key: &str) -> Result<String, Trouble> {
        let value = self.notices.get(name).and_then(|notice| notice.get(key)).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| Trouble::Broken(format!("nothing is known of {name}.{key}")))
    }

    pub(super) fn filled(&self, text: &str) -> Result<String, Trouble> {
        let of_notice = |name: &str, key: &str| self.of_notice(name, key).ok();
        let of_case = |key: &str| template::fill(self.case.values.get(key)?, of_notice).ok();
        let fill = template::fill(
            text,
            |name, key| if name == "case" { of_case(key) } else { of_notice(name, key) },
        );
        fill.map_err(Trouble::Broken)
    }

    fn fill_all(&self, value: &mut Value) -> Done {
        match value {
            Value::String(text) => *text = self.filled(text)?,
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill_all(value))?,
            Value::Object(values) => values.values_mut().try_for_each(|value| self.fill_all(value))?,
            _ => {}
        }
        Ok(())
    }

    fn masked(&self, text: &str) -> String {
        let secrets = self.secrets.iter().fold(self.folder.masked(text), |text, secret| mask(&text, secret));
        secrets.replace(&self.stage.url, "https://localhost:…")
    }

    fn note(&mut self, text: &str) {
        self.transcript.push(format!("     {text}"));
    }
}

impl End {
    fn status(self) -> Option<i32> {
        match self {
            Self::Done => Some(0),
            Self::Refused => Some(1),
            Self::Usage => Some(2),
            Self::Network => Some(3),
            Self::Protocol => Some(4),
            Self::Killed => None,
        }
    }
}

/// Where a secret stands by itself in a text: four digits in the middle of an ID are no password.
pub(super) fn places<'a>(text: &'a str, secret: &'a str) -> impl Iterator<Item = usize> + 'a {
    let digits = secret.bytes().all(|byte| byte.is_ascii_digit());
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    text.match_indices(secret)
        .filter(move |(at, _)| {
            let (before, after) = (text[..*at].chars().next_back(), text[at + secret.len()..].chars().next());
            !secret.is_empty() && (!digits || !(is_digit(before) || is_digit(after)))
        })
        .map(|(at, _)| at)
}

fn mask(text: &str, secret: &str) -> String {
    let mut masked = String::new();
    let mut rest = 0;
    for at in places(text, secret) {
        masked.push_str(&text[rest..at]);
        masked.push_str("••••");
        rest = at + secret.len();
    }
    masked + &text[rest..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_where_they_stand_by_themselves() {
        assert_eq!(mask("PIN 8461, ID 202684610000001", "8461"), "PIN ••••, ID 202684610000001");
        assert_eq!(mask("pin=8461", "8461"), "pin=••••");
        assert_eq!(mask("xaB3dE6gH9jx", "aB3dE6gH9j"), "x••••x");
    }
}
