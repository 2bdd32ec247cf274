//! Every scenario, walked in Chromium by a person who has our own client do what the page says: the verdicts are
//! those of the client as a command.

use std::collections::BTreeMap;

use obn_tests::{Chromium, Environment, Studio, require, run_with};
use serde_json::Value;

use super::person::Person;

/// Who walk side by side.
const PERSONS: usize = 3;

/// How each play went, by scenario and case.
fn verdicts(report: &str) -> BTreeMap<String, String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let plays = report["plays"].as_array().unwrap().iter();
    let verdict = |play: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let case = if play["case"] == "" { String::new() } else { format!(" [{}]", text(&play["case"])) };
        (text(&play["scenario"]) + &case, text(&play["outcome"]["result"]))
    };
    plays.map(verdict).collect()
}

/// Every so many of the scenarios, walked by one person; answers with their verdicts.
async fn walked(env: &Environment, first: usize) -> Option<BTreeMap<String, String>> {
    let chromium = Chromium::start(env).await?;
    let studio = Studio::start("", &[]).await;
    let person = Person { chromium: &chromium, studio: &studio };
    person.opens("/").await;
    person.clicks("//input[@value='person']").await;
    person.clicks("//details[@class='of-client']/summary").await;
    let choose = format!(
        "document.querySelectorAll('.of-client input').forEach((one, index) => {{
             one.checked = index % {PERSONS} === {first};
         }})"
    );
    person.executes(&choose).await;
    person.clicks("//button[contains(@class, 'big')]").await;
    let mut task = person.next_task("").await;
    let (mut folder, mut play) = (tempfile::tempdir().unwrap(), task.play.clone());
    while !task.is_over {
        // As it has for the command: what is left of one play is nothing to go on with in another.
        if play != task.play {
            (folder, play) = (tempfile::tempdir().unwrap(), task.play.clone());
        }
        let ended = person.does(&task, &folder).await;
        if ended.button == "ended" {
            task = person.next_task(&task.number).await;
            assert!(task.is_to_be_ended);
        }
        person.answers(&task, &ended).await;
        task = person.next_task(&task.number).await;
    }
    person.clicks("//a[@id='results']").await;
    person.sees("//iframe").await;
    let run = studio.runs().pop().unwrap();
    let report = studio.control.text(&format!("//runs/{run}/report.json")).await;
    chromium.end().await;
    Some(verdicts(&report))
}

#[tokio::test]
async fn guided_scenarios_judge_our_client_as_the_command_does() {
    if !require("jq") {
        return;
    }
    let env = Environment::start().await;
    // Each of them waits most of the time.
    let (Some(mut seen), Some(second), Some(third)) =
        tokio::join!(walked(&env, 0), walked(&env, 1), walked(&env, 2))
    else {
        return;
    };
    seen.extend(second.into_iter().chain(third));
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let [_, _, (_, harness)] = obn_tests::Program::all();
    let mut command = tokio::process::Command::new(harness);
    command.args(["client", "--json"]).arg(&report).args(["--command", "sh"]).arg(Studio::adapter());
    run_with(command.env("PATH", Studio::path()), "").await;
    let expected = verdicts(&std::fs::read_to_string(&report).unwrap());
    let table: String = seen.iter().map(|(title, verdict)| format!("{verdict:8} {title}\n")).collect();
    assert_eq!(seen, expected, "{table}");
    insta::assert_snapshot!("guided", table);
}
