//! A kept store that is opened again with other options, or another profile, than those it was made with.

use obn_ca::profile::Profile;
use obn_ca::store::StoreUrl;
use obn_ca::{Options, Simulator};
use obn_tests::{Browser, Control, Tls, Transcript, require, run};
use serde_json::json;

/// A folder with a store in it.
struct Kept(tempfile::TempDir);

impl Kept {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn options(&self) -> Options {
        let store = StoreUrl::Sqlite(self.0.path().join("a.db"));
        Options { store, sample: false, ..Options::for_tests() }.seed("tests")
    }

    async fn start(&self) -> (Simulator, Control) {
        start(self.options()).await
    }

    async fn start_with(&self, profile: &str) -> (Simulator, Control) {
        start(self.options().profile(Profile::from_toml(profile).unwrap())).await
    }
}

async fn start(options: Options) -> (Simulator, Control) {
    let simulator = Simulator::start(options).await.unwrap_or_else(|error| panic!("{error}"));
    let control = Control::new(&simulator.control_url(), &Transcript::default());
    (simulator, control)
}

#[tokio::test]
async fn the_profile_given_at_a_start_is_kept() {
    let kept = Kept::new();
    kept.start().await.0.stop().await;
    kept.start_with("session.ttl = \"7m\"").await.0.stop().await;
    let (_simulator, control) = kept.start().await;
    assert_eq!(control.json("/profile").await["session"]["ttl"], "7m");
}

#[tokio::test]
async fn a_kept_profile_that_splits_the_listeners_has_its_listener() {
    let kept = Kept::new();
    kept.start_with("client_auth.mode = \"split\"").await.0.stop().await;
    let (simulator, _control) = kept.start().await;
    let address = simulator.renewal_address().expect("a listener for /p/ru");
    let tls = Tls::trusting(simulator.worlds().default_world().world.tls.root_pem());
    let there =
        Browser::new(&format!("https://localhost:{}", address.port()), &tls, &[], &Transcript::default());
    // Nobody's certificate is shown, and the door says so.
    assert!(there.get("/p/ru").await.page().says("証明書が選択されていません"));
}

#[tokio::test]
async fn a_world_file_that_splits_the_listeners_needs_one() {
    let kept = Kept::new();
    let (simulator, control) = kept.start_with("client_auth.mode = \"split\"").await;
    let file = control.json("/world").await;
    simulator.stop().await;
    let (_simulator, control) = start(Options::for_tests()).await;
    for answer in [
        control.put("/world", &file).await,
        control.post("/worlds", &json!({"name": "one", "file": file})).await,
    ] {
        assert_eq!(answer.status, 422, "{}", answer.summary());
        assert!(answer.text().contains("--renewal-listen"), "{}", answer.summary());
    }
}

#[tokio::test]
async fn a_host_name_that_the_kept_root_does_not_permit_is_told_at_the_start() {
    let kept = Kept::new();
    let named = |names: &[&str]| {
        let hostnames = names.iter().map(|name| (*name).to_owned()).collect();
        Options { hostnames, ..kept.options() }
    };
    start(named(&["ca.clinic.example"])).await.0.stop().await;
    // One that it covers, or fewer names, are fine.
    for names in [&["ca.clinic.example"][..], &["www.ca.clinic.example"], &[]] {
        let (simulator, _control) = start(named(names)).await;
        let tls = Tls::trusting(simulator.worlds().default_world().world.tls.root_pem());
        for host in names.iter().chain(&["localhost", "cert.obn.managedpki.ne.jp"]) {
            let address = simulator.portal_address();
            let url = format!("https://{host}:{}", address.port());
            let browser = Browser::new(&url, &tls, &[(host, address)], &Transcript::default());
            assert_eq!(browser.get("/p/rcd").await.status, 200, "{host}");
        }
        simulator.stop().await;
    }
    let error = Simulator::start(named(&["other.example"])).await.unwrap_err().to_string();
    assert!(error.contains("--hostname other.example"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[tokio::test]
async fn a_world_from_a_process_with_more_host_names_is_reached_by_the_others() {
    let (elsewhere, control) =
        start(Options { hostnames: vec!["ca.clinic.example".to_owned()], ..Options::for_tests() }).await;
    let file = control.json("/world").await;
    let root = control.text("/root.pem").await;
    elsewhere.stop().await;
    let (simulator, control) =
        start(Options { hostnames: vec!["other.example".to_owned()], ..Options::for_tests() }).await;
    assert_eq!(control.put("/world", &file).await.status, 204);
    let browser = Browser::new(&simulator.portal_url(), &Tls::trusting(root), &[], &Transcript::default());
    assert_eq!(browser.get("/p/rcd").await.status, 200);
}

#[tokio::test]
async fn another_scheme_of_request_ids_goes_on_beside_the_ids_that_there_are() {
    let kept = Kept::new();
    let (simulator, control) = kept.start_with("ids.request_numbers = \"running\"").await;
    control.freeze(obn_tests::NOON).await;
    let mut given = vec![control.issue().await.request_id, control.issue().await.request_id];
    simulator.stop().await;
    for scheme in ["daily", "random", "running"] {
        let (simulator, control) = kept.start_with(&format!("ids.request_numbers = \"{scheme}\"")).await;
        let fresh = control.issue().await.request_id;
        assert!(!given.contains(&fresh), "{scheme}: {fresh}");
        given.push(fresh);
        simulator.stop().await;
    }
}

#[tokio::test]
async fn browsers_are_asked_for_certificates_of_the_ca_that_there_is() {
    if !require("openssl") {
        return;
    }
    let kept = Kept::new();
    let (simulator, control) = kept.start().await;
    let issuer = control.text("/issuer.pem").await;
    simulator.stop().await;
    let (simulator, control) = kept.start_with("ca.common_name = \"Another CA\"").await;
    assert_eq!(control.text("/issuer.pem").await, issuer, "the CA stays");
    let address = simulator.portal_address().to_string();
    let told = run("openssl", &["s_client", "-connect", &address, "-servername", "localhost"]).await.stdout;
    let (_, names) = told.split_once("Acceptable client certificate CA names").expect(&told);
    assert!(names.contains("Online Billing NW Common Root CA - G1"), "{told}");
    assert!(!names.contains("Another CA"), "{told}");
}

#[tokio::test]
async fn another_kind_of_key_for_the_server_is_under_the_same_root() {
    let kept = Kept::new();
    let (simulator, control) = kept.start().await;
    let root = control.text("/root.pem").await;
    simulator.stop().await;
    for kind in ["rsa-2048", "ecdsa-p256"] {
        let (simulator, control) = kept.start_with(&format!("tls.key = \"{kind}\"")).await;
        assert_eq!(control.text("/root.pem").await, root, "{kind}");
        let browser =
            Browser::new(&simulator.portal_url(), &Tls::trusting(root.clone()), &[], &Transcript::default());
        assert_eq!(browser.get("/p/rcd").await.status, 200, "{kind}");
        simulator.stop().await;
    }
}
