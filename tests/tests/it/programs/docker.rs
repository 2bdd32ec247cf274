//! The image, by a Docker engine of the test's own: its size, its health check, the compose file's example to
//! its end, the suite, and a store that survives `kill -9`. Needs what `.ci/run` builds beside the tests:
//! `target/image` and `target/debian.tar`.

use std::process::Stdio;

use obn_tests::{Ran, require, run_with};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::image::{KIND, is_built, program_is_built, top};

/// What an image may have, in bytes.
const SIZE: u64 = 36_000_000;

/// A Docker engine with a folder and a socket of its own.
struct Engine {
    folder: tempfile::TempDir,
    _daemon: Child,
}

impl Engine {
    async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("obn").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let mut command = Command::new("dockerd");
        command.args(["--data-root", &at("data"), "--exec-root", &at("exec"), "--pidfile", &at("pid")]);
        command.args(["--host", &format!("unix://{}", at("socket"))]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut daemon = command.spawn().unwrap();
        let mut lines = BufReader::new(daemon.stderr.take().unwrap()).lines();
        let mut said = String::new();
        loop {
            let line = lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("dockerd ended:\n{said}"));
            said += &format!("{line}\n");
            if line.contains("API listen on") {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { folder, _daemon: daemon }
    }

    /// `docker` and `docker-compose` of Debian: another client may want a plug-in to build.
    async fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(format!("/usr/bin/{program}"));
        command.args(arguments).current_dir(top());
        command.env("DOCKER_HOST", format!("unix://{}", self.folder.path().join("socket").display()));
        command.env("DOCKER_BUILDKIT", "1").env("COMPOSE_PROJECT_NAME", "obn");
        // The engine's own way of saying "any free port".
        command.env("PORTAL_PORT", "0").env("CONTROL_PORT", "0").env_remove("OBN_CA_SMTP");
        run_with(&mut command, "").await
    }

    async fn docker(&self, arguments: &[&str]) -> String {
        self.run("docker", arguments).await.ok()
    }

    async fn compose(&self, arguments: &[&str]) -> String {
        self.run("docker-compose", &[&["-f", "docker/compose.yaml"], arguments].concat()).await.ok()
    }

    /// What control answers; asked through the port that the compose file publishes.
    async fn notices(&self) -> Value {
        let address = self.compose(&["port", "simulator", "8444"]).await;
        let url = format!("http://{}/api/v1/notices", address.trim());
        let curl = ["-sS", "--retry", "20", "--retry-all-errors", "--retry-delay", "1", &url];
        let told = run_with(Command::new("curl").args(curl), "").await;
        serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {told:?}"))
    }
}

/// Whether all is there that this needs.
fn ready() -> bool {
    let tools = ["dockerd", "docker", "docker-compose", "iptables", "curl"].map(require);
    let built = [program_is_built(), is_built("target/debian.tar")];
    tools.into_iter().chain(built).all(|there| there)
}

#[tokio::test]
async fn the_image_is_small_and_healthy_and_the_compose_example_runs_to_its_end() {
    if !ready() {
        return;
    }
    let engine = Engine::start().await;
    engine.docker(&["import", "target/debian.tar", "debian:bookworm-slim"]).await;
    let build = ["build", "--build-arg", "PROGRAMS=built", "-f", "docker/Dockerfile", "-t", "obn-ca", "."];
    engine.docker(&[&build[..], &["--build-arg", "REVISION=4f5e6d"]].concat()).await;
    let labels = engine.docker(&["image", "inspect", "-f", "{{json .Config.Labels}}", "obn-ca"]).await;
    let labels: Value = serde_json::from_str(&labels).unwrap();
    assert_eq!(labels["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(labels["org.opencontainers.image.revision"], "4f5e6d");
    let size = engine.docker(&["image", "inspect", "-f", "{{.Size}}", "obn-ca"]).await;
    println!("the image has {} bytes", size.trim());
    assert!(size.trim().parse::<u64>().unwrap() < SIZE, "the image has {size} bytes");
    for_another_kind_of_machine(&engine).await;
    engine.docker(&["build", "-f", "docker/example/Dockerfile", "-t", "obn-ca-example", "."]).await;

    // Begins when the simulator's own health check is content.
    let walked = engine.compose(&["run", "--rm", "example"]).await;
    assert!(walked.contains("The whole way is done."), "{walked}");

    let before = engine.notices().await;
    assert_eq!(
        before.as_array().map(Vec::len),
        Some(3),
        "the sample, the first one, and its renewal: {before}"
    );
    engine.compose(&["kill", "-s", "KILL", "simulator"]).await;
    engine.compose(&["start", "simulator"]).await;
    assert_eq!(engine.notices().await, before, "what was acknowledged is there after kill -9");

    let suite =
        ["run", "--rm", "--no-deps", "suite", "/example/suite.sh", "--filter", "client/download/walk"];
    let report = engine.compose(&suite).await;
    assert!(report.contains(" 0 failed, 0 skipped"), "{report}");

    engine.compose(&["stop", "simulator"]).await;
    let status = engine.docker(&["inspect", "-f", "{{.State.ExitCode}}", "obn_simulator_1"]).await;
    assert_eq!(status.trim(), "0", "SIGTERM ends it in order");
    engine.compose(&["down", "--volumes"]).await;
}

/// The image takes the program of the kind of machine that it is for.
async fn for_another_kind_of_machine(engine: &Engine) {
    let other = if KIND == "amd64" { "arm64" } else { "amd64" };
    let program = top().join("target/image").join(other).join("obn-ca");
    if !program.is_file() {
        eprintln!("SKIPPED, for {other}: docker/programs.sh target/image {other} builds what goes into it");
        return;
    }
    let platform = format!("linux/{other}");
    let build =
        ["build", "--platform", &platform, "--build-arg", "PROGRAMS=built", "-f", "docker/Dockerfile"];
    engine.docker(&[&build[..], &["-t", "obn-ca-other", "."]].concat()).await;
    let kind = engine.docker(&["image", "inspect", "-f", "{{.Architecture}}", "obn-ca-other"]).await;
    assert_eq!(kind.trim(), other);
    engine.docker(&["create", "--platform", &platform, "--name", "other", "obn-ca-other"]).await;
    let copy = engine.folder.path().join("program").display().to_string();
    engine.docker(&["cp", "other:/bin/obn-ca", &copy]).await;
    assert!(std::fs::read(copy).unwrap() == std::fs::read(program).unwrap(), "{other}");
}
