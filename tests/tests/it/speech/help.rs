//! Help fits a terminal, says the same in both languages, and comes as completions and man pages too.

use std::path::Path;

use obn_speech::{COLUMNS, width};
use obn_tests::{Program, require, run_with};
use tokio::process::Command;

use super::{LANGUAGES, is_japanese, ran, without_blank};

/// The commands that a program's help lists.
fn commands(help: &str) -> Vec<String> {
    let section = help.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = section.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_help_of_every_command_fits_80_columns_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, _) in Program::all() {
        let of_program = ran(name, folder, "en", &["help"]).await.ok();
        let commands = commands(&of_program);
        assert!(commands.len() > 4, "{of_program}");
        for language in LANGUAGES {
            let mut calls = vec![vec!["help"], vec!["--help"], vec!["-h"]];
            for command in commands.iter().filter(|command| *command != "help") {
                calls.push(vec!["help", command]);
                calls.push(vec![command, "-h"]);
            }
            for call in calls {
                let help = ran(name, folder, language, &call).await.ok();
                let what = format!("{name} {} in {language}:\n{help}", call.join(" "));
                for line in help.lines() {
                    assert!(width(line) <= COLUMNS, "{} columns: {line}\n{what}", width(line));
                }
                assert_eq!(is_japanese(&help), language == "ja", "{what}");
                if language == "ja" {
                    assert_eq!(without_blank(&help), None, "{what}");
                    for english in ["Usage:", "Options:", "[env:", "[default:", "Print help"] {
                        assert!(!help.contains(english), "{english}\n{what}");
                    }
                }
            }
        }
    }
}

/// The options of every command are one line of a command's short help; the long one tells them.
#[tokio::test]
async fn what_every_command_has_is_one_line_that_says_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let short = ran("obn", folder.path(), "en", &["renew", "-h"]).await.ok();
    let long = ran("obn", folder.path(), "en", &["help", "renew"]).await.ok();
    let line = short.lines().find(|line| line.starts_with("Options of every command")).unwrap();
    assert!(line.ends_with(": obn help renew"), "{line}");
    assert!(!short.contains("OBN_PROXY_USER") && long.contains("OBN_PROXY_USER"), "{short}");
    insta::assert_snapshot!(short);
    insta::assert_snapshot!(ran("obn", folder.path(), "ja", &["renew", "-h"]).await.ok());
    insta::assert_snapshot!(ran("obn-ca", folder.path(), "ja", &["help"]).await.ok());
}

#[tokio::test]
async fn shells_complete_all_three_programs() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in Program::all() {
        for language in LANGUAGES {
            for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
                let script = ran(name, folder.path(), language, &["completions", shell]).await.ok();
                assert!(script.contains(name) && script.contains("completions"), "{shell}: {script}");
            }
        }
        if require("bash") {
            let script = ran(name, folder.path(), "ja", &["completions", "bash"]).await.ok();
            let path = folder.path().join("completion.sh");
            std::fs::write(&path, script).unwrap();
            let what = format!("source {}; complete -p {name}", path.display());
            let mut bash = Command::new("bash");
            let told = run_with(bash.args(["-c", &what]), "").await.ok();
            assert!(told.contains(name), "{told}");
        }
    }
}

#[tokio::test]
async fn each_command_has_its_man_page_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in Program::all() {
        for language in LANGUAGES {
            // A folder that isn't there is made.
            let out = folder.path().join(name).join(language);
            let out = out.display().to_string();
            ran(name, folder.path(), language, &["man", "--out", &out]).await.ok();
            let pages = std::fs::read_dir(&out).unwrap().count();
            let page = |page: &str| std::fs::read_to_string(Path::new(&out).join(page)).unwrap();
            assert!(pages > 5, "{name}: {pages}");
            assert_eq!(is_japanese(&page(&format!("{name}.1"))), language == "ja", "{name}");
            assert!(page(&format!("{name}-completions.1")).contains("elvish"));
        }
    }
}
