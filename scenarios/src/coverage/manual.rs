//! The manual, statement by statement: for people and for programs.

use std::fmt::Write as _;

use obn_speech::{COLUMNS, wrapped};
use serde::Serialize;

use super::coverage;
use crate::bilingual::Language;
use crate::catalogue::Catalogue;
use crate::manual::{EDITION, Kind, Reason};

const INDENT: &str = "      ";
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
        text += &paragraph(&first, language.pick(row.ja, row.en));
        let why = match row.outside {
            Some(reason) => format!("{}: {}", language.pick("対象外", "outside"), reason.id),
            None => row.requirements.iter().map(|said| said.id).collect::<Vec<_>>().join(" "),
        };
        text += &paragraph(INDENT, &why);
    }
    text += &reasons(catalogue, &rows, language);
    let Counts { statements, shown, outside, open } = ledger.counts;
    let total = match language {
        Language::Japanese => format!(
            "マニュアル {EDITION} の記述 {statements} 件: シナリオで確認 {shown}、対象外 {outside}、未確認 {open}"
        ),
        Language::English => format!(
            "{statements} statements of the manual {EDITION}: {shown} shown by scenarios, {outside} outside, {open} open"
        ),
    };
    text + "\n" + &paragraph("", &total)
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
        text += &paragraph(&first, language.pick(reason.ja.as_str(), reason.en.as_str()));
        let instead = &reason.instead;
        text += &paragraph("      → ", language.pick(instead.ja.as_str(), instead.en.as_str()));
    }
    text
}

/// A paragraph that fits the terminal.
fn paragraph(first: &str, text: &str) -> String {
    wrapped(first, INDENT, text, COLUMNS).iter().map(|line| format!("{line}\n")).collect()
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
