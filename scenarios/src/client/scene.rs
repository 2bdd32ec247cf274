//! A play of a client: its simulator, its folder, and what its runs have come to.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::folder::{Folder, Made};
use super::proxy::Proxy;
use super::scenario::ClientScenario;
use super::stage::{Stage, duration};
use super::subject::Subject;
use super::watch::Ended;
use super::wording::{Expected, Seen};
use crate::control::Control;
use crate::difference::Difference;
use crate::error::Error;
use crate::play::{Case, Known, Transcript, Trouble};

/// A play under way.
#[derive(Debug)]
pub struct Scene {
    pub(super) subject: Subject,
    pub(super) stage: Stage,
    pub(super) folder: Folder,
    /// Notices, and under `root` what is known of the TLS root.
    pub(super) known: Known,
    pub(super) proxy: Option<Proxy>,
    pub(super) runs: Vec<Ended>,
    /// Bytes of a file that was there before it could be whole.
    pub(super) early: Option<u64>,
    /// Whether arguments of commands are looked at.
    pub(super) watches_arguments: bool,
    /// Of each run, whether what it prints is judged.
    judged: Vec<bool>,
    /// What nobody may see.
    pub(super) secrets: Vec<String>,
    /// Passwords that open PFX files.
    pub(super) passwords: Vec<String>,
    transcript: Transcript,
}

impl crate::play::Scene for Scene {
    fn known(&self) -> &Known {
        &self.known
    }

    fn control(&self) -> Option<&Control> {
        Some(&self.stage.control)
    }

    fn transcript(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// Reports go to others, and some texts stand for passwords.
    fn shown(&self, text: String) -> String {
        self.masked(&text)
    }

    async fn idle_faults(&self) -> Result<Option<Difference>, Error> {
        match self.stage.idle_faults().join(", ") {
            none if none.is_empty() => Ok(None),
            idle if self.subject.reading.is_empty() => {
                Err(Error::Scenario(format!("the fault {idle} never struck, so nothing was tested")))
            }
            // A sweep plays what passes under the usual reading: there it strikes.
            idle => Ok(Some(Difference::new(Expected::Fault { idle }, Seen::NotSoFar))),
        }
    }
}

impl Scene {
    /// An empty folder, and a simulator that nobody has used yet.
    pub(super) fn new(
        stage: Stage,
        case: &Case,
        subject: Subject,
        scenario: &ClientScenario,
        transcript: Transcript,
    ) -> Result<Self, Error> {
        let mut known = Known::of_case(case);
        known.learn("root", stage.root());
        Ok(Self {
            folder: Folder::new(&stage.world.tls().root_pem())?,
            subject,
            stage,
            known,
            proxy: None,
            runs: Vec::new(),
            early: None,
            watches_arguments: scenario.looks_for_secrets(),
            judged: scenario.judged_words(),
            secrets: Vec::new(),
            passwords: Vec::new(),
            transcript,
        })
    }

    /// Whether what the run prints that is under way now is judged.
    pub(super) fn judges_words(&self) -> bool {
        self.judged.get(self.runs.len()).copied().unwrap_or_default()
    }

    /// A length of time in which a text may have blanks.
    pub(super) fn duration(&self, text: &str) -> Result<SignedDuration, Error> {
        duration(&self.known.fill(text)?)
    }

    /// Noon in Japan, so many days before the last day of a notice's certificate.
    pub(super) fn noon(&self, notice: &str, days_before_end: i64) -> Result<Timestamp, Error> {
        self.at("12:00", notice, days_before_end)
    }

    /// The last day of a notice's certificate.
    pub(super) fn last_day(&self, notice: &str) -> Result<Date, Error> {
        let end = self.known.of_notice(notice, "valid_until")?;
        end.parse().map_err(|_| Error::Scenario(format!("{end:?} is no day")))
    }

    /// The same at another time of day.
    pub(super) fn at(&self, time: &str, notice: &str, days_before_end: i64) -> Result<Timestamp, Error> {
        let end = self.known.of_notice(notice, "valid_until")?;
        let on_it: Result<Timestamp, _> = format!("{end}T{time}:00+09:00").parse();
        let on_it = on_it.map_err(|_| Error::Scenario(format!("{end:?} and {time:?} say no instant")))?;
        Ok(on_it - SignedDuration::from_hours(24 * days_before_end))
    }

    /// All files that the command made or changed.
    pub(super) fn made(&self) -> Result<Vec<Made>, Trouble> {
        self.folder.made().map_err(|odd| Trouble::check(Expected::Folder, odd.words()))
    }

    pub(super) fn keep_password(&mut self, password: &str) {
        self.passwords.push(password.to_owned());
        self.secrets.push(password.to_owned());
    }

    /// A text without secrets, and without what differs from run to run.
    pub(super) fn masked(&self, text: &str) -> String {
        let secrets = self.secrets.iter().fold(self.folder.masked(text), |text, secret| mask(&text, secret));
        let urls = [Some(&self.stage.url), self.stage.login_url.as_ref()].into_iter().flatten();
        urls.fold(secrets, |text, url| text.replace(url, "https://localhost:…"))
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
