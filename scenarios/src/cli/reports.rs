//! What becomes of a run: reports in files, expected failures, the exit status.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::print;
use crate::job::Report;
use crate::{Catalogue, ExpectedFailures, text_file};

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
}

impl Reports {
    /// Reads the file of expected failures before anything is played.
    pub(super) fn expected(&self) -> anyhow::Result<ExpectedFailures> {
        match &self.expect {
            None => Ok(ExpectedFailures::default()),
            Some(path) => {
                let name = path.display().to_string();
                let text = text_file::read(path)
                    .map_err(|error| super::errors::unreadable("--expect", path, &error))?;
                Ok(ExpectedFailures::parse(&name, &text).map_err(crate::Error::from)?)
            }
        }
    }

    /// Judges what was played by what is expected of it, writes its reports, and answers with the exit status.
    pub(super) fn finish(
        &self,
        mut report: Report,
        expected: &ExpectedFailures,
        catalogue: &Catalogue,
    ) -> anyhow::Result<u8> {
        let now = now();
        report.date(now, Some(command_line()));
        let today = jiff::tz::offset(9).to_datetime(now).date();
        report.excuse(expected, today, |id, case| catalogue.has(id, case));
        let requirements = &catalogue.requirements;
        write(self.json.as_deref(), || Ok(report.to_json(requirements)))?;
        write(self.junit.as_deref(), || Ok(report.to_junit(requirements)?))?;
        write(self.html.as_deref(), || Ok(report.to_html(requirements)?))?;
        write(self.badge.as_deref(), || Ok(report.to_badge()))?;
        print(&report.to_text(requirements));
        Ok(report.exit_code())
    }
}

fn write(path: Option<&Path>, text: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    Ok(std::fs::write(path, text()?).map_err(|error| super::errors::unwritable(path, &error))?)
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
