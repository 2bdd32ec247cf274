//! The portal's TLS: versions, chains, keys and names.

use obn_tests::Environment;

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_unless_the_profile_leaves_one_out() {
    use rustls::version::{TLS12, TLS13};
    let reaches = async |env: &Environment, version| {
        env.browser_with(&env.tls().version(version)).try_get("/p/rcd").await.is_ok()
    };
    let env = Environment::start().await;
    assert!(reaches(&env, &TLS12).await && reaches(&env, &TLS13).await);
    let env = Environment::with("tls.versions = [\"1.2\"]").await;
    assert!(reaches(&env, &TLS12).await && !reaches(&env, &TLS13).await);
    assert!(env.control.outcomes().await.contains(&"tls.failed".to_owned()));
    let env = Environment::with("tls.versions = [\"1.3\"]").await;
    assert!(!reaches(&env, &TLS12).await && reaches(&env, &TLS13).await);
}

#[tokio::test]
async fn a_client_that_trusts_another_root_is_not_served() {
    let (env, other) =
        (Environment::start().await, Environment::options(obn_ca::Options::for_tests().seed("other")).await);
    let error = env.browser_with(&other.tls()).try_get("/p/rcd").await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn without_its_intermediate_the_chain_does_not_verify() {
    let env = Environment::with("tls.send_intermediate = false").await;
    let error = env.browser().try_get("/p/rcd").await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn rsa_keys_on_the_tls_side_serve_as_well() {
    let env = Environment::with("tls.key = \"rsa-2048\"").await;
    assert_eq!(env.browser().get("/p/rcd").await.status, 200);
    let tls12 = env.tls().version(&rustls::version::TLS12);
    assert_eq!(env.browser_with(&tls12).get("/p/rcd").await.status, 200);
}

#[tokio::test]
async fn the_real_names_loopback_and_configured_names_are_certified_and_nothing_else() {
    let options = obn_ca::Options::for_tests();
    let hostnames = vec!["ca.test.example".to_owned(), "192.0.2.7".to_owned()];
    let env = Environment::options(obn_ca::Options { hostnames, ..options }).await;
    for host in [
        "cert.obn.managedpki.ne.jp",
        "crldownload.obn.managedpki.ne.jp",
        "localhost",
        "127.0.0.1",
        "ca.test.example",
    ] {
        assert_eq!(env.browser_at(host).get("/p/rcd").await.status, 200, "{host}");
    }
    for host in ["managedpki.ne.jp", "www.example.com", "other.test.example"] {
        assert!(env.browser_at(host).try_get("/p/rcd").await.is_err(), "{host}");
    }
}
