//! No document sends its reader to what isn't there.

use std::collections::HashMap;
use std::path::Path;

use super::{documents, text, top};

/// The lines that aren't part of a block of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_block = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    })
}

/// The headings of a document, with their signs.
pub(super) fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter(|line| line.starts_with('#'))
}

/// Where the links and pictures of a document lead, but for those to the web.
pub(super) fn links(text: &str) -> Vec<&str> {
    let beginnings = prose(text).flat_map(|line| line.split("](").skip(1));
    let targets = beginnings.map(|rest| rest.split(')').next().unwrap());
    targets.filter(|target| !target.contains("://")).collect()
}

/// What a heading is called in a link: as GitHub has it.
fn anchors(text: &str) -> Vec<String> {
    let mut times = HashMap::new();
    let of_heading = |heading: &str| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || "_- ".contains(*c));
        let anchor = kept.collect::<String>().replace(' ', "-");
        let before = times.entry(anchor.clone()).or_insert(0);
        *before += 1;
        if *before == 1 { anchor } else { format!("{anchor}-{}", *before - 1) }
    };
    headings(text).map(of_heading).collect()
}

/// Why a link of this document leads nowhere.
fn broken(document: &str, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = top().join(document).parent().unwrap().to_owned();
    let target = if path.is_empty() { top().join(document) } else { folder.join(path) };
    let Ok(target) = target.canonicalize() else {
        return Some(format!("{document}: {link}: there is no such file"));
    };
    if !target.starts_with(top().canonicalize().unwrap()) {
        return Some(format!("{document}: {link} leads out of the repository"));
    }
    let is_there = |target: &Path| {
        let text = std::fs::read_to_string(target).unwrap_or_default();
        anchors(&text).iter().any(|known| known == anchor)
    };
    let is_lost = !anchor.is_empty() && !is_there(&target);
    is_lost.then(|| format!("{document}: {link}: there is no such heading"))
}

#[test]
fn every_link_of_every_document_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = text(&document);
        for link in links(&text) {
            followed += 1;
            wrong.extend(broken(&document, link));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(followed > 100, "only {followed} links were found");
}

#[test]
fn a_link_that_leads_nowhere_is_told() {
    let told = |link| broken("server/README.md", link);
    assert_eq!(told("#options"), None);
    assert_eq!(told("../README.ja.md#インストール"), None);
    assert_eq!(told("../scenarios/FIDELITY.md#profile--プロファイル"), None);
    for link in ["#optoins", "../README.ja.md#install", "README.md#", "lost.md", "../../elsewhere"] {
        assert_eq!(told(link).is_some(), link != "README.md#", "{link}");
    }
}

#[test]
fn headings_have_the_names_that_links_use() {
    let text =
        "# `obn`, the client\n```sh\n# no heading\n```\n## Worlds\n## Worlds\n## まず 5 分で、最初の証明書\n";
    assert_eq!(anchors(text), ["obn-the-client", "worlds", "worlds-1", "まず-5-分で最初の証明書"]);
}
