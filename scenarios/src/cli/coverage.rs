//! `obn-conformance coverage`

use clap::Args;

use crate::coverage::{manual_json, manual_text, text};
use crate::{Catalogue, Language};

#[derive(Debug, Args)]
pub(super) struct Coverage {
    /// Only what nothing shows yet
    #[arg(long)]
    missing: bool,
    /// The manual's statements: which requirements say each, or why it lies outside and what takes its place
    #[arg(long)]
    manual: bool,
    /// Print one JSON document instead of text
    #[arg(long, requires = "manual", conflicts_with = "missing")]
    json: bool,
}

impl Coverage {
    pub(super) fn print(self, catalogue: &Catalogue, language: Language) {
        super::print(&match self {
            Self { manual: false, missing, .. } => text(catalogue, language, missing),
            Self { json: true, .. } => manual_json(catalogue),
            Self { missing, .. } => manual_text(catalogue, language, missing),
        });
    }
}
