//! The manual, statement by statement: for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::coverage;
use crate::bilingual::Language;
use crate::catalogue::Catalogue;
use crate::manual::{EDITION, Kind, Reason};

/// Columns of a terminal.
const WIDTH: usize = 80;
const INDENT: &str = "      ";
/// No line begins with these.
const CLOSING: &str = "、。」』】)],.:;!?%ー";
/// No line ends with these.
const OPENING: &str = "「『【([";

/// What came of the manual.
#[derive(Serialize)]
struct Ledger<'a> {
    manual: &'static str,
    counts: Counts,
    statements: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Counts {
    statements: usize,
    shown: usize,
    outside: usize,
    open: usize,
}

/// A statement with what came of it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    section: &'a str,
    kind: Kind,
    ja: &'a str,
    en: &'a str,
    state: State,
    /// Those that say it.
    requirements: Vec<Said<'a>>,
    /// Why it lies outside.
    outside: Option<&'a Reason>,
}

/// A requirement, and the scenarios that show it.
#[derive(Serialize)]
struct Said<'a> {
    id: &'a str,
    scenarios: Vec<&'a str>,
}

/// What came of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Scenarios show each requirement that says it.
    Shown,
    /// It is not for site or client to show.
    Outside,
    /// Nothing shows one of its requirements.
    Open,
}

impl<'a> Ledger<'a> {
    fn of(catalogue: &'a Catalogue) -> Self {
        let covered = coverage(catalogue);
        let said = |id: &'a String| {
            let of_id = covered.iter().find(|(requirement, _)| requirement.id == *id);
            Said { id, scenarios: of_id.map(|(_, scenarios)| scenarios.clone()).unwrap_or_default() }
        };
        let statements = catalogue.manual.statements.iter().map(|statement| {
            let requirements: Vec<_> = statement.requirements.iter().map(said).collect();
            let outside = statement.outside.as_deref().and_then(|reason| catalogue.manual.reason(reason));
            let state = match outside {
                Some(_) => State::Outside,
                None if requirements.iter().any(|said| said.scenarios.is_empty()) => State::Open,
                None => State::Shown,
            };
            Row {
                id: &statement.id,
                section: &statement.section,
                kind: statement.kind,
                ja: &statement.ja,
                en: &statement.en,
                state,
                requirements,
                outside,
            }
        });
        let statements: Vec<_> = statements.collect();
        let count = |state| statements.iter().filter(|row| row.state == state).count();
        let counts = Counts {
            statements: statements.len(),
            shown: count(State::Shown),
            outside: count(State::Outside),
            open: count(State::Open),
        };
        Self { manual: EDITION, counts, statements }
    }
}

/// The statements as one JSON document, each with its requirements and their scenarios, or with the reason why it lies
/// outside.
pub fn manual_json(catalogue: &Catalogue) -> String {
    let ledger = Ledger::of(catalogue);
    let json = serde_json::to_string_pretty(&ledger).expect("texts, lists and numbers have a form in JSON");
    format!("{json}\n")
}

/// The same for people. With `missing`, only what nothing shows yet.
pub fn manual_text(catalogue: &Catalogue, language: Language, missing: bool) -> String {
    let ledger = Ledger::of(catalogue);
    let rows = ledger.statements.iter().filter(|row| !missing || row.state == State::Open);
    let rows: Vec<_> = rows.collect();
    let mut text = String::new();
    let mut open_section = "";
    for row in &rows {
        if open_section != row.section {
            open_section = row.section;
            let section = catalogue.manual.section(row.section);
            let heading =
                section.map_or("", |section| language.pick(section.ja.as_str(), section.en.as_str()));
            let number = if row.section == "intro" { "" } else { row.section };
            let _ = writeln!(text, "\n{}", format!("{number} {heading}").trim_start());
        }
        let mark = match row.state {
            State::Shown => '✓',
            State::Outside => '-',
            State::Open => '✗',
        };
        let first = format!("  {mark} {} {}: ", row.id, row.kind.word(language));
        text += &wrapped(&first, language.pick(row.ja, row.en));
        let why = match row.outside {
            Some(reason) => format!("{}: {}", language.pick("対象外", "outside"), reason.id),
            None => row.requirements.iter().map(|said| said.id).collect::<Vec<_>>().join(" "),
        };
        text += &wrapped(INDENT, &why);
    }
    text += &reasons(catalogue, &rows, language);
    let Counts { statements, shown, outside, open } = ledger.counts;
    let total = match language {
        Language::Ja => format!(
            "マニュアル {EDITION} の記述 {statements} 件: シナリオで確認 {shown}、対象外 {outside}、未確認 {open}"
        ),
        Language::En => format!(
            "{statements} statements of the manual {EDITION}: {shown} shown by scenarios, {outside} outside, {open} open"
        ),
    };
    text + "\n" + &wrapped("", &total)
}

/// Why the rows that lie outside do, and what takes their place.
fn reasons(catalogue: &Catalogue, rows: &[&Row<'_>], language: Language) -> String {
    let mut text = String::new();
    for reason in &catalogue.manual.reasons {
        let count = rows.iter().filter(|row| row.outside == Some(reason)).count();
        if count == 0 {
            continue;
        }
        if text.is_empty() {
            let heading = language.pick(
                "対象外とした理由と、代わりになるもの",
                "Why statements lie outside, and what takes their place",
            );
            let _ = writeln!(text, "\n{heading}");
        }
        let first = format!("  {} ({count}): ", reason.id);
        text += &wrapped(&first, language.pick(reason.ja.as_str(), reason.en.as_str()));
        let instead = &reason.instead;
        text += &wrapped("      → ", language.pick(instead.ja.as_str(), instead.en.as_str()));
    }
    text
}

/// A paragraph that fits the terminal, Japanese or not.
fn wrapped(first: &str, text: &str) -> String {
    let mut lines = vec![first.to_owned()];
    for piece in pieces(text) {
        let line = lines.last_mut().expect("there is a line from the start");
        if line.width() + piece.trim_end().width() > WIDTH {
            lines.push(format!("{INDENT}{piece}"));
        } else {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What no line end may part: a word with the blanks behind it, a Japanese letter with the marks around it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let parts = |before: char| {
            let is_wide = |letter: char| !letter.is_ascii();
            let after_blank = before == ' ' && letter != ' ';
            let between = is_wide(letter) || is_wide(before);
            after_blank || between && letter != ' ' && !CLOSING.contains(letter) && !OPENING.contains(before)
        };
        if before.is_some_and(parts) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(letter);
    }
    pieces.push(&text[start..]);
    pieces
}

impl Kind {
    fn word(self, language: Language) -> &'static str {
        match self {
            Self::Screen => language.pick("画面", "screen"),
            Self::Notice => language.pick("通知書", "notice"),
            Self::Step => language.pick("操作", "step"),
            Self::Rule => language.pick("規則", "rule"),
            Self::Remark => language.pick("注記", "remark"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_between_japanese_letters() {
        assert_eq!(pieces("a word, (two)"), ["a ", "word, ", "(two)"]);
        assert_eq!(pieces("「次へ」を、OK"), ["「次", "へ」", "を、", "OK"]);
        assert_eq!(pieces(""), [""]);
        let text = wrapped("  1: ", &"証明書の更新。".repeat(12));
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.width() <= WIDTH), "{text}");
    }
}
