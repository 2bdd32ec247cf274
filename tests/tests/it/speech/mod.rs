//! How the three programs speak: help, mistakes and errors, in Japanese and in English.

mod errors;
mod help;

use std::path::Path;

use obn_tests::{Program, Ran, run_with};
use tokio::process::Command;

/// The two languages, as `--lang` and `OBN_LANG` have them.
const LANGUAGES: [&str; 2] = ["en", "ja"];

/// One of the three programs, with nothing in its environment but a language.
fn program(name: &str, folder: &Path, language: &str) -> Command {
    let (_, path) = Program::all().into_iter().find(|(known, _)| *known == name).unwrap();
    let mut command = Command::new(path);
    command.env_clear().current_dir(folder).env("HOME", folder).env("OBN_LANG", language);
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

async fn ran(name: &str, folder: &Path, language: &str, arguments: &[&str]) -> Ran {
    run_with(program(name, folder, language).args(arguments), "").await
}

fn is_japanese(text: &str) -> bool {
    text.contains(|letter: char| ('ぁ'..='ん').contains(&letter))
}

/// A Japanese letter and a Latin word with no blank between them. Names in a command line are none of ours.
fn without_blank(text: &str) -> Option<String> {
    let is_japanese = |letter: char| matches!(letter, 'ぁ'..='ん' | 'ァ'..='ヶ' | 'ー' | '一'..='龠');
    let letters: Vec<char> = text.chars().collect();
    let touches = |pair: &[char]| {
        (is_japanese(pair[0]) && pair[1].is_ascii_alphanumeric())
            || (pair[0].is_ascii_alphanumeric() && is_japanese(pair[1]))
    };
    let at = letters.windows(2).position(touches)?;
    Some(letters[at.saturating_sub(8)..letters.len().min(at + 10)].iter().collect())
}

#[tokio::test]
async fn the_language_is_said_by_option_variable_or_locale() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in Program::all() {
        let help = |variables: &'static [(&'static str, &'static str)],
                    arguments: &'static [&'static str]| {
            let mut command = program(name, folder.path(), "");
            command.envs(variables.iter().copied()).args(arguments);
            async move { run_with(&mut command, "").await.ok() }
        };
        assert!(is_japanese(&help(&[], &["--lang", "ja", "help"]).await), "{name}");
        assert!(!is_japanese(&help(&[], &["-h"]).await), "{name}");
        assert!(is_japanese(&help(&[("LANG", "ja_JP.UTF-8")], &["-h"]).await), "{name}");
        assert!(!is_japanese(&help(&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C")], &["-h"]).await), "{name}");
        let over = &[("LANG", "ja_JP.UTF-8"), ("OBN_LANG", "en")];
        assert!(!is_japanese(&help(over, &["-h"]).await), "{name}");
        assert!(is_japanese(&help(over, &["--lang", "ja", "-h"]).await), "{name}");
    }
}
