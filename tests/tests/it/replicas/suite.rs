//! The whole portal suite against the three, through haproxy.

use obn_tests::{Program, Replicas, run};

#[tokio::test]
async fn the_portal_suite_passes_against_three_replicas_behind_haproxy() {
    let Some(replicas) = Replicas::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, replicas.tls().await.roots).unwrap();
    let [_, _, (_, conformance)] = Program::all();
    let (portal, control) = replicas.urls();
    let root = root.display().to_string();
    let arguments = ["portal", "--url", &portal, "--root", &root, "--control", &control];
    let told = run(conformance.to_str().unwrap(), &arguments).await;
    assert_eq!(told.status, Some(0), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(" 0 failed"), "{}", told.stdout);
}
