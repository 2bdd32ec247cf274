//! The file format of scenarios. A step is a table with one action and what belongs to it.

use serde::Deserialize;
use toml::Spanned;

use super::walk::{USUAL_PASSWORD, Walk};
use super::{
    Action, Expect, FaultSetting, FieldCheck, Given, Kind, ListExpectation, MailExpectation,
    NoticeExpectation, Scenario, Step,
};
use crate::control::Issue;
use crate::mistake::{Mistake, line_of};
use crate::play::{Head, Level, RawCase, RawHead};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: String,
    ja: Option<String>,
    level: Level,
    shows: Spanned<Vec<String>>,
    #[serde(default)]
    given: RawGiven,
    steps: Vec<Spanned<RawStep>>,
    #[serde(default)]
    cases: Vec<Spanned<RawCase>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGiven {
    clock: Option<String>,
    #[serde(default)]
    profile: toml::Table,
    #[serde(default)]
    ipv6: bool,
}

/// All members are optional, so that a wrong one is told by name; [`RawStep::read`] wants one action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    open: Option<String>,
    reload: Option<bool>,
    go_back: Option<bool>,
    tab: Option<String>,
    choose: Option<String>,
    choose_foreign: Option<String>,
    choose_none: Option<bool>,
    fill: Option<String>,
    with: Option<String>,
    press: Option<String>,
    press_twice: Option<String>,
    press_in_vain: Option<String>,
    close_browser: Option<bool>,
    forget_cookies: Option<bool>,
    save: Option<String>,
    write_down: Option<String>,
    fetch_list: Option<String>,
    of: Option<String>,
    wait_for: Option<String>,
    watch: Option<String>,
    goes: Option<Vec<String>>,
    see: Option<String>,
    not_see: Option<String>,
    heading: Option<String>,
    field: Option<String>,
    holds: Option<String>,
    hides: Option<bool>,
    complains: Option<bool>,
    button: Option<String>,
    no_button: Option<String>,
    row: Option<String>,
    reads: Option<String>,
    rows: Option<Vec<[String; 2]>>,
    answer: Option<Kind>,
    status: Option<u16>,
    expect: Option<Box<Expect>>,
    notice: Option<NoticeExpectation>,
    list: Option<Box<ListExpectation>>,
    mail: Option<MailExpectation>,
    mails: Option<usize>,
    issue: Option<Issue>,
    clock: Option<String>,
    advance: Option<String>,
    revoke: Option<String>,
    approve: Option<String>,
    reject: Option<String>,
    hold: Option<String>,
    move_on: Option<String>,
    fail: Option<String>,
    fault: Option<FaultSetting>,
    save_world: Option<bool>,
    load_world: Option<bool>,
    end_sessions: Option<bool>,
    fetch: Option<String>,
    renew: Option<String>,
    r#as: Option<String>,
    take_key: Option<String>,
    ask_revocation: Option<String>,
    #[serde(default)]
    shows: Vec<String>,
}

impl Scenario {
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
            let line = line_of(text, start);
            if let Some(walk) = step.walk().map_err(|message| mistake(start, message))? {
                step.nothing_else().map_err(|message| mistake(start, message))?;
                steps.extend(walk.steps(line, &of_step));
                continue;
            }
            let action = step.read().map_err(|message| mistake(start, message))?;
            let breaks = action.usually_breaks().map(str::to_owned).into_iter().collect();
            steps.push(Step { line, action, shows: of_step, breaks });
        }
        if steps.is_empty() {
            return Err(mistake(0, "a scenario has steps".to_owned()));
        }
        let given = Given { clock: raw.given.clock, profile: raw.given.profile, ipv6: raw.given.ipv6 };
        Ok(Self { head, given, steps })
    }
}

impl RawStep {
    /// Takes out the walk, if the step is one.
    fn walk(&mut self) -> Result<Option<Walk>, String> {
        let walks = [
            self.fetch.take().map(|notice| Ok(Walk::Fetch { notice })),
            self.renew.take().map(|file| {
                let name = self.r#as.take().ok_or("`renew` wants `as`: a name for the new IDs")?;
                Ok(Walk::Renew { file, name })
            }),
            self.take_key.take().map(|name| Ok(Walk::TakeKey { name })),
            self.ask_revocation.take().map(|notice| {
                let email = self.with.take().ok_or("`ask_revocation` wants `with`: a mail address")?;
                Ok(Walk::AskRevocation { notice, email })
            }),
        ];
        let mut walks = walks.into_iter().flatten();
        match (walks.next(), walks.next()) {
            (walk, None) => walk.transpose().map_err(|message: &str| message.to_owned()),
            _ => Err("one step does one thing".to_owned()),
        }
    }

    fn nothing_else(self) -> Result<(), String> {
        match self.read() {
            Err(message) if message == NOTHING => Ok(()),
            Err(message) => Err(message),
            Ok(other) => Err(format!("one step does one thing; this one also: {other}")),
        }
    }

