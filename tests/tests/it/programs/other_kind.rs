//! The program for the other kind of processor, by qemu-user. CI doesn't build it, which takes as long as the one for its own
//! kind: `docker/programs.sh target/image arm64` does, and so does the release, which plays it before anybody gets it. What
//! plays it is played here with the program of this machine as well.

use std::path::Path;

use obn_tests::{python_with, require, require_all, run, run_with};
use tokio::process::Command;

use super::image::{KIND, folder, program_is_built, top};

/// Where it is, and what runs it; nothing where it isn't built, which is said.
fn other() -> Option<(&'static str, &'static str)> {
    let (kind, runner) = if KIND == "amd64" { ("arm64", "qemu-aarch64") } else { ("amd64", "qemu-x86_64") };
    if top().join("target/image").join(kind).join("obn-ca").is_file() {
        return require(runner).then_some((kind, runner));
    }
    eprintln!(
        "SKIPPED: target/image/{kind}/obn-ca is missing; docker/programs.sh target/image {kind} builds it"
    );
    None
}

async fn play(folder: &Path, runner: &[&str]) {
    let script = top().join("packaging/play.sh").display().to_string();
    let folder = folder.display().to_string();
    let told = run("bash", &[&[script.as_str(), &folder], runner].concat()).await.ok();
    assert!(told.contains("downloaded, kept and renewed"), "{told}");
}

#[tokio::test]
async fn what_plays_programs_plays_those_of_this_machine() {
    if require_all(&["bash", "curl"]) && program_is_built() {
        play(&folder(), &[]).await;
    }
}

#[tokio::test]
async fn the_programs_for_the_other_kind_of_processor_go_the_whole_way() {
    let Some((kind, runner)) = other() else { return };
    if require_all(&["bash", "curl"]) {
        play(&top().join("target/image").join(kind), &[runner]).await;
    }
}

/// As pip and npm choose them on such a machine.
#[tokio::test]
async fn the_packages_for_the_other_kind_of_processor_hold_its_program() {
    let tools = ["npm", "node", "tar"];
    let (Some((kind, runner)), Some(python), true) =
        (other(), python_with("tomllib").await, require_all(&tools))
    else {
        return;
    };
    let (processor, wheel, npm) = match kind {
        "arm64" => ("aarch64", "manylinux2014_aarch64", "arm64"),
        _ => ("x86_64", "manylinux2014_x86_64", "x64"),
    };
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    let program = top().join("target/image").join(kind).join("obn-ca").display().to_string();
    let pack = top().join("packaging/pack.py").display().to_string();
    let mut sums = Vec::new();
    for folder in ["once", "twice"] {
        run(python, &[&pack, &at(folder), &format!("{processor}-linux={program}")]).await.ok();
        sums.push(std::fs::read_to_string(scratch.path().join(folder).join("SHA256SUMS")).unwrap());
    }
    assert_eq!(sums[0], sums[1]);
    let version = env!("CARGO_PKG_VERSION");
    let told = async |program: &str| {
        let program = scratch.path().join(program).display().to_string();
        run(runner, &["-0", "obn", &program, "--version"]).await.ok().trim().to_owned()
    };

    let archive = at(&format!("once/obn-ca-{version}-{processor}-linux.tar.gz"));
    run("tar", &["-C", &at(""), "-xzf", &archive]).await.ok();
    assert_eq!(told(&format!("obn-ca-{version}-{processor}-linux/obn")).await, format!("obn {version}"));

    let options = ["--no-index", "--no-deps", "--only-binary=:all:", "--platform", wheel];
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", &at("wheel")];
    let find = ["--find-links", &at("once"), "obn-ca"];
    let python3 = python_with("pip").await.unwrap_or(python);
    run(python3, &[&install[..], &options, &find].concat()).await.ok();
    assert_eq!(told("wheel/obn_ca/bin/obn-ca").await, format!("obn {version}"));

    std::fs::create_dir(scratch.path().join("project")).unwrap();
    std::fs::write(scratch.path().join("project/package.json"), "{}").unwrap();
    let [platform, main] = [format!("obn-ca-linux-{npm}-{version}.tgz"), format!("obn-ca-{version}.tgz")]
        .map(|name| at(&format!("once/{name}")));
    let mut command = Command::new("npm");
    command.current_dir(scratch.path().join("project"));
    command.args(["install", "--offline", "--no-audit", "--no-fund", "--force", "--cache", &at("npm")]);
    run_with(command.args(["--os=linux", &format!("--cpu={npm}"), &platform, &main]), "").await.ok();
    let installed = format!("project/node_modules/obn-ca-linux-{npm}/bin/obn-ca");
    assert_eq!(told(&installed).await, format!("obn {version}"));
}
