//! What becomes of a run: reports in files, expected failures, the exit status.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;

use super::print;
use crate::{
    Catalogue, ExpectedFailures, Run, Sweep, sweep_to_badge, sweep_to_html, sweep_to_json, sweep_to_junit,
    sweep_to_text, text_file, to_badge, to_html, to_json, to_junit, to_text,
};

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
                let text = text_file::read(path).with_context(|| name.clone())?;
                Ok(ExpectedFailures::parse(&name, &text)?)
            }
        }
    }

    /// Judges a run by what is expected of it, writes its reports, and answers with the exit status.
    pub(super) fn finish(
        &self,
        run: Run,
        expected: &ExpectedFailures,
        catalogue: &Catalogue,
    ) -> anyhow::Result<u8> {
        let now = now();
        let mut run = Run { at: Some(now), command: Some(command_line()), ..run };
        let today = jiff::tz::offset(9).to_datetime(now).date();
        run.problems = expected.apply(&mut run.plays, today, |id, case| catalogue.has(id, case));
        let requirements = &catalogue.requirements;
        write(self.json.as_deref(), || Ok(to_json(&run, requirements)))?;
        write(self.junit.as_deref(), || Ok(to_junit(&run, requirements)?))?;
        write(self.html.as_deref(), || Ok(to_html(&run, requirements)?))?;
        write(self.badge.as_deref(), || Ok(to_badge(&run)))?;
        print(&to_text(&run, requirements));
        Ok(run.exit_code())
    }

    /// The same for a sweep, of which nothing is expected to fail.
    pub(super) fn finish_sweep(&self, sweep: Sweep, catalogue: &Catalogue) -> anyhow::Result<u8> {
        let sweep = Sweep { at: Some(now()), command: Some(command_line()), ..sweep };
        let requirements = &catalogue.requirements;
        write(self.json.as_deref(), || Ok(sweep_to_json(&sweep)))?;
        write(self.junit.as_deref(), || Ok(sweep_to_junit(&sweep, requirements)?))?;
        write(self.html.as_deref(), || Ok(sweep_to_html(&sweep, requirements)?))?;
        write(self.badge.as_deref(), || Ok(sweep_to_badge(&sweep)))?;
        print(&sweep_to_text(&sweep, requirements));
        Ok(sweep.exit_code())
    }
}

fn write(path: Option<&Path>, text: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()?).with_context(|| path.display().to_string())
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

#[expect(
    clippy::disallowed_methods,
    reason = "a report is dated by the real day, and expectations lapse by it"
)]
fn now() -> Timestamp {
    whole_second(Timestamp::now())
}

/// Without the fraction, which nobody wants to read or type.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
