//! Comparing what a person reads: line breaks, blanks and the width of Latin letters don't count.

/// A text without blanks, with half-width Latin letters, digits and signs.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
            other => other,
        })
        .collect()
}

/// Whether two texts read the same.
pub(crate) fn same(one: &str, other: &str) -> bool {
    squeeze(one) == squeeze(other)
}

/// A text on one line, with single blanks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_width_do_not_count() {
        assert!(same("証明書パスワード（確認用）", "証明書パスワード\n (確認用)"));
        assert!(same("リクエスト ID", "リクエストＩＤ"));
        assert!(!same("リクエスト ID", "リファレンス ID"));
    }
}
