//! What is said in English is said in Japanese: the same blocks, the same outline, the same links.

use obn_conformance::Starter;

use super::links::{headings, links};
use super::{documents, text, without_comments};

/// Each README that a user reads, in both languages.
fn pairs() -> Vec<[String; 2]> {
    let folders = ["", "client/", "docker/", "packaging/", "scenarios/", "server/"].map(str::to_owned);
    let starters = Starter::ALL.map(|starter| format!("scenarios/starters/{}/", starter.name()));
    let pair = |folder| ["README.md", "README.ja.md"].map(|name| format!("{folder}{name}"));
    folders.into_iter().chain(starters).map(pair).collect()
}

#[test]
fn every_japanese_document_is_one_of_a_pair() {
    let japanese: Vec<_> = documents().into_iter().filter(|document| document.ends_with(".ja.md")).collect();
    let mut known: Vec<_> = pairs().into_iter().map(|[_, japanese]| japanese).collect();
    known.sort();
    assert_eq!(japanese, known);
}

/// Each block with its kind, without comments. What stands between quotes in TOML may be a sentence.
fn code(readme: &str) -> Vec<(String, Vec<String>)> {
    let text = text(readme);
    let blocks = text.split("```").skip(1).step_by(2);
    let parts = blocks.filter_map(|block| block.split_once('\n'));
    let quoted = |line: String| line.split(" = \"").next().unwrap().to_owned();
    let code = parts.map(|(kind, block)| {
        let lines = without_comments(&block.replace("// ", "# "));
        let lines = match kind {
            "toml" => lines.into_iter().map(quoted).collect(),
            // What a program prints is in its reader's language.
            "text" => Vec::new(),
            "console" => lines.into_iter().filter(|line| line.starts_with("$ ")).collect(),
            _ => lines,
        };
        (kind.to_owned(), lines)
    });
    code.collect()
}

#[test]
fn both_languages_have_the_same_blocks() {
    for pair in pairs() {
        let [english, japanese] = pair.each_ref().map(|readme| code(readme));
        assert_eq!(english, japanese, "{pair:?}");
    }
}

#[test]
fn both_languages_have_the_same_outline() {
    for pair in pairs() {
        let [english, japanese] = pair.each_ref().map(|readme| {
            headings(&text(readme))
                .map(|heading| heading.split(' ').next().unwrap().len())
                .collect::<Vec<_>>()
        });
        assert_eq!(english, japanese, "{pair:?}");
    }
}

/// A link to an anchor leads to the same document; which heading, only a reader can tell.
#[test]
fn both_languages_have_the_same_links() {
    for pair in pairs() {
        let [english, japanese] = pair.each_ref().map(|readme| {
            let text = text(readme);
            let targets = links(&text).into_iter();
            let mut targets: Vec<_> =
                targets.map(|link| link.split('#').next().unwrap().replace(".ja.", ".")).collect();
            targets.sort();
            targets
        });
        assert_eq!(english, japanese, "{pair:?}");
    }
}
