//! A sweep for people at a terminal, in their language.

use std::fmt::Write as _;

use super::texts::{guess, shortened, unchecked};
use crate::bilingual::{Bilingual, Language, wording};
use crate::play::{Counts, Outcome, Played};
use crate::report::{visible, visible_line};
use crate::requirement::{Confidence, Requirements};
use crate::sweep::run::{Survival, Sweep, SweepRow};

/// Titles of scenarios that are told before only their number is.
const TITLES: usize = 6;

wording! {
    /// What stands before and between the texts of a report.
    enum Label {
        Target { target: Bilingual } => "Target: {}", target.en; "対象: {}", target.ja;
        Known => "Seen on the real site, and no longer a guess:"; "実際のサイトの記録で決着し、推測ではなくなったもの:";
        LeftOut => "Left out, since they don't pass under the usual reading:"; "通常の想定で合格しないため除いたもの:";
        NotSurvived { name: Bilingual, guess: Bilingual } =>
            "NOT SURVIVED {}: {}", name.en, guess.en; "動作せず {}: {}", name.ja, guess.ja;
        Values { default: String, value: String } => "usually {default}, here {value}"; "通常は {default}、ここでは {value}";
        Broke { name: Bilingual } => "HARNESS ERROR {}", name.en; "ハーネスの異常 {}", name.ja;
        NotChecked { why: Bilingual } => "Not checked, since {}:", why.en; "未確認 ({}):", why.ja;
        Breaks { id: String, section: Bilingual } => "breaks {id} (manual, {})", section.en; "違反 {id} (マニュアル {})", section.ja;
        Expected { expected: Bilingual } => "expected {}", expected.en; "期待 {}", expected.ja;
        Seen { seen: Bilingual } => "seen     {}", seen.en; "実際 {}", seen.ja;
        HarnessError { reason: Bilingual } => "harness error: {}", reason.en; "ハーネスの異常: {}", reason.ja;
        Said { said: String } => "it said  {said}"; "出力 {said}";
        In { titles: String } => "in       {titles}"; "場面 {titles}";
        InMore { titles: String, more: usize } => "in       {titles} and {more} more"; "場面 {titles} ほか {more} 件";
        Survived { survived: usize, readings: usize, plays: usize } =>
            "{survived} of {readings} readings survived, by {plays} plays";
            "{readings} の想定のうち {survived} で動作、実施したシナリオ {plays}";
        SurvivedUnchecked { survived: usize, readings: usize, unchecked: usize, plays: usize } =>
            "{survived} of {readings} readings survived, {unchecked} not checked, by {plays} plays";
            "{readings} の想定のうち {survived} で動作、{unchecked} は未確認、実施したシナリオ {plays}";
    }
}

/// Writes a sweep as text: the readings that the client doesn't survive, with the reason.
pub fn sweep_to_text(sweep: &Sweep, requirements: &Requirements, language: Language) -> String {
    let mut text = String::new();
    let said = |label: Label| label.words().pick(language).to_owned();
    let target = sweep.target.clone().map(|target| visible_line(&target));
    let _ = writeln!(text, "{}\n", said(Label::Target { target }));
    if !sweep.known.is_empty() {
        let _ = writeln!(text, "{}", said(Label::Known));
        for key in &sweep.known {
            let _ = writeln!(text, "  {}", visible_line(key));
        }
        let _ = writeln!(text);
    }
    if !sweep.left_out.is_empty() {
        let _ = writeln!(text, "{}", said(Label::LeftOut));
        for played in &sweep.left_out {
            let _ = writeln!(text, "  {}", visible_line(&played.title()));
        }
        let _ = writeln!(text);
    }
    for row in sweep.rows.iter().filter(|row| row.survival() == Survival::NotSurvived) {
        let (name, guess) = (row.reading.name.clone(), guess(&row.reading));
        let _ = writeln!(text, "{}", said(Label::NotSurvived { name, guess }));
        for change in &row.reading.changes {
            let (decides, evidence) = (&change.decides, Confidence::from(change.evidence).words());
            let evidence = language.pick(evidence.ja, evidence.en);
            let _ = writeln!(text, "  {} ({evidence}): {}", change.key, decides.pick(language));
            let (default, value) = (change.default.clone(), change.value.clone());
            let _ = writeln!(text, "    {}", said(Label::Values { default, value }));
        }
        let _ = writeln!(text, "{}", causes_text(row, requirements, language));
    }
    let unknown = sweep.rows.iter().filter(|row| row.survival() == Survival::Unknown);
    let (broken, not_checked): (Vec<_>, Vec<_>) = unknown.partition(|row| row.counts().harness_errors > 0);
    for row in broken {
        let head = said(Label::Broke { name: row.reading.name.clone() });
        let _ = writeln!(text, "{head}\n{}", causes_text(row, requirements, language));
    }
    if !not_checked.is_empty() {
        let _ = writeln!(text, "{}", said(Label::NotChecked { why: unchecked() }));
        for row in &not_checked {
            let _ = writeln!(text, "  {}", row.reading.name.pick(language));
        }
        let _ = writeln!(text);
    }
    let (survived, readings) = (sweep.count(Survival::Survived), sweep.rows.len());
    let Counts { passed, failed, skipped, harness_errors, .. } = sweep.counts();
    let plays = passed + failed + skipped + harness_errors;
    let sum = match not_checked.len() {
        0 => Label::Survived { survived, readings, plays },
        unchecked => Label::SurvivedUnchecked { survived, readings, unchecked, plays },
    };
    let _ = writeln!(text, "{}", said(sum));
    visible(&text).into_owned()
}

/// Why a reading is not survived.
pub(super) fn causes_text(row: &SweepRow, requirements: &Requirements, language: Language) -> String {
    let mut text = String::new();
    let said = |label: Label| label.words().pick(language).to_owned();
    let line = |text: &Bilingual| text.clone().map(|text| visible_line(&text));
    for cause in row.causes() {
        match &cause.first.outcome {
            Outcome::Failed { failures, .. } => {
                let Some(failure) = failures.first() else { continue };
                for requirement in failure.breaks.iter().filter_map(|id| requirements.find(id)) {
                    let (id, section) = (requirement.id.clone(), requirement.section_words());
                    let _ = writeln!(text, "  {}", said(Label::Breaks { id, section }));
                    let _ = writeln!(text, "    {}", language.pick(&requirement.ja, &requirement.en));
                }
                let (expected, seen) = (line(&failure.expected), line(&failure.seen));
                let _ = writeln!(text, "  {}", said(Label::Expected { expected }));
                let _ = writeln!(text, "  {}", said(Label::Seen { seen }));
            }
            Outcome::HarnessError { reason, .. } => {
                let _ = writeln!(text, "  {}", said(Label::HarnessError { reason: line(reason) }));
            }
            Outcome::Passed { .. } | Outcome::Skipped { .. } => continue,
        }
        if let Some(last) = cause.said() {
            let last = visible_line(&shortened(last));
            let _ = writeln!(text, "  {}", said(Label::Said { said: last }));
        }
        let titles: Vec<_> = cause.plays.iter().take(TITLES).map(|played| Played::title(played)).collect();
        let (more, titles) = (cause.plays.len() - titles.len(), titles.join(", "));
        let place = if more == 0 { Label::In { titles } } else { Label::InMore { titles, more } };
        let _ = writeln!(text, "  {}", said(place));
    }
    text
}
