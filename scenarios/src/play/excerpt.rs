//! What a report keeps of texts of others, which may be as long as they like.

/// Letters of one text.
const LONGEST: usize = 4000;
/// Lines of what a command printed, and letters of one of them.
const LINES: usize = 200;
const LONGEST_LINE: usize = 500;

/// The beginning of a text, and how much is left out.
pub(crate) fn excerpt(text: String) -> String {
    beginning(&text, LONGEST).unwrap_or(text)
}

/// The first lines of an output, and how many are left out.
pub(crate) fn excerpt_of_lines(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    let kept: Vec<_> = lines
        .by_ref()
        .take(LINES)
        .map(|line| beginning(line, LONGEST_LINE).unwrap_or(line.to_owned()))
        .collect();
    let left_out = match lines.count() {
        0 => None,
        more => Some(format!("… ({more} more lines)")),
    };
    kept.into_iter().chain(left_out)
}

/// Nothing if that is all of it.
fn beginning(text: &str, longest: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(longest)?;
    Some(format!("{}… ({} more bytes)", &text[..end], text.len() - end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told() {
        assert_eq!(excerpt("短い".to_owned()), "短い");
        let long = excerpt("長".repeat(LONGEST + 2));
        assert!(long.starts_with("長長") && long.ends_with("… (6 more bytes)"), "{long}");
        let lines: Vec<_> = excerpt_of_lines(&"y\n".repeat(LINES + 3)).collect();
        assert_eq!((lines.len(), lines[LINES].as_str()), (LINES + 1, "… (3 more lines)"));
        assert_eq!(excerpt_of_lines("a\nb").collect::<Vec<_>>(), ["a", "b"]);
    }
}
