//! Which servers are believed, and what is said about the others.

use obn_client::{Clock, Error, TlsFailure, TransportError};

use crate::authority::{Authority, good_years};
use crate::portal::{Portal, Reply, Tls};
use rcgen::date_time_ymd;
use tokio_rustls::rustls::version;

async fn failure(tls: Tls) -> TlsFailure {
    let portal = Portal::start_with(tls, |_| Reply::html("")).await;
    tls_failure(portal.client().build().unwrap().root_certificate().await.unwrap_err())
}

fn tls_failure(error: Error) -> TlsFailure {
    assert_eq!(error.exit_status(), 3);
    let Error::Transport(TransportError::Tls { failure, .. }) = error else { panic!("{error:?}") };
    failure
}

fn leaf(host: &str, valid: (time::OffsetDateTime, time::OffsetDateTime)) -> Tls {
    let root = Authority::named("Test TLS Root");
    let (chain_pem, key_pem) = root.server(host, valid);
    Tls { root_pem: root.pem, chain_pem, key_pem, ..Tls::good() }
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken() {
    for version in [&version::TLS12, &version::TLS13] {
        let portal =
            Portal::start_with(Tls { versions: vec![version], ..Tls::good() }, |_| Reply::html("x")).await;
        let error = portal.client().build().unwrap().root_certificate().await.unwrap_err();
        assert!(!matches!(error, Error::Transport(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_root_that_was_not_given_is_not_trusted() {
    let tls = Tls { root_pem: Authority::named("Another Root").pem, ..Tls::good() };
    assert_eq!(failure(tls).await, TlsFailure::UnknownRoot);
}

#[tokio::test]
async fn a_root_of_the_same_name_with_another_key_is_not_trusted() {
    let tls = Tls { root_pem: Authority::named("Test TLS Root").pem, ..Tls::good() };
    assert_eq!(failure(tls).await, TlsFailure::UnknownRoot);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not_believed() {
    assert_eq!(failure(leaf("cert.obn.managedpki.ne.jp", good_years())).await, TlsFailure::WrongHost);
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_not_believed() {
    let over = leaf("localhost", (date_time_ymd(2020, 1, 1), date_time_ymd(2026, 11, 22)));
    assert_eq!(failure(over).await, TlsFailure::Expired);
    let early = leaf("localhost", (date_time_ymd(2026, 11, 24), date_time_ymd(2040, 1, 1)));
    assert_eq!(failure(early).await, TlsFailure::NotYetValid);
}

#[tokio::test]
async fn the_given_clock_decides_what_has_expired() {
    let portal = Portal::start(|_| Reply::html("")).await;
    let client =
        portal.client().clock(Clock::fixed("2045-01-01T00:00:00Z".parse().unwrap())).build().unwrap();
    assert_eq!(tls_failure(client.root_certificate().await.unwrap_err()), TlsFailure::Expired);
}

#[tokio::test]
async fn a_forgotten_intermediate_is_named_and_can_be_supplied() {
    let root = Authority::named("Test TLS Root");
    let intermediate = root.intermediate("Cybertrust Japan SureServer CA G4");
    let (chain_pem, key_pem) = intermediate.server("localhost", good_years());
    let tls = Tls { root_pem: root.pem, chain_pem, key_pem, ..Tls::good() };
    let portal = Portal::start_with(tls, |_| Reply::html("x")).await;
    let without = portal.client().build().unwrap().root_certificate().await.unwrap_err();
    assert_eq!(
        tls_failure(without),
        TlsFailure::MissingIntermediate("CN=Cybertrust Japan SureServer CA G4".into())
    );
    let with = portal.client().intermediates_pem(&intermediate.pem).unwrap().build().unwrap();
    let error = with.root_certificate().await.unwrap_err();
    assert!(!matches!(error, Error::Transport(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_a_failure_to_connect() {
    let portal = Portal::start(|_| Reply::html("")).await;
    let listener = std::net::TcpListener::bind(("localhost", 0)).unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let client = obn_client::Client::builder(url).root_pem(&portal.root_pem).unwrap().build().unwrap();
    let error = client.root_certificate().await.unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error:?}");
}

#[test]
fn a_client_without_a_root_or_without_tls_can_t_be_built() {
    let no_root = obn_client::Client::builder("https://localhost").build().unwrap_err();
    assert_eq!(no_root.exit_status(), 2);
    let root = Authority::named("Root").pem;
    for url in ["http://localhost", "localhost:8443", "", "ftp://x"] {
        let error = obn_client::Client::builder(url).root_pem(&root).unwrap().build().unwrap_err();
        assert_eq!(error.exit_status(), 2, "{url}");
    }
}
