//! Expected failures: what is known to be wrong, why, and until when it may stay so.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::outcome::{Excuse, Outcome, Played};
use crate::bilingual::{Bilingual, wording};
use crate::mistake::{Mistake, line_of};

/// A file of expected failures.
#[derive(Clone, Debug, Default)]
pub struct ExpectedFailures {
    file: String,
    list: Vec<Expected>,
}

wording! {
    /// What is wrong with an expectation.
    enum Problem {
        Unknown => "is expected to fail, and there is no such scenario or case";
            "は失敗するはずとされていますが、そのシナリオまたはケースはありません";
        Lapsed { until: Date, reason: String } =>
            "was expected to fail until {until} only: {reason}"; "を既知の失敗とする期限は {until} まででした: {reason}";
        Passes => "is expected to fail, and passes"; "は失敗するはずとされていますが、合格しました";
    }
}

#[derive(Clone, Debug)]
struct Expected {
    line: usize,
    scenario: String,
    case: Option<String>,
    excuse: Excuse,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expected: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    scenario: String,
    case: Option<String>,
    reason: String,
    until: String,
}

impl ExpectedFailures {
    /// Reads a file with `[[expected]]` tables: `scenario`, perhaps `case`, `reason`, `until`.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let read: File = toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let mut list = Vec::new();
        for spanned in read.expected {
            let start = spanned.span().start;
            let Raw { scenario, case, reason, until } = spanned.into_inner();
            let mistake = |message: &str| Err(Mistake::at(file, text, start, message));
            let Ok(until) = until.parse::<Date>() else {
                return mistake("`until` is a day such as 2027-03-31");
            };
            if reason.trim().is_empty() {
                return mistake("an expected failure has a reason");
            }
            list.push(Expected {
                line: line_of(text, start),
                scenario,
                case,
                excuse: Excuse { reason, until },
            });
        }
        Ok(Self { file: file.to_owned(), list })
    }

    /// Excuses the plays that are expected to fail, and tells what is wrong with the expectations: one
    /// that passes, has lapsed or names nothing. `exists` tells whether there is such a scenario and case
    /// at all: a run may play only some.
    pub fn apply(
        &self,
        plays: &mut [Played],
        today: Date,
        exists: impl Fn(&str, Option<&str>) -> bool,
    ) -> Vec<Bilingual> {
        let mut problems = Vec::new();
        for Expected { line, scenario, case, excuse } in &self.list {
            let title = case.as_ref().map_or_else(|| scenario.clone(), |case| format!("{scenario} [{case}]"));
            let mut problem = |what: Problem| {
                let place = format!("{}:{line}: {title}", self.file);
                problems.push(what.words().map(|what| format!("{place} {what}")));
            };
            if !exists(scenario, case.as_deref()) {
                problem(Problem::Unknown);
                continue;
            }
            if excuse.until < today {
                problem(Problem::Lapsed { until: excuse.until, reason: excuse.reason.clone() });
                continue;
            }
            let meant = |played: &&mut Played| {
                played.scenario == *scenario && case.as_ref().is_none_or(|case| *case == played.case)
            };
            let (mut failed, mut passed) = (false, false);
            for played in plays.iter_mut().filter(meant) {
                match played.outcome {
                    Outcome::Failed { .. } => {
                        failed = true;
                        played.excuse = Some(excuse.clone());
                    }
                    Outcome::Passed { .. } => passed = true,
                    Outcome::Skipped { .. } | Outcome::HarnessError { .. } => {}
                }
            }
            if passed && !failed {
                problem(Problem::Passes);
            }
        }
        problems
    }
}
