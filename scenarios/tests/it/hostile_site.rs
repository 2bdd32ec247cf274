//! Sites that send pages of any shape, and answers without an end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use obn_conformance::{
    Bilingual, Broken, Catalogue, Distortion, Language, Outcome, Played, Remote, Run, Target, run, to_html,
    to_text,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Far more than any of these takes, even where the harness is built without optimisation.
const AT_MOST: Duration = Duration::from_secs(60);
/// A quarter of the longest page that is read.
const LENGTH: usize = 1 << 20;

fn repeated(part: &str) -> String {
    part.repeat(LENGTH / part.len())
}

fn numbered(part: impl Fn(usize) -> String) -> String {
    let mut html = String::new();
    for number in 0.. {
        if html.len() >= LENGTH {
            break;
        }
        html += &part(number);
    }
    html
}

/// What browsers take, and what takes a careless reader the square of its length.
fn shapes() -> Vec<(&'static str, String)> {
    vec![
        ("divs in each other", repeated("<div>")),
        ("templates in each other", repeated("<template>")),
        ("lists in each other", repeated("<ul><li>x")),
        ("tables in each other", repeated("<table><tr><td>x")),
        ("labels of one field", repeated("<label for=a>x</label>") + "<form><input id=a name=a></form>"),
        (
            "labels and fields of one name",
            format!("<form>{}", repeated("<label for=a>x</label><input id=a name=a>")),
        ),
        ("options", format!("<form><select name=a>{}", repeated("<option>x"))),
        ("forms", repeated("<form><input name=a><button>ダウンロード</button></form>")),
        ("fields", format!("<form>{}", repeated("<input name=a>"))),
        ("one attribute", format!("<p title='{}'>", "x".repeat(LENGTH))),
        ("attributes", format!("<p {}>", numbered(|number| format!("a{number} ")))),
        ("attributes without an end", format!("<p {}", repeated("a=\"b\"c"))),
        ("attributes of the body", numbered(|number| format!("<body a{number}>"))),
        ("quotes where none belong", format!("<p {}", repeated("\""))),
        ("tables that don't end", repeated("<table>x<b>")),
        ("foster parents", format!("<table>{}", repeated("<b>x<tr>"))),
        ("formatting of each paragraph", numbered(|number| format!("<p><b a={number}></p>"))),
        ("links in each other", numbered(|number| format!("<a href={number}><b>x"))),
        ("references", repeated("&lt;&#1;&notit;&")),
        ("comments", repeated("<!---->")),
        ("a comment", format!("<!--{}", repeated("a b "))),
        ("lines", repeated("\n")),
        ("blanks in each other", "<div>".repeat(200) + &repeated(" \t")),
        ("text in each other", "<p><div>".repeat(100) + &repeated("あいうえお ")),
        ("zeros", repeated("\0")),
        ("ends", repeated("</p></b></br>")),
        (
            "a base",
            format!("<base href='/{}'>{}", "x".repeat(LENGTH / 2), "<a href=x>y</a>".repeat(LENGTH / 32)),
        ),
        ("a title", format!("<title>{}", repeated("x"))),
        ("alerts in each other", repeated("<div role=alert>x")),
        ("a script", format!("<script>{}", repeated("<!--<script>"))),
        ("drawings", repeated("<svg><g><foreignObject>")),
    ]
}

/// Plays a scenario that opens a page and looks at it.
async fn play(target: &Target) -> Played {
    let mut scenarios = Catalogue::embedded().unwrap().scenarios;
    scenarios.retain(|scenario| scenario.head.id == "portal/rcd/page");
    let mut plays =
        tokio::time::timeout(AT_MOST, run(&scenarios, target, 1, |_| {})).await.expect("a verdict");
    plays.remove(0)
}

fn assert_verdict(what: &str, played: Played) -> String {
    assert!(matches!(played.outcome, Outcome::Failed { .. } | Outcome::Passed { .. }), "{what}: {played:?}");
    let catalogue = Catalogue::embedded().unwrap();
    let run = Run::new(Bilingual::same("hostile"), vec![played]);
    let text = to_text(&run, &catalogue.requirements, Language::English);
    assert!(text.len() < 100_000, "{what}: a report of {} bytes", text.len());
    assert!(to_html(&run, &catalogue.requirements).unwrap().len() < 1_000_000, "{what}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_any_shape_is_read_or_refused() {
    for (what, html) in shapes() {
        let distortion = Distortion::new(move |answer| answer.body = html.clone().into_bytes());
        let broken = Broken { distortion: Some(distortion), ..Broken::default() };
        let target = Target::Own { profile: toml::Table::new(), seed: "hostile".to_owned(), broken };
        assert_verdict(what, play(&target).await);
    }
}

/// A site that answers everything with this, and then with the same piece for ever.
async fn endless(head: &'static str) -> (SocketAddr, Vec<u8>) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root = params.self_signed(&root_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(params, root_key)).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = [0; 4096];
                if !matches!(stream.read(&mut asked).await, Ok(1..)) {
                    return;
                }
                let mut piece = head.as_bytes().to_vec();
                while stream.write_all(&piece).await.is_ok() {
                    piece = b"<p>x</p>".repeat(2048);
                }
            });
        }
    });
    (address, root.der().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_given_up() {
    for (head, told) in [
        ("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n", "an answer that goes on after 4 MiB"),
        ("HTTP/1.1 200 OK\r\ncontent-type: application/x-msi\r\n\r\n", "an answer that goes on after 64 MiB"),
        ("HTTP/1.1 200 OK\r\n", "the connection broke"),
    ] {
        let (address, root) = endless(head).await;
        let target = Target::Remote(Box::new(Remote {
            url: format!("https://localhost:{}", address.port()).parse().unwrap(),
            roots: vec![root.into()],
            control: None,
            control_token: None,
            http: None,
            relying_party: None,
            patience: Duration::from_secs(30),
        }));
        let text = assert_verdict(told, play(&target).await);
        assert!(text.contains(told), "{text}");
    }
}
