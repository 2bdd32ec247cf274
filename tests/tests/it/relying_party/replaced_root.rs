//! The site moves to another TLS root while it runs.

use obn_ca::Options;
use obn_client::{Error, Language, TlsFailure, TransportError};
use obn_tests::{Desk, Environment, Kept, Tls};
use serde_json::json;

use super::environment;

/// The subject of a root.
fn subject(pem: &str) -> String {
    let der = pem::parse(pem).unwrap().into_contents();
    x509_parser::parse_x509_certificate(&der).unwrap().1.subject().to_string()
}

#[tokio::test]
async fn who_trusts_the_old_root_alone_is_shut_out_and_p_cert_has_the_new_one() {
    let env = environment("").await;
    let old = env.tls();
    assert!(subject(&old.roots).contains("OU=Security Communication RootCA2"));
    let answer = env.control.order("/root/replace").await;
    assert_eq!(answer.status, 200, "{}", answer.summary());
    let new = answer.text();
    assert!(subject(&new).contains("OU=Security Communication RootCA3"), "{}", subject(&new));
    assert_eq!(env.control.text("/root.pem").await, new);
    assert_eq!(env.tls().roots, new);

    assert!(env.browser_with(&old).try_get("/p/rcd").await.is_err());
    let file = env.browser().get("/p/cert").await;
    assert_eq!(file.file().1, pem::parse(&new).unwrap().contents());
    // Who trusts both hasn't noticed.
    let both = Tls { roots: format!("{}{new}", old.roots), ..old.clone() };
    assert_eq!(env.browser_with(&both).get("/p/rcd").await.status, 200);
    assert_eq!(env.at_relying_party(&both).get("/").await.status, 403);
    assert!(env.control.outcomes().await.contains(&"root.replaced".to_owned()));
    assert!(env.control.outcomes().await.contains(&"tls.failed".to_owned()));
}

#[tokio::test]
async fn a_replaced_root_stays_over_restarts_and_resets_and_is_one_world_s_own() {
    let kept = Kept::default();
    let env = Environment::options(kept.options()).await;
    let other = env.create("other", json!({})).await;
    let of_other = other.tls().roots;
    env.control.order("/root/replace").await;
    env.control.order("/root/replace").await;
    let root = env.tls().roots;
    assert!(subject(&root).contains("RootCA4"));
    assert_eq!(other.tls().roots, of_other);
    assert_eq!(env.control.order("/reset").await.status, 204);
    assert_eq!(env.tls().roots, root);
    let file = env.control.json("/world").await;
    let copy = env.create("copy", json!({ "file": file })).await;
    assert_eq!(copy.tls().roots, root);
    drop((other, copy));
    env.stop().await;
    let env = Environment::options(kept.options()).await;
    assert_eq!(env.tls().roots, root);
    assert_eq!(env.browser().get("/p/rcd").await.status, 200);
}

#[tokio::test]
async fn the_fault_moves_the_site_at_the_handshake_it_names() {
    let env = environment("").await;
    let old = env.tls();
    let rule = json!({ "name": "tls_next_root", "match": { "nth": 2 } });
    env.control.fault(&rule).await;
    // Each browser shakes hands once.
    assert_eq!(env.browser_with(&old).get("/p/rcd").await.status, 200);
    assert!(env.browser_with(&old).try_get("/p/rcd").await.is_err());
    assert_eq!(env.control.last("handshake").await["fault"], "tls_next_root");
    assert_ne!(env.tls().roots, old.roots);
    assert_eq!(env.browser().get("/p/rcd").await.status, 200);
    assert_eq!(env.control.fired().await, [1]);
}

#[tokio::test]
async fn obn_says_that_chapter_5_3_has_to_be_done_again() {
    let env = Environment::options(Options::for_tests()).await;
    let desk = Desk::new(&env);
    let client = env.client().build().unwrap();
    env.control.order("/root/replace").await;
    let error = client.root_certificate().await.unwrap_err();
    assert!(matches!(&error, Error::Transport(TransportError::Tls { failure: TlsFailure::UnknownRoot, .. })));
    assert!(error.explain(Language::Japanese).contains("ルート証明書"));

    let root = desk.path("root.cer").display().to_string();
    for (language, words) in [("en", "do chapter 5.3 of the manual again"), ("ja", "マニュアル 5.3 の手順")]
    {
        let ran = desk.run(&["--lang", language, "root", "--out", &root], "").await;
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    // As it is told: a file may hold the old and the new one.
    let old = std::fs::read_to_string(desk.path("root.pem")).unwrap();
    std::fs::write(desk.path("root.pem"), format!("{old}{}", env.tls().roots)).unwrap();
    desk.run(&["root", "--out", &root], "").await.ok();
}
