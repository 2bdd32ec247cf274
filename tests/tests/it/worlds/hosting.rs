//! Worlds: made and thrown away, reached by name and by port, kept apart.

use obn_ca::Options;
use obn_tests::{Browser, Environment, Form, NOON};
use serde_json::{Value, json};

#[tokio::test]
async fn a_world_is_made_listed_reached_by_its_name_and_thrown_away() {
    let env = Environment::start().await;
    let port = env.simulator.portal_address().port();
    let answer = env.control.post("/worlds", &json!({"name": "clinic-7", "seed": "x"})).await;
    let portal = format!("https://clinic-7.localhost:{port}");
    assert_eq!(answer.status, 201, "{}", answer.summary());
    assert_eq!(
        answer.json::<Value>(),
        json!({"name": "clinic-7", "portal": portal, "control": "/api/v1/worlds/clinic-7"})
    );
    let listed = env.control.json("/worlds").await;
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|world| world["name"].clone()).collect();
    assert_eq!(names, ["clinic-7", "default"]);

    let clinic = env.of_world("clinic-7", &portal);
    let notice = clinic.issue().await;
    let browser = clinic.browser();
    assert!(browser.download(&notice, "1234").await.is_file());

    assert_eq!(env.control.delete("/worlds/clinic-7").await.status, 204);
    assert_eq!(env.control.delete("/worlds/clinic-7").await.status, 404);
    assert_eq!(env.control.of_world("clinic-7").get("/clock").await.status, 404);
    // The kept connection leads nowhere, and a new one isn't made.
    assert_eq!(browser.get("/p/rcd").await.status, 421);
    assert!(env.browser_at("clinic-7.localhost").try_get("/p/rcd").await.is_err());
}

#[tokio::test]
async fn the_real_name_with_a_world_s_name_in_front_reaches_that_world() {
    let env = Environment::start().await;
    let one = env.create("one", json!({})).await;
    for host in ["one.cert.obn.managedpki.ne.jp", "ONE.localhost"] {
        assert_eq!(one.browser_at(host).get("/p/rcd").await.status, 200, "{host}");
        assert_eq!(
            env.control.json("/journal?kind=exchange").await,
            json!([]),
            "the default world saw nothing"
        );
    }
}

