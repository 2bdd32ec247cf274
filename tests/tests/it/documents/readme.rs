//! The shell script in the READMEs, which walks chapters 1 to 4 of the manual with `obn`, does what it says.

use obn_ca::Options;
use obn_tests::{Desk, Environment, NOON, require, run_with};
use serde_json::json;

use super::{blocks, without_comments};

/// The block that calls `obn list`.
fn script(readme: &str) -> String {
    let mut scripts = blocks(readme).into_iter().filter(|block| block.contains("\nobn list\n"));
    let script = scripts.next().expect("there is one");
    assert!(scripts.next().is_none(), "and no other");
    script
}

/// Runs the script with every command shown before its output.
async fn played(script: &str, language: &str) -> String {
    let env = Environment::options(Options::for_tests().seed("readme")).await;
    env.control.put("/clock", &json!({ "now": NOON, "mode": "running" })).await;
    let desk = Desk::new(&env).with("OBN_LANG", language).with("OBN_POLL_INTERVAL", "0.2");
    let desk = desk.with("api", &format!("{}/api/v1", env.simulator.control_url()));
    // What the script sets itself would not be missed if it did not.
    let mut shell = desk.command("sh".as_ref());
    shell.env_remove("OBN_STORE").env_remove("OBN_ROOT").args(["-euc"]);
    let program = Desk::program();
    let shown = "obn() { echo \"$ obn $*\" >&3; command obn \"$@\"; }\nexec 3>&1\n";
    shell.arg(format!("{shown}{script}"));
    let path = std::env::var("PATH").unwrap();
    shell.env("PATH", format!("{}:{path}", program.parent().unwrap().display()));
    let told = run_with(&mut shell, "").await.ok();
    let mails = env.control.json("/mails").await;
    assert_eq!(mails[0]["to"], "clinic@example.jp", "{mails}");
    told
}

#[tokio::test]
async fn the_script_in_the_readmes_walks_chapters_1_to_4() {
    if !require("curl") {
        return;
    }
    let (english, japanese) = (script("client/README.md"), script("client/README.ja.md"));
    assert_eq!(without_comments(&english), without_comments(&japanese));
    insta::assert_snapshot!("readme_en", played(&english, "en").await);
    insta::assert_snapshot!("readme_ja", played(&japanese, "ja").await);
}
