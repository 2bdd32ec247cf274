//! Files of the machine that worlds may name: those in the folder of `--files`, and what the start's own profile names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use obn_ca::{Options, Simulator};
use obn_tests::{Environment, Program, Ran, run_with};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A world with this installer.
fn with(file: &str) -> Value {
    json!({ "installer": { "file": file } })
}

/// What three ways of naming a file through control are told: the profile of a new world, a saved world in the place of
/// another, and the file of a saved world.
async fn told(env: &Environment, name: &str) -> [(StatusCode, String); 3] {
    let mut world = env.control.json("/world").await;
    world["settings"]["profile"] = with(name);
    let answers = [
        env.control.post("/worlds", &json!({"name": "one", "profile": with(name)})).await,
        env.control.put("/world", &world).await,
        env.control.post("/worlds", &json!({"name": "two", "file": name})).await,
    ];
    answers.map(|answer| {
        let detail =
            if answer.status == 422 { answer.json::<Value>()["detail"].to_string() } else { String::new() };
        (answer.status, detail)
    })
}

/// A folder with an installer, and ways out of it.
fn folder(place: &Path) -> std::path::PathBuf {
    let folder = place.join("files");
    fs::create_dir_all(folder.join("inner")).unwrap();
    fs::write(place.join("secret"), "secret").unwrap();
    fs::write(folder.join("real.msi"), "a package of the user").unwrap();
    symlink("../secret", folder.join("out")).unwrap();
    pipe(&folder.join("pipe"));
    folder
}

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[tokio::test]
async fn without_a_folder_control_names_no_file_and_doesn_t_learn_which_there_are() {
    let env = Environment::start().await;
    for name in ["/etc/passwd", "/nowhere/x", "Cargo.toml", "../../etc/passwd", "nothing"] {
        for (status, detail) in told(&env, name).await {
            assert_eq!(status, 422, "{name}: {detail}");
            assert!(
                detail.contains("start with --files FOLDER") && !detail.contains("os error"),
                "{name}: {detail}"
            );
        }
    }
    assert_eq!(env.control.json("/worlds").await.as_array().unwrap().len(), 1);
    assert_eq!(env.browser().get("/p/s").await.file().0, "CybertrustManagedPKIClient.msi");
}

#[tokio::test]
async fn control_names_the_files_of_the_folder_and_no_way_out_of_it() {
    let place = tempfile::tempdir().unwrap();
    let files = Some(folder(place.path()));
    let env = Environment::options(Options { files, ..Options::for_tests() }).await;
    let absolute = place.path().join("files/real.msi").display().to_string();
    for name in ["../secret", "/etc/passwd", "/nowhere", "inner/../real.msi", "./real.msi", "..", &absolute] {
        for (status, detail) in told(&env, name).await {
            assert_eq!(status, 422, "{name}: {detail}");
            assert!(detail.contains("without a path"), "{name}: {detail}");
        }
    }
    for name in ["out", "inner", "pipe", "nothing"] {
        for (status, detail) in told(&env, name).await {
            assert_eq!(status, 422, "{name}: {detail}");
            assert!(detail.contains("there is no such file in the folder"), "{name}: {detail}");
        }
    }
    let world = env.create("good", json!({"profile": with("real.msi")})).await;
    assert_eq!(world.browser().get("/p/s").await.file().1, b"a package of the user");
    // It is looked at again each time.
    fs::remove_file(place.path().join("files/real.msi")).unwrap();
    symlink("../secret", place.path().join("files/real.msi")).unwrap();
    assert_eq!(world.browser().get("/p/s").await.status, 404);

    let saved = serde_json::to_vec(&env.control.json("/world").await).unwrap();
    fs::write(place.path().join("files/a.world.json"), saved).unwrap();
    let again = env.create("again", json!({"file": "a.world.json"})).await;
    assert_eq!(again.control.text("/root.pem").await, env.control.text("/root.pem").await);
}

#[tokio::test]
async fn the_profile_of_the_start_names_a_file_beside_it_and_a_world_with_it_goes_back_in_its_place() {
    let place = tempfile::tempdir().unwrap();
    folder(place.path());
    let profile = place.path().join("profile.toml");
    fs::write(&profile, "installer.file = \"files/real.msi\"\n").unwrap();
    let program = Program::start(&["--profile", profile.to_str().unwrap()]).await;
    let browser = program.browser().await;
    assert_eq!(browser.get("/p/s").await.file().1, b"a package of the user");
    let world = program.control.json("/world").await;
    assert_eq!(program.control.put("/world", &world).await.status, 204);
    assert_eq!(browser.get("/p/s").await.file().1, b"a package of the user");
    let other = json!({"name": "one", "profile": with("/etc/passwd")});
    assert_eq!(program.control.post("/worlds", &other).await.status, 422);
}

#[tokio::test]
async fn a_folder_that_is_none_is_told_at_the_start() {
    let place = tempfile::tempdir().unwrap();
    let files = Some(place.path().join("nowhere"));
    let error = Simulator::start(Options { files, ..Options::for_tests() }).await.unwrap_err().to_string();
    assert!(error.ends_with("nowhere: there is no such folder"), "{error}");
    let mut command = Program::command(&[]);
    let Ran { status, stderr, .. } = run_with(command.env("OBN_CA_FILES", "/etc/passwd"), "").await;
    assert_eq!(
        (status, stderr.as_str()),
        (
            Some(2),
            "obn-ca: the folder of --files /etc/passwd can't be used: this is no folder; name a folder that can be read\n"
        )
    );
}
