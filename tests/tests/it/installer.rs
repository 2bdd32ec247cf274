//! The installer at /p/s.

use crate::support::{Environment, run};

#[tokio::test]
async fn the_installer_is_a_package_that_msiinfo_reads_and_that_says_it_is_simulated() {
    let environment = Environment::new().await;
    let response = environment.get("/p/s").await;
    assert_eq!(
        response.headers()["content-disposition"],
        "attachment; filename=\"CybertrustManagedPKIClient.msi\""
    );
    assert_eq!(response.headers()["content-type"], "application/x-msi");
    let bytes = response.bytes().await.unwrap();
    assert_eq!(environment.last("exchange").await["outcome"], "s.file");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("CybertrustManagedPKIClient.msi");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let Some((ok, summary)) = run("msiinfo", &["suminfo", path]) else { return };
    assert!(ok && summary.contains("Subject: Cybertrust Managed PKI Client"), "{summary}");
    assert!(summary.contains("SIMULATED by obn-ca"), "{summary}");
    let (ok, properties) = run("msiinfo", &["export", path, "Property"]).unwrap();
    assert!(ok && properties.contains("ProductName\tCybertrust Managed PKI Client"), "{properties}");
    let (_, condition) = run("msiinfo", &["export", path, "LaunchCondition"]).unwrap();
    assert!(condition.contains("Nothing is installed"), "{condition}");
}

#[tokio::test]
async fn by_profile_a_file_of_the_user_is_handed_out_under_a_name_of_their_choice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("real.msi");
    std::fs::write(&file, b"a package of the user").unwrap();
    let environment = Environment::with_profile(&format!(
        "[installer]\nfile = {file:?}\nname = \"client.msi\"\nmime = \"application/octet-stream\"\n"
    ))
    .await;
    let response = environment.get("/p/s").await;
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"client.msi\"");
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.text().await.unwrap(), "a package of the user");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(environment.get("/p/s").await.status(), 404);
    assert_eq!(environment.last("exchange").await["outcome"], "s.missing");
}
