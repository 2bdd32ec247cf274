//! What is known, inferred and chosen, statement by statement and key by key, as a page in Markdown.

use std::fmt::Write as _;

use obn_ca::profile::{Profile, describe};

use crate::catalogue::Catalogue;
use crate::coverage::coverage;
use crate::requirement::{chapter_title, word};

/// The page, in English and Japanese. `scenarios/FIDELITY.md` is its copy.
pub fn fidelity(catalogue: &Catalogue) -> String {
    let mut text = String::from(
        "# Fidelity / 忠実度\n\n\
         Made by `obn-conformance fidelity`. **manual**: the service's manual 1.6.0 says so. **public**: public \
         knowledge beyond it. **inferred**: follows from either. **chosen**: nobody outside knows; ours.\n\n\
         `obn-conformance fidelity` で生成。**manual**: マニュアル 1.6.0 の記載。**public**: それ以外の公開情報。\
         **inferred**: そこからの推定。**chosen**: 外部からは分からないため、本ツールで決めたもの。\n",
    );
    let mut chapter = None;
    for (requirement, scenarios) in coverage(catalogue) {
        if chapter != Some(requirement.chapter()) {
            chapter = Some(requirement.chapter());
            let title = chapter_title(requirement.chapter()).both();
            let _ = write!(text, "\n## {} {title}\n\n{HEAD}", requirement.chapter());
        }
        let confidence = word(&requirement.confidence);
        let cells = [
            requirement.id.as_str(),
            &requirement.section,
            &confidence,
            &word(&requirement.binds),
            &format!("{}<br>{}", requirement.en, requirement.ja),
            &scenarios.len().to_string(),
        ];
        text += &row(&cells);
    }
    text += "\n## Profile / プロファイル\n\nWhat the real site may do otherwise: turn the key.\n\n";
    text += "| key | default | evidence | rival readings | what it decides |\n|---|---|---|---|---|\n";
    for key in describe(&Profile::default()) {
        let rivals: Vec<_> = key.rivals.iter().map(|rival| format!("`{rival}`")).collect();
        let default = format!("`{}`", key.default);
        text += &row(&[key.key, &default, &word(&key.evidence), &rivals.join(", "), key.comment]);
    }
    text
}

const HEAD: &str =
    "| ID | manual | confidence | binds | statement | scenarios |\n|---|---|---|---|---|---|\n";

fn row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}
