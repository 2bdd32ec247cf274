//! One case: the authority and the model side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use obn_ca::terms::{EmailAddress, ReferenceId, RequestId, RevocationReason, Serial};
use obn_ca::world::{RenewalOrder, Visitor, World, WorldError};
use obn_tests::Pfx;

use super::application;
use super::command::{Command, Pick};
use super::model::{DAY, JST, Known, Model, Renewing, Stage, day_of};

/// One case.
pub(super) struct Run {
    world: Arc<World>,
    model: Model,
    pub(super) transcript: Vec<String>,
    /// Whose key is there. Keys take long to find, so one case may want only so many more of them, and
    /// only so many new certificates.
    keyed: BTreeSet<Serial>,
    dear: u32,
    issues: u32,
    /// Whether a certificate is just being shown at the door.
    entering: bool,
}

/// How often each command was answered yes and no: a test that never hears both tests little.
pub(super) static HEARD: Mutex<BTreeMap<(String, bool), u32>> = Mutex::new(BTreeMap::new());

pub(super) type Outcome = Result<(), String>;

impl Run {
    pub(super) async fn new(world: Arc<World>) -> Self {
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
            run.model.known.push(Known::of(&record, renewal.map(|it| it.by)));
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
        let pfx = Pfx::open(pfx, "1234").ok_or("a file that does not open")?;
        if pfx.serial != serial.to_string() {
            return Err(format!("{serial} came with another certificate"));
        }
        let owner = *self.model.keys.entry(pfx.key).or_insert(serial);
        if owner == serial { Ok(()) } else { Err(format!("the key of {owner} was handed out with {serial}")) }
    }

    pub(super) async fn apply(&mut self, command: Command) -> Outcome {
        let now = self.now();
        self.transcript.push(format!("{} {command:?}", self.world.clock.now()));
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
                self.model.known.push(Known::of(&record, None));
            }
            Command::Issue { .. } => {}
            Command::Download { ids_of, reference_of } => {
                let (meant, typed) = self.typed(ids_of, reference_of);
                let expected = typed == meant.reference_id
                    && meant.renews.is_none()
                    && meant.counts(now)
                    && meant.is_in_window(now);
                let pin = "1234".parse().unwrap();
                let said = self.world.download(&meant.request_id, &typed, pin).await;
                self.agree(expected, &said)?;
                if let Ok(file) = said {
                    self.holds(&file.bytes, meant.serial)?;
                }
            }
            Command::Renew { with, stale_page } => self.renew(self.pick(with), stale_page).await?,
            Command::Collect { renewal, with } => self.collect(renewal, with).await?,
            Command::Order { renewal, order } => self.order(renewal, order).await?,
            Command::RequestRevocation { of: pick, reference_of } => {
                let (meant, typed) = self.typed(pick, reference_of);
                let expected = typed == meant.reference_id && meant.counts(now) && !meant.open;
                let world = &self.world;
                let said = world.may_request_revocation(&meant.request_id, &typed, None).await;
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
                    self.find(meant.serial).open = true;
                }
            }
            Command::Decide { of: pick, approve } => {
                let meant = self.pick(pick);
                let said = self.world.decide_revocation(&meant.request_id, approve).await;
                self.agree(meant.open && (!approve || meant.counts(now)), &said)?;
                if said.is_ok() {
                    let known = self.find(meant.serial);
                    (known.open, known.revoked) = (false, known.revoked || approve);
                }
            }
            Command::Revoke { of: pick } => {
                let meant = self.pick(pick);
                let said = self.world.revoke(meant.serial, RevocationReason::KeyCompromise).await;
                self.agree(meant.counts(now), &said)?;
                if said.is_ok() {
                    self.find(meant.serial).revoked = true;
                }
            }
            Command::Move { seconds } => {
                let to = self.world.clock.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
                // A clock out of range stays where it is.
                let moved = self.world.set_clock(Some(to), None).await;
                assert!(matches!(moved, Ok(()) | Err(obn_ca::world::WorldError::Clock(_))), "{moved:?}");
            }
        }
        self.time_passes();
        self.compare().await
    }

    fn pick(&self, pick: Pick) -> Known {
        self.model.known[pick % self.model.known.len()].clone()
    }

    /// Whose request ID is typed, and the reference ID that is typed with it, which may be another's.
    fn typed(&self, ids_of: Pick, reference_of: Option<Pick>) -> (Known, ReferenceId) {
        let meant = self.pick(ids_of);
        let typed =
            reference_of.map_or_else(|| meant.reference_id.clone(), |pick| self.pick(pick).reference_id);
        (meant, typed)
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
        let Some(visitor) = self.enter(&with).await? else { return Ok(()) };
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
            Some(pick) => self.pick(pick),
            None => own().expect("renewals are applied for with a certificate"),
        };
        if !self.affords(with.serial) {
            return Ok(());
        }
        let Some(visitor) = self.enter(&with).await? else { return Ok(()) };
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

    /// Shows a certificate at the door.
    async fn enter(&mut self, with: &Known) -> Result<Option<Visitor>, String> {
        let shown = async {
            let record = self.world.record_by_serial(with.serial).await?;
            let der = self.world.certificate_der(&record.certificate).await?;
            self.world.visitor(Some(&der)).await
        };
        let visitor = shown.await;
        self.entering = true;
        self.agree(with.enters(self.now()), &visitor)?;
        self.entering = false;
        Ok(visitor.ok())
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
    pub(super) async fn compare_with_the_list(&self) -> Outcome {
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
