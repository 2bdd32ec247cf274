//! How reports and archives write what came of a play: the texts in English under their old names, and beside each the
//! same in Japanese, with `_ja` behind its name. Reports of before have only the former.

use serde::{Deserialize, Serialize};

use super::outcome::{Failure, Outcome};
use crate::bilingual::Bilingual;

#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(super) enum StoredOutcome {
    Passed {
        transcript: Vec<String>,
        #[serde(default)]
        transcript_ja: Vec<String>,
    },
    Failed {
        failures: Vec<Failure>,
        transcript: Vec<String>,
        #[serde(default)]
        transcript_ja: Vec<String>,
        journal: Vec<String>,
    },
    Skipped {
        reason: String,
        reason_ja: Option<String>,
    },
    HarnessError {
        reason: String,
        reason_ja: Option<String>,
        transcript: Vec<String>,
        #[serde(default)]
        transcript_ja: Vec<String>,
    },
}

#[derive(Clone, Deserialize, Serialize)]
pub(super) struct StoredFailure {
    place: String,
    step: usize,
    breaks: Vec<String>,
    expected: String,
    expected_ja: Option<String>,
    seen: String,
    seen_ja: Option<String>,
}

impl From<Outcome> for StoredOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed { transcript } => {
                let (transcript, transcript_ja) = apart(transcript);
                Self::Passed { transcript, transcript_ja }
            }
            Outcome::Failed { failures, transcript, journal } => {
                let (transcript, transcript_ja) = apart(transcript);
                Self::Failed { failures, transcript, transcript_ja, journal }
            }
            Outcome::Skipped { reason } => Self::Skipped { reason: reason.en, reason_ja: Some(reason.ja) },
            Outcome::HarnessError { reason, transcript } => {
                let (transcript, transcript_ja) = apart(transcript);
                Self::HarnessError {
                    reason: reason.en,
                    reason_ja: Some(reason.ja),
                    transcript,
                    transcript_ja,
                }
            }
        }
    }
}

impl From<StoredOutcome> for Outcome {
    fn from(stored: StoredOutcome) -> Self {
        match stored {
            StoredOutcome::Passed { transcript, transcript_ja } => {
                Self::Passed { transcript: joined(transcript, transcript_ja) }
            }
            StoredOutcome::Failed { failures, transcript, transcript_ja, journal } => {
                Self::Failed { failures, transcript: joined(transcript, transcript_ja), journal }
            }
            StoredOutcome::Skipped { reason, reason_ja } => Self::Skipped { reason: both(reason, reason_ja) },
            StoredOutcome::HarnessError { reason, reason_ja, transcript, transcript_ja } => {
                let transcript = joined(transcript, transcript_ja);
                Self::HarnessError { reason: both(reason, reason_ja), transcript }
            }
        }
    }
}

impl From<Failure> for StoredFailure {
    fn from(failure: Failure) -> Self {
        let Failure { place, step, breaks, expected, seen } = failure;
        Self {
            place,
            step,
            breaks,
            expected: expected.en,
            expected_ja: Some(expected.ja),
            seen: seen.en,
            seen_ja: Some(seen.ja),
        }
    }
}

impl From<StoredFailure> for Failure {
    fn from(stored: StoredFailure) -> Self {
        let StoredFailure { place, step, breaks, expected, expected_ja, seen, seen_ja } = stored;
        Self { place, step, breaks, expected: both(expected, expected_ja), seen: both(seen, seen_ja) }
    }
}

fn both(en: String, ja: Option<String>) -> Bilingual {
    Bilingual { ja: ja.unwrap_or_else(|| en.clone()), en }
}

fn apart(texts: Vec<Bilingual>) -> (Vec<String>, Vec<String>) {
    texts.into_iter().map(|text| (text.en, text.ja)).unzip()
}

fn joined(en: Vec<String>, ja: Vec<String>) -> Vec<Bilingual> {
    let mut ja = ja.into_iter();
    en.into_iter().map(|en| both(en, ja.next())).collect()
}
