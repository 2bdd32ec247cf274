//! Figures of replicas on PostgreSQL: `cargo bench -p obn-tests --bench replicas`. Names of figures as arguments run those
//! alone.
//!
//! Replicas, PostgreSQL, haproxy and the load share the machine, so that figures say most as ratios of what ran side by side.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::unwrap_used, reason = "a benchmark that fails says where")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use obn_tests::{Browser, Cluster, Database, EventStream, NOON, Pfx, Program, Replicas, Tls, Transcript};
use reqwest::Url;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// So far away that nothing becomes due meanwhile, and no keys are made.
const LATER: &str = "issue.delays = [\"3650d\", \"3650d\"]";

#[tokio::main]
async fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let Some(cluster) = Cluster::start().await else { return };
    if is_wanted("get") {
        get(&cluster).await;
    }
    if is_wanted("renewals") {
        renewals(&cluster).await;
    }
    if is_wanted("failover") {
        failover(&cluster).await;
    }
    if is_wanted("lag") {
        lag(&cluster).await;
    }
    if is_wanted("scale") {
        scale(&cluster).await;
    }
}

async fn three(cluster: &Arc<Cluster>) -> Replicas {
    let replicas = Replicas::fresh(Arc::clone(cluster), &["--no-sample", "--key-pool", "0"]).await;
    let replicas = replicas.expect("haproxy is installed");
    replicas.control.freeze(NOON).await;
    replicas
}

/// GET of /p/rcd on kept connections: three replicas, one, and one whose store is a file, in turn.
async fn get(cluster: &Arc<Cluster>) {
    const ROUNDS: usize = 7;
    let three = three(cluster).await;
    let database = cluster.database().await;
    let one = Program::start(&["--no-sample", "--store", &database.url()]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("a.db").display());
    let file = Program::start(&["--no-sample", "--store", &file]).await;
    let of = async |programs: Vec<&Program>| {
        let mut load = Vec::new();
        for index in 0..12 {
            load.push(Line::to(programs[index % programs.len()], None).await);
        }
        load
    };
    let mut loads = [of(three.all().collect()).await, of(vec![&one]).await, of(vec![&file]).await];
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (load, rates) in loads.iter_mut().zip(&mut rates) {
            let left = AtomicUsize::new(3_000);
            let begin = Instant::now();
            join_all(load.iter_mut().map(async |line| {
                while take(&left) {
                    line.ask("GET /p/rcd HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
                }
            }))
            .await;
            rates.push(3_000.0 / begin.elapsed().as_secs_f64());
        }
    }
    let [three, one, file] = rates.each_mut().map(|rates| median(rates));
    println!(
        "get: three replicas {three:.0} a second, one {one:.0}, ratio {:.2}; one on a file {file:.0}",
        three / one
    );
}

/// Applications for a renewal: how many are accepted a second, of one world and of sixteen.
async fn renewals(cluster: &Arc<Cluster>) {
    const TERMINALS: usize = 96;
    let replicas = three(cluster).await;
    let mut rates = BTreeMap::new();
    for worlds in [1, 16] {
        let mut ready = Vec::new();
        for world in 0..worlds {
            let name = format!("w{worlds}-{world}");
            let made = replicas
                .control
                .post(
                    "//api/v1/worlds",
                    &json!({"name": name, "profile": {"issue": {"delays": ["3650d", "3650d"]}}}),
                )
                .await;
            assert_eq!(made.status, 201, "{}", made.summary());
            let control = replicas.control.of_world(&name);
            control.freeze(NOON).await;
            let tls = Tls::trusting(control.text("/root.pem").await);
            let host = format!("{name}.localhost");
            for _ in 0..TERMINALS / worlds {
                let notice = control.issue_to(&json!({"valid_until": "2027-01-31"})).await;
                let pfx = replicas.browser_at(&host, &tls).download(&notice, "1234").await.pfx("1234");
                let browser = replicas.browser_at(&host, &tls.clone().showing(&pfx));
                let page = browser.to_confirmation().await;
                ready.push((browser, page));
            }
        }
        let begin = Instant::now();
        let sent = join_all(ready.iter().map(|(browser, page)| browser.submit(page, "Submit"))).await;
        let rate = TERMINALS as f64 / begin.elapsed().as_secs_f64();
        assert!(sent.iter().all(|page| page.heading() == "送信完了"), "all are accepted");
        rates.insert(worlds, rate);
    }
    let commits = commits(&replicas.database).await;
    println!(
        "renewals: {:.0} accepted a second in one world, {:.0} over 16; a single client commits {commits:.0} times a second",
        rates[&1], rates[&16]
    );
}

/// Transactions that one client commits one after the other.
async fn commits(database: &Database) -> f64 {
    database.sql("CREATE TABLE bench (number BIGINT)").await;
    let begin = Instant::now();
    let many = "DO $$ BEGIN FOR i IN 1..200 LOOP INSERT INTO bench VALUES (i); COMMIT; END LOOP; END $$";
    database.sql(many).await;
    200.0 / begin.elapsed().as_secs_f64()
}

