//! The report for people at a terminal, in their language.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::judged::{State, judged};
use super::run::Run;
use super::visible::{visible, visible_line};
use crate::bilingual::{Bilingual, Language, wording};
use crate::play::{Breach, Counts, Excuse, Outcome, Played};
use crate::requirement::{Requirements, chapter_title};

wording! {
    /// What stands before and between the texts of a report.
    enum Label {
        Target => "Target"; "対象";
        Failed { title: String, name: Bilingual } => "FAILED {title}: {}", name.en; "失敗 {title}: {}", name.ja;
        Broke { title: String, name: Bilingual } =>
            "HARNESS ERROR {title}: {}", name.en; "ハーネスの異常 {title}: {}", name.ja;
        Excused { until: String, reason: String } =>
            "expected until {until}: {reason}"; "{until} まで既知の失敗: {reason}";
        Breaks { id: String, section: Bilingual } => "breaks {id} (manual, {})", section.en; "違反 {id} (マニュアル {})", section.ja;
        BreaksAgain { ids: String } => "breaks {ids} as well (see above)"; "違反 {ids} (上に同じ)";
        Hint => "cause and remedy"; "原因と対処";
        At { place: String, step: usize } => "at       {place} (step {step})"; "箇所 {place} (手順 {step})";
        Expected { expected: Bilingual } => "expected {}", expected.en; "期待 {}", expected.ja;
        Seen { seen: Bilingual } => "seen     {}", seen.en; "実際 {}", seen.ja;
        Journal => "journal"; "サイトのジャーナル";
        Transcript => "transcript"; "操作と応答の記録";
        Observed { shown: usize, of: usize } =>
            "{of} of the requirements were seen on the real site; of these this run shows {shown}";
            "実際のサイトの記録に現れた要件は {of}。そのうちこの実行で確認できたもの: {shown}";
        Skipped { reason: Bilingual } => "SKIPPED, since {}:", reason.en; "未実施: {}", reason.ja;
        Problems => "EXPECTED FAILURES that don't hold:"; "既知の失敗の記載が実際と合いません:";
    }
}

/// Writes a run as text: what failed with its evidence, what was skipped and why, and a summary by
/// chapter. No durations, so that two runs compare.
pub fn to_text(run: &Run, requirements: &Requirements, language: Language) -> String {
    let mut text = String::new();
    let said = |label: Label| label.words().pick(language).to_owned();
    let _ = writeln!(text, "{}: {}", said(Label::Target), visible_line(run.target.pick(language)));
    for played in &run.plays {
        let block = failure_text(played, requirements, language, visible_line);
        if !block.is_empty() {
            let _ = write!(text, "\n{block}");
        }
    }
    skipped(&mut text, &run.plays, language);
    if !run.problems.is_empty() {
        let _ = writeln!(text, "\n{}", said(Label::Problems));
        run.problems.iter().for_each(|problem| {
            let _ = writeln!(text, "  {}", visible_line(problem.pick(language)));
        });
    }
    by_chapter(&mut text, run, requirements, language);
    if !run.observed.is_empty() {
        let judged = judged(run, requirements);
        let observed = judged.iter().filter(|it| it.observed.is_some());
        let (of, shown) = (observed.clone().count(), observed.filter(|it| it.state == State::Shown).count());
        let _ = writeln!(text, "\n{}", said(Label::Observed { shown, of }));
    }
    let _ = writeln!(text, "\n{}", run.counts().line(language));
    visible(&text).into_owned()
}

/// How texts of others stand in a line.
type InLine = fn(&str) -> String;

