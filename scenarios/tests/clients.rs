//! Our client and the starters pass every client scenario: one test for each of both.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use obn_conformance::{
    Bilingual, Catalogue, ClientScenario, Language, Run, Starter, Subject, run_client, to_text,
};

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
                    Err(to_text(&run, &requirements, Language::English).into())
                }
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Those that this machine can run. To list them, all.
fn clients(is_listing: bool) -> Vec<Client> {
    let mut clients = Vec::new();
    if is_listing || support::ask("jq", "jq", &["--version"]).is_some() {
        let program = if is_listing { Path::new("obn").to_owned() } else { obn() };
        let adapter = support::file("../client/conformance/obn.sh");
        let command = vec!["env".to_owned(), format!("OBN={}", program.display()), adapter];
        clients.push(Client { name: "obn", command, unsupported: &[] });
    }
    for starter in Starter::ALL {
        let unsupported: &[_] = match starter {
            Starter::Python | Starter::Node | Starter::Go => &[NTLM],
            Starter::Java | Starter::Php | Starter::Csharp | Starter::Shell => &[],
        };
        if is_listing || started(starter) {
            let command = if is_listing { Vec::new() } else { made(starter) };
            clients.push(Client { name: starter.name(), command, unsupported });
        }
    }
    clients
}

/// Their HTTP libraries know no NTLM.
const NTLM: &[&str] = &["client/network/proxy-ntlm"];

/// Whether this machine has what a starter needs.
fn started(starter: Starter) -> bool {
    let there = |program, arguments: &[&str]| support::ask(program, program, arguments).is_some();
    let openssl = || there("openssl", &["version"]);
    match starter {
        Starter::Python => support::python().is_some(),
        Starter::Node => there("node", &["--version"]) && openssl(),
        Starter::Java => there("java", &["-version"]) && there("javac", &["-version"]),
        Starter::Php => there("php", &["-r", "exit(function_exists('curl_init') ? 0 : 1);"]) && openssl(),
        Starter::Go => there("go", &["version"]) && openssl(),
        Starter::Csharp => there("mcs", &["--version"]) && there("mono", &["--version"]),
        Starter::Shell => there("bash", &["--version"]) && there("curl", &["--version"]) && openssl(),
    }
}

/// Has `init` write a starter, builds it as its README says, and answers with the command that is judged there.
fn made(starter: Starter) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("starters").join(starter.name());
    // What an earlier run has left there.
    let _ = std::fs::remove_dir_all(&folder);
    let init = Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
        .args(["init", starter.name()])
        .arg(&folder)
        .output()
        .expect("the harness runs");
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    let told = starter.commands(Language::English, "sh").concat().replace("\\\n", " ");
    let (build, judge) =
        told.split_once("obn-conformance client ").expect("the README says how it is judged");
    // Nothing is fetched: what is built there needs nothing but its compiler.
    let built = Command::new("sh")
        .args(["-ec", build])
        .current_dir(&folder)
        .env("GOFLAGS", "-buildvcs=false")
        .env("GOPROXY", "off")
        .status();
    assert!(built.expect("sh runs").success(), "{} doesn't build", starter.name());
    let (_, command) = judge.split_once("--command ").expect("the README names the command");
    let words = command.split_whitespace().filter(|word| *word != "--").map(|word| match word {
        "python3" => support::python().expect("it was asked for"),
        _ if folder.join(word).exists() => folder.join(word).display().to_string(),
        _ => word.to_owned(),
    });
    words.collect()
}

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

fn play(scenario: ClientScenario, command: &[String]) -> Result<Run, Failed> {
    let subject = Subject { limit: Duration::from_secs(120), ..Subject::new(command) };
    let runtime = tokio::runtime::Runtime::new()?;
    let plays = runtime.block_on(run_client(&[scenario], &subject, 2, |_| {}));
    Ok(Run { seed: Some(subject.seed), ..Run::new(Bilingual::same(&command.join(" ")), plays) })
}
