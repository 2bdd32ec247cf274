//! A sweep for people: one page in Japanese and English that needs nothing but a browser.

use askama::Template;

use super::texts::shortened;
use crate::bilingual::Bilingual;
use crate::play::{Counts, Failure};
use crate::report::html::{NO_VERDICT, Origin, Play, Words, jst, verdict_class};
use crate::report::{Verdict, visible};
use crate::requirement::{Confidence, Requirements};
use crate::sweep::reading::{Change, section_name};
use crate::sweep::run::{Cause, Survival, Sweep, SweepRow};

/// Causes of one reading that are shown before the rest is folded.
const SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "sweep.html")]
struct Page<'a> {
    origin: Origin<'a>,
    version: &'static str,
    subject: Words<'static>,
    class: &'static str,
    verdict: Bilingual,
    survived: usize,
    not_survived: usize,
    unknown: usize,
    broken: usize,
    plays: usize,
    known: &'a [String],
    left_out: Vec<Play<'a>>,
    sections: Vec<Section<'a>>,
    requirements: &'a Requirements,
}

struct Section<'a> {
    key: &'a str,
    name: Bilingual,
    rows: Vec<Row<'a>>,
}

/// A reading, with its place in the report.
struct Row<'a> {
    index: usize,
    row: &'a SweepRow,
    survival: Survival,
    causes: Vec<Cause<'a>>,
}

/// Writes a sweep as one self-contained HTML page.
///
/// # Errors
/// If the template can't be filled.
pub fn sweep_to_html(sweep: &Sweep, requirements: &Requirements) -> Result<String, askama::Error> {
    let words = match sweep.verdict() {
        Verdict::Passed => {
            Words { ja: "どの推測にも依存していません", en: "Depends on no guess" }
        }
        Verdict::PassedWithGaps => Words {
            ja: "確認した範囲では、推測に依存していません",
            en: "Depends on no guess, as far as checked",
        },
        Verdict::Failed => Words { ja: "推測に依存しています", en: "Depends on a guess" },
        Verdict::Unknown => NO_VERDICT,
    };
    let (survived, all) = (sweep.count(Survival::Survived), sweep.rows.len());
    let unknown = sweep.count(Survival::Unknown);
    let (ja, en) = match unknown {
        0 => (String::new(), String::new()),
        _ => (format!("、{unknown} は未確認"), format!(", {unknown} not checked")),
    };
    let verdict = Bilingual {
        ja: format!("{}: {all} の想定のうち {survived} で動作{ja}", words.ja),
        en: format!("{}: {survived} of {all} readings survived{en}", words.en),
    };
    let rows = sweep.rows.iter().enumerate();
    let rows: Vec<_> =
        rows.map(|(index, row)| Row { index, row, survival: row.survival(), causes: row.causes() }).collect();
    let page = Page {
        origin: Origin {
            target: &sweep.target,
            at: sweep.at.map(jst),
            seed: Some(&sweep.seed),
            command: sweep.command.as_deref(),
        },
        version: env!("CARGO_PKG_VERSION"),
        subject: Words {
            ja: "共通認証局 クライアント 推測への依存性レポート",
            en: "Sweep report: what a client of the common CA guesses",
        },
        class: verdict_class(sweep.verdict()),
        verdict,
        survived,
        not_survived: sweep.count(Survival::NotSurvived),
        unknown,
        broken: rows.iter().filter(|row| row.is_broken()).count(),
        plays: sweep.rows.iter().map(|row| row.plays.len()).sum(),
        known: &sweep.known,
        left_out: sweep.left_out.iter().map(|played| Play { index: 0, played }).collect(),
        sections: sections(rows),
        requirements,
    };
    Ok(visible(&page.render()?).into_owned())
}

/// In the order of the profile.
fn sections(rows: Vec<Row<'_>>) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for row in rows {
        let key = row.row.reading.section.as_str();
        match sections.last_mut() {
            Some(section) if section.key == key => section.rows.push(row),
            _ => sections.push(Section { key, name: section_name(key), rows: vec![row] }),
        }
    }
    sections
}

impl<'a> Section<'a> {
    fn survived(&self) -> usize {
        self.rows.iter().filter(|row| row.survival == Survival::Survived).count()
    }
}

impl<'a> Row<'a> {
    fn is_failure(&self) -> bool {
        !self.causes.is_empty()
    }

    /// Whether it is unknown since the harness broke.
    fn is_broken(&self) -> bool {
        self.survival == Survival::Unknown && self.is_failure()
    }

    fn class(&self) -> &'static str {
        match self.survival {
            Survival::Survived => "good",
            Survival::NotSurvived => "bad",
            Survival::Unknown => "none",
        }
    }

    fn words(&self) -> Words<'static> {
        match self.survival {
            Survival::Survived => Words { ja: "動作した", en: "survived" },
            Survival::NotSurvived => Words { ja: "動作せず", en: "not survived" },
            Survival::Unknown if self.is_failure() => {
                Words { ja: "ハーネスの異常", en: "harness error" }
            }
            Survival::Unknown => Words { ja: "未確認", en: "not checked" },
        }
    }

    /// The only key that differs, unless the reading is a combination.
    fn only(&self) -> Option<&'a Change> {
        match self.row.reading.changes.as_slice() {
            [change] => Some(change),
            _ => None,
        }
    }

    fn first_causes(&self) -> &[Cause<'a>] {
        &self.causes[..self.causes.len().min(SHOWN)]
    }

    fn further_causes(&self) -> &[Cause<'a>] {
        &self.causes[self.causes.len().min(SHOWN)..]
    }

    fn counts(&self) -> Counts {
        self.row.counts()
    }
}

impl<'a> Cause<'a> {
    fn play(&self) -> Play<'a> {
        Play { index: 0, played: self.first }
    }

    /// What was the matter first; the rest mostly follows from it.
    fn failures(&self) -> &'a [Failure] {
        let failures = self.play().failures();
        &failures[..failures.len().min(1)]
    }

    /// What the command said last.
    fn said_in_short(&self) -> Option<String> {
        self.said().map(shortened)
    }

    fn others(&self) -> &[&'a crate::play::Played] {
        self.plays.get(1..).unwrap_or_default()
    }
}

impl Change {
    fn source(&self) -> Words<'static> {
        Confidence::from(self.evidence).words()
    }
}
