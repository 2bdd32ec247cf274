//! Where the modules of a crate lie, and which of its own paths they name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tokens::{Token, tokens, without_tests};

/// A path of the crate that some file names: from which module, and which.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arrow {
    pub(super) file: String,
    pub(super) line: usize,
    /// The module that names it, from the crate's root.
    pub(super) from: Vec<String>,
    /// What is named, from the crate's root.
    pub(super) to: Vec<String>,
}

/// What the sources of a crate say, outside of its tests.
#[derive(Default)]
pub(super) struct Read {
    /// Every module, with the file that holds it.
    pub(super) modules: BTreeSet<(Vec<String>, String)>,
    pub(super) arrows: Vec<Arrow>,
}

/// The sources of a crate by their path below `src/`.
pub(super) struct Sources(BTreeMap<String, String>);

impl Sources {
    /// All sources in a folder.
    pub(super) fn read(src: &Path) -> Self {
        let mut all = BTreeMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(src.join(&folder)).unwrap() {
                let path = folder.join(entry.unwrap().file_name());
                let whole = src.join(&path);
                if whole.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.to_str().unwrap().replace('\\', "/");
                    all.insert(name, std::fs::read_to_string(whole).unwrap());
                }
            }
        }
        Self(all)
    }

    /// Made up, for tests of this reader.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// Every module of a crate, and every path of its own that it names. `name` is the crate's, by which `main.rs`
    /// calls the library.
    pub(super) fn modules_and_arrows(&self, name: &str) -> Read {
        let mut read = Read::default();
        for (file, module) in [("lib.rs", &[][..]), ("main.rs", &["main".to_owned()])] {
            if self.0.contains_key(file) {
                self.walk(file, module, name, &mut read);
            }
        }
        // What the root shows of a module is that module's.
        let shows = |arrow: &&Arrow| arrow.from.is_empty() && arrow.to.len() > 1;
        let shown: BTreeMap<_, _> = read
            .arrows
            .iter()
            .filter(shows)
            .map(|arrow| (arrow.to[arrow.to.len() - 1].clone(), arrow.to.clone()))
            .collect();
        // The root names its modules in order to show them.
        read.arrows.retain(|arrow| !arrow.from.is_empty() && !arrow.to.is_empty());
        for arrow in &mut read.arrows {
            if let Some(to) = shown.get(&arrow.to[0]) {
                arrow.to.splice(..1, to.iter().cloned());
            }
        }
        read
    }

    fn walk(&self, file: &str, module: &[String], name: &str, read: &mut Read) {
        let source =
            self.0.get(file).unwrap_or_else(|| panic!("there is no {file}, which is declared a module"));
        let tokens = without_tests(tokens(source));
        if !module.is_empty() {
            read.modules.insert((module.to_vec(), file.to_owned()));
        }
        // Which lie right below, so that a path may begin with them.
        let children: BTreeSet<&str> =
            tokens.windows(2).filter(|two| two[0].text == "mod").map(|two| two[1].text).collect();
        // The modules that are open here, each with the number of braces that were open before it.
        let mut open: Vec<(Vec<String>, usize)> = vec![(module.to_vec(), 0)];
        let mut depth = 0;
        let mut at = 0;
        while at < tokens.len() {
            let here = open.last().map(|(module, _)| module.clone()).unwrap_or_default();
            let text = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text);
            let after_path = at > 0 && tokens[at - 1].text == "::";
            match text(0) {
                "mod" if text(2) == ";" => {
                    let inner = [&here[..], &[text(1).to_owned()]].concat();
                    let below = inner.strip_prefix(&["main".to_owned()][..]).unwrap_or(&inner).join("/");
                    let [flat, folder] = [".rs", "/mod.rs"].map(|end| format!("{below}{end}"));
                    self.walk(if self.0.contains_key(&flat) { &flat } else { &folder }, &inner, name, read);
                    at += 3;
                    continue;
                }
                "mod" if text(2) == "{" => {
                    open.push(([&here[..], &[text(1).to_owned()]].concat(), depth));
                    depth += 1;
                    at += 3;
                    continue;
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if open.len() > 1 && open.last().is_some_and(|(_, before)| *before == depth) {
                        open.pop();
                    }
                }
                root if text(1) == "::" && !after_path && (is_root(root) || root == name) => {
                    let base = match root {
                        "self" => here.clone(),
                        "super" => here[..here.len().saturating_sub(1)].to_vec(),
                        _ => Vec::new(),
                    };
                    at = arrows(&tokens, at + 2, (file, &here, base), read);
                    continue;
                }
                child if text(1) == "::" && !after_path && children.contains(child) => {
                    at = arrows(&tokens, at, (file, &here, here.clone()), read);
                    continue;
                }
                "use" if here.is_empty() && !is_root(text(1)) => {
                    at = arrows(&tokens, at + 1, (file, &here, Vec::new()), read);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }
}

fn is_root(text: &str) -> bool {
    ["crate", "self", "super"].contains(&text)
}

/// Reads the path that begins here, in this file and module and below this one, and answers where it ends.
fn arrows(
    tokens: &[Token<'_>],
    at: usize,
    (file, from, base): (&str, &[String], Vec<String>),
    read: &mut Read,
) -> usize {
    let line = tokens.get(at).map_or(0, |token| token.line);
    let arrow = |to| Arrow { file: file.to_owned(), line, from: from.to_vec(), to };
    tree(tokens, at, base, &mut |to| read.arrows.push(arrow(to)))
}

/// Finds every path of a tree, nested groups and all, and answers where it ends.
fn tree(
    tokens: &[Token<'_>],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut impl FnMut(Vec<String>),
) -> usize {
    loop {
        let Some(token) = tokens.get(at) else { return at };
        match token.text {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at = match tokens[at].text {
                        "," => at + 1,
                        // Whatever stands there, it goes on.
                        _ => tree(tokens, at, path.clone(), found).max(at + 1),
                    };
                }
                return at + 1;
            }
            "self" => {}
            "super" => drop(path.pop()),
            "*" => {
                found(path);
                return at + 1;
            }
            name if name.starts_with(|letter: char| letter == '_' || letter.is_alphanumeric()) => {
                path.push(name.to_owned())
            }
            _ => {
                found(path);
                return at;
            }
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            found(path);
            // Under another name.
            return if tokens.get(at).is_some_and(|token| token.text == "as") { at + 2 } else { at };
        }
        at += 1;
    }
}
