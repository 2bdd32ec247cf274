//! What serde and its formats say of a value, which they say in English only.

use crate::words::Words;

/// A message of serde, such as ``invalid type: integer `15`, expected a string``, in both languages.
pub fn serde_message(message: &str) -> Words {
    let japanese = in_japanese(message).unwrap_or_else(|| format!("正しくありません: {message}"));
    Words::new(japanese, message)
}

fn in_japanese(message: &str) -> Option<String> {
    if message == "duplicate key" {
        return Some("同じキーが 2 回あります".to_owned());
    }
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let (key, choices) = with_choices(rest);
        return Some(format!(
            "キー {key} はありません{}",
            choices.map_or(String::new(), |it| format!("。使えるキー: {it}"))
        ));
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let (value, choices) = with_choices(rest);
        return Some(format!(
            "値 {value} は使えません{}",
            choices.map_or(String::new(), |it| format!("。使える値: {it}"))
        ));
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return Some(format!("キー {field} がありません"));
    }
    for beginning in ["invalid type: ", "invalid value: "] {
        if let Some((found, wanted)) =
            message.strip_prefix(beginning).and_then(|rest| rest.split_once(", expected "))
        {
            return Some(format!(
                "{}ではなく、{}を指定してください",
                spaced(&found_in_japanese(found)),
                spaced(&wanted_in_japanese(wanted))
            ));
        }
    }
    let is_syntax =
        ["unclosed ", "expected ", "invalid ", "missing ", "unexpected ", "extra ", "key with no value"];
    is_syntax
        .iter()
        .any(|beginning| message.starts_with(beginning))
        .then(|| format!("TOML の書き方が正しくありません({message})"))
}

/// A word that isn't Japanese has a blank behind it.
fn spaced(text: &str) -> String {
    let is_latin =
        text.chars().last().is_some_and(|letter| letter.is_ascii_alphanumeric() || "`\"".contains(letter));
    if is_latin { format!("{text} ") } else { text.to_owned() }
}

/// What is named, and what it may be.
fn with_choices(rest: &str) -> (&str, Option<String>) {
    let Some((named, expected)) = rest.split_once(", expected ") else { return (rest, None) };
    let choices: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
    (named, Some(choices.join("、")).filter(|choices| !choices.is_empty()))
}

fn found_in_japanese(found: &str) -> String {
    for (english, japanese) in
        [("integer ", "数値 "), ("floating point ", "小数 "), ("string ", "文字列 "), ("boolean ", "")]
    {
        if let Some(value) = found.strip_prefix(english) {
            return format!("{japanese}{value}");
        }
    }
    match found {
        "sequence" => "リスト".to_owned(),
        "map" => "テーブル".to_owned(),
        other => other.to_owned(),
    }
}

fn wanted_in_japanese(wanted: &str) -> String {
    match wanted {
        "a string" => "引用符で囲んだ文字列".to_owned(),
        "a boolean" => "true または false".to_owned(),
        "a sequence" => "[ ] で囲んだリスト".to_owned(),
        "a map" => "テーブル".to_owned(),
        "i64" | "u64" | "i32" | "u32" | "u16" | "u8" | "usize" => "整数".to_owned(),
        other => match other.strip_prefix("a duration in quotes such as ") {
            Some(example) => format!("{example} のような引用符で囲んだ期間"),
            None if other.starts_with("struct ") => "テーブル".to_owned(),
            None => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_said_in_japanese() {
        for (english, japanese) in [
            ("duplicate key", "同じキーが 2 回あります"),
            ("unknown field `a`, expected `b` or `c`", "キー `a` はありません。使えるキー: b、c"),
            ("unknown field `a`", "キー `a` はありません"),
            ("unknown variant `a`, expected one of `b`, `c`", "値 `a` は使えません。使える値: b、c"),
            (
                "invalid type: integer `15`, expected a duration in quotes such as \"15m\"",
                "数値 `15` ではなく、\"15m\" のような引用符で囲んだ期間を指定してください",
            ),
            (
                "invalid type: sequence, expected a boolean",
                "リストではなく、true または false を指定してください",
            ),
            ("missing field `a`", "キー `a` がありません"),
            ("odd", "正しくありません: odd"),
        ] {
            assert_eq!(serde_message(english), Words::new(japanese, english));
        }
    }
}
