//! What a report keeps of texts of others, which may be as long as they like.

use crate::bilingual::{Bilingual, Language, wording};

/// Letters of one text.
const LONGEST: usize = 4000;
/// Lines of what a command printed, and letters of one of them.
const LINES: usize = 200;
const LONGEST_LINE: usize = 500;

wording! {
    /// What stands at the end of a text that is not whole.
    enum LeftOut {
        Bytes { count: usize } => "… ({count} more bytes)"; "… (ほか {count} バイト)";
        Lines { count: usize } => "… ({count} more lines)"; "… (ほか {count} 行)";
    }
}

/// The beginning of a text, and how much is left out.
pub(crate) fn excerpt(text: Bilingual) -> Bilingual {
    let one = |text: String, language| beginning(&text, LONGEST, language).unwrap_or(text);
    Bilingual { ja: one(text.ja, Language::Japanese), en: one(text.en, Language::English) }
}

/// The first lines of an output, and how many are left out.
pub(crate) fn excerpt_of_lines(text: &str) -> impl Iterator<Item = Bilingual> {
    let mut lines = text.lines();
    let kept: Vec<_> = lines
        .by_ref()
        .take(LINES)
        .map(|line| {
            let one = |language| beginning(line, LONGEST_LINE, language).unwrap_or(line.to_owned());
            Bilingual { ja: one(Language::Japanese), en: one(Language::English) }
        })
        .collect();
    let left_out = match lines.count() {
        0 => None,
        count => Some(LeftOut::Lines { count }.words()),
    };
    kept.into_iter().chain(left_out)
}

/// Nothing if that is all of it.
fn beginning(text: &str, longest: usize, language: Language) -> Option<String> {
    let (end, _) = text.char_indices().nth(longest)?;
    let left_out = LeftOut::Bytes { count: text.len() - end }.words();
    Some(format!("{}{}", &text[..end], left_out.pick(language)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told() {
        assert_eq!(excerpt(Bilingual::same("短い")), Bilingual::same("短い"));
        let long = excerpt(Bilingual::same(&"長".repeat(LONGEST + 2)));
        assert!(long.en.starts_with("長長") && long.en.ends_with("… (6 more bytes)"), "{long:?}");
        assert!(long.ja.ends_with("… (ほか 6 バイト)"), "{long:?}");
        let lines: Vec<_> = excerpt_of_lines(&"y\n".repeat(LINES + 3)).collect();
        assert_eq!((lines.len(), lines[LINES].en.as_str()), (LINES + 1, "… (3 more lines)"));
        let lines: Vec<_> = excerpt_of_lines("a\nb").map(|line| line.ja).collect();
        assert_eq!(lines, ["a", "b"]);
    }
}