    fn read(self) -> Result<Action, String> {
        let (mut with, mut of, mut goes, mut reads) = (self.with, self.of, self.goes, self.reads);
        let (mut holds, mut hides, mut complains) = (self.holds, self.hides, self.complains);
        let told = |flag: Option<bool>, name: &str, action: Action| match flag {
            Some(false) => Err(format!("`{name} = false` says nothing: leave the step out")),
            Some(true) => Ok(Some(action)),
            None => Ok(None),
        };
        let fill = match self.fill {
            None => None,
            Some(label) => {
                let text = with.take().ok_or("`fill` wants `with`")?;
                Some(Action::Fill { label, text })
            }
        };
        let choose = self.choose.map(|file| {
            let password = with.take().unwrap_or_else(|| USUAL_PASSWORD.to_owned());
            Action::Choose { file, password }
        });
        let fetch_list = match self.fetch_list {
            None => None,
            Some(name) => {
                let of = of.take().ok_or("`fetch_list` wants `of`: whose certificate says where it is")?;
                Some(Action::FetchList { name, of })
            }
        };
        let watch = match self.watch {
            None => None,
            Some(row) => {
                let goes = goes.take().filter(|goes| !goes.is_empty()).ok_or("`watch` wants `goes`")?;
                Some(Action::Watch { row, goes })
            }
        };
        let row = self.row.map(|label| Action::Row { label, reads: reads.take() });
        let field = self.field.map(|label| {
            let check = match (holds.take(), hides.take(), complains.take()) {
                (None, None, None) => Ok(FieldCheck::Present),
                (Some(text), None, None) => Ok(FieldCheck::Holds(text)),
                (None, Some(true), None) => Ok(FieldCheck::Hides),
                (None, None, Some(true)) => Ok(FieldCheck::Complains),
                _ => Err("`field` takes one of `holds`, `hides = true`, `complains = true`"),
            };
            check.map(|check| Action::Field { label, check })
        });
        let actions = [
            self.open.map(Action::Open),
            told(self.reload, "reload", Action::Reload)?,
            told(self.go_back, "go_back", Action::GoBack)?,
            self.tab.map(Action::Tab),
            choose,
            self.choose_foreign.map(Action::ChooseForeign),
            told(self.choose_none, "choose_none", Action::ChooseNone)?,
            fill,
            self.press.map(Action::Press),
            self.press_twice.map(Action::PressTwice),
            self.press_in_vain.map(Action::PressInVain),
            told(self.close_browser, "close_browser", Action::CloseBrowser)?,
            told(self.forget_cookies, "forget_cookies", Action::ForgetCookies)?,
            self.save.map(Action::Save),
            self.write_down.map(Action::WriteDown),
            fetch_list,
            self.wait_for.map(Action::WaitFor),
            watch,
            self.see.map(Action::See),
            self.not_see.map(Action::NotSee),
            self.heading.map(Action::Heading),
            field.transpose()?,
            self.button.map(Action::Button),
            self.no_button.map(Action::NoButton),
            row,
            self.rows.map(Action::Rows),
            self.answer.map(Action::Answer),
            self.status.map(Action::Status),
            self.expect.map(Action::Expect),
            self.notice.map(Action::Notice),
            self.list.map(Action::List),
            self.mail.map(Action::Mail),
            self.mails.map(Action::Mails),
            self.issue.map(Action::Issue),
            self.clock.map(Action::Clock),
            self.advance.map(Action::Advance),
            self.revoke.map(Action::Revoke),
            self.approve.map(Action::Approve),
            self.reject.map(Action::Reject),
            self.hold.map(Action::Hold),
            self.move_on.map(Action::MoveOn),
            self.fail.map(Action::Fail),
            self.fault.map(Action::Fault),
            told(self.save_world, "save_world", Action::SaveWorld)?,
            told(self.load_world, "load_world", Action::LoadWorld)?,
            told(self.end_sessions, "end_sessions", Action::EndSessions)?,
        ];
        for (left, message) in [
            (with.is_some(), "`with` belongs to `fill`, `choose` and `ask_revocation`"),
            (of.is_some(), "`of` belongs to `fetch_list`"),
            (self.r#as.is_some(), "`as` belongs to `renew`"),
            (goes.is_some(), "`goes` belongs to `watch`"),
            (reads.is_some(), "`reads` belongs to `row`"),
            (
                holds.is_some() || hides.is_some() || complains.is_some(),
                "`holds`, `hides` and `complains` belong to `field`",
            ),
        ] {
            if left {
                return Err(message.to_owned());
            }
        }
        let mut actions = actions.into_iter().flatten();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(action),
            (None, _) => Err(NOTHING.to_owned()),
            (Some(one), Some(other)) => Err(format!("one step does one thing; this one: {one}; {other}")),
        }
    }
}

const NOTHING: &str = "this step does nothing";

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
        ] {
            let told = told(&format!("{head}steps = [\n  {step},\n]\n"));
            assert!(told.starts_with(message), "{step}: {told}");
        }
        let told = told("name = \"x\"\nlevel = \"hard\"\n");
        assert!(told.starts_with("portal/x.toml:2:9: unknown variant `hard`"), "{told}");
    }
}
