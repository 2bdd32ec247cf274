//! Paragraphs on a terminal.

use unicode_width::UnicodeWidthStr;

/// Columns of a terminal that nobody has made wider.
pub const COLUMNS: usize = 80;
/// No line begins with these.
const CLOSING: &str = "、。」』】)],.:;!?%ー・ぁぃぅぇぉっゃゅょァィゥェォッャュョ々…";
/// No line ends with these.
const OPENING: &str = "「『【([";

/// Columns on a terminal: Japanese letters take two.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A paragraph in lines of at most so many columns: the first begins with `first`, the others with `indent`.
pub fn wrapped(first: &str, indent: &str, text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![first.to_owned()];
    for piece in pieces(text) {
        let line = lines.last_mut().expect("there is a line from the start");
        if line.width() + piece.trim_end().width() > columns && line.width() > indent.width() {
            lines.push(format!("{indent}{piece}"));
        } else {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// What no line end may part: a word with the blanks behind it, in katakana as well; a Japanese letter with the marks
/// around it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let parts = |before: char| {
            let is_wide = |letter: char| !letter.is_ascii();
            let is_katakana = |letter: char| matches!(letter, 'ァ'..='ヶ' | 'ー');
            let after_blank = before == ' ' && letter != ' ';
            let between = is_wide(letter) || is_wide(before);
            (after_blank || between && letter != ' ')
                && !(is_katakana(before) && is_katakana(letter))
                && !CLOSING.contains(letter)
                && !OPENING.contains(before)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_between_japanese_letters() {
        assert_eq!(pieces("a word, (two)"), ["a ", "word, ", "(two)"]);
        assert_eq!(pieces("「次へ」を、OK"), ["「次", "へ」", "を、", "OK"]);
        assert_eq!(pieces("新しいサーバー名"), ["新", "し", "い", "サーバー", "名"]);
        assert_eq!(pieces(""), [""]);
    }

    #[test]
    fn every_line_fits() {
        let lines = wrapped("  1: ", "      ", &"証明書の更新。".repeat(12), COLUMNS);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line) <= COLUMNS), "{lines:#?}");
        assert!(lines.iter().skip(1).all(|line| line.starts_with("      ")), "{lines:#?}");
        assert_eq!(wrapped("", "", "", COLUMNS), [""]);
    }
}
