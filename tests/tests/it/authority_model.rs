//! The authority against a naive model: random commands and moves of the clock, and after each of
//! them both must agree on who was told yes, on what exists, and on who holds which key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use jiff::{SignedDuration, Timestamp};
use obn_ca::authority::{Application, EmailAddress, ReferenceId, RequestId, RevocationReason, Serial};
use obn_ca::clock::Mode;
use obn_ca::pki::KeyPool;
use obn_ca::profile::Profile;
use obn_ca::store::{Store, StoreUrl};
use obn_ca::world::{Common, CreateError, NewWorld, RenewalOrder, World, WorldError, WorldFile, Worlds};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;

const START: &str = "2026-11-23T01:00:00Z";
const DAY: i64 = 86_400;
/// Japan's days begin so many seconds before those of UTC.
const JST: i64 = 9 * 3_600;

/// Which of what there is, counted modulo how much there is.
type Pick = usize;

#[derive(Clone, Copy, Debug)]
enum Command {
    Issue { institution: u8, days: i64 },
    Download { ids_of: Pick, reference_of: Option<Pick> },
    Renew { with: Pick, stale_page: bool },
    Collect { renewal: Pick, with: Option<Pick> },
    Order { renewal: Pick, order: RenewalOrder },
    RequestRevocation { of: Pick, reference_of: Option<Pick> },
    Decide { of: Pick, approve: bool },
    Revoke { of: Pick },
    Move { seconds: i64 },
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let pick = || 0..1_000_usize;
    let order = prop_oneof![Just(RenewalOrder::Hold), Just(RenewalOrder::Advance), Just(RenewalOrder::Fail)];
    let moves = [-400 * DAY, -DAY, -1, 1, 1, 2, 2, DAY, 30 * DAY, 90 * DAY, 180 * DAY, 400 * DAY];
    let command = prop_oneof![
        1 => (0..3_u8, 1..1_200_i64).prop_map(|(institution, days)| Command::Issue { institution, days }),
        4 => (pick(), prop::option::weighted(0.2, pick()))
            .prop_map(|(ids_of, reference_of)| Command::Download { ids_of, reference_of }),
        8 => (pick(), prop::bool::weighted(0.3)).prop_map(|(with, stale_page)| Command::Renew { with, stale_page }),
        5 => (pick(), prop::option::weighted(0.5, pick()))
            .prop_map(|(renewal, with)| Command::Collect { renewal, with }),
        4 => (pick(), order).prop_map(|(renewal, order)| Command::Order { renewal, order }),
        4 => (pick(), prop::option::weighted(0.2, pick()))
            .prop_map(|(of, reference_of)| Command::RequestRevocation { of, reference_of }),
        4 => (pick(), any::<bool>()).prop_map(|(of, approve)| Command::Decide { of, approve }),
        1 => pick().prop_map(|of| Command::Revoke { of }),
        10 => prop::sample::select(moves.to_vec()).prop_map(|seconds| Command::Move { seconds }),
    ];
    prop::collection::vec(command, 20..70)
}

/// What the model knows of a certificate. Times are seconds.
#[derive(Clone, Debug)]
struct Known {
    serial: Serial,
    request_id: RequestId,
    reference_id: ReferenceId,
    /// The renewal's own certificate, if it came about by one.
    renews: Option<Serial>,
    issued_on: i64,
    begins: i64,
    ends: i64,
    revoked: bool,
    /// Whether an application for a revocation waits, after how many.
    open: bool,
    applications: u32,
}

impl Known {
    fn counts(&self, now: i64) -> bool {
        !self.revoked && now <= self.ends
    }

    fn enters(&self, now: i64) -> bool {
        self.counts(now) && self.begins <= now
    }

    /// The day of issue and 180 more, each whole.
    fn is_in_window(&self, now: i64) -> bool {
        self.issued_on <= now && now < self.issued_on + 181 * DAY
    }

