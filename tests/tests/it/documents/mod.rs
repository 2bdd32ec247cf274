//! The documents say what is so: every shell block of theirs is run, every link leads somewhere, and both languages
//! say the same.

mod links;
mod newcomer;
mod pairs;
mod powershell;
mod readme;

use std::path::{Path, PathBuf};

/// The folder of the repository.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A document, by its path below the top.
fn text(document: &str) -> String {
    std::fs::read_to_string(top().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

/// All documents of the repository, by their paths below the top.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![top()];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                let is_ours = name == ".github" || !(name.starts_with('.') || name == "target");
                folders.extend(is_ours.then(|| path.clone()));
            } else if name.ends_with(".md") {
                found.push(path.strip_prefix(top()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// The shell blocks of a document but those for Docker, which `docker.rs` runs.
fn blocks(document: &str) -> Vec<String> {
    let text = text(document);
    let all = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    all.filter(|block| !block.contains("docker")).collect()
}

/// The lines of a block that do something.
fn without_comments(block: &str) -> Vec<String> {
    let lines = block.lines().map(|line| line.split("# ").next().unwrap_or_default().trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}
