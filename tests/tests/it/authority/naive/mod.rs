//! The authority against a naive model: random commands and moves of the clock, and after each of
//! them both must agree on who was told yes, on what exists, and on who holds which key.

mod command;
mod model;
mod run;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use obn_ca::authority::IssueOrder;
use obn_ca::clock::Mode;
use obn_ca::pki::KeyPool;
use obn_ca::profile::Profile;
use obn_ca::store::StoreUrl;
use obn_ca::world::{WorldFile, WorldName};
use obn_ca::worlds::{Config, NewWorld, Worlds};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;

use self::command::{Command, commands};
use self::model::JST;
use self::run::{HEARD, Run};

const START: &str = "2026-11-23T01:00:00Z";

/// The worlds of all cases share the keys of one saved world.
static GROUND: LazyLock<(Runtime, Worlds, serde_json::Value)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (worlds, saved) = runtime.block_on(async {
        let profile = Profile::from_toml("pfx.iterations = 1\ncertificate.validity_months = 4\n").unwrap();
        let config = Config {
            pool: KeyPool::new(0),
            seed: Some("model".to_owned()),
            profile: Some(profile),
            hostnames: Vec::new(),
            journal: 1_000,
            files: obn_ca::files::Files::default(),
            outgoing: None,
        };
        let worlds = Worlds::open(&StoreUrl::Memory, config).await.unwrap();
        let world = Arc::clone(&worlds.default_world().world);
        world.set_clock(Some(START.parse().unwrap()), Some(Mode::Frozen)).await.unwrap();
        for (institution, days) in [(0, 60), (0, 1_000), (1, 100), (1, 400)] {
            let (record, _) = world.issue(application(institution, days, START)).await.unwrap();
            world.certificate_der(&record.certificate).await.unwrap();
        }
        // The first one ends in 60 days: it is renewed, and the key of the new one is there.
        let first = world.records().await.unwrap().remove(0);
        let der = world.certificate_der(&first.certificate).await.unwrap();
        let visitor = world.visitor(Some(&der)).await.unwrap();
        let renewal = world.renew(&visitor, 0).await.unwrap();
        let later = world.clock.now().checked_add(SignedDuration::from_secs(2)).unwrap();
        world.set_clock(Some(later), None).await.unwrap();
        world.collect(&visitor, &renewal.request_id, "1234".parse().unwrap()).await.unwrap();
        let saved = serde_json::to_value(world.to_file().await.unwrap()).unwrap();
        (worlds, saved)
    });
    (runtime, worlds, saved)
});

/// An application for a certificate that begins today and has its last day so many days later.
fn application(institution: u8, days: i64, now: &str) -> IssueOrder {
    let now: Timestamp = now.parse().unwrap();
    let today = Timestamp::from_second(now.as_second() + JST).unwrap().to_string();
    let today: jiff::civil::Date = today[..10].parse().unwrap();
    let codes = ["0110119153", "1310199992", "2710112345"];
    IssueOrder {
        institution_code: codes[usize::from(institution)].parse().unwrap(),
        terminal_name: "terminal".to_owned(),
        category: None,
        prefecture: None,
        issued_on: None,
        valid_from: None,
        valid_until: Some(today.saturating_add(jiff::Span::new().days(days))),
    }
}

async fn agrees(worlds: &Worlds, saved: &serde_json::Value, commands: Vec<Command>) -> Result<(), String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name: WorldName = format!("w{}", NEXT.fetch_add(1, Ordering::Relaxed)).parse().unwrap();
    let file = Some(serde_json::from_value::<WorldFile>(saved.clone()).unwrap());
    let hosted = worlds.create(name.clone(), NewWorld { file, ..NewWorld::default() }).await.unwrap();
    let mut run = Run::new(Arc::clone(&hosted.world)).await;
    let mut outcome = Ok(());
    for command in commands {
        outcome = run.apply(command).await;
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = run.compare_with_the_list().await;
    }
    worlds.delete(&name).await.unwrap();
    outcome.map_err(|why| format!("{why}, after\n{}", run.transcript.join("\n")))
}

#[test]
fn the_authority_does_what_a_naive_model_says() {
    let config =
        ProptestConfig { cases: 250, max_shrink_iters: 200, failure_persistence: None, ..Default::default() };
    let (runtime, worlds, saved) = &*GROUND;
    let outcome = TestRunner::new(config).run(&commands(), |commands| {
        runtime.block_on(agrees(worlds, saved, commands)).map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));

    let heard = HEARD.lock().unwrap().clone();
    for command in ["Download", "Enter", "Renew", "Collect", "Order", "RequestRevocation", "Decide", "Revoke"]
    {
        for answer in [true, false] {
            assert!(
                heard.contains_key(&(command.to_owned(), answer)),
                "{command} never heard {answer}: {heard:?}"
            );
        }
    }
    println!("{heard:?}");
}