    /// 90 days before the last day, which ends a second after `ends`.
    fn can_be_renewed(&self, now: i64) -> bool {
        self.enters(now) && self.ends + 1 - 91 * DAY <= now
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Key generation until one second later, then the request until two seconds later.
    Runs(i64),
    /// The request alone, until one second later.
    Requests(i64),
    HeldAtKeys,
    HeldAtRequest,
    Issued,
    Failed,
}

#[derive(Clone, Debug)]
struct Renewing {
    request_id: RequestId,
    reference_id: ReferenceId,
    serial: Serial,
    by: Serial,
    accepted: i64,
    stage: Stage,
}

#[derive(Default)]
struct Model {
    known: Vec<Known>,
    renewals: Vec<Renewing>,
    request_ids: BTreeSet<RequestId>,
    reference_ids: BTreeSet<String>,
    serials: BTreeSet<Serial>,
    /// Whose each key is.
    keys: BTreeMap<Vec<u8>, Serial>,
}

fn day_of(now: i64) -> i64 {
    (now + JST).div_euclid(DAY) * DAY - JST
}

/// One case.
struct Run {
    world: Arc<World>,
    model: Model,
    transcript: Vec<String>,
    /// Whose key is there. Keys take long to find, so one case may want only so many more of them, and
    /// only so many new certificates.
    keyed: BTreeSet<Serial>,
    dear: u32,
    issues: u32,
    /// Whether a certificate is just being shown at the door.
    entering: bool,
}

/// How often each command was answered yes and no: a test that never hears both tests little.
static HEARD: Mutex<BTreeMap<(String, bool), u32>> = Mutex::new(BTreeMap::new());

type Outcome = Result<(), String>;

/// The worlds of all cases share the keys of one saved world.
static GROUND: LazyLock<(Runtime, Worlds, serde_json::Value)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (worlds, saved) = runtime.block_on(async {
        let profile = Profile::from_toml("pfx.iterations = 1\ncertificate.validity_months = 4\n").unwrap();
        let common = Common {
            pool: KeyPool::new(0),
            seed: Some("model".to_owned()),
            profile: Some(profile),
            hostnames: Vec::new(),
            journal: 1_000,
            outgoing: None,
        };
        let opening = async { Ok::<_, CreateError>(Store::open(&StoreUrl::Memory).await.unwrap()) };
        let worlds = Worlds::open(common, true, opening).await.unwrap().0;
        let world = Arc::clone(&worlds.default_world().world);
        world.set_clock(Some(START.parse().unwrap()), Some(Mode::Frozen)).await.unwrap().unwrap();
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
        world.set_clock(Some(later), None).await.unwrap().unwrap();
        world.collect(&visitor, &renewal.request_id, "1234".parse().unwrap()).await.unwrap();
        let saved = serde_json::to_value(world.to_file().await.unwrap()).unwrap();
        (worlds, saved)
    });
    (runtime, worlds, saved)
});

/// An application for a certificate that begins today and has its last day so many days later.
fn application(institution: u8, days: i64, now: &str) -> Application {
    let now: Timestamp = now.parse().unwrap();
    let today = Timestamp::from_second(now.as_second() + JST).unwrap().to_string();
    let today: jiff::civil::Date = today[..10].parse().unwrap();
    let codes = ["0110119153", "1310199992", "2710112345"];
    Application {
        institution_code: codes[usize::from(institution)].parse().unwrap(),
        terminal_name: "terminal".to_owned(),
        category: None,
        prefecture: None,
        issued_on: None,
        valid_from: None,
        valid_until: Some(today.saturating_add(jiff::Span::new().days(days))),
    }
}

