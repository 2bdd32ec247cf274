//! The portal behind a front that changes how its pages look, and leaves what they say: other names of fields, tokens
//! that must come back, other markup, the buttons in the other language.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use obn_client::{Client, Clock, Identity};
use obn_tests::{Environment, Pfx};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Begins the name of every field.
const RENAMED: &str = "javax.faces:j_id7_";
/// A token that is another one on each page, and without which nothing is sent on.
const TOKEN: &str = "struts.token";

/// What the buttons of the two families say in the other language.
const OTHER_LANGUAGE: [(&str, &str); 7] = [
    (">ダウンロード</button>", ">download file</button>"),
    (">次へ</button>", ">Next</button>"),
    (">申請</button>", ">Apply</button>"),
    (">Submit</button>", ">送信</button>"),
    (">Download Key</button>", ">鍵のダウンロード</button>"),
    (">Download</button>", ">ダウンロード</button>"),
    (">download file</button>", ">Download</button>"),
];

/// The front.
pub(crate) struct Disguise {
    url: String,
    root: String,
}

struct Shared {
    portal: String,
    http: reqwest::Client,
    tokens: AtomicU32,
}

impl Disguise {
    /// Before the portal of `env`, where it shows the certificate of `identity`.
    pub(crate) async fn of(env: &Environment, identity: Option<&Identity>) -> Self {
        let straight = match identity {
            None => env.tls(),
            Some(identity) => {
                let der = |pem: &str| pem::parse_many(pem).unwrap().into_iter().map(pem::Pem::into_contents);
                let key = der(&identity.key_pem()).next().unwrap();
                env.tls().showing(&Pfx::of(der(&identity.certificates_pem()).collect(), &key))
            }
        };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(straight.config())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        let shared = Arc::new(Shared {
            portal: env.simulator.portal_url(),
            http: http.build().unwrap(),
            tokens: AtomicU32::new(0),
        });
        let (root, acceptor) = tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, serving) = (acceptor.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let answer = service_fn(|request| {
                        let serving = Arc::clone(&serving);
                        async move { Ok::<_, Infallible>(serving.pass(request).await) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { url, root }
    }

    /// A client that knows nothing of it.
    pub(crate) fn client(&self, now: &str, identity: Option<&Identity>) -> Client {
        let clock = Clock::fixed(now.parse().unwrap());
        let mut client = Client::builder(&self.url).root_pem(&self.root).unwrap().clock(clock);
        if let Some(identity) = identity {
            client = client.identity(identity.clone());
        }
        client.build().unwrap()
    }
}

impl Shared {
    async fn pass(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let url = format!("{}{}", self.portal, parts.uri);
        let mut headers = parts.headers;
        headers.remove(CONTENT_LENGTH);
        // The portal is called by its own name, once.
        assert!(headers.remove(HOST).is_some());
        let sent = if parts.method == "POST" { self.as_the_portal_wants(&body) } else { String::new() };
        let answer = self.http.request(parts.method, url).headers(headers).body(sent).send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        let all = response.headers_mut().unwrap();
        all.extend(answer.headers().clone());
        all.remove(CONTENT_LENGTH);
        all.remove(TRANSFER_ENCODING);
        let is_page =
            all.get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
        let body = answer.bytes().await.unwrap();
        let body = if is_page { self.disguised(std::str::from_utf8(&body).unwrap()).into() } else { body };
        response.body(Full::new(body)).unwrap()
    }

    /// A form with the portal's own names, without the token.
    fn as_the_portal_wants(&self, body: &[u8]) -> String {
        let text = std::str::from_utf8(body).unwrap();
        let prefix = RENAMED.replace(':', "%3A");
        let token = self.tokens.load(Ordering::SeqCst);
        let mut fields: Vec<&str> = text.split('&').filter(|field| !field.is_empty()).collect();
        let before = fields.len();
        fields.retain(|field| *field != format!("{TOKEN}={token}"));
        assert_eq!(fields.len(), before - 1, "the page's own token comes back once: {text}");
        let fields = fields.iter().map(|field| field.strip_prefix(&prefix).expect("every field was renamed"));
        fields.collect::<Vec<_>>().join("&")
    }

    fn disguised(&self, page: &str) -> String {
        let token = self.tokens.fetch_add(1, Ordering::SeqCst) + 1;
        let token = format!("<INPUT VALUE='{token}' TYPE=hidden NAME='{TOKEN}'></form>");
        let mut page = page.replace("name=\"", &format!("name=\"{RENAMED}"));
        // A viewport and the like are no fields.
        page = page.replace(&format!("<meta name=\"{RENAMED}"), "<meta name=\"");
        for (from, to) in OTHER_LANGUAGE {
            page = page.replace(from, to);
        }
        page = page.replace("</form>", &token);
        page = rows_reversed(&page);
        // Other elements around the same words.
        for (from, to) in [
            ("<h1>", "<div><!-- <h1>ERROR</h1> --><h1><span>"),
            ("</h1>", "</span></h1></div>"),
            ("<table class=\"form\"><tbody>", "<fieldset><legend>Form</legend><TABLE BORDER=0>"),
            ("</tbody></table>", "</TABLE></fieldset>"),
            ("<label ", "<label class=c1 data-x='a>b' "),
            ("<p class=\"actions\">", "<p class=\"buttons\"><button type=\"reset\">クリア</button> "),
        ] {
            page = page.replace(from, to);
        }
        page
    }
}

/// The fields of a form in the opposite order.
fn rows_reversed(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<table class=\"form\"><tbody>") else {
        return page.to_owned();
    };
    let (rows, after) = rest.split_once("</tbody></table>").expect("a table ends");
    let mut rows: Vec<&str> = rows.split_inclusive("</tr>").collect();
    rows.reverse();
    format!("{before}<table class=\"form\"><tbody>{}</tbody></table>{after}", rows.concat())
}

/// A root of its own, and what serves below it.
fn tls() -> (String, TlsAcceptor) {
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
    (root.pem(), TlsAcceptor::from(Arc::new(config)))
}