/// What is wrong with one play; empty if nothing is.
pub(super) fn failure_text(
    played: &Played,
    requirements: &Requirements,
    language: Language,
    line: InLine,
) -> String {
    let mut text = String::new();
    let said = |label: Label| label.words().pick(language).to_owned();
    let title = || line(&played.title());
    let name = || played.name().map(|name| line(&name));
    match &played.outcome {
        Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
        Outcome::Failed { failures, transcript, journal } => {
            let _ = writeln!(text, "{}", said(Label::Failed { title: title(), name: name() }));
            if let Some(Excuse { reason, until }) = &played.excuse {
                let (until, reason) = (until.to_string(), line(reason));
                let _ = writeln!(text, "  {}", said(Label::Excused { until, reason }));
            }
            for breach in Breach::of(failures) {
                one_breach(&mut text, &breach, requirements, language, line);
            }
            block(&mut text, &said(Label::Journal), journal.iter().map(String::as_str));
            block(&mut text, &said(Label::Transcript), transcript.iter().map(|text| text.pick(language)));
        }
        Outcome::HarnessError { reason, transcript } => {
            let _ = writeln!(text, "{}", said(Label::Broke { title: title(), name: name() }));
            let _ = writeln!(text, "  {}", line(reason.pick(language)));
            block(&mut text, &said(Label::Transcript), transcript.iter().map(|text| text.pick(language)));
        }
    }
    text
}

fn one_breach(
    text: &mut String,
    breach: &Breach<'_>,
    requirements: &Requirements,
    language: Language,
    line: InLine,
) {
    let said = |label: Label| label.words().pick(language).to_owned();
    for requirement in breach.new.iter().filter_map(|id| requirements.find(id)) {
        let (id, section) = (requirement.id.clone(), requirement.section_words());
        let _ = writeln!(text, "  {}", said(Label::Breaks { id, section }));
        let _ = writeln!(text, "    {}", language.pick(&requirement.ja, &requirement.en));
        if let Some(hint) = &requirement.hint {
            let _ = writeln!(text, "  {}\n    {}", said(Label::Hint), hint.pick(language));
        }
    }
    if let again @ [_, ..] = breach.again().as_slice() {
        let _ = writeln!(text, "  {}", said(Label::BreaksAgain { ids: again.join(", ") }));
    }
    for failure in &breach.failures {
        let (place, step) = (failure.place.clone(), failure.step);
        let (expected, seen) =
            (failure.expected.clone().map(|it| line(&it)), failure.seen.clone().map(|it| line(&it)));
        for label in [Label::At { place, step }, Label::Expected { expected }, Label::Seen { seen }] {
            let _ = writeln!(text, "  {}", said(label));
        }
    }
}

fn block<'a>(text: &mut String, title: &str, entries: impl Iterator<Item = &'a str>) {
    let mut lines = entries.flat_map(str::lines).peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "  {title}");
    }
    for line in lines {
        let _ = writeln!(text, "    {line}");
    }
}

/// Grouped by reason, which is often the same for many.
fn skipped(text: &mut String, plays: &[Played], language: Language) {
    let mut reasons: BTreeMap<&str, (&Bilingual, Vec<String>)> = BTreeMap::new();
    for played in plays {
        if let Outcome::Skipped { reason } = &played.outcome {
            reasons.entry(&reason.en).or_insert((reason, Vec::new())).1.push(played.title());
        }
    }
    for (reason, titles) in reasons.into_values() {
        let reason = reason.clone().map(|reason| visible_line(&reason));
        let _ = writeln!(text, "\n{}", Label::Skipped { reason }.words().pick(language));
        for title in titles {
            let _ = writeln!(text, "  {title}");
        }
    }
}

/// A play counts for each chapter whose requirements it shows.
fn by_chapter(text: &mut String, run: &Run, requirements: &Requirements, language: Language) {
    let mut chapters: BTreeMap<u8, Vec<&Played>> = BTreeMap::new();
    for played in &run.plays {
        let mut of: Vec<u8> =
            played.shows.iter().filter_map(|id| Some(requirements.find(id)?.chapter())).collect();
        of.sort_unstable();
        of.dedup();
        for chapter in of {
            chapters.entry(chapter).or_default().push(played);
        }
    }
    let _ = writeln!(text);
    for (chapter, plays) in chapters {
        let title = chapter_title(chapter);
        let _ = writeln!(text, "{chapter} {}: {}", title.pick(language), Counts::of(plays).line(language));
    }
}
