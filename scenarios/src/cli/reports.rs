//! What becomes of a run: reports in files, expected failures, the exit status.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;

use super::{HARNESS, print, tell};
use crate::job::Report;
use crate::{Catalogue, ExpectedFailures, Language, Settled, text_file};

#[derive(Debug, Args)]
pub(super) struct Reports {
    /// Write the report as JSON (its schema: `obn-conformance schema`)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as one HTML page in Japanese and English
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Draw the verdict as an SVG badge
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
    /// TOML file of expected failures, each with a reason and its last day
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Profile that `learn` wrote: scenarios play under it, a sweep leaves out what it settles, and reports tell which
    /// requirements were seen on the real site
    #[arg(long, value_name = "FILE")]
    learned: Option<PathBuf>,
}

/// What a run is judged by, beside the requirements.
#[derive(Debug)]
pub(super) struct Known {
    expected: ExpectedFailures,
    pub(super) settled: Settled,
}

impl Reports {
    /// Reads what is expected and what is learnt, before anything is played.
    pub(super) fn known(&self) -> anyhow::Result<Known> {
        Ok(Known { expected: self.expected()?, settled: self.settled()? })
    }

    fn settled(&self) -> anyhow::Result<Settled> {
        let Some(path) = &self.learned else { return Ok(Settled::default()) };
        let text =
            text_file::read(path).map_err(|error| obn_speech::unreadable("--learned", path, &error))?;
        Settled::from_toml(&text).with_context(|| path.display().to_string())
    }

    fn expected(&self) -> anyhow::Result<ExpectedFailures> {
        match &self.expect {
            None => Ok(ExpectedFailures::default()),
            Some(path) => {
                let name = path.display().to_string();
                let text = text_file::read(path)
                    .map_err(|error| obn_speech::unreadable("--expect", path, &error))?;
                Ok(ExpectedFailures::parse(&name, &text).map_err(crate::Error::from)?)
            }
        }
    }

    /// Tries, before anything is played, whether the reports can be written where they are asked for.
    pub(super) fn try_paths(&self) -> anyhow::Result<()> {
        [&self.json, &self.junit, &self.html, &self.badge]
            .into_iter()
            .flatten()
            .try_for_each(|path| Ok(try_path(path).map_err(|error| super::errors::unwritable(path, &error))?))
    }

    /// Judges what was played by what is expected of it, writes its reports, and answers with the exit status. One that
    /// can't be written keeps none of the others back.
    pub(super) fn finish(
        &self,
        mut report: Report,
        known: &Known,
        catalogue: &Catalogue,
        language: Language,
    ) -> u8 {
        let now = now();
        report.date(now, Some(command_line()));
        let today = jiff::tz::offset(9).to_datetime(now).date();
        report.observe(&known.settled);
        report.excuse(&known.expected, today, |id, case| catalogue.has(id, case));
        let requirements = &catalogue.requirements;
        let written = [
            write(self.json.as_deref(), || Ok(report.to_json(requirements))),
            write(self.junit.as_deref(), || Ok(report.to_junit(requirements)?)),
            write(self.html.as_deref(), || Ok(report.to_html(requirements)?)),
            write(self.badge.as_deref(), || Ok(report.to_badge())),
        ];
        print(&report.to_text(requirements, language));
        let failed: Vec<_> = written.into_iter().filter_map(Result::err).collect();
        failed.iter().for_each(|error| tell(&format!("obn-conformance: {error:#}")));
        if failed.is_empty() { report.exit_code() } else { HARNESS }
    }
}

fn write(path: Option<&Path>, text: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    Ok(std::fs::write(path, text()?).map_err(|error| super::errors::unwritable(path, &error))?)
}

/// Whether a file can be written there. One that this makes goes again; what is no file, such as a pipe, is only written once.
fn try_path(path: &Path) -> std::io::Result<()> {
    match path.metadata() {
        Ok(there) if there.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => Ok(()),
        Ok(_) => OpenOptions::new().append(true).open(path).map(drop),
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(path)?;
            std::fs::remove_file(path)
        }
    }
}

/// As a shell would take it. Secrets are never arguments.
fn command_line() -> String {
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@[]".contains(c))
    };
    let quoted = std::env::args().enumerate().map(|(index, argument)| match index {
        0 => "obn-conformance".to_owned(),
        _ if plain(&argument) => argument,
        _ => format!("'{}'", argument.replace('\'', r"'\''")),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn now() -> Timestamp {
    whole_second(obn_ca::clock::real_now())
}

/// Without the fraction, which nobody wants to read or type.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