#[tokio::test]
async fn of_two_host_names_the_longer_one_decides_where_a_world_s_name_ends() {
    let hostnames = ["ci.example", "obn.ci.example", "example"].map(str::to_owned).to_vec();
    let env = Environment::options(Options { hostnames, ..Options::for_tests() }).await;
    let one = env.create("one", json!({})).await;
    for host in ["one.obn.ci.example", "one.ci.example", "one.example"] {
        assert_eq!(one.browser_at(host).get("/p/rcd").await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_world_on_a_port_of_its_own_is_reached_by_any_name() {
    let env = Environment::start().await;
    let one = env.create("one", json!({"listen": "127.0.0.1:0"})).await;
    let port = one.portal().strip_prefix("https://localhost:").expect("its own port");
    assert_ne!(port, env.simulator.portal_address().port().to_string());
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let notice = one.issue().await;
    for host in ["localhost", "127.0.0.1", "cert.obn.managedpki.ne.jp"] {
        let browser = one.browser_to(host, address);
        assert!(browser.download(&notice, "1234").await.is_file(), "{host}");
    }
    assert_eq!(env.control.delete("/worlds/one").await.status, 204);
    let browser = env.browser_to("localhost", address);
    assert!(browser.try_get("/p/rcd").await.is_err());
}

#[tokio::test]
async fn worlds_share_nothing() {
    let env = Environment::start().await;
    let world = env.create("one", json!({"profile": {"session": {"ttl": "1m"}}})).await;
    let (one, browser) = (&world.control, world.browser());

    let notice = env.issue().await;
    assert_eq!(one.json("/notices").await, json!([]));
    assert_eq!(one.get(&format!("/notices/{}", notice.request_id)).await.status, 404);
    assert!(browser.download(&notice, "1234").await.page().says("誤りがあります"));

    one.freeze("2030-01-01T00:00:00Z").await;
    assert_eq!(env.control.json("/clock").await["now"], NOON);
    assert_eq!(browser.get("/p/rcd").await.header("date"), "Tue, 01 Jan 2030 00:00:00 GMT");
    assert_eq!(env.browser().get("/p/rcd").await.header("date"), "Mon, 23 Nov 2026 03:00:00 GMT");

    assert_ne!(one.text("/root.pem").await, env.control.text("/root.pem").await);
    assert_ne!(one.text("/issuer.pem").await, env.control.text("/issuer.pem").await);
    assert_eq!(one.json("/profile").await["session"]["ttl"], "1m");
    assert_eq!(env.control.json("/profile").await["session"]["ttl"], "15m");

    one.delete("/sessions").await;
    assert_eq!(env.control.json("/sessions").await.as_array().unwrap().len(), 1);
    one.order("/reset").await;
    assert_eq!(env.control.json("/notices").await.as_array().unwrap().len(), 1);
    let outcomes = one.outcomes().await;
    assert!(!outcomes.contains(&"issued".to_owned()), "{outcomes:?}");
}

#[tokio::test]
async fn a_cookie_of_one_world_is_worth_nothing_in_another() {
    let env = Environment::start().await;
    let there = env.create("one", json!({})).await.browser();
    let here = env.browser();
    let form = Form { page: String::new(), ..here.open("/p/rcd").await.form() };
    let cookie = here.cookie("OBNSESSION");
    there.set_cookie("OBNSESSION", &cookie);
    let answer = there.press(&form, "ダウンロード").await;
    assert_eq!(answer.page().lines[0], "# セッション無効");
}

#[tokio::test]
async fn worlds_on_ports_of_their_own_don_t_end_each_other_s_sessions_in_one_browser() {
    let env = Environment::start().await;
    let mut tabs = Vec::new();
    for name in ["one", "two"] {
        let world = env.create(name, json!({"listen": "127.0.0.1:0"})).await;
        tabs.push((world.issue().await, world.browser()));
    }
    tabs.push((env.issue().await, env.browser_at("localhost")));
    let (notices, mut browsers): (Vec<_>, Vec<_>) = tabs.into_iter().unzip();
    let last = browsers.pop().unwrap();
    let mut browsers: Vec<_> = browsers.into_iter().map(|it| it.sharing_cookies_with(&last)).collect();
    browsers.push(last);
    let mut forms = Vec::new();
    for browser in &browsers {
        forms.push(browser.open("/p/rcd").await.form());
    }
    for ((browser, form), notice) in browsers.iter().zip(forms).zip(&notices) {
        let answer = browser.press(&form.notice(notice).password("1234"), "ダウンロード").await;
        assert!(answer.is_file(), "{}", answer.summary());
    }
    // The default world's cookie has the name that the profile gives it.
    assert!(!browsers[2].cookie("OBNSESSION").is_empty());
    assert!(!browsers[0].cookie("OBNSESSION-one").is_empty());
}

#[tokio::test]
async fn a_host_that_disagrees_with_the_handshake_is_421() {
    let env = Environment::start().await;
    env.create("one", json!({})).await;
    for (host, status) in [
        ("localhost", 200),
        ("cert.obn.managedpki.ne.jp:443", 200),
        ("one.localhost", 421),
        ("one.cert.obn.managedpki.ne.jp", 421),
        ("nobody.localhost", 421),
    ] {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        let browser = env.browser_with(&env.tls().alpn("http/1.1"));
        let answer = browser.send(reqwest::Method::GET, "/p/rcd", headers, "").await;
        assert_eq!(answer.status, status, "{host}");
    }
    // Without a name in the handshake, the Host decides.
    let port = env.simulator.portal_address().port();
    let browser =
        Browser::new(&format!("https://127.0.0.1:{port}"), &env.tls().alpn("http/1.1"), &[], &env.transcript);
    for (host, status) in [("127.0.0.1", 200), ("one.localhost", 200), ("nobody.localhost", 421)] {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        assert_eq!(browser.send(reqwest::Method::GET, "/p/rcd", headers, "").await.status, status, "{host}");
    }
    // In the journal of the world that the handshake meant, or of the default one.
    let exchanges = env.control.json("/journal?kind=exchange").await;
    let told = |entry: &Value| format!("{} {}", entry["exchange"]["status"], entry["outcome"]);
    let told: Vec<_> = exchanges.as_array().unwrap().iter().map(told).collect();
    let (shown, misdirected) = ("200 \"rcd.form\"", "421 \"misdirected\"");
    assert_eq!(told, [shown, shown, misdirected, misdirected, misdirected, shown, misdirected]);
    let metrics = env.control.text("//metrics").await;
    assert!(metrics.contains("outcome=\"misdirected\",status=\"421\"} 4"), "{metrics}");
}

#[tokio::test]
async fn what_cannot_be_a_world_is_a_problem_document() {
    let env = Environment::start().await;
    env.create("one", json!({})).await;
    let taken = env.simulator.portal_address().to_string();
    let cases = [
        json!({"name": ""}),
        json!({"name": "One"}),
        json!({"name": "-one"}),
        json!({"name": "a.b"}),
        json!({"name": "a".repeat(41)}),
        json!({"name": "one"}),
        json!({"name": "default"}),
        json!({"name": "two", "colour": "red"}),
        json!({"name": "two", "profile": {"session": {"ttl": "0s"}}}),
        json!({"name": "two", "profile": {"session": {"timeout": "1m"}}}),
        json!({"name": "two", "profile": {"certificate": {"policies": ["1.2.x"]}}}),
        json!({"name": "two", "profile": {"dn": {"medical": "医科"}}}),
        json!({"name": "two", "listen": "nowhere"}),
        json!({"name": "two", "listen": taken}),
        json!({"name": "two", "file": "/nowhere/world.json"}),
        json!({"name": "two", "file": {"format": "obn-ca world 99"}}),
        json!({"name": "two", "file": {"format": "obn-ca world 1"}}),
        json!({"name": "two", "file": "a.world.json", "seed": "x"}),
    ];
    let mut told = String::new();
    for body in cases {
        let answer = env.control.post("/worlds", &body).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
        let problem: Value = answer.json();
        told += &format!("{body}\n  {} {}\n", answer.status, problem["detail"].as_str().unwrap());
    }
    insta::with_settings!({filters => vec![(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]")]}, { insta::assert_snapshot!(told) });
    assert_eq!(env.control.json("/worlds").await.as_array().unwrap().len(), 2);
    assert_eq!(env.control.delete("/worlds/default").await.status, 409);

    let mut file = env.control.json("/world").await;
    file["settings"]["profile"]["certificate"]["policies"] = json!(["anyPolicy"]);
    let answer = env.control.put("/world", &file).await;
    let detail = answer.json::<Value>()["detail"].as_str().unwrap().to_owned();
    assert_eq!(answer.status, 422, "{detail}");
    assert!(detail.starts_with("not a world file: profile: certificate.policies: "), "{detail}");
}

#[tokio::test]
async fn twenty_worlds_live_side_by_side() {
    let env = Environment::start().await;
    let names: Vec<String> = (0..20).map(|number| format!("w{number}")).collect();
    let mut worlds = Vec::new();
    for name in &names {
        worlds.push(env.create(name, json!({})).await);
    }
    for world in worlds.iter().step_by(6) {
        assert_eq!(world.browser().get("/p/rcd").await.status, 200);
    }
    for name in &names {
        assert_eq!(env.control.delete(&format!("/worlds/{name}")).await.status, 204);
    }
}
