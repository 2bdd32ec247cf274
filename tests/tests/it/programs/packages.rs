//! The packages that people install, made from the program of the image: the same bytes each time, and used where nothing
//! else of ours is. Needs what `.ci/run` builds beside the tests: `target/image`.

use std::path::{Path, PathBuf};

use obn_tests::{python_with, require, run, run_with};
use tokio::process::Command;

use super::image::{folder as built, program_is_built, top};

/// Packs it into this folder of `folder`; answers with the checksums.
async fn packed(folder: &Path, name: &str) -> String {
    let out = folder.join(name);
    let target = format!("{}-linux={}", std::env::consts::ARCH, built().join("obn-ca").display());
    let script = top().join("packaging/pack.py").display().to_string();
    // tomllib is a part of Python from 3.11 on.
    let python = python_with("tomllib").await.expect("it was asked for");
    run(python, &[&script, &out.display().to_string(), &target]).await.ok();
    let check =
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&out).output();
    assert!(check.await.unwrap().status.success());
    std::fs::read_to_string(out.join("SHA256SUMS")).unwrap()
}

/// The only file whose name has this beginning and this end.
fn file(folder: &Path, begin: &str, end: &str) -> PathBuf {
    let names = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(begin) && name.ends_with(end)
    };
    let found: Vec<_> = names.filter(fits).collect();
    let [one] = &found[..] else { panic!("{begin}…{end}: {found:?}") };
    one.clone()
}

/// Programs that come with the system, and nothing of this workspace.
fn bare(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_remove("OBN_CA").env_remove("PYTHONPATH");
    command
}

#[tokio::test]
async fn packages_are_the_same_when_made_twice_and_do_their_work_where_they_are_installed() {
    let tools = [require("npm"), require("node"), require("tar"), require("sha256sum"), program_is_built()];
    if tools.contains(&false) || python_with("tomllib").await.is_none() {
        return;
    }
    let (Some(python), true) = (python_with("pytest").await, has_venv().await) else { return };
    let folder = tempfile::tempdir().unwrap();
    let once = packed(folder.path(), "once").await;
    assert_eq!(packed(folder.path(), "twice").await, once);
    let packages = folder.path().join("once");
    unpacked(&packages, folder.path()).await;
    by_pip(python, &packages, folder.path()).await;
    by_npm(&packages, folder.path()).await;
}

async fn has_venv() -> bool {
    python_with("ensurepip").await.is_some()
}

async fn unpacked(packages: &Path, folder: &Path) {
    let archive = file(packages, "obn-ca-", "-linux.tar.gz").display().to_string();
    run_with(bare("tar", folder).args(["xzf", &archive]), "").await.ok();
    let inside = file(folder, "obn-ca-", "-linux");
    for name in ["obn-ca", "obn", "obn-conformance"] {
        let program = inside.join(name).display().to_string();
        let told = run(&program, &["--version"]).await.ok();
        assert_eq!(told.split(' ').next(), Some(name), "{told}");
    }
    let licences = std::fs::read_to_string(inside.join("LICENCES.txt")).unwrap();
    let list: serde_json::Value =
        serde_json::from_slice(&std::fs::read(inside.join("sbom.cdx.json")).unwrap()).unwrap();
    let components = list["components"].as_array().unwrap();
    assert!(components.len() > 100, "{}", components.len());
    for component in components {
        let [name, version] = ["name", "version"].map(|key| component[key].as_str().unwrap());
        assert!(licences.contains(&format!("{name} {version}: ")), "{name} {version}");
    }
    assert!(licences.contains("Permission is hereby granted") && licences.contains("Apache License"));
    // What only tests and builds use is in nobody's hands.
    assert!(!licences.contains("proptest ") && !licences.contains("insta "));
}

/// Each test has a world of its own.
const SUITE: &str = r#"
def test_the_181st_day_is_too_late(obn_ca):
    obn_ca.freeze("2026-11-24T00:00:00Z")
    notice = obn_ca.issue(terminal_name="受付1号機")
    assert notice["download_until"] == "2027-05-23"
    obn_ca.advance("181d")
    assert obn_ca.now.startswith("2027-05-24")

def test_another_world_knows_nothing_of_it(obn_ca):
    assert obn_ca.call("GET", "/notices") == []
    assert "BEGIN CERTIFICATE" in open(obn_ca.root_file).read()
    assert obn_ca.portal.startswith("https://")
"#;

async fn by_pip(python: &str, packages: &Path, folder: &Path) {
    // pytest is the system's; the package is in this environment alone.
    run_with(bare(python, folder).args(["-m", "venv", "--system-site-packages", "venv"]), "").await.ok();
    let wheel = file(packages, "obn_ca-", ".whl").display().to_string();
    let pip = ["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", &wheel];
    run_with(bare("venv/bin/python", folder).args(pip), "").await.ok();
    for name in ["obn-ca", "obn", "obn-conformance"] {
        let told = run_with(bare(&format!("venv/bin/{name}"), folder).arg("--version"), "").await.ok();
        assert_eq!(told.split(' ').next(), Some(name), "{told}");
    }
    std::fs::write(folder.join("test_suite.py"), SUITE).unwrap();
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py"];
    let told = run_with(bare("venv/bin/python", folder).args(pytest), "").await.ok();
    assert!(told.contains("2 passed"), "{told}");
}

const NODE_SUITE: &str = r#"
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start } from 'obn-ca';

test('the 181st day is too late', async () => {
  const simulator = await start();
  const world = await simulator.world();
  await world.freeze('2026-11-24T00:00:00Z');
  const notice = await world.issue({ terminal_name: '受付1号機' });
  assert.equal(notice.download_until, '2027-05-23');
  await world.advance('181d');
  assert.match(await world.now(), /^2027-05-24/);
  assert.match(await world.root(), /BEGIN CERTIFICATE/);
  await world.delete();
  await simulator.stop();
});
"#;

async fn by_npm(packages: &Path, folder: &Path) {
    let project = folder.join("project");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("package.json"), "{}").unwrap();
    std::fs::write(project.join("suite.test.mjs"), NODE_SUITE).unwrap();
    let [platform, main] = [file(packages, "obn-ca-linux-", ".tgz"), file(packages, "obn-ca-0", ".tgz")]
        .map(|path| path.display().to_string());
    let cache = folder.join("npm").display().to_string();
    let install = ["install", "--offline", "--no-audit", "--no-fund", "--cache", &cache, &platform, &main];
    run_with(bare("npm", &project).args(install), "").await.ok();
    for name in ["obn-ca", "obn", "obn-conformance"] {
        let told = run_with(bare("npx", &project).args(["--no-install", name, "--version"]), "").await.ok();
        assert_eq!(told.split(' ').next(), Some(name), "{told}");
    }
    let told = run_with(bare("node", &project).args(["--test", "suite.test.mjs"]), "").await.ok();
    assert!(told.contains("pass 1"), "{told}");
}