impl Run {
    async fn new(world: Arc<World>) -> Self {
        let mut run = Self {
            world,
            model: Model::default(),
            transcript: Vec::new(),
            keyed: BTreeSet::new(),
            dear: 1,
            issues: 1,
            entering: false,
        };
        for renewal in run.world.renewals().await.unwrap() {
            run.model.renewals.push(Renewing {
                request_id: renewal.request_id,
                reference_id: renewal.reference_id,
                serial: renewal.serial,
                by: renewal.predecessor,
                accepted: renewal.accepted_at.as_second(),
                stage: Stage::Issued,
            });
        }
        for record in run.world.records().await.unwrap() {
            run.learn(&record.notice.request_id, &record.notice.reference_id, record.certificate.serial)
                .unwrap();
            let renewal = run.model.renewals.iter().find(|it| it.serial == record.certificate.serial);
            run.model.known.push(known(&record, renewal.map(|it| it.by)));
            run.keyed.insert(record.certificate.serial);
        }
        run
    }

    fn now(&self) -> i64 {
        self.world.clock.now().as_second()
    }

    /// IDs and serial numbers never repeat.
    fn learn(&mut self, request_id: &RequestId, reference_id: &ReferenceId, serial: Serial) -> Outcome {
        let new = self.model.request_ids.insert(request_id.clone())
            && self.model.reference_ids.insert(reference_id.reveal().to_owned())
            && self.model.serials.insert(serial);
        if new { Ok(()) } else { Err(format!("{request_id} or {serial} was given out before")) }
    }

    /// Both sides must say the same; what the authority said is written down.
    fn agree<T: Debug>(&mut self, expected: bool, said: &Result<T, WorldError>) -> Outcome {
        let told = said.as_ref().map_or_else(|error| error.to_string(), |_| "yes".to_owned());
        let asked =
            self.transcript.iter().rev().find(|line| !line.starts_with(' ')).expect("a command comes first");
        let command = asked.split(' ').nth(1).expect("it stands behind the time");
        let command = if self.entering { "Enter" } else { command };
        *HEARD.lock().unwrap().entry((command.to_owned(), said.is_ok())).or_default() += 1;
        self.transcript.push(format!("    {told}"));
        match said {
            Err(WorldError::Refused(_) | WorldError::NotFound) if !expected => Ok(()),
            Ok(_) if expected => Ok(()),
            _ => Err(format!("the model says {expected}, the authority {told}")),
        }
    }

    /// A key belongs to one certificate, for ever.
    fn holds(&mut self, pfx: &[u8], serial: Serial) -> Outcome {
        let read =
            KeyStore::from_pkcs12(pfx, "1234", Pkcs12ImportPolicy::Strict).map_err(|e| e.to_string())?;
        let (_, chain) = read.private_key_chain().ok_or("a file without a key")?;
        let (_, certificate) = x509_parser::parse_x509_certificate(chain.certs()[0].as_der()).unwrap();
        if certificate.raw_serial() != serial.octets() {
            return Err(format!("{serial} came with another certificate"));
        }
        let owner = *self.model.keys.entry(chain.key().as_der().to_vec()).or_insert(serial);
        if owner == serial { Ok(()) } else { Err(format!("the key of {owner} was handed out with {serial}")) }
    }

