//! Texts of others in reports. Pages, commands, files and their names say what they like: what would act on a terminal, or
//! is not allowed in a document, is shown in its place.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text for terminals and browsers, with its lines and tabs: other controls, marks for the direction of writing, and what
/// takes no room stand as `\u{…}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, acts, |letter, shown| {
        let _ = write!(shown, "{}", letter.escape_unicode());
    })
}

/// The same on one line, for what stands beside words of ours.
pub(crate) fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// A text for XML 1.0 (2.2, Char): what no document may hold, not even as a reference, is replaced.
pub(crate) fn xml(text: &str) -> Cow<'_, str> {
    replaced(text, is_forbidden, |_, shown| shown.push(char::REPLACEMENT_CHARACTER))
}

fn replaced(text: &str, is: fn(char) -> bool, show: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(is) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is(letter) { show(letter, &mut shown) } else { shown.push(letter) }
    }
    Cow::Owned(shown)
}

/// The selectors of variants don't: Japanese names are written with them.
fn acts(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' => {
            true
        }
        '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

fn is_forbidden(letter: char) -> bool {
    !matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_and_what_is_written_stays() {
        assert_eq!(
            visible("発行済み\n\t辻\u{e0100} か\u{3099}\u{3000}"),
            "発行済み\n\t辻\u{e0100} か\u{3099}\u{3000}"
        );
        assert_eq!(
            visible("\u{1b}[2J\r\u{9b}\u{7f}\u{202e}\u{2028}"),
            r"\u{1b}[2J\u{d}\u{9b}\u{7f}\u{202e}\u{2028}"
        );
        assert_eq!(visible_line("a\n12 passed"), r"a\n12 passed");
    }

    #[test]
    fn what_xml_forbids_is_replaced() {
        assert_eq!(xml("a\0b\u{b}c\u{1b}d\u{fffe}e\u{ffff}f\u{10ffff}\r\n\t"), "a�b�c�d�e�f\u{10ffff}\r\n\t");
    }
}
