//! PFX files in the programs of others. Each answers `opens`, or why it doesn't.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use obn_tests::{Ran, nss_database, python_with, require, run, run_with};
use tokio::process::Command;

use super::Dialect;

/// They wait for the disk more than for the processor.
const AT_ONCE: usize = 8;

/// The answers of every program that is here, in the order of the dialects.
pub(super) async fn all(dialects: &[Dialect], folder: &Path) -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    if require("openssl") {
        let answers = stream::iter(dialects).map(openssl).buffered(AT_ONCE).collect().await;
        all.push(("OpenSSL", answers));
    }
    if require("pk12util") && require("certutil") {
        let empty = folder.join("nssdb");
        nss_database(&empty).await;
        let databases = (0..).map(|number| folder.join(format!("nssdb-{number}")));
        let opened = stream::iter(dialects).zip(stream::iter(databases));
        let opened = opened.map(|(dialect, folder)| nss(dialect, &empty, folder));
        let answers = opened.buffered(AT_ONCE).collect().await;
        all.push(("NSS", answers));
    }
    if require("java") {
        let source = folder.join("Open.java");
        std::fs::write(&source, include_str!("Open.java")).unwrap();
        all.push(("Java", by_lines(Command::new("java").arg(source), dialects).await));
    }
    if require("node") {
        let source = folder.join("open.js");
        std::fs::write(&source, include_str!("open.js")).unwrap();
        all.push(("Node", by_lines(Command::new("node").arg(source), dialects).await));
    }
    if let Some(python) = python_with("cryptography").await {
        let mut command = Command::new(python);
        all.push(("Python", by_lines(command.args(["-c", include_str!("open.py")]), dialects).await));
    }
    all
}

/// A program that takes `path TAB password` by the line, and answers by the line.
async fn by_lines(command: &mut Command, dialects: &[Dialect]) -> Vec<String> {
    let line = |dialect: &Dialect| format!("{}\t{}\n", dialect.path.display(), dialect.password);
    let input: String = dialects.iter().map(line).collect();
    let ran: Ran = run_with(command, &input).await;
    let answers: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), dialects.len(), "{ran:?}");
    answers
}

async fn openssl(dialect: &Dialect) -> String {
    let (path, password) = (dialect.path.display().to_string(), format!("pass:{}", dialect.password));
    let ran = run("openssl", &["pkcs12", "-in", &path, "-nodes", "-passin", &password]).await;
    match ran.status == Some(0)
        && ran.stdout.contains("PRIVATE KEY")
        && ran.stdout.contains("BEGIN CERTIFICATE")
    {
        true => "opens".to_owned(),
        false => ran.stderr.lines().last().unwrap_or_default().to_owned(),
    }
}

/// To make a database takes longer than to copy one.
async fn nss(dialect: &Dialect, empty: &Path, folder: PathBuf) -> String {
    std::fs::create_dir(&folder).unwrap();
    for file in std::fs::read_dir(empty).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let database = format!("sql:{}", folder.display());
    let path = dialect.path.display().to_string();
    let ran = run("pk12util", &["-d", &database, "-i", &path, "-W", &dialect.password]).await;
    // It also tells of success where the MAC does not fit.
    if ran.status != Some(0) {
        return ran.stderr.lines().last().unwrap_or_default().to_owned();
    }
    match run("certutil", &["-d", &database, "-K"]).await.stdout.contains("< 0>") {
        true => "opens".to_owned(),
        false => "nothing inside".to_owned(),
    }
}
