//! The file format of scenarios. A step is a table with one action and what belongs to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Action, Case, FieldCheck, Given, Kind, Level, Scenario, Step};
use crate::mistake::{Mistake, line_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: String,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    name: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// All members are optional, so that a wrong one is told by name; [`RawStep::read`] wants one action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    open: Option<String>,
    fill: Option<String>,
    with: Option<String>,
    press: Option<String>,
    close_browser: Option<bool>,
    forget_cookies: Option<bool>,
    save: Option<String>,
    wait_for: Option<String>,
    see: Option<String>,
    not_see: Option<String>,
    heading: Option<String>,
    field: Option<String>,
    holds: Option<String>,
    hides: Option<bool>,
    complains: Option<bool>,
    button: Option<String>,
    answer: Option<Kind>,
    status: Option<u16>,
    expect: Option<Box<Expect>>,
    notice: Option<NoticeExpectation>,
    issue: Option<Issue>,
    clock: Option<String>,
    advance: Option<String>,
    revoke: Option<String>,
    end_sessions: Option<bool>,
    #[serde(default)]
    shows: Vec<String>,
}

/// What the registration authority is asked to issue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// By this name the scenario speaks of it.
    pub notice: String,
    /// 医療機関コード; otherwise the manual's own.
    pub institution_code: Option<String>,
    /// 端末名称等
    pub terminal_name: Option<String>,
    /// `medical`, `dental`, …
    pub category: Option<String>,
    /// Day of issue.
    pub issued_on: Option<String>,
    /// First day of validity.
    pub valid_from: Option<String>,
    /// Last day of validity.
    pub valid_until: Option<String>,
}

/// What a notice must say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeExpectation {
    /// Which one.
    pub name: String,
    /// 発行者 begins like this.
    pub issuer_begins: Option<String>,
    /// 発行元
    pub institution_code: Option<String>,
    /// 端末名称等
    pub terminal_name: Option<String>,
    /// The first 8 of the 15 digits of リクエストID.
    pub request_id_begins: Option<String>,
    /// 15 digits and 10 letters and digits.
    pub well_formed: Option<bool>,
    /// 電子証明書有効期限, first day.
    pub valid_from: Option<String>,
    /// 電子証明書有効期限, last day.
    pub valid_until: Option<String>,
    /// 電子証明書ダウンロードサイト有効期限
    pub download_until: Option<String>,
    /// Its IDs differ from those of this notice.
    pub differs_from: Option<String>,
}

/// What a saved file must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The name under which it was saved.
    pub file: String,
    /// The file's own name ends in one of these.
    pub name_ends_in: Option<Vec<String>>,
    /// A PFX file that this password opens; further checks of a PFX file need it.
    pub password: Option<String>,
    /// A PFX file that this password doesn't open.
    pub not_password: Option<String>,
    /// There is one private key, and it fits the certificate.
    pub private_key: Option<bool>,
    /// The certificate of the issuing root is inside, and it has signed the certificate.
    pub root: Option<bool>,
    /// Windows 8.1 can import it.
    pub windows_8_1: Option<bool>,
    /// OpenSSL 3 can open it without its legacy provider.
    pub openssl_3: Option<bool>,
    /// It holds the same certificate and key as this saved file.
    pub same_identity_as: Option<String>,
    /// It holds another key than this saved file.
    pub other_key_than: Option<String>,
    /// The file is a certificate, or its certificate is like this.
    pub certificate: Option<CertificateExpectation>,
}

/// What a certificate must be.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateExpectation {
    /// All parts of the subject, first encoded first, such as `C=JP`.
    pub subject: Option<Vec<String>>,
    /// One part of the subject.
    pub subject_has: Option<String>,
    /// The issuer's common name begins like this.
    pub issuer_begins: Option<String>,
    /// First second of validity.
    pub valid_from: Option<String>,
    /// Last second of validity.
    pub valid_until: Option<String>,
    /// Not signed with SHA-1 or older.
    pub modern_hash: Option<bool>,
    /// For the authentication of TLS clients.
    pub client_auth: Option<bool>,
    /// Names a place of the revocation list on this host.
    pub crl_host: Option<String>,
    /// Issued by itself, for a CA.
    pub own_root: Option<bool>,
    /// The root that this run trusts for TLS.
    pub trusted_root: Option<bool>,
}

