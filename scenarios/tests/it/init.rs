//! `obn-conformance init`: what it writes, and what it leaves alone. That what it writes is good, `clients` shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use obn_conformance::{Language, Starter};

use crate::command::{harness, text};
use crate::support;

/// The files of a folder with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    entries.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}

fn init(language: &str, folder: &Path) -> Output {
    harness(&["init", language, folder.to_str().unwrap()])
}

#[test]
fn each_starter_is_written_as_it_is_kept() {
    let kept = support::file("starters");
    let top = tempfile::tempdir().unwrap();
    for starter in Starter::ALL {
        let folder = top.path().join("new").join(starter.name());
        let output = init(starter.name(), &folder);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(files(&folder), files(&Path::new(&kept).join(starter.name())));
        let told = text(&output.stdout);
        assert!(told.contains("README.ja.md") && told.contains("--command "), "{told}");
    }
    // No folder is without a name.
    assert_eq!(Path::new(&kept).read_dir().unwrap().count(), Starter::ALL.len());
}

#[test]
fn an_empty_folder_is_taken_and_any_other_left_alone() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(init("go", top.path()).status.code(), Some(0));
    let before = files(top.path());
    for language in ["go", "python"] {
        let output = init(language, top.path());
        assert_eq!(output.status.code(), Some(2));
        let told = text(&output.stderr);
        assert!(told.contains("isn't empty") && told.lines().count() == 1, "{told}");
    }
    let file = top.path().join("go.mod");
    assert_eq!(init("go", &file).status.code(), Some(2));
    assert_eq!(files(top.path()), before);
}

#[test]
fn without_a_language_or_with_another_one_all_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().to_str().unwrap();
    for arguments in [&["init"][..], &["init", "cobol"], &["init", "cobol", top], &["init", "php"]] {
        let output = harness(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = text(&output.stderr);
        let listed = Starter::ALL.iter().filter(|starter| told.contains(starter.name())).count();
        assert!(listed == Starter::ALL.len(), "{arguments:?}: {told}");
    }
    assert!(files(folder.path()).is_empty());
    let mut japanese = Command::new(env!("CARGO_BIN_EXE_obn-conformance"));
    let told = text(&japanese.arg("init").env("LC_ALL", "ja_JP.UTF-8").output().unwrap().stderr);
    for starter in Starter::ALL {
        assert!(told.contains(starter.needs(Language::Japanese)), "{told}");
    }
}

#[test]
fn each_readme_names_the_commands_for_windows_as_well() {
    for starter in Starter::ALL {
        for shell in ["sh", "bat"] {
            let [english, japanese] =
                [Language::English, Language::Japanese].map(|language| starter.commands(language, shell));
            assert_eq!(english, japanese, "{starter:?}");
            assert!(english.concat().contains("obn-conformance client "), "{starter:?} {shell}");
        }
    }
}
