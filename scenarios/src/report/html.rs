//! The report for people: one page in Japanese and English that needs nothing but a browser.

use std::collections::BTreeMap;

use askama::Template;

use super::judged::{Judged, State, judged};
use super::run::{Run, Verdict};
use super::visible::visible;
use crate::bilingual::Bilingual;
use crate::play::{Counts, Failure, Level, Outcome, Played};
use crate::requirement::{Confidence, Requirement, Requirements, chapter_title};

/// The same in both languages.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) ja: &'a str,
    pub(crate) en: &'a str,
}

/// What was under test, and how to repeat it.
pub(crate) struct Origin<'a> {
    pub(crate) target: &'a Bilingual,
    pub(crate) at: Option<String>,
    pub(crate) seed: Option<&'a str>,
    pub(crate) command: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    run: &'a Run,
    origin: Origin<'a>,
    version: &'static str,
    subject: Words<'static>,
    class: &'static str,
    verdict: Words<'static>,
    counts: Counts,
    shown: usize,
    wanted: usize,
    not_asked: usize,
    levels: Vec<LevelRow>,
    chapters: Vec<Chapter<'a>>,
    plays: Vec<Play<'a>>,
    requirements: &'a Requirements,
}

struct LevelRow {
    words: Words<'static>,
    counts: Counts,
}

struct Chapter<'a> {
    number: u8,
    words: Bilingual,
    judged: Vec<Judged<'a>>,
    plays: &'a [Played],
}

/// A play, with its place in the report.
pub(crate) struct Play<'a> {
    pub(crate) index: usize,
    pub(crate) played: &'a Played,
}

pub(crate) const NO_VERDICT: Words<'static> = Words { ja: "判定不能", en: "No verdict" };

/// Writes a run as one self-contained HTML page.
///
/// # Errors
/// If the template can't be filled.
pub fn to_html(run: &Run, requirements: &Requirements) -> Result<String, askama::Error> {
    let judged = judged(run, requirements);
    let count = |state| judged.iter().filter(|it| it.state == state).count();
    let verdict = match run.verdict() {
        Verdict::Passed => Words { ja: "適合", en: "Conformant" },
        Verdict::PassedWithGaps => {
            Words { ja: "確認した範囲で適合", en: "Conformant as far as checked" }
        }
        Verdict::Failed => Words { ja: "不適合", en: "Not conformant" },
        Verdict::Unknown => NO_VERDICT,
    };
    let of_clients = run.plays.iter().any(|played| played.scenario.starts_with("client/"));
    let subject = match of_clients {
        true => Words {
            ja: "共通認証局 クライアント適合性レポート",
            en: "Conformance report: client of the common CA",
        },
        false => Words {
            ja: "共通認証局 サイト適合性レポート",
            en: "Conformance report: site of the common CA",
        },
    };
    let page = Page {
        run,
        origin: Origin {
            target: &run.target,
            at: run.at.map(jst),
            seed: run.seed.as_deref(),
            command: run.command.as_deref(),
        },
        version: env!("CARGO_PKG_VERSION"),
        subject,
        class: verdict_class(run.verdict()),
        verdict,
        counts: run.counts(),
        shown: count(State::Shown),
        wanted: judged.len() - count(State::NotAsked),
        not_asked: count(State::NotAsked),
        levels: levels(run),
        plays: run.plays.iter().enumerate().map(|(index, played)| Play { index, played }).collect(),
        requirements,
        chapters: chapters(run, judged),
    };
    Ok(visible(&page.render()?).into_owned())
}

fn levels(run: &Run) -> Vec<LevelRow> {
    let levels = [Level::Core, Level::Resilience, Level::Security, Level::Lifecycle];
    let rows = levels.into_iter().map(|level| LevelRow {
        words: match level {
            Level::Core => Words { ja: "基本", en: "Core" },
            Level::Resilience => Words { ja: "障害への強さ", en: "Resilience" },
            Level::Security => Words { ja: "セキュリティ", en: "Security" },
            Level::Lifecycle => Words { ja: "ライフサイクル", en: "Lifecycle" },
        },
        counts: Counts::of(run.plays.iter().filter(|played| played.level == level)),
    });
    rows.filter(|row| row.counts != Counts::default()).collect()
}

fn chapters<'a>(run: &'a Run, judged: Vec<Judged<'a>>) -> Vec<Chapter<'a>> {
    let mut chapters: BTreeMap<u8, Vec<Judged<'a>>> = BTreeMap::new();
    for one in judged {
        chapters.entry(one.requirement.chapter()).or_default().push(one);
    }
    let chapter =
        |(number, judged)| Chapter { number, words: chapter_title(number), judged, plays: &run.plays };
    chapters.into_iter().map(chapter).collect()
}

