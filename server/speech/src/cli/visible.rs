//! Text of others on a terminal: what would move the cursor, change the order of letters or hide some is shown instead of
//! done. Pages, certificates, names of files and answers of servers all say what they like.

use std::borrow::Cow;

/// A text with line breaks and tabs, in which each other control stands as `\u{…}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_harmless = |letter: char| matches!(letter, '\n' | '\t') || !is_control(letter);
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_harmless(letter) {
            true => shown.push(letter),
            false => shown.extend(letter.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// The same on one line.
pub fn on_one_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// The same, with each further line under the first: a line break in the text of others begins no message of ours.
pub fn indented(text: &str) -> String {
    visible(text).replace('\n', "\n  ")
}

/// Controls (C0, DEL, C1), what a text has for the direction of writing, line breaks of other kinds, and what takes no
/// room. Not so the selectors of variants, with which Japanese names are written.
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown() {
        assert_eq!(
            visible("医療機関 受付１号\u{3000}か\u{3099} 辻\u{e0100}\n\tOK"),
            "医療機関 受付１号\u{3000}か\u{3099} 辻\u{e0100}\n\tOK"
        );
        assert_eq!(
            visible("\u{1b}]52;c;eA==\u{7}\r\u{7f}\u{9b}2J"),
            r"\u{1b}]52;c;eA==\u{7}\u{d}\u{7f}\u{9b}2J"
        );
        for letter in
            "\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{200b}\u{feff}".chars()
        {
            assert_eq!(visible(&letter.to_string()), letter.escape_unicode().to_string());
        }
        assert_eq!(on_one_line("a\nobn: done"), r"a\nobn: done");
        assert_eq!(indented("a\nobn: done"), "a\n  obn: done");
    }
}