impl Scenario {
    /// Reads a scenario. `file` is its path below the folder of scenarios.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let raw: RawScenario = toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let mistake = |offset: usize, message: String| Mistake::at(file, text, offset, message);
        let (span, shows) = (raw.shows.span(), raw.shows.into_inner());
        if shows.is_empty() {
            return Err(mistake(span.start, "a scenario shows at least one requirement".to_owned()));
        }
        let mut steps = Vec::new();
        for spanned in raw.steps {
            let start = spanned.span().start;
            let mut step = spanned.into_inner();
            let of_step = std::mem::take(&mut step.shows);
            if let Some(stranger) = of_step.iter().find(|id| !shows.contains(id)) {
                let message = format!("{stranger} is not among the scenario's own `shows`");
                return Err(mistake(start, message));
            }
            let action = step.read().map_err(|message| mistake(start, message))?;
            steps.push(Step { line: line_of(text, start), action, shows: of_step });
        }
        if steps.is_empty() {
            return Err(mistake(0, "a scenario has steps".to_owned()));
        }
        let mut cases: Vec<Case> = Vec::new();
        for spanned in raw.cases {
            let start = spanned.span().start;
            let RawCase { name, values } = spanned.into_inner();
            if name.is_empty() || cases.iter().any(|case| case.name == name) {
                return Err(mistake(start, format!("{name:?} is no name, or that of another case")));
            }
            cases.push(Case { name, values });
        }
        if cases.is_empty() {
            cases.push(Case::default());
        }
        Ok(Self {
            id: file.strip_suffix(".toml").unwrap_or(file).to_owned(),
            file: file.to_owned(),
            name: raw.name,
            level: raw.level,
            shows,
            given: Given { clock: raw.given.clock, profile: raw.given.profile },
            steps,
            cases,
        })
    }
}

impl RawStep {
    fn read(self) -> Result<Action, String> {
        let mut with = self.with;
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
            fill,
            self.press.map(Action::Press),
            told(self.close_browser, "close_browser", Action::CloseBrowser)?,
            told(self.forget_cookies, "forget_cookies", Action::ForgetCookies)?,
            self.save.map(Action::Save),
            self.wait_for.map(Action::WaitFor),
            self.see.map(Action::See),
            self.not_see.map(Action::NotSee),
            self.heading.map(Action::Heading),
            field.transpose()?,
            self.button.map(Action::Button),
            self.answer.map(Action::Answer),
            self.status.map(Action::Status),
            self.expect.map(Action::Expect),
            self.notice.map(Action::Notice),
            self.issue.map(Action::Issue),
            self.clock.map(Action::Clock),
            self.advance.map(Action::Advance),
            self.revoke.map(Action::Revoke),
            told(self.end_sessions, "end_sessions", Action::EndSessions)?,
        ];
        if with.is_some() || holds.is_some() || hides.is_some() || complains.is_some() {
            return Err("`with` belongs to `fill`; `holds`, `hides` and `complains` to `field`".to_owned());
        }
        let mut actions = actions.into_iter().flatten();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(action),
            (None, _) => Err("this step does nothing".to_owned()),
            (Some(one), Some(other)) => Err(format!("one step does one thing; this one: {one}; {other}")),
        }
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
        ] {
            let told = told(&format!("{head}steps = [\n  {step},\n]\n"));
            assert!(told.starts_with(message), "{step}: {told}");
        }
        let told = told("name = \"x\"\nlevel = \"hard\"\n");
        assert!(told.starts_with("portal/x.toml:2:9: unknown variant `hard`"), "{told}");
    }
}
