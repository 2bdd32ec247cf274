//! The same for people at a terminal.

use std::fmt::Write as _;

use crate::bilingual::{Bilingual, Language};
use crate::learn::learned::{Learned, Standing};
use crate::learn::replay::Replayed;
use crate::requirement::Requirements;

fn told(text: &Bilingual, language: Language) -> &str {
    language.pick(&text.ja, &text.en)
}

/// Writes what was learnt as text.
pub fn learned_to_text(learned: &Learned, requirements: &Requirements, language: Language) -> String {
    let ja = |ja: &'static str, en: &'static str| language.pick(ja, en);
    let mut out = String::new();
    for note in &learned.notes {
        let _ = writeln!(out, "! {}", told(note, language));
    }
    let pages: Vec<_> = learned.pages.iter().map(|(page, count)| format!("{page} {count}")).collect();
    let _ = writeln!(out, "{}: {}", ja("見つかった画面", "pages found"), pages.join(", "));
    let changed: Vec<_> = learned.known.iter().filter(|it| it.standing != Standing::AsGuessed).collect();
    let (known, differ) = (learned.known.len(), changed.len());
    let _ = match language {
        Language::Japanese => {
            writeln!(out, "\n分かったこと: {known} 項目。うち {differ} 項目は想定と違います。")
        }
        Language::English => writeln!(out, "\nNow known: {known} keys. {differ} of them are not as guessed."),
    };
    for it in changed {
        let place = it.places.first().map_or("", String::as_str);
        let _ = writeln!(out, "  {} = {}  ({place})", it.key, it.value);
        let _ = writeln!(out, "    {}", told(&it.decides, language));
        let guess = ja("想定", "guessed");
        let new = ja("想定にもその対案にもない値", "neither the guess nor one of its rivals");
        let mark = if it.standing == Standing::New { format!("; {new}") } else { String::new() };
        let _ = writeln!(out, "    {guess}: {}{mark}", it.guess);
    }
    if !learned.conflicts.is_empty() {
        let _ =
            writeln!(out, "\n{}", ja("値が二つ見つかり、採らなかったもの:", "Two values seen, none learnt:"));
        for conflict in &learned.conflicts {
            let values: Vec<_> =
                conflict.values.iter().map(|(value, place)| format!("{value} ({place})")).collect();
            let _ = writeln!(out, "  {}: {}", conflict.key, values.join(", "));
        }
    }
    if !learned.contradictions.is_empty() {
        let _ = writeln!(out, "\n{}", ja("要件と食い違うもの:", "Requirements that it contradicts:"));
        for contradiction in &learned.contradictions {
            let statement = requirements.find(&contradiction.requirement);
            let words = statement.map_or("", |it| language.pick(it.ja.as_str(), it.en.as_str()));
            let _ = writeln!(out, "  {} {words}  ({})", contradiction.requirement, contradiction.place);
        }
    }
    let shown: Vec<_> = learned.shown.keys().map(String::as_str).collect();
    if !shown.is_empty() {
        let _ = writeln!(
            out,
            "\n{}: {}",
            ja("記録が示した要件 (observed)", "Requirements observed"),
            shown.join(" ")
        );
    }
    let next = learned.next();
    if !next.is_empty() {
        let _ = writeln!(out, "\n{}", ja("次に記録するとよいもの:", "What to record next:"));
        for (record, count) in next {
            let _ = match language {
                Language::Japanese => writeln!(out, "  {} ({count} 項目)", record.ja),
                Language::English => writeln!(out, "  {} ({count} keys)", record.en),
            };
        }
    }
    if !learned.unsaid.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            ja(
                "プロファイルでまだ表せないもの (issue に貼り付けてください):",
                "What no profile can say yet (put it into an issue):"
            )
        );
        for text in &learned.unsaid {
            let _ = writeln!(out, "  - {}", told(text, language));
        }
    }
    out
}

/// Writes how a recording compares with the simulator.
pub fn replayed_to_text(replayed: &Replayed, language: Language) -> String {
    let mut out = String::new();
    for skipped in &replayed.skipped {
        let _ = writeln!(out, "- {}: {}", skipped.0, told(&skipped.1, language));
    }
    for difference in &replayed.differences {
        let _ = writeln!(out, "{}: {}", difference.place, told(&difference.what, language));
        let _ = writeln!(out, "  {}: {}", language.pick("記録", "recorded"), difference.recorded);
        let _ = writeln!(out, "  {}: {}", language.pick("再現", "simulated"), difference.simulated);
    }
    let (compared, differ, skipped) = (replayed.compared, replayed.differences.len(), replayed.skipped.len());
    let _ = match language {
        Language::Japanese => writeln!(
            out,
            "{compared} 件を比べ、違いは {differ} 件、比べられなかったものは {skipped} 件です。"
        ),
        Language::English => {
            writeln!(out, "{compared} exchanges compared, {differ} differences, {skipped} not compared.")
        }
    };
    out
}
