//! Comparing what a person reads: line breaks, blanks and the width of letters don't count.

use unicode_normalization::UnicodeNormalization;

/// A text without blanks, with half-width Latin letters, digits and signs, and full-width katakana (NFKC).
pub(crate) fn squeeze(text: &str) -> String {
    text.nfkc().filter(|letter| !letter.is_whitespace()).collect()
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
        assert!(same("証明書パスワード", "証明書ﾊﾟｽﾜｰﾄﾞ"));
        assert!(!same("リクエスト ID", "リファレンス ID"));
    }
}