    async fn apply(&mut self, command: Command) -> Outcome {
        let now = self.now();
        self.transcript.push(format!("{} {command:?}", self.world.clock.now()));
        let of = |pick: Pick, known: &[Known]| known[pick % known.len()].clone();
        match command {
            Command::Issue { institution, days } if self.issues > 0 => {
                self.issues -= 1;
                let application = application(institution, days, &self.world.clock.now().to_string());
                let said = self.world.issue(application).await;
                self.agree(true, &said)?;
                let record = said.unwrap().0;
                self.learn(
                    &record.notice.request_id,
                    &record.notice.reference_id,
                    record.certificate.serial,
                )?;
                self.keyed.insert(record.certificate.serial);
                self.model.known.push(known(&record, None));
            }
            Command::Issue { .. } => {}
            Command::Download { ids_of, reference_of } => {
                let meant = of(ids_of, &self.model.known);
                let typed = reference_of.map_or(meant.clone(), |pick| of(pick, &self.model.known));
                let expected = typed.reference_id == meant.reference_id
                    && meant.renews.is_none()
                    && meant.counts(now)
                    && meant.is_in_window(now);
                let pin = "1234".parse().unwrap();
                let said = self.world.download(&meant.request_id, &typed.reference_id, pin).await;
                self.agree(expected, &said)?;
                if let Ok(file) = said {
                    self.holds(&file.bytes, meant.serial)?;
                }
            }
            Command::Renew { with, stale_page } => {
                self.renew(of(with, &self.model.known), stale_page).await?
            }
            Command::Collect { renewal, with } => self.collect(renewal, with).await?,
            Command::Order { renewal, order } => self.order(renewal, order).await?,
            Command::RequestRevocation { of: pick, reference_of } => {
                let meant = of(pick, &self.model.known);
                let typed = reference_of.map_or(meant.clone(), |pick| of(pick, &self.model.known));
                let expected = typed.reference_id == meant.reference_id && meant.counts(now) && !meant.open;
                let world = &self.world;
                let said = world.may_request_revocation(&meant.request_id, &typed.reference_id, None).await;
                self.agree(expected, &said)?;
                if let Ok(seen) = said {
                    let email: EmailAddress = "a@example.jp".parse().unwrap();
                    let world = &self.world;
                    let said = world.request_revocation(&meant.request_id, seen, email.clone(), None).await;
                    self.agree(true, &said)?;
                    // The same page once more is the same application.
                    let again = self.world.request_revocation(&meant.request_id, seen, email, None).await;
                    if again.unwrap() != said.unwrap() {
                        return Err("one page made two applications".to_owned());
                    }
                    let known = self.find(meant.serial);
                    (known.open, known.applications) = (true, known.applications + 1);
                }
            }
            Command::Decide { of: pick, approve } => {
                let meant = of(pick, &self.model.known);
                let said = self.world.decide_revocation(&meant.request_id, approve).await;
                self.agree(meant.open && (!approve || meant.counts(now)), &said)?;
                if said.is_ok() {
                    let known = self.find(meant.serial);
                    (known.open, known.revoked) = (false, known.revoked || approve);
                }
            }
            Command::Revoke { of: pick } => {
                let meant = of(pick, &self.model.known);
                let said = self.world.revoke(meant.serial, RevocationReason::KeyCompromise).await;
                self.agree(meant.counts(now), &said)?;
                if said.is_ok() {
                    self.find(meant.serial).revoked = true;
                }
            }
            Command::Move { seconds } => {
                let to = self.world.clock.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
                // A clock out of range stays where it is.
                let _ = self.world.set_clock(Some(to), None).await.unwrap();
            }
        }
        self.time_passes();
        self.compare().await
    }

    /// Whether this key is there, or may be made in this case.
    fn affords(&mut self, serial: Serial) -> bool {
        if self.keyed.contains(&serial) {
            return true;
        }
        let affordable = self.dear > 0;
        if affordable {
            self.dear -= 1;
            self.keyed.insert(serial);
        }
        affordable
    }

    fn find(&mut self, serial: Serial) -> &mut Known {
        self.model.known.iter_mut().find(|known| known.serial == serial).expect("it was just there")
    }

