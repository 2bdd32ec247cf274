//! Rust as far as its paths are concerned: names and signs with their lines, without comments, texts and test code.

/// A name or a sign of a source, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// The names and signs of a source. `::` is one sign; comments, texts and letters are left out.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(letter) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            'b' | 'c' if rest[1..].starts_with('"') => 1 + quoted(&rest[1..]),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap_or_default(),
            '\'' => character(rest),
            _ if is_name(letter) => {
                let length = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
                tokens.push(Token { text: &rest[..length], line });
                length
            }
            _ if letter.is_whitespace() => letter.len_utf8(),
            _ => {
                let length = if rest.starts_with("::") { 2 } else { letter.len_utf8() };
                tokens.push(Token { text: &rest[..length], line });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

/// Without the items that are there for tests alone: whatever follows `#[cfg(test)]`.
pub(super) fn without_tests(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    const FOR_TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let texts = tokens[at..].iter().take(FOR_TESTS.len()).map(|token| token.text);
        if texts.eq(FOR_TESTS) {
            at = end_of_item(&tokens, at + FOR_TESTS.len());
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// Past the `;` or the closing brace that ends the item here, whose attributes may come first.
fn end_of_item(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "{" | "[" | "(" => depth += 1,
            "]" | ")" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn is_name(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// A text with its quotes, in which a backslash takes the next letter along.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of `r"…"`, `r#"…"#` and their like; `None` for anything else, such as `r#match`.
fn raw(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches(['b', 'c']);
    let start = rest.len() - after.len();
    let after = after.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let text = after[hashes..].strip_prefix('"')?;
    let length = text.find(&end).map_or(text.len(), |at| at + end.len());
    (start <= 1).then_some(start + 1 + hashes + 1 + length)
}

/// A letter in quotes, or only the quote of a lifetime.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(1, |at| at + 4),
        Some(_) => match letters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}