impl Chapter<'_> {
    fn shown(&self) -> usize {
        self.count(State::Shown)
    }

    fn broken(&self) -> usize {
        self.count(State::Broken)
    }

    fn not_asked(&self) -> usize {
        self.count(State::NotAsked)
    }

    /// The requirements that the run was asked about.
    fn wanted(&self) -> usize {
        self.judged.len() - self.not_asked()
    }

    fn count(&self, state: State) -> usize {
        self.judged.iter().filter(|judged| judged.state == state).count()
    }

    /// Its place in the report, for links.
    fn index(&self, played: &Played) -> usize {
        self.plays.iter().position(|other| std::ptr::eq(other, played)).unwrap_or_default()
    }
}

impl LevelRow {
    fn all(&self) -> usize {
        let Counts { passed, failed, expected_failures, skipped, harness_errors } = self.counts;
        passed + failed + expected_failures + skipped + harness_errors
    }

    /// How many of 100.
    fn share(&self, count: &usize) -> usize {
        count * 100 / self.all().max(1)
    }
}

impl Judged<'_> {
    fn class(&self) -> &'static str {
        match self.state {
            State::Shown => "good",
            State::Broken => "bad",
            State::ExpectedFailure => "gaps",
            State::NotShown | State::NotAsked => "none",
        }
    }

    fn words(&self) -> Words<'static> {
        match self.state {
            State::Shown => Words { ja: "適合", en: "shown" },
            State::Broken => Words { ja: "違反", en: "broken" },
            State::ExpectedFailure => Words { ja: "既知の違反", en: "known to be broken" },
            State::NotShown => Words { ja: "未確認", en: "not shown" },
            State::NotAsked => Words { ja: "範囲外", en: "not asked for" },
        }
    }
}

impl Requirement {
    /// Where the manual has it. A bare `0` would look like a number of something.
    pub(crate) fn section_words(&self) -> Bilingual {
        match self.section.contains('.') {
            true => {
                Bilingual { ja: format!("{} 節", self.section), en: format!("section {}", self.section) }
            }
            false => {
                Bilingual { ja: format!("第 {} 章", self.section), en: format!("chapter {}", self.section) }
            }
        }
    }
}

impl Confidence {
    pub(crate) fn words(self) -> Words<'static> {
        match self {
            Self::Manual => Words { ja: "マニュアル", en: "manual" },
            Self::Public => Words { ja: "公開情報", en: "public source" },
            Self::Inferred => Words { ja: "推定", en: "inferred" },
            Self::Chosen => Words { ja: "本ハーネスの選択", en: "our choice" },
        }
    }
}

impl<'a> Play<'a> {
    pub(crate) fn class(&self) -> &'static str {
        class(self.played)
    }

    pub(crate) fn words(&self) -> Words<'static> {
        match &self.played.outcome {
            Outcome::Passed { .. } => Words { ja: "合格", en: "passed" },
            Outcome::Failed { .. } if self.played.excuse.is_some() => {
                Words { ja: "既知の失敗", en: "expected failure" }
            }
            Outcome::Failed { .. } => Words { ja: "失敗", en: "failed" },
            Outcome::Skipped { .. } => Words { ja: "未実施", en: "skipped" },
            Outcome::HarnessError { .. } => Words { ja: "ハーネスの異常", en: "harness error" },
        }
    }

    pub(crate) fn name(&self) -> Words<'a> {
        name(self.played)
    }

    fn is_failure(&self) -> bool {
        self.played.outcome.is_failure()
    }

    pub(crate) fn failures(&self) -> &'a [Failure] {
        match &self.played.outcome {
            Outcome::Failed { failures, .. } => failures,
            _ => &[],
        }
    }

    /// Why it was skipped, or why the harness broke.
    pub(crate) fn reason(&self) -> Option<&'a Bilingual> {
        match &self.played.outcome {
            Outcome::Skipped { reason } | Outcome::HarnessError { reason, .. } => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn transcript(&self) -> &'a [Bilingual] {
        match &self.played.outcome {
            Outcome::Passed { transcript }
            | Outcome::Failed { transcript, .. }
            | Outcome::HarnessError { transcript, .. } => transcript,
            Outcome::Skipped { .. } => &[],
        }
    }

    pub(crate) fn journal(&self) -> &'a [String] {
        match &self.played.outcome {
            Outcome::Failed { journal, .. } => journal,
            _ => &[],
        }
    }
}

pub(crate) fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "good",
        Verdict::PassedWithGaps => "gaps",
        Verdict::Failed => "bad",
        Verdict::Unknown => "none",
    }
}

/// As people in Japan read it.
pub(crate) fn jst(at: jiff::Timestamp) -> String {
    jiff::tz::offset(9).to_datetime(at).strftime("%Y/%m/%d %H:%M:%S JST").to_string()
}

fn class(played: &Played) -> &'static str {
    match &played.outcome {
        Outcome::Passed { .. } => "good",
        Outcome::Failed { .. } if played.excuse.is_some() => "gaps",
        Outcome::Failed { .. } => "bad",
        Outcome::Skipped { .. } | Outcome::HarnessError { .. } => "none",
    }
}

fn name(played: &Played) -> Words<'_> {
    Words { ja: played.ja.as_deref().unwrap_or(&played.name), en: &played.name }
}