    async fn renew(&mut self, with: Known, stale_page: bool) -> Outcome {
        let now = self.now();
        if !self.affords(with.serial) {
            return Ok(());
        }
        let visitor = self.visitor(&with).await;
        self.entering = true;
        self.agree(with.enters(now), &visitor)?;
        self.entering = false;
        let Ok(visitor) = visitor else { return Ok(()) };
        let earlier: Vec<_> = self.model.renewals.iter().filter(|it| it.by == with.serial).cloned().collect();
        let count = u32::try_from(earlier.len()).unwrap();
        let seen = if stale_page { count.saturating_sub(1) } else { count };
        let granted = earlier.iter().any(|renewal| renewal.stage != Stage::Failed);
        let before = earlier.get(seen as usize);
        let said = self.world.renew(&visitor, seen).await;
        self.agree(before.is_some() || (with.can_be_renewed(now) && !granted), &said)?;
        match (said, before) {
            (Ok(renewal), Some(before)) if renewal.request_id != before.request_id => {
                Err(format!("an old page made {} beside {}", renewal.request_id, before.request_id))
            }
            (Ok(renewal), None) => {
                self.learn(&renewal.request_id, &renewal.reference_id, renewal.serial)?;
                self.model.renewals.push(Renewing {
                    request_id: renewal.request_id,
                    reference_id: renewal.reference_id,
                    serial: renewal.serial,
                    by: with.serial,
                    accepted: now,
                    stage: Stage::Runs(now),
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn collect(&mut self, renewal: Pick, with: Option<Pick>) -> Outcome {
        let now = self.now();
        if self.model.renewals.is_empty() {
            return Ok(());
        }
        let renewal = self.model.renewals[renewal % self.model.renewals.len()].clone();
        let own = || self.model.known.iter().find(|known| known.serial == renewal.by).cloned();
        let with = match with {
            Some(pick) => self.model.known[pick % self.model.known.len()].clone(),
            None => own().expect("renewals are applied for with a certificate"),
        };
        if !self.affords(with.serial) {
            return Ok(());
        }
        let visitor = self.visitor(&with).await;
        self.entering = true;
        self.agree(with.enters(now), &visitor)?;
        self.entering = false;
        let Ok(visitor) = visitor else { return Ok(()) };
        let made = self.model.known.iter().find(|known| known.serial == renewal.serial);
        // Before its first day, when the clock went back, a renewed certificate can be fetched.
        let fetchable = made.is_some_and(|it| it.counts(now) && now < it.issued_on + 181 * DAY);
        let expected = renewal.by == with.serial && renewal.stage == Stage::Issued && fetchable;
        if expected && !self.affords(renewal.serial) {
            return Ok(());
        }
        let said = self.world.collect(&visitor, &renewal.request_id, "1234".parse().unwrap()).await;
        self.agree(expected, &said)?;
        match said {
            Ok(file) => self.holds(&file.bytes, renewal.serial),
            Err(_) => Ok(()),
        }
    }

    async fn order(&mut self, pick: Pick, order: RenewalOrder) -> Outcome {
        let now = self.now();
        if self.model.renewals.is_empty() {
            return Ok(());
        }
        // One that is under way, if there is one and the pick is odd.
        let finished = |renewal: &Renewing| matches!(renewal.stage, Stage::Issued | Stage::Failed);
        let under_way = self.model.renewals.iter().position(|it| pick % 2 == 1 && !finished(it));
        let index = under_way.unwrap_or(pick % self.model.renewals.len());
        let renewal = self.model.renewals[index].clone();
        let at_keys = match renewal.stage {
            Stage::Issued | Stage::Failed => None,
            Stage::HeldAtKeys => Some(true),
            Stage::Runs(since) => Some(now < since + 1),
            Stage::Requests(_) | Stage::HeldAtRequest => Some(false),
        };
        let held = matches!(renewal.stage, Stage::HeldAtKeys | Stage::HeldAtRequest);
        let said = self.world.order_renewal(&renewal.request_id, order).await;
        self.agree(at_keys.is_some(), &said)?;
        if let Some(at_keys) = at_keys {
            self.model.renewals[index].stage = match (order, at_keys) {
                (RenewalOrder::Hold, true) => Stage::HeldAtKeys,
                (RenewalOrder::Hold, false) => Stage::HeldAtRequest,
                (RenewalOrder::Fail, _) => Stage::Failed,
                (RenewalOrder::Advance, false) => self.issued(&renewal),
                (RenewalOrder::Advance, true) if held => Stage::HeldAtRequest,
                (RenewalOrder::Advance, true) => Stage::Requests(now),
            };
        }
        Ok(())
    }

    async fn visitor(&self, known: &Known) -> Result<obn_ca::world::Visitor, WorldError> {
        let record = self.world.record_by_serial(known.serial).await?;
        let der = self.world.certificate_der(&record.certificate).await?;
        self.world.visitor(Some(&der)).await
    }

    /// A renewal's certificate comes to be: from the day of the application, four months.
    fn issued(&mut self, renewal: &Renewing) -> Stage {
        let begins = day_of(renewal.accepted);
        let first = Timestamp::from_second(begins + JST).unwrap().to_string();
        let first: jiff::civil::Date = first[..10].parse().unwrap();
        let last = first.saturating_add(jiff::Span::new().months(4));
        let days = i64::from(first.until(last).unwrap().get_days());
        self.model.known.push(Known {
            serial: renewal.serial,
            request_id: renewal.request_id.clone(),
            reference_id: renewal.reference_id.clone(),
            renews: Some(renewal.by),
            issued_on: begins,
            begins,
            ends: begins + (days + 1) * DAY - 1,
            revoked: false,
            open: false,
            applications: 0,
        });
        Stage::Issued
    }

    fn time_passes(&mut self) {
        let now = self.now();
        for index in 0..self.model.renewals.len() {
            let renewal = self.model.renewals[index].clone();
            let due = match renewal.stage {
                Stage::Runs(since) => since + 2,
                Stage::Requests(since) => since + 1,
                _ => continue,
            };
            if due <= now {
                self.model.renewals[index].stage = self.issued(&renewal);
            }
        }
    }

    /// There is what was issued and nothing else, and revoked is what was revoked.
    async fn compare(&self) -> Outcome {
        let records = self.world.records().await.map_err(|error| error.to_string())?;
        let have: BTreeMap<Serial, _> = records
            .iter()
            .map(|record| {
                let certificate = &record.certificate;
                let validity = (certificate.not_before.as_second(), certificate.not_after.as_second());
                (certificate.serial, (validity, certificate.revocation.is_some()))
            })
            .collect();
        let want: BTreeMap<Serial, _> =
            self.model.known.iter().map(|it| (it.serial, ((it.begins, it.ends), it.revoked))).collect();
        if have.len() == records.len() && have == want {
            return Ok(());
        }
        Err(format!("the model knows {want:?}, the authority {have:?}"))
    }

    /// The list names exactly what was revoked.
    async fn compare_with_the_list(&self) -> Outcome {
        let list = self.world.crl().await.map_err(|error| error.to_string())?;
        let listed: BTreeSet<Serial> = list.list.entries.iter().map(|entry| entry.serial).collect();
        let revoked = self.model.known.iter().filter(|it| it.revoked).map(|it| it.serial).collect();
        if listed == revoked {
            Ok(())
        } else {
            Err(format!("revoked are {revoked:?}, listed are {listed:?}"))
        }
    }
}

fn known(record: &obn_ca::authority::Record, renews: Option<Serial>) -> Known {
    let begins = record.certificate.not_before.as_second();
    Known {
        serial: record.certificate.serial,
        request_id: record.notice.request_id.clone(),
        reference_id: record.notice.reference_id.clone(),
        renews,
        // All of these begin on the day of their issue.
        issued_on: begins,
        begins,
        ends: record.certificate.not_after.as_second(),
        revoked: false,
        open: false,
        applications: 0,
    }
}

async fn agrees(worlds: &Worlds, saved: &serde_json::Value, commands: Vec<Command>) -> Result<(), String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name: obn_ca::world::WorldName =
        format!("w{}", NEXT.fetch_add(1, Ordering::Relaxed)).parse().unwrap();
    let file = Some(WorldFile::from_json(saved.clone()).unwrap());
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
