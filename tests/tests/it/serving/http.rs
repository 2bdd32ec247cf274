//! The portal as a plain web server: methods, paths, sizes, versions of HTTP and IP.

use obn_tests::{Answer, Environment};
use reqwest::header::HeaderMap;
use reqwest::{Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn form_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers
}

fn assert_plain(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.summary());
    let words = answer.status.canonical_reason().unwrap();
    assert_eq!(answer.page().lines, [format!("# {status} {words}")]);
    assert_eq!(answer.header("content-type"), "text/html; charset=UTF-8");
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let env = Environment::start().await;
    for path in [
        "/p",
        "/p/",
        "/p/rcd/",
        "/p/RCD",
        "/p/rcd.html",
        "/api/v1/notices",
        "/healthz",
        "/%00",
        "/p/cert/%ff",
    ] {
        assert_plain(&env.browser().get(path).await, 404);
    }
}

#[tokio::test]
async fn a_method_that_a_page_does_not_know_is_405_and_says_which_it_knows() {
    let env = Environment::start().await;
    for (method, path, allowed) in [
        (Method::PUT, "/p/rcd", "GET,HEAD,POST"),
        (Method::DELETE, "/p/rcd", "GET,HEAD,POST"),
        (Method::OPTIONS, "/p/rcd", "GET,HEAD,POST"),
        (Method::POST, "/p/cert", "GET,HEAD"),
        (Method::TRACE, "/p/cert", "GET,HEAD"),
    ] {
        let answer = env.browser().send(method.clone(), path, HeaderMap::new(), "").await;
        assert_plain(&answer, 405);
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let env = Environment::start().await;
    for path in ["/p/rcd", "/p/cert"] {
        let get = env.browser().get(path).await;
        let head = env.browser().send(Method::HEAD, path, HeaderMap::new(), "").await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[tokio::test]
async fn http_1_1_without_a_host_or_with_two_is_400() {
    let env = Environment::start().await;
    let tls = tokio_rustls::TlsConnector::from(std::sync::Arc::new(env.tls().alpn("http/1.1").config()));
    for (headers, status) in
        [("host: localhost\r\n", "200"), ("", "400"), ("host: localhost\r\nhost: localhost\r\n", "400")]
    {
        let stream = tokio::net::TcpStream::connect(env.simulator.portal_address()).await.unwrap();
        let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let request = format!("GET /p/rcd HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).await.unwrap();
        assert_eq!(told.split(' ').nth(1), Some(status), "{headers:?}: {told}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_415() {
    let env = Environment::start().await;
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        assert_plain(&env.browser().send(Method::POST, "/p/rcd", headers, "requestId=1").await, 415);
    }
    assert_plain(&env.browser().send(Method::POST, "/p/rcd", HeaderMap::new(), "").await, 415);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_413_and_one_that_just_fits_is_read() {
    let env = Environment::start().await;
    for tls in [env.tls().alpn("h2"), env.tls().alpn("http/1.1")] {
        let post = |size: usize| {
            let browser = env.browser_with(&tls);
            async move { browser.send(Method::POST, "/p/rcd", form_headers(), "a".repeat(size)).await }
        };
        assert_eq!(post(16 * 1024).await.page().lines[0], "# セッション無効");
        assert_plain(&post(16 * 1024 + 1).await, 413);
        assert_plain(&post(2_000_000).await, 413);
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf8_and_broken_escapes_are_a_form_all_the_same() {
    let env = Environment::start().await;
    for body in [&b"requestId=\xff\xfe&token=%zz"[..], b"&&&===", b"%", b"requestId=%00%0d%0a"] {
        let answer = env.browser().send(Method::POST, "/p/rcd", form_headers(), body.to_vec()).await;
        assert_eq!(answer.page().lines[0], "# セッション無効");
    }
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused_and_others_are_still_served() {
    let env = Environment::start().await;
    for (tls, name) in [(env.tls().alpn("h2"), "h2"), (env.tls().alpn("http/1.1"), "http/1.1")] {
        let mut headers = HeaderMap::new();
        headers.insert("x-large", "a".repeat(40_000).parse().unwrap());
        match env.browser_with(&tls).try_send(Method::GET, "/p/rcd", headers, "").await {
            Ok(answer) => assert_eq!(answer.status, 431, "{name}"),
            Err(error) => assert!(error.is_request(), "{name}: {error:?}"),
        }
        assert_eq!(env.browser_with(&tls).get("/p/rcd").await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn http_1_1_and_2_are_spoken_as_the_client_prefers() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    for (protocol, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        let browser = env.browser_with(&env.tls().alpn(protocol));
        let answer = browser.download(&notice, "1234").await;
        assert_eq!((answer.is_file(), answer.version), (true, version));
    }
    let env = Environment::with("tls.alpn = [\"http/1.1\"]").await;
    assert_eq!(env.browser().get("/p/rcd").await.version, Version::HTTP_11);
}

#[tokio::test]
async fn ipv6_and_ipv4_reach_one_listener() {
    let options = obn_ca::Options { listen: "[::]:0".parse().unwrap(), ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let port = env.simulator.portal_address().port();
    for (host, peer) in [("[::1]", "[::1]:"), ("127.0.0.1", "127.0.0.1:")] {
        let base = format!("https://{host}:{port}");
        let browser = obn_tests::Browser::new(&base, &env.tls(), &[], &env.transcript);
        assert_eq!(browser.get("/p/rcd").await.status, 200, "{host}");
        let journal = env.control.json("/journal?kind=exchange").await;
        let last = journal.as_array().unwrap().last().unwrap();
        assert!(last["exchange"]["peer"].as_str().unwrap().starts_with(peer), "{last}");
    }
}

#[tokio::test]
async fn pages_say_that_they_are_not_to_be_kept_framed_or_guessed_at() {
    let env = Environment::with("[http]\nserver = \"Apache\"\n[tls]\nhsts_seconds = 31536000").await;
    let answer = env.browser().get("/p/rcd").await;
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .filter(|line| !line.starts_with("set-cookie") && !line.starts_with("content-length"))
        .collect();
    headers.sort();
    insta::assert_snapshot!(headers.join("\n"));
}

#[tokio::test]
async fn many_connections_at_once_are_all_answered() {
    let env = Environment::start().await;
    let browsers: Vec<_> = (0..64).map(|_| env.browser()).collect();
    let answers = futures_util::future::join_all(browsers.iter().map(|browser| browser.get("/p/rcd"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}
