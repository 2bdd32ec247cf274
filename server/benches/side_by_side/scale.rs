//! What calls cost in worlds of many terminals.

use std::time::Instant;

use super::median;
use crate::load::fleet::{self, PROFILE};
use crate::load::server::Server;
use crate::load::{Connection, Target, between, get_of, post, put};

/// A world with so many terminals in it, on a file, and what is asked of it.
struct Fleet {
    program: String,
    size: u32,
    server: Server,
    control: Connection<tokio::net::TcpStream>,
    portal: Connection<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>,
    /// What each call is, and its request.
    calls: Vec<(&'static str, Place, String)>,
    times: Vec<Vec<f64>>,
    _folder: tempfile::TempDir,
}

/// Who is asked.
#[derive(Clone, Copy)]
enum Place {
    Control,
    Portal,
}

impl Fleet {
    async fn new(program: &str, size: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, profile) = (folder.path().join("a.db"), folder.path().join("profile.toml"));
        std::fs::write(&profile, PROFILE).expect("a profile");
        let (store, profile) = (format!("sqlite:{}", path.display()), profile.display().to_string());
        let options = ["--store", &store, "--profile", &profile, "--no-sample", "--key-pool", "0"];
        let json = "application/json";
        let notice = {
            let server = Server::of(program, &options);
            let mut control = server.api().connect().await;
            let body = r#"{"institution_code":"0110119153","terminal_name":"bench"}"#;
            let notice = control.request(&post("/api/v1/notices", json, "", body)).await.body;
            let notice: serde_json::Value = serde_json::from_slice(&notice).expect("JSON");
            // Its key is there then.
            let path = format!("/api/v1/certificates/{}", notice["serial"].as_str().expect("text"));
            control.request(&get_of(&path, "")).await;
            let idle = r#"{"name":"idle"}"#;
            control.request(&post("/api/v1/worlds", json, "", idle)).await;
            control.request(&post("/api/v1/worlds/idle/notices", json, "", body)).await;
            control.request(&get_of("/api/v1/worlds/idle/issuer.pem", "")).await;
            notice
        };
        let identity = fleet::fill(&path, size).await;
        let server = Server::of(program, &options);
        let root = server.api().get("/api/v1/root.pem").await;
        let mut control = server.api().connect().await;
        control.request(&get_of("/readyz", "")).await;
        let mut portal = Target::showing(&server.portal, &root, Some(identity)).connect().await;
        let menu = portal.request(&get_of("/p/ru", "")).await;
        let cookie = format!("Cookie: {}\r\n", between(&menu.head, "set-cookie: ", ";"));
        let text = |name: &str| notice[name].as_str().expect("text").to_owned();
        let (id, serial) = (text("request_id"), text("serial"));
        let ask = |path: &str| get_of(path, "");
        let calls = vec![
            ("control: GET /notices/{request_id}", Place::Control, ask(&format!("/api/v1/notices/{id}"))),
            (
                "control: GET /certificates/{serial}",
                Place::Control,
                ask(&format!("/api/v1/certificates/{serial}")),
            ),
            ("control: GET /notices?limit=50", Place::Control, ask("/api/v1/notices?limit=50")),
            (
                "control: GET /notices?limit=50&order=newest",
                Place::Control,
                ask("/api/v1/notices?limit=50&order=newest"),
            ),
            (
                "control: GET /renewals?limit=50&order=newest",
                Place::Control,
                ask("/api/v1/renewals?limit=50&order=newest"),
            ),
            (
                "control: GET /notices?q={institution_code}",
                Place::Control,
                ask("/api/v1/notices?q=0110119153"),
            ),
            (
                "control: PUT /notices/{request_id}/contact",
                Place::Control,
                put(&format!("/api/v1/notices/{id}/contact"), r#"{"email":"a@example.jp"}"#),
            ),
            ("portal: /p/ru, the menu", Place::Portal, get_of("/p/ru", &cookie)),
            ("portal: /p/ru, the confirmation", Place::Portal, get_of("/p/ru/apply", &cookie)),
            ("portal: /p/ru, the list", Place::Portal, get_of("/p/ru/list", &cookie)),
            ("the idle world: GET /notices", Place::Control, ask("/api/v1/worlds/idle/notices")),
        ];
        let times = vec![Vec::new(); calls.len()];
        Self { program: program.to_owned(), size, server, control, portal, calls, times, _folder: folder }
    }

    /// Each call once.
    async fn round(&mut self, counts: bool) {
        for ((_, place, request), times) in self.calls.iter().zip(&mut self.times) {
            let begin = Instant::now();
            let answer = match place {
                Place::Control => self.control.request(request).await,
                Place::Portal => self.portal.request(request).await,
            };
            let time = begin.elapsed().as_secs_f64() * 1e3;
            assert!(answer.head.starts_with("HTTP/1.1 20"), "{request}: {}", answer.head);
            if counts {
                times.push(time);
            }
        }
    }

    /// How long the idle world takes while four callers ask for one of the terminals without end.
    async fn beside(&mut self, rounds: usize) -> f64 {
        let (api, request) = (self.server.api(), self.calls[0].2.clone());
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (api, request) = (api.clone(), request.clone());
                tokio::spawn(async move {
                    let mut control = api.connect().await;
                    loop {
                        control.request(&request).await;
                    }
                })
            })
            .collect();
        let (idle, mut times) = (self.calls.last().expect("a call").2.clone(), Vec::new());
        for _ in 0..rounds {
            let begin = Instant::now();
            self.control.request(&idle).await;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        callers.iter().for_each(tokio::task::JoinHandle::abort);
        median(&mut times)
    }
}

/// What a call costs in worlds of these sizes, in turn, so that what else the machine does meets all of them alike.
pub(crate) fn scale(runtime: &tokio::runtime::Runtime, programs: &[&str], sizes: &[u32]) {
    const ROUNDS: usize = 60;
    runtime.block_on(async {
        let mut fleets = Vec::new();
        for size in sizes {
            for program in programs {
                fleets.push(Fleet::new(program, *size).await);
            }
        }
        for round in 0..ROUNDS + 5 {
            for fleet in &mut fleets {
                fleet.round(round >= 5).await;
            }
        }
        println!(
            "milliseconds a call, medians of {ROUNDS} in turn, at so many terminals with pending renewals"
        );
        for program in programs {
            let mut all: Vec<_> = fleets.iter_mut().filter(|it| it.program == *program).collect();
            let line = |name: &str, cells: &[String]| println!("{name:<48}{}", cells.join(""));
            line(program, &all.iter().map(|it| format!("{:>9}", it.size)).collect::<Vec<_>>());
            for call in 0..all[0].calls.len() {
                let name = all[0].calls[call].0;
                let cells = all.iter_mut().map(|it| format!("{:>9.2}", median(&mut it.times[call])));
                line(name, &cells.collect::<Vec<_>>());
            }
            let mut cells = Vec::new();
            for fleet in all {
                cells.push(format!("{:>9.2}", fleet.beside(ROUNDS).await));
            }
            line("the same beside four callers of the other", &cells);
        }
    });
}