/// One of three is killed under twelve kept connections through haproxy.
async fn failover(cluster: &Arc<Cluster>) {
    const LINES: usize = 12;
    let mut replicas = three(cluster).await;
    let (portal, _) = replicas.urls();
    let (tls, transcript) = (replicas.tls().await, Transcript::default());
    let port = Url::parse(&portal).unwrap().port().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..LINES)
        .map(|_| {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            let browser =
                Browser::new(&portal, &tls.clone().alpn("http/1.1"), &[("localhost", address)], &transcript);
            let over = Arc::clone(&over);
            tokio::spawn(async move {
                let (mut answered, mut failed) = (vec![Instant::now()], Vec::new());
                while !over.load(Ordering::SeqCst) {
                    match browser.try_get("/p/rcd").await {
                        Ok(answer) if answer.status == 200 => answered.push(Instant::now()),
                        _ => failed.push(Instant::now()),
                    }
                }
                (answered, failed)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let killed = Instant::now();
    replicas.kill(1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    over.store(true, Ordering::SeqCst);
    let (mut errors, mut touched, mut last, mut longest) = (0, 0, Duration::ZERO, Duration::ZERO);
    for worker in workers {
        let (answered, failed) = worker.await.unwrap();
        errors += failed.len();
        touched += usize::from(!failed.is_empty());
        last = failed.iter().map(|at| at.saturating_duration_since(killed)).fold(last, Duration::max);
        let gap = answered.windows(2).filter(|pair| pair[1] > killed).map(|pair| pair[1] - pair[0]).max();
        longest = longest.max(gap.unwrap_or_default());
    }
    println!(
        "failover: {errors} errors on {touched} of {LINES} connections, the last {:.0} ms after the kill; nobody waited \
         longer than {:.0} ms",
        last.as_secs_f64() * 1e3,
        longest.as_secs_f64() * 1e3
    );
}

/// From an answer at one replica to its record in the stream of another.
async fn lag(cluster: &Arc<Cluster>) {
    const SAMPLES: usize = 500;
    let replicas = three(cluster).await;
    let mut stream = EventStream::open(&replicas.replica(1).control, "?kind=exchange", None).await;
    let hears = tokio::spawn(async move {
        let mut heard = Vec::new();
        while heard.len() < SAMPLES {
            let (_, entry) = stream.next().await;
            heard.push((entry["exchange"]["path"].as_str().unwrap().to_owned(), Instant::now()));
        }
        heard
    });
    let browser = replicas.replica(0).browser().await;
    let mut answered = BTreeMap::new();
    for number in 0..SAMPLES {
        let path = format!("/nothing/{number}");
        browser.get(&path).await;
        answered.insert(path, Instant::now());
    }
    let heard = hears.await.unwrap();
    let lags =
        heard.iter().map(|(path, at)| at.saturating_duration_since(answered[path]).as_secs_f64() * 1e3);
    let mut lags: Vec<_> = lags.collect();
    lags.sort_by(f64::total_cmp);
    println!(
        "lag: of {SAMPLES} records half were heard within {:.1} ms, 99 % within {:.1} ms, all within {:.1} ms",
        lags[SAMPLES / 2],
        lags[SAMPLES * 99 / 100],
        lags[SAMPLES - 1]
    );
}

/// What calls cost with so many terminals, each with a renewal that isn't issued yet.
async fn scale(cluster: &Arc<Cluster>) {
    const SIZES: [u32; 2] = [100, 100_000];
    const ROUNDS: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, LATER).unwrap();
    let profile = profile.display().to_string();
    let mut fleets = Vec::new();
    for size in SIZES {
        let database = cluster.database().await;
        let store = database.url();
        let program =
            Program::start(&["--no-sample", "--key-pool", "0", "--profile", &profile, "--store", &store])
                .await;
        program.control.freeze(NOON).await;
        let notice = program.control.issue_to(&json!({"valid_until": "2027-01-31"})).await;
        let pfx = program.browser().await.download(&notice, "1234").await.pfx("1234");
        fill(&database, size).await;
        let mut portal = Line::to(&program, Some(&pfx)).await;
        let control = Line::plain(&program.ready.control).await;
        let menu = portal.ask("GET /p/ru HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let cookie = menu.split_once("set-cookie: ").unwrap().1.split(';').next().unwrap().to_owned();
        let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n");
        let cookie = format!("Cookie: {cookie}\r\n");
        let api = |path: &str| get(&format!("/api/v1{path}"), "");
        let contact = format!("/api/v1/notices/{}/contact", notice.request_id);
        let body = r#"{"email":"a@example.jp"}"#;
        let length = body.len();
        let calls = vec![
            ("GET /notices/{request_id}", false, api(&format!("/notices/{}", notice.request_id))),
            ("GET /certificates/{serial}", false, api(&format!("/certificates/{}", notice.serial))),
            ("GET /notices?limit=50", false, api("/notices?limit=50")),
            ("GET /renewals?limit=50&order=newest", false, api("/renewals?limit=50&order=newest")),
            ("GET /notices?q={institution_code}", false, api("/notices?q=0110119153")),
            (
                "PUT /notices/{request_id}/contact, a commit",
                false,
                format!(
                    "PUT {contact} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                ),
            ),
            ("/p/ru, the menu", true, get("/p/ru", &cookie)),
            ("/p/ru, the confirmation", true, get("/p/ru/apply", &cookie)),
            ("/p/ru, the list", true, get("/p/ru/list", &cookie)),
        ];
        let times = vec![Vec::new(); calls.len()];
        fleets.push((program, portal, control, calls, times));
    }
    for _ in 0..ROUNDS {
        for (_, portal, control, calls, times) in &mut fleets {
            for ((_, at_portal, request), times) in calls.iter().zip(times) {
                let begin = Instant::now();
                let answer = if *at_portal { portal.ask(request).await } else { control.ask(request).await };
                times.push(begin.elapsed().as_secs_f64() * 1e3);
                assert!(answer.starts_with("HTTP/1.1 20"), "{request}: {answer}");
            }
        }
    }
    println!("scale: milliseconds a call on PostgreSQL at {SIZES:?} terminals with pending renewals");
    for call in 0..fleets[0].3.len() {
        let [small, large] = [0, 1].map(|size: usize| median(&mut fleets[size].4[call]));
        println!("  {:<46}{small:>8.2}{large:>8.2}  x {:.2}", fleets[0].3[call].0, large / small);
    }
}

/// Puts terminals into the world `default` like the one that is there; their keys are still to be made.
async fn fill(database: &Database, terminals: u32) {
    let numbers = format!("generate_series(1, {terminals}) AS n (i)");
    let hex = |from: u32| format!("upper(lpad(to_hex({from} + i), 32, '0'))");
    let id = |day: &str| format!("'{day}' || lpad(i::text, 7, '0')");
    let (old, new, notice, renewal) = (hex(16_777_216), hex(33_554_432), id("20250101"), id("20250102"));
    let code = "'01' || lpad(i::text, 8, '0')";
    let first = "WHERE world = 'default' AND request_id > '2026'";
    for statement in [
        format!(
            "INSERT INTO certificates (world, serial, number, subject, not_before, not_after) \
             SELECT world, {old}, 1000000 + i, subject, not_before, not_after FROM certificates, {numbers} \
             WHERE world = 'default' AND number = (SELECT MIN(number) FROM certificates)"
        ),
        format!(
            "INSERT INTO notices (world, request_id, reference_id, issuer, institution_code, terminal_name, category, \
             issued_on, valid_from, valid_until, download_until, serial, downloads) \
             SELECT world, {notice}, reference_id, issuer, {code}, terminal_name, category, issued_on, valid_from, \
             valid_until, download_until, {old}, 0 FROM notices, {numbers} {first}"
        ),
        format!(
            "INSERT INTO renewals (world, request_id, reference_id, predecessor, institution_code, sequence, serial, \
             number, accepted_at, course, pending) SELECT world, {renewal}, reference_id, {old}, {code}, 1, {new}, \
             2000000 + i, 1790000000000, \
             '{{\"running\":{{\"stage\":\"key_generation\",\"since\":\"2026-09-21T14:13:20Z\"}}}}', 1 \
             FROM notices, {numbers} {first}"
        ),
        format!(
            "INSERT INTO dues (world, kind, key, place, due) SELECT 'default', 1, {renewal}, 2000000 + i, 2420720000000 \
             FROM {numbers}"
        ),
        "UPDATE counters SET value = 3000000 WHERE world = 'default' AND name = 'certificate'".to_owned(),
        // As it does by itself a while after so much was written.
        "ANALYZE".to_owned(),
    ] {
        database.sql(&statement).await;
    }
}

/// A kept connection on which little is done beside asking.
struct Line {
    stream: Box<dyn Stream>,
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stream for T {}

impl Line {
    /// To the portal of this one.
    async fn to(program: &Program, identity: Option<&Pfx>) -> Self {
        let tls = Tls { alpn: Vec::new(), ..program.tls().await };
        let tls = identity.map_or(tls.clone(), |pfx| tls.showing(pfx));
        let connector = tokio_rustls::TlsConnector::from(Arc::new(tls.config()));
        let stream = tokio::net::TcpStream::connect(address(&program.ready.portal)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        Self { stream: Box::new(stream) }
    }

    /// Without TLS.
    async fn plain(url: &str) -> Self {
        let stream = tokio::net::TcpStream::connect(address(url)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: Box::new(stream) }
    }

    /// The whole answer.
    async fn ask(&mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let mut piece = [0; 16 * 1024];
            let read = self.stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&answer);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1).map(|rest| rest.lines().next().unwrap());
                let length: usize = length.map_or(0, |text| text.parse().unwrap());
                let chunked = head.contains("transfer-encoding: chunked");
                if (chunked && body.ends_with("0\r\n\r\n")) || (!chunked && body.len() >= length) {
                    return text.into_owned();
                }
            }
        }
    }
}

fn address(url: &str) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], Url::parse(url).unwrap().port().unwrap()))
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
