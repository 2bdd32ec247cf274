//! What is put to the test: a command, or a person with a program.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::guide::Guide;
use super::program;
use super::starts::Starts;
use crate::bilingual::{Bilingual, wording};
use crate::error::Error;
use crate::simulator::USUAL_SEED;

/// What is put to the test, and how.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The same as somebody gave it, for reports.
    pub given: Vec<String>,
    /// Instead of the command, somebody who does what is told, one scenario after the other.
    pub guide: Option<Guide>,
    /// Where the site is, such as a port that a guided program knows; otherwise a free one each time.
    pub listen: Option<SocketAddr>,
    /// Keys, IDs and certificates repeat with it.
    pub seed: String,
    /// The simulated present. With the real one, a client's own clock sees the same days.
    pub now: Timestamp,
    /// Real time after which a run of the command hangs.
    pub limit: Duration,
    /// How the profile is to be read, where a scenario doesn't stand on it.
    pub reading: toml::Table,
    /// How its runs have begun.
    pub starts: Starts,
}

wording! {
    /// Who is put to the test.
    enum Who {
        Command { given: String, now: String } => "command {given} (--now {now})"; "コマンド {given} (--now {now})";
        Guided { now: String } => "a guided program (--now {now})"; "人が操作するプログラム (--now {now})";
    }
}

impl Subject {
    /// A command, in the present, with the usual seed.
    pub fn new(command: &[String]) -> Self {
        Self {
            command: program::absolute(command),
            given: command.to_vec(),
            guide: None,
            listen: None,
            seed: USUAL_SEED.to_owned(),
            now: obn_ca::clock::real_now(),
            limit: Duration::from_secs(60),
            reading: toml::Table::new(),
            starts: Starts::default(),
        }
    }

    /// As reports name it, with what repeats it; in Japan, like all other times of a report.
    pub(crate) fn describe(&self) -> Bilingual {
        let now = self.now.display_with_offset(jiff::tz::offset(9)).to_string();
        let who = match self.guide {
            Some(_) => Who::Guided { now },
            None => Who::Command { given: self.given.join(" "), now },
        };
        who.words()
    }

    /// Whether the command can be started at all.
    ///
    /// # Errors
    /// [`Error::Usage`]: what is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        match self.guide {
            Some(_) => Ok(()),
            None => program::check(&self.command),
        }
    }
}
