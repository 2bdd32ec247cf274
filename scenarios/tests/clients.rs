//! Our client and the examples for vendors pass every client scenario: one test for each of both.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use obn_conformance::{Bilingual, Catalogue, ClientScenario, Language, Run, Subject, run_client, to_text};

/// A command under test, and the scenarios that it answers with 77: not supported.
struct Client {
    name: &'static str,
    command: Vec<String>,
    unsupported: &'static [&'static [&'static str]],
}

fn main() -> ExitCode {
    let catalogue = match Catalogue::embedded() {
        Ok(catalogue) => catalogue,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut arguments = Arguments::from_args();
    // Most of a play is waiting, for 発行済み above all.
    arguments.test_threads.get_or_insert(6);
    let mut trials = Vec::new();
    for client in clients(arguments.list) {
        for scenario in &catalogue.client_scenarios {
            let (scenario, requirements) = (scenario.clone(), catalogue.requirements.clone());
            let is_supported = !client.unsupported.concat().contains(&scenario.head.id.as_str());
            let command = client.command.clone();
            trials.push(Trial::test(format!("{} {}", client.name, scenario.head.id), move || {
                let run = play(scenario, &command)?;
                let counts = run.counts();
                let fits = if is_supported { counts.passed } else { counts.skipped };
                if fits == run.plays.len() {
                    Ok(())
                } else {
                    Err(to_text(&run, &requirements, Language::En).into())
                }
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Those that this machine can run. To list them, all.
fn clients(is_listing: bool) -> Vec<Client> {
    let there =
        |what, program, arguments: &[&str]| is_listing || support::ask(what, program, arguments).is_some();
    let mut clients = Vec::new();
    if there("jq", "jq", &["--version"]) {
        let program = if is_listing { Path::new("obn").to_owned() } else { obn() };
        let command =
            vec!["env".to_owned(), format!("OBN={}", program.display()), support::adapter("obn/obn.sh")];
        clients.push(Client { name: "obn", command, unsupported: &[] });
    }
    let python = if is_listing { Some("python3".to_owned()) } else { support::python() };
    if let Some(python) = python {
        let command = vec![python, support::adapter("python/obn_requests.py")];
        clients.push(Client { name: "python", command, unsupported: &[NTLM] });
    }
    let openssl = there("openssl", "openssl", &["version"]);
    let curl = there("curl", "curl", &["--version"]) && there("bash", "bash", &["--version"]);
    if curl && openssl {
        let command = vec!["bash".to_owned(), support::adapter("shell/obn_curl.sh")];
        clients.push(Client { name: "shell", command, unsupported: &[APPLYING, REMINDERS] });
    }
    if there("node", "node", &["--version"]) && openssl {
        let command = vec!["node".to_owned(), support::adapter("node/obn_client.mjs")];
        clients.push(Client { name: "node", command, unsupported: &[NTLM, APPLYING] });
    }
    if there("java", "java", &["-version"]) && there("javac", "javac", &["-version"]) {
        let classes = if is_listing { Path::new("classes").to_owned() } else { classes() };
        // Seconds of starting, over all plays: nobody compiles for long-running programs here.
        let machine = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp"];
        let mut command: Vec<String> = machine.map(str::to_owned).into();
        command.extend([classes.display().to_string(), "ObnClient".to_owned()]);
        clients.push(Client { name: "java", command, unsupported: &[APPLYING, REMINDERS, LOGGING_IN] });
    }
    clients
}

/// Their HTTP libraries know no NTLM.
const NTLM: &[&str] = &["client/network/proxy-ntlm"];

/// They leave the application to a person.
const APPLYING: &[&str] = &[
    "client/apply/answer-lost",
    "client/apply/asks",
    "client/apply/check-digit",
    "client/apply/refused-input",
    "client/apply/session-lost",
    "client/apply/to-the-certificate",
    "client/apply/walk",
];

/// They leave reminding and deleting to others.
const REMINDERS: &[&str] = &[
    "client/notices/after-renewal",
    "client/notices/days",
    "client/notices/quiet-days",
    "client/remove/asks",
    "client/remove/older",
];

const LOGGING_IN: &[&str] = &[
    "client/login/after-renewal",
    "client/login/among-several",
    "client/login/foreign",
    "client/login/last-day",
    "client/login/revoked",
    "client/login/untrusted",
    "client/login/walk",
];

/// Our client, built: beside this test's executable, target/PROFILE/deps/clients-0123456789abcdef.
fn obn() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows itself");
    let target = test.parent().and_then(Path::parent).expect("target/PROFILE");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Together with the end-to-end tests, so that dependencies have the features that they have there.
    cargo.args(["build", "--quiet", "-p", "obn-client", "-p", "obn-tests", "--bin", "obn"]);
    if target.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "obn could not be built");
    target.join("obn")
}

/// The example in Java, compiled.
fn classes() -> PathBuf {
    let classes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("classes");
    let source = support::adapter("java/ObnClient.java");
    let compiled =
        Command::new("javac").args(["-encoding", "UTF-8", "-d"]).arg(&classes).arg(source).status();
    assert!(compiled.expect("javac runs").success(), "the example in Java doesn't compile");
    classes
}

fn play(scenario: ClientScenario, command: &[String]) -> Result<Run, Failed> {
    let subject = Subject { limit: Duration::from_secs(120), ..Subject::new(command) };
    let runtime = tokio::runtime::Runtime::new()?;
    let plays = runtime.block_on(run_client(&[scenario], &subject, 2, |_| {}));
    Ok(Run { seed: Some(subject.seed), ..Run::new(Bilingual::same(&command.join(" ")), plays) })
}
