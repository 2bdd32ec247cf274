//! The installer at /p/s.

use obn_tests::{Environment, require, run};

#[tokio::test]
async fn the_installer_is_a_package_that_msiinfo_reads_and_that_says_it_is_simulated() {
    let env = Environment::start().await;
    let answer = env.browser().get("/p/s").await;
    let (name, bytes) = answer.file();
    assert_eq!(name, "CybertrustManagedPKIClient.msi");
    assert_eq!(answer.header("content-type"), "application/x-msi");
    assert_eq!(env.control.last("exchange").await["outcome"], "s.file");
    if !require("msiinfo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let summary = run("msiinfo", &["suminfo", path]).await.ok();
    assert!(summary.contains("Subject: Cybertrust Managed PKI Client"), "{summary}");
    assert!(summary.contains("SIMULATED by obn-ca"), "{summary}");
    let properties = run("msiinfo", &["export", path, "Property"]).await.ok();
    assert!(properties.contains("ProductName\tCybertrust Managed PKI Client"), "{properties}");
    let condition = run("msiinfo", &["export", path, "LaunchCondition"]).await.ok();
    assert!(condition.contains("Nothing is installed"), "{condition}");
}

#[tokio::test]
async fn by_profile_a_file_of_the_user_is_handed_out_under_a_name_of_their_choice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("real.msi");
    std::fs::write(&file, b"a package of the user").unwrap();
    let env = Environment::with(&format!(
        "[installer]\nfile = {file:?}\nname = \"client.msi\"\nmime = \"application/octet-stream\"\n"
    ))
    .await;
    let answer = env.browser().get("/p/s").await;
    assert_eq!(answer.file(), ("client.msi".to_owned(), &b"a package of the user"[..]));
    assert_eq!(answer.header("content-type"), "application/octet-stream");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(env.browser().get("/p/s").await.status, 404);
    assert_eq!(env.control.last("exchange").await["outcome"], "s.missing");
}
