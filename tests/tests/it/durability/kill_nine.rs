//! Many `kill -9` of `obn-ca` and of `obn` at moments that a seed draws: `tests/kill-nine.sh` runs them.

use std::time::Duration;

use obn_client::{Client, Clock, Identity, Password, PfxProfile, Store};
use obn_tests::{AT_ONCE, Desk, Environment, Kept, Notice, Program, RENEWING};
use tokio::sync::mpsc::UnboundedReceiver;

use super::killed_among_renewals::renewals_survive;
use super::killed_simulator::issues_survive;

/// Kills of one store: its lists are read after each.
const A_STORE: usize = 20;
/// Of so many stores one is of renewals.
const RENEWALS: usize = 3;

/// Numbers below a bound, the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn moments(&mut self, count: usize, longest: u64) -> Vec<Duration> {
        (0..count).map(|_| Duration::from_millis(self.below(longest))).collect()
    }
}

/// What the script says, or what is usual.
fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
}

fn dice() -> Dice {
    Dice(number("OBN_KILL_NINE_SEED", 1) as u64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes long; tests/kill-nine.sh runs it"]
async fn of_the_simulator() {
    let kills = number("OBN_KILL_NINE_SERVERS", 1000);
    let (mut dice, mut killed, mut issued, mut revoked, mut renewed) = (dice(), 0, 0, 0, 0);
    for store in 1.. {
        let rounds = A_STORE.min(kills - killed);
        if rounds == 0 {
            break;
        }
        let moments = dice.moments(rounds, 600);
        if store % RENEWALS == 0 {
            let moment =
                async |round: usize, _: &mut UnboundedReceiver<()>| tokio::time::sleep(moments[round]).await;
            renewed += renewals_survive(&Kept::default(), rounds, 2, moment).await;
        } else {
            let moment = async |round: usize, _: &Program| tokio::time::sleep(moments[round]).await;
            let (new, gone) = issues_survive(&Kept::default(), rounds, moment).await;
            issued += new;
            revoked += gone;
        }
        killed += rounds;
        println!(
            "obn-ca: {killed} of {kills} kills; acknowledged and there: {issued} issued, {revoked} revoked, {renewed} renewed"
        );
    }
}

/// What `obn` is killed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Download,
    Renew,
    Collect,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes long; tests/kill-nine.sh runs it"]
async fn of_the_client() {
    let kills = number("OBN_KILL_NINE_CLIENTS", 300);
    let mut dice = dice();
    let (mut killed, mut ended) = (0, 0);
    // About what a whole run takes, in milliseconds.
    let mut longest = 1500;
    while killed < kills {
        let env = Environment::with(AT_ONCE).await;
        let verbs: Vec<Verb> =
            (0..30).map(|index| [Verb::Download, Verb::Renew, Verb::Collect][index % 3]).collect();
        let mut terminals = Vec::new();
        for verb in verbs {
            terminals.push((verb, Terminal::new(&env, verb).await));
        }
        // Those that download do it now, the others when they may renew.
        terminals.sort_by_key(|(verb, _)| *verb != Verb::Download);
        let mut is_late = false;
        for (verb, terminal) in terminals {
            if verb != Verb::Download && !is_late {
                env.control.freeze(RENEWING).await;
                is_late = true;
            }
            if killed == kills {
                break;
            }
            let after = dice.below(longest);
            if terminal.is_killed(&env, verb, Duration::from_millis(after)).await {
                killed += 1;
                longest += u64::from(after > longest * 9 / 10) * longest / 10;
            } else {
                ended += 1;
                longest = after.max(100);
            }
        }
        println!("obn: {killed} of {kills} kills, {ended} runs came to their end before; every key is there");
    }
}

/// A terminal with its folder, and the certificate that it is to get or to renew.
struct Terminal {
    notice: Notice,
    desk: Desk,
    old: Option<Identity>,
}

impl Terminal {
    async fn new(env: &Environment, verb: Verb) -> Self {
        let notice = env.issue().await;
        let desk = Desk::new(env).with("OBN_PASSWORD", "1234").with("OBN_NEW_PASSWORD", "2468");
        let mut terminal = Self { notice, desk, old: None };
        if verb == Verb::Download {
            return terminal;
        }
        let ids = terminal.notice.ids();
        let download = env.client().build().unwrap().download(&ids, &"1234".parse().unwrap()).await.unwrap();
        let pfx = download.identity.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
        std::fs::write(terminal.desk.path("old.p12"), pfx).unwrap();
        terminal
            .desk
            .run(&["restore", "old.p12", "--request-id", &terminal.notice.request_id], "")
            .await
            .ok();
        terminal.desk = terminal.desk.with("OBN_NOW", RENEWING);
        terminal.old = Some(download.identity);
        terminal
    }

    fn arguments(&self, verb: Verb) -> Vec<&str> {
        match verb {
            Verb::Download => vec![
                "download",
                "--request-id",
                &self.notice.request_id,
                "--reference-id",
                &self.notice.reference_id,
            ],
            Verb::Renew => vec!["renew"],
            Verb::Collect => vec!["collect"],
        }
    }

    /// Kills a run after this time, if it has not ended before; then the next run has the key, and does not ask again for
    /// what had come.
    async fn is_killed(&self, env: &Environment, verb: Verb, after: Duration) -> bool {
        if verb == Verb::Collect {
            let client = self.client(env);
            client.apply_for_renewal().await.unwrap().issued(|_| ()).await.unwrap();
        }
        let mut command = self.desk.obn(&self.arguments(verb));
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let ended = tokio::time::timeout(after, child.wait()).await.is_ok();
        if !ended {
            child.kill().await.unwrap();
        }
        let context = format!("{verb:?} of {} after {after:?}", self.notice.request_id);
        let before = self.serials();
        let had_come = self.left().iter().any(|name| name.ends_with(".received"));
        let asked = env.control.outcomes().await.len();
        let again = self.desk.run(&self.arguments(verb), "").await;
        let after = self.serials();
        // Who was killed after all was done may be told that there is nothing more to fetch.
        let new = |serials: &[String]| serials.iter().any(|serial| self.is_wanted(verb, serial));
        assert!(
            new(&after) && (again.status == Some(0) || new(&before)),
            "{context}: {:?} {}{}; {before:?} {after:?}",
            again.status,
            again.stdout,
            again.stderr
        );
        // A CA may have no second one of what has come. Who was killed once it was stored has it twice.
        if !new(&before) {
            let is_asked = env.control.outcomes().await.len() > asked;
            assert!(!had_come || !is_asked, "{context}: the CA was asked again: {}", again.stderr);
            let left = self.left();
            assert!(left.is_empty() || again.status != Some(0), "{context}: {left:?}");
        }
        if verb != Verb::Download {
            let renewals = env.control.json("/renewals").await;
            let serial = self.notice.serial.as_str();
            let ours = renewals.as_array().unwrap().iter().filter(|renewal| renewal["renews"] == serial);
            assert_eq!(ours.count(), 1, "{context}");
        }
        !ended
    }

    /// Files of the store that are no part of it.
    fn left(&self) -> Vec<String> {
        let Ok(items) = std::fs::read_dir(self.desk.path("store")) else { return Vec::new() };
        let names = items.map(|item| item.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(".obn-") || name.ends_with(".received")).collect()
    }

    fn client(&self, env: &Environment) -> Client {
        let clock = Clock::fixed(RENEWING.parse().unwrap());
        env.client().clock(clock).identity(self.old.clone().unwrap()).build().unwrap()
    }

    /// The certificates in the store whose keys are there and fit.
    fn serials(&self) -> Vec<String> {
        let (entries, damaged) = Store::at(self.desk.path("store")).survey().unwrap();
        assert!(damaged.is_empty(), "{damaged:?}");
        let serial = |entry: &obn_client::Entry| {
            entry.identity().unwrap().verify().unwrap();
            entry.certificate().serial().to_uppercase()
        };
        entries.iter().map(serial).collect()
    }

    fn is_wanted(&self, verb: Verb, serial: &str) -> bool {
        (serial == self.notice.serial.to_uppercase()) == (verb == Verb::Download)
    }
}
