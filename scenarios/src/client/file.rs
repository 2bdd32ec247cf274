//! The file format of client scenarios. A step is a table with one action and what belongs to it.

use serde::Deserialize;
use toml::Spanned;

use super::scenario::{
    ClientAction, ClientGiven, ClientScenario, ClientStep, End, FileExpectation, Give, Operation, ProxyKind,
    Run,
};
use crate::control::Issue;
use crate::mistake::{Mistake, line_of};
use crate::play::{Head, Level, RawCase, RawHead};
use crate::simulator::merge;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: String,
    ja: Option<String>,
    level: Level,
    shows: Spanned<Vec<String>>,
    sweep: Option<bool>,
    #[serde(default)]
    given: RawGiven,
    steps: Vec<Spanned<RawStep>>,
    #[serde(default)]
    cases: Vec<Spanned<RawCase>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGiven {
    starts: Option<String>,
    #[serde(default)]
    profile: toml::Table,
}

/// All members are optional, so that a wrong one is told by name; [`RawStep::read`] wants one action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    issue: Option<Issue>,
    advance: Option<String>,
    fault: Option<toml::Table>,
    revoke: Option<String>,
    stop_site: Option<bool>,
    proxy: Option<ProxyKind>,
    give: Option<Give>,
    write: Option<String>,
    text: Option<String>,
    run: Option<Operation>,
    ends: Option<Vec<End>>,
    notice: Option<String>,
    request_id: Option<String>,
    reference_id: Option<String>,
    password: Option<String>,
    email: Option<String>,
    identity: Option<String>,
    identity_password: Option<String>,
    output: Option<String>,
    confirm: Option<String>,
    days_left: Option<String>,
    later: Option<String>,
    folder: Option<bool>,
    wait: Option<u32>,
    each_look: Option<String>,
    killed_at: Option<String>,
    expect: Option<Box<FileExpectation>>,
    no_file: Option<String>,
    unchanged: Option<String>,
    nothing_left: Option<bool>,
    says: Option<Vec<String>>,
    happened: Option<String>,
    times: Option<usize>,
    at_least: Option<usize>,
    at_most: Option<usize>,
    never: Option<String>,
    pace: Option<String>,
    milliseconds: Option<u64>,
    keeps_secrets: Option<bool>,
    keeps_ids: Option<bool>,
    proxy_used: Option<bool>,
    proxy_asked_at_most: Option<usize>,
    #[serde(default)]
    shows: Vec<String>,
}

impl ClientScenario {
    /// Reads a scenario. `file` is its path below the folder of scenarios.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let raw: RawScenario = toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let mistake = |offset: usize, message: String| Mistake::at(file, text, offset, message);
        let head =
            RawHead { name: raw.name, ja: raw.ja, level: raw.level, shows: raw.shows, cases: raw.cases };
        let head = Head::read(file, text, head)?;
        let mut steps = Vec::new();
        for spanned in raw.steps {
            let start = spanned.span().start;
            let mut step = spanned.into_inner();
            let of_step = std::mem::take(&mut step.shows);
            head.check_step(&of_step).map_err(|message| mistake(start, message))?;
            let action = step.read().map_err(|message| mistake(start, message))?;
            steps.push(ClientStep { line: line_of(text, start), action, shows: of_step });
        }
        Ok(Self { head, sweep: raw.sweep.unwrap_or(true), given: raw.given.read(), steps })
    }
}

impl RawGiven {
    /// A scene in which years go by counts on how long a certificate lasts.
    fn read(mut self) -> ClientGiven {
        if self.starts.is_some() {
            let usual = toml::toml! { certificate.validity_months = 39 };
            let own = std::mem::replace(&mut self.profile, usual);
            merge(&mut self.profile, &own);
        }
        ClientGiven { starts: self.starts, profile: self.profile }
    }
}

impl RawStep {
    fn read(mut self) -> Result<ClientAction, String> {
        let told = |flag: Option<bool>, action: ClientAction| flag.filter(|flag| *flag).map(|_| action);
        let actions = [
            self.run(),
            self.happened()?,
            self.issue.map(ClientAction::Issue),
            self.advance.map(ClientAction::Advance),
            self.fault
                .map(|table| serde_json::to_value(table).map(ClientAction::Fault))
                .transpose()
                .map_err(|error| error.to_string())?,
            self.revoke.map(ClientAction::Revoke),
            told(self.stop_site, ClientAction::StopSite),
            self.proxy.map(ClientAction::Proxy),
            self.give.map(ClientAction::Give),
            self.write.map(|file| ClientAction::Write { file, text: self.text.unwrap_or_default() }),
            self.expect.map(ClientAction::File),
            self.no_file.map(ClientAction::NoFile),
            self.unchanged.map(ClientAction::Unchanged),
            told(self.nothing_left, ClientAction::NothingLeft),
            self.says.map(ClientAction::Says),
            self.pace.map(|what| {
                let least = std::time::Duration::from_millis(self.milliseconds.unwrap_or(500));
                ClientAction::Pace { what, least }
            }),
            told(self.keeps_secrets, ClientAction::KeepsSecrets),
            told(self.keeps_ids, ClientAction::KeepsIds),
            self.proxy_used.map(ClientAction::ProxyUsed),
            self.proxy_asked_at_most.map(ClientAction::ProxyAsked),
        ];
        let mut actions = actions.into_iter().flatten();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(action),
            (None, _) => Err("this step does nothing".to_owned()),
            (Some(one), Some(other)) => Err(format!("one step does one thing; this one: {one}; {other}")),
        }
    }

    fn run(&mut self) -> Option<ClientAction> {
        let operation = self.run.take()?;
        let of_notice = |key: &str| self.notice.as_ref().map(|name| format!("{{{name}.{key}}}"));
        Some(ClientAction::Run(Box::new(Run {
            operation,
            ends: self.ends.take().unwrap_or_else(|| vec![End::Done]),
            request_id: self.request_id.take().or_else(|| of_notice("request_id")),
            reference_id: self.reference_id.take().or_else(|| of_notice("reference_id")),
            password: self.password.take(),
            email: self.email.take(),
            identity: self.identity.take(),
            identity_password: self.identity_password.take(),
            output: self.output.take(),
            confirm: self.confirm.take(),
            days_left: self.days_left.take(),
            later: self.later.take(),
            folder: self.folder == Some(true),
            notice: self.notice.clone(),
            wait: self.wait.take(),
            each_look: self.each_look.take(),
            killed_at: self.killed_at.take(),
        })))
    }

    fn happened(&mut self) -> Result<Option<ClientAction>, String> {
        if let Some(what) = self.never.take() {
            return Ok(Some(ClientAction::Happened { what, least: 0, most: 0 }));
        }
        let Some(what) = self.happened.take() else { return Ok(None) };
        let (least, most) = match (self.times, self.at_least, self.at_most) {
            (Some(times), None, None) => (times, times),
            (None, Some(least), most) => (least, most.unwrap_or(usize::MAX)),
            (None, None, Some(most)) => (0, most),
            (None, None, None) => (1, usize::MAX),
            _ => return Err("`happened` takes `times`, or `at_least` and `at_most`".to_owned()),
        };
        Ok(Some(ClientAction::Happened { what, least, most }))
    }
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
        ] {
            let text = format!("{head}steps = [\n  {step},\n]\n");
            let told = ClientScenario::parse("client/x.toml", &text).unwrap_err().to_string();
            assert!(told.starts_with(message), "{step}: {told}");
        }
    }
}
