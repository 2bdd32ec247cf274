//! 30 years of a clinic's certificate on the simulated clock: the watch's notices and renewals, at the real simulator.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use obn_client::{
    Certificate, Clock, Download, Entry, Origin, Reminder, RequestId, Store, Task, Validity, Watch,
};
use obn_tests::{AT_ONCE, Environment, NOON};

/// How often the watch looks.
const STEP: SignedDuration = SignedDuration::from_hours(3);

/// A clinic with a store, at a simulator whose clock goes with the watch's.
struct Clinic {
    env: Environment,
    folder: tempfile::TempDir,
    now: Timestamp,
    watch: Watch,
    /// Days on which notices were shown, by serial number.
    notices: BTreeMap<String, Vec<i64>>,
}

impl Clinic {
    async fn new() -> Self {
        let env = Environment::with(AT_ONCE).await;
        let folder = tempfile::tempdir().unwrap();
        let (now, watch) = (NOON.parse().unwrap(), Watch::default());
        let clinic = Self { env, folder, now, watch, notices: BTreeMap::new() };
        let notice = clinic.env.issue().await;
        let ids = notice.ids();
        let client = clinic.env.client().clock(clinic.clock()).build().unwrap();
        let download = client.download(&ids, &"1234".parse().unwrap()).await.unwrap();
        clinic.keep(&download, Some(ids.request_id), None);
        clinic
    }

    fn clock(&self) -> Clock {
        Clock::fixed(self.now)
    }

    fn store(&self) -> Store {
        Store::at(self.folder.path())
    }

    fn keep(&self, download: &Download, request_id: Option<RequestId>, renews: Option<String>) {
        let origin = Origin { request_id, renews, ..Origin::default() };
        let store = self.store();
        store.lock().unwrap().add(&download.identity, &download.pfx, &origin, &self.clock()).unwrap();
    }

    /// Looks once, and renews if that is due and `renews` allows it. Answers whether it renewed.
    async fn look(&mut self, entries: &[Entry], renews: bool) -> bool {
        let clock = self.clock();
        let mut due = None;
        for task in self.watch.look(entries, &clock) {
            match task {
                Task::Remind(entry, reminder) => {
                    let days = match reminder {
                        Reminder::Expires(days) => days,
                        Reminder::Expired(days) => -days,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(days, entry.certificate().days_left(&clock), "told on its day");
                    self.notices.entry(entry.certificate().serial().to_owned()).or_default().push(days);
                    self.watch.told(entry, &clock);
                }
                Task::Renew(entry) if renews => due = Some(entry),
                _ => {}
            }
        }
        let Some(old) = due else { return false };
        let days = old.certificate().days_left(&clock);
        assert!((89..=90).contains(&days), "as soon as the window opens, with {days} days left");
        self.env.control.freeze(&self.now.to_string()).await;
        let client = self.env.client().clock(clock).identity(old.identity().unwrap()).build().unwrap();
        let renewed = client.renew(&"2468".parse().unwrap(), None, &mut ()).await.unwrap();
        self.keep(&renewed.download, renewed.request_id, Some(old.name().to_owned()));
        true
    }
}

#[tokio::test]
async fn every_renewal_is_in_its_window_and_there_is_no_gap() {
    let mut clinic = Clinic::new().await;
    let end = clinic.now + SignedDuration::from_hours(24 * 365 * 30);
    let mut entries = clinic.store().entries().unwrap();
    while clinic.now < end {
        let clock = clinic.clock();
        let valid = |certificate: &Certificate| certificate.validity(&clock) == Validity::Valid;
        assert!(entries.iter().any(|entry| valid(entry.certificate())), "a gap at {}", clinic.now);
        if clinic.look(&entries, true).await {
            entries = clinic.store().entries().unwrap();
        }
        clinic.now += STEP;
    }
    // 39 months less 90 days at a time.
    let renewals = clinic.env.control.json("/renewals").await.as_array().unwrap().len();
    assert_eq!((renewals, entries.len()), (9, 10));
    // The first notice comes when the window opens, and a renewed certificate needs no other.
    assert_eq!(clinic.notices.len(), 9);
    assert!(clinic.notices.values().all(|days| days == &[90]), "{:?}", clinic.notices);
}

#[tokio::test]
async fn every_notice_of_a_certificate_that_nobody_renews_comes_on_its_day() {
    let mut clinic = Clinic::new().await;
    let entries = clinic.store().entries().unwrap();
    let end = entries[0].certificate().not_after() + SignedDuration::from_hours(24 * 10);
    while clinic.now < end {
        clinic.look(&entries, false).await;
        clinic.now += STEP;
    }
    let told = clinic.notices.into_values().next().unwrap();
    let daily = (-10..=7).rev();
    assert_eq!(told, [90, 60, 30, 15].into_iter().chain(daily).collect::<Vec<_>>());
}
