//! How replicas are run: the manifests for Kubernetes, the compose file and haproxy's configuration, as far as they can be
//! judged without a cluster.

use std::path::{Path, PathBuf};

use obn_tests::{python_with, require, require_file, run, run_with};
use serde_json::{Value, json};
use tokio::process::Command;

fn docker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("docker")
}

fn manifests() -> Vec<String> {
    let files = docker().join("kubernetes").read_dir().unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path().display().to_string()).collect();
    files.sort_unstable();
    files
}

/// The documents of a file.
async fn read(python: &str, file: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let path = docker().join("kubernetes").join(file).display().to_string();
    serde_json::from_str(&run(python, &["-c", script, &path]).await.ok()).unwrap()
}

fn kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|document| document["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[tokio::test]
async fn the_manifests_fit_the_schemas_of_kubernetes() {
    let Some(python) = python_with("kubernetes_validate").await else { return };
    let files = manifests();
    assert_eq!(files.len(), 3, "{files:?}");
    // The first version in which all that they use is stable enough to be on, and the newest that is known.
    for version in [&["-k", "1.30"][..], &[]] {
        let mut command = Command::new(python);
        command.args(["-m", "kubernetes_validate", "--strict"]).args(version).args(&files);
        let told = run_with(&mut command, "").await.ok();
        assert_eq!(told.matches(" passed ").count(), 8, "{told}");
    }
}

#[tokio::test]
async fn a_pod_on_a_file_stays_alone_and_replicas_on_postgresql_do_not() {
    let Some(python) = python_with("yaml").await else { return };
    let alone = read(python, "sqlite.yaml").await;
    let (deployment, volume) = (kind(&alone, "Deployment"), kind(&alone, "PersistentVolumeClaim"));
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(volume["spec"]["accessModes"], json!(["ReadWriteOncePod"]));

    let replicas = read(python, "postgres.yaml").await;
    let (deployment, budget) = (kind(&replicas, "Deployment"), kind(&replicas, "PodDisruptionBudget"));
    assert_eq!(deployment["spec"]["strategy"]["rollingUpdate"], json!({"maxSurge": 1, "maxUnavailable": 0}));
    assert_eq!(budget["spec"]["selector"], deployment["spec"]["selector"]);
    for documents in [&alone, &replicas] {
        let pod = &kind(documents, "Deployment")["spec"]["template"];
        let (container, labels) = (&pod["spec"]["containers"][0], &pod["metadata"]["labels"]);
        let service = &kind(documents, "Service")["spec"];
        assert_eq!(&service["selector"], labels);
        let named: Vec<_> = container["ports"].as_array().unwrap().iter().map(|port| &port["name"]).collect();
        let led: Vec<_> =
            service["ports"].as_array().unwrap().iter().map(|port| &port["targetPort"]).collect();
        assert_eq!(named, led);
        // Without the database a pod is not ready, but a restart would not help it.
        assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
    }
}

#[tokio::test]
async fn compose_and_haproxy_take_the_files_for_three_replicas() {
    let haproxy = "/usr/sbin/haproxy";
    if !require("docker-compose") || !require_file(haproxy) {
        return;
    }
    let file = docker().join("compose.scale.yaml").display().to_string();
    run("docker-compose", &["-f", &file, "config", "--quiet"]).await.ok();
    let services = run("docker-compose", &["-f", &file, "config", "--services"]).await.ok();
    for replica in ["replica1", "replica2", "replica3"] {
        assert!(services.lines().any(|service| service == replica), "{services}");
    }
    let told = run(haproxy, &["-c", "-f", &docker().join("haproxy.cfg").display().to_string()]).await.ok();
    assert!(told.contains("Configuration file is valid"), "{told}");
}
