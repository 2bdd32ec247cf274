//! `obn-conformance learn` and `replay`: from a recording of the real site to a profile, and the proof of it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::{HARNESS, USAGE, fail, print};
use crate::{
    Catalogue, Language, Learned, Sources, learn, learned_to_html, learned_to_json, learned_to_profile,
    learned_to_text, replay, replayed_to_text, text_file,
};

#[derive(Debug, Args)]
pub(super) struct Learn {
    #[command(flatten)]
    recorded: Recorded,
    /// Where to write the keys that are known now, for obn-ca --profile
    #[arg(long, value_name = "OUT")]
    profile: Option<PathBuf>,
    /// Where to write the report as a page
    #[arg(long, value_name = "REPORT")]
    html: Option<PathBuf>,
    /// Where to write it as JSON
    #[arg(long, value_name = "REPORT")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    #[command(flatten)]
    recorded: Recorded,
    /// The profile to play under; otherwise the one that is learnt from the same files
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Recorded {
    /// Recordings (HAR) of Edge, Chrome, Firefox, Playwright or obn --record, saved pages (.html, .mhtml), PFX files,
    /// certificates, revocation lists, and folders of them. Nothing of it leaves this machine
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// File with the password of the PFX files, if no recorded form holds it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Recorded {
    fn read(&self) -> anyhow::Result<Sources> {
        let password = match &self.password_file {
            None => None,
            Some(path) => {
                let text = text_file::read(path).with_context(|| path.display().to_string())?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        Ok(Sources::read(&self.files, password.as_deref())?)
    }
}

impl Learn {
    pub(super) fn run(&self, catalogue: &Catalogue, language: Language) -> ExitCode {
        let learned = match self.recorded.read() {
            Ok(sources) => learn(&sources),
            Err(error) => return fail(USAGE, error, language),
        };
        print(&learned_to_text(&learned, &catalogue.requirements, language));
        match self.write(&learned, catalogue) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(HARNESS, error, language),
        }
    }

    fn write(&self, learned: &Learned, catalogue: &Catalogue) -> anyhow::Result<()> {
        let files = [
            (&self.profile, learned_to_profile(learned)),
            (&self.html, learned_to_html(learned, &catalogue.requirements)?),
            (&self.json, learned_to_json(learned)),
        ];
        for (path, text) in files {
            if let Some(path) = path {
                std::fs::write(path, text).with_context(|| path.display().to_string())?;
            }
        }
        Ok(())
    }
}

impl Replay {
    pub(super) fn run(&self, language: Language) -> ExitCode {
        let ready = || {
            let sources = self.recorded.read()?;
            let profile = match &self.profile {
                None => learn(&sources).profile,
                Some(path) => {
                    let text = text_file::read(path).with_context(|| path.display().to_string())?;
                    toml::from_str(&text).with_context(|| path.display().to_string())?
                }
            };
            Ok::<_, anyhow::Error>((sources, profile))
        };
        let (sources, profile) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, error, language),
        };
        let played = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(anyhow::Error::from)
            .and_then(|runtime| Ok(runtime.block_on(replay(&sources, &profile))?));
        match played {
            Ok(replayed) => {
                print(&replayed_to_text(&replayed, language));
                u8::from(!replayed.differences.is_empty()).into()
            }
            Err(error) => fail(HARNESS, error, language),
        }
    }
}
