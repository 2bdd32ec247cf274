//! The blocks for PowerShell: run to their end on a real one nowhere here, but read by one, or by a grammar of it, without an error.

use obn_tests::{python_with, require, run_with};
use tokio::process::Command;

use super::{documents, text};

/// Each with the document that it is in.
fn blocks() -> Vec<(String, String)> {
    let all = documents().into_iter().flat_map(|document| {
        let text = text(&document);
        let found: Vec<_> = text
            .split("```powershell\n")
            .skip(1)
            .map(|rest| (document.clone(), rest.split("```").next().unwrap().to_owned()))
            .collect();
        found
    });
    all.collect()
}

/// Answers with what is wrong, one line each; nothing if all reads well.
const BY_GRAMMAR: &str = "\
import sys, tree_sitter, tree_sitter_powershell
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
def wrong(node):
    if node.is_error or node.is_missing:
        print(node.start_point.row + 1, node.type, node.text.decode()[:60])
    for child in node.children:
        wrong(child)
wrong(parser.parse(sys.stdin.buffer.read()).root_node)
";

/// The same by PowerShell itself.
const BY_ITSELF: &str = "\
$errors = $null
$null = [System.Management.Automation.Language.Parser]::ParseInput(($input | Out-String), [ref]$null, [ref]$errors)
$errors | ForEach-Object { $_.ToString() }
";

async fn wrong(block: &str) -> Option<String> {
    if std::process::Command::new("pwsh").arg("-v").output().is_ok() {
        let mut shell = Command::new("pwsh");
        return Some(run_with(shell.args(["-NoProfile", "-Command", BY_ITSELF]), block).await.ok());
    }
    let python = python_with("tree_sitter, tree_sitter_powershell").await?;
    Some(run_with(Command::new(python).args(["-c", BY_GRAMMAR]), block).await.ok())
}

#[tokio::test]
async fn every_block_for_powershell_reads_without_an_error() {
    let blocks = blocks();
    assert!(!blocks.is_empty());
    let Some(of_a_mistake) = wrong("if ($a { echo 1").await else { return };
    assert_ne!(of_a_mistake, "", "whoever looks sees mistakes");
    for (document, block) in blocks {
        assert_eq!(wrong(&block).await.as_deref(), Some(""), "{document}:\n{block}");
    }
}

/// Not a word for PowerShell, but the other thing that only somebody else's machine runs.
#[tokio::test]
async fn the_workflow_for_releases_has_nothing_to_complain_about() {
    if require("actionlint") {
        let top = super::top();
        run_with(Command::new("actionlint").arg("-no-color").current_dir(top), "").await.ok();
    }
}
