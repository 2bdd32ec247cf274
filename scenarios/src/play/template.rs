//! Texts with blanks to fill: `{clinic.request_id}`, `{case.password}`, and what a user might do to
//! such a text: `{clinic.reference_id | other case}`.

/// Fills the blanks of a text.
///
/// # Errors
/// What is wrong with it, in words: an unknown name, an unknown change, a brace that doesn't close.
pub(crate) fn fill(text: &str, value: impl Fn(&str, &str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (inside, after) = after.split_once('}').ok_or_else(|| format!("{text:?} has a {{ without }}"))?;
        let mut parts = inside.split('|').map(str::trim);
        let path = parts.next().unwrap_or_default();
        let (name, key) = path.split_once('.').ok_or_else(|| format!("{{{inside}}} names no NAME.KEY"))?;
        let known = value(name, key).ok_or_else(|| format!("nothing is known of {{{path}}}"))?;
        filled.push_str(&parts.try_fold(known, |text, change| changed(&text, change))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What a user may do to a text while typing it.
fn changed(text: &str, change: &str) -> Result<String, String> {
    let last = |replace: fn(char) -> char| {
        let mut letters: Vec<char> = text.chars().collect();
        if let Some(letter) = letters.last_mut() {
            *letter = replace(*letter);
        }
        letters.into_iter().collect()
    };
    Ok(match change {
        "other case" => text
            .chars()
            .map(|letter| match letter.is_ascii_uppercase() {
                true => letter.to_ascii_lowercase(),
                false => letter.to_ascii_uppercase(),
            })
            .collect(),
        "full width" => text
            .chars()
            .map(|letter| match letter {
                '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter),
                other => other,
            })
            .collect(),
        "last one wrong" => last(|letter| match letter {
            '0'..='8' => char::from(letter as u8 + 1),
            '9' => '0',
            'a'..='y' | 'A'..='Y' => char::from(letter as u8 + 1),
            'z' => 'a',
            _ => 'A',
        }),
        "without the last" => text.chars().take(text.chars().count().saturating_sub(1)).collect(),
        "blanks around" => format!(" {text} "),
        other => return Err(format!("nobody knows how to change a text to {other:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        fill(text, |name, key| (name == "clinic" && key == "reference_id").then(|| "aB9".to_owned()))
    }

    #[test]
    fn blanks_are_filled_and_changed() {
        assert_eq!(filled("ID {clinic.reference_id}.").unwrap(), "ID aB9.");
        assert_eq!(filled("{clinic.reference_id | other case}").unwrap(), "Ab9");
        assert_eq!(filled("{clinic.reference_id | last one wrong}").unwrap(), "aB0");
        assert_eq!(filled("{clinic.reference_id|full width}").unwrap(), "ａＢ９");
        assert_eq!(filled("{clinic.reference_id | without the last}").unwrap(), "aB");
    }

    #[test]
    fn mistakes_are_told() {
        for text in ["{clinic", "{clinic.pin}", "{clinic}", "{clinic.reference_id | upside down}"] {
            assert!(filled(text).is_err(), "{text}");
        }
    }
}
