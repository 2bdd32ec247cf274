//! The image, by a Docker engine of the test's own: its size, its health check, the compose file's example to
//! its end, the suite, and a store that survives `kill -9`. Needs what `.ci/run` builds beside the tests:
//! `target/image` and `target/debian.tar`.

use std::process::Stdio;

use obn_tests::{Ran, require, require_file, run_with};
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
    three_replicas(&engine).await;
}

/// Images of PostgreSQL and haproxy, as none can be pulled: this machine's programs with their libraries, and of the real
/// image's script what `compose.scale.yaml` wants of it.
const STAND_INS: &str = r#"
    set -e
    folder=$1
    postgres=/usr/lib/postgresql/15
    mkdir -p "$folder/database" "$folder/haproxy"
    with_libraries() {
        local into=$1 file
        shift
        for file in "$@" $(ldd "$@" 2>/dev/null | grep -o ' /[^ ]*' | sort -u); do
            # What it names may be reached by a link of a folder.
            mkdir -p "$into$(dirname "$(realpath "$file")")"
            cp -L "$file" "$into$(dirname "$(realpath "$file")")/"
        done
    }
    with_libraries "$folder/database" $postgres/bin/postgres $postgres/bin/initdb $postgres/bin/pg_isready         $(find $postgres/lib -maxdepth 1 -name 'dict_snowball.so' -o -maxdepth 1 -name 'plpgsql.so')
    mkdir -p "$folder/database/usr/share/postgresql" "$folder/database/usr/bin"
    cp -r /usr/share/postgresql/15 "$folder/database/usr/share/postgresql/"
    ln -s $postgres/bin/pg_isready "$folder/database/usr/bin/pg_isready"
    cat >"$folder/database/start" <<'START'
#!/bin/sh
set -e
data=/var/lib/postgresql/data bin=/usr/lib/postgresql/15/bin
chown nobody "$data"
as() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
if [ ! -s "$data/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" >/tmp/password
  chown nobody /tmp/password
  as "$bin/initdb" -D "$data" -U "$POSTGRES_USER" --pwfile /tmp/password --auth-host scram-sha-256 --auth-local trust
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_USER" | as "$bin/postgres" --single -D "$data" postgres
fi
exec setpriv --reuid nobody --regid nogroup --clear-groups "$bin/postgres" -D "$data" -c 'listen_addresses=*' -k /tmp
START
    chmod +x "$folder/database/start"
    with_libraries "$folder/haproxy" /usr/sbin/haproxy
    for image in database haproxy; do
        printf 'FROM debian:bookworm-slim
COPY %s/ /
ENV LC_ALL=C TZ=UTC
' "$image" >"$folder/$image.Dockerfile"
    done
    echo 'VOLUME /var/lib/postgresql/data' >>"$folder/database.Dockerfile"
    echo 'CMD ["/start"]' >>"$folder/database.Dockerfile"
    echo 'CMD ["/usr/sbin/haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]' >>"$folder/haproxy.Dockerfile"
"#;

/// `compose.scale.yaml` comes up, and goes on when a replica is killed.
async fn three_replicas(engine: &Engine) {
    if !require_file("/usr/lib/postgresql/15/bin/postgres") || !require_file("/usr/sbin/haproxy") {
        return;
    }
    let folder = engine.folder.path().join("stand-ins").display().to_string();
    run_with(Command::new("bash").args(["-c", STAND_INS, "bash", &folder]), "").await.ok();
    for (file, image) in [("database", "postgres:15"), ("haproxy", "haproxy:2.8")] {
        engine.docker(&["build", "-f", &format!("{folder}/{file}.Dockerfile"), "-t", image, &folder]).await;
    }
    let compose = async |arguments: &[&str]| {
        engine.run("docker-compose", &[&["-f", "docker/compose.scale.yaml"], arguments].concat()).await
    };
    let up = compose(&["up", "--detach", "--no-build"]).await;
    if up.status != Some(0) {
        let said = compose(&["logs"]).await;
        panic!("{up:?}\n{}{}", said.stdout, said.stderr);
    }
    let control = compose(&["port", "simulator", "8444"]).await.ok();
    let control = format!("http://{}/api/v1", control.trim());
    let ask = async |path: &str, more: &[&str]| {
        let usual = ["-sS", "--fail", "--retry", "60", "--retry-all-errors", "--retry-delay", "1"];
        let url = format!("{control}{path}");
        run_with(Command::new("curl").args(usual).args(more).arg(&url), "").await.ok()
    };
    // One of three, whoever it is, and all know of it.
    let body = r#"{"institution_code":"1312345678","terminal_name":"scale"}"#;
    let issued = ask("/notices", &["-H", "Content-Type: application/json", "-d", body]).await;
    let issued: Value = serde_json::from_str(&issued).unwrap();
    compose(&["kill", "-s", "KILL", "replica2"]).await.ok();
    for _ in 0..12 {
        let notices: Value = serde_json::from_str(&ask("/notices", &[]).await).unwrap();
        assert!(notices.as_array().unwrap().contains(&issued), "{notices}");
    }
    let portal = compose(&["port", "simulator", "443"]).await.ok();
    let page = format!("https://{}/p/rcd", portal.trim());
    let page = run_with(Command::new("curl").args(["-sS", "--fail", "--insecure", &page]), "").await.ok();
    assert!(page.contains("証明書パスワード"), "{page}");
    compose(&["down", "--volumes"]).await.ok();
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
