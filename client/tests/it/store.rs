//! The store: its promises to other processes, to a crash, and to whoever removes too much.

use std::os::unix::fs::PermissionsExt;

use obn_client::{
    Clock, Error, Identity, LockedStore, Origin, Password, PfxProfile, Reminder, Store, UsageError,
};

use crate::authority::{Authority, INSTITUTION};
use crate::portal::today;

fn pfx(identity: &Identity) -> Vec<u8> {
    identity.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap()
}

fn add(store: &LockedStore<'_>, identity: &Identity, request_id: &str) -> String {
    let origin = Origin { request_id: Some(request_id.parse().unwrap()), ..Origin::default() };
    store.add(identity, &pfx(identity), &origin, &today()).unwrap().name().to_owned()
}

fn names(store: &Store) -> Vec<String> {
    store.entries().unwrap().iter().map(|entry| entry.name().to_owned()).collect()
}

/// A store with an old and a new certificate.
fn two() -> (tempfile::TempDir, Store, Identity, Identity) {
    let ca = Authority::common_ca();
    let old = ca.identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
    let new = ca.identity(INSTITUTION, (2026, 11, 1), (2030, 2, 1));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store"));
    let locked = store.lock().unwrap();
    add(&locked, &new, "202611010000002");
    add(&locked, &old, "202309010000001");
    drop(locked);
    (folder, store, old, new)
}

#[test]
fn what_was_added_is_found_again_and_the_newest_valid_one_is_current() {
    let (_folder, store, old, new) = two();
    assert_eq!(names(&store), ["202309010000001", "202611010000002"]);
    assert_eq!(store.current(&today()).unwrap().identity().unwrap(), new);
    assert_eq!(store.entry("202309010000001").unwrap().pfx().unwrap().len(), pfx(&old).len());
    let before = Clock::fixed("2026-10-01T00:00:00Z".parse().unwrap());
    assert_eq!(store.current(&before).unwrap().identity().unwrap(), old);
    let after = Clock::fixed("2031-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(store.current(&after), Err(Error::Usage(UsageError::NothingValid))));
}

#[test]
fn a_certificate_is_valid_to_the_end_of_its_last_second() {
    let (_folder, store, old, new) = two();
    let at = |end: jiff::Timestamp, millis| Clock::fixed(end + jiff::SignedDuration::from_millis(millis));
    let begins = new.certificate().not_before();
    assert_eq!(store.current(&at(begins, -1)).unwrap().identity().unwrap(), old);
    assert_eq!(store.current(&at(begins, 0)).unwrap().identity().unwrap(), new);
    let ends = new.certificate().not_after();
    assert_eq!(store.current(&at(ends, 999)).unwrap().identity().unwrap(), new);
    assert!(matches!(store.current(&at(ends, 1000)), Err(Error::Usage(UsageError::NothingValid))));
}

#[test]
fn only_the_owner_reads_any_of_it() {
    let (_folder, store, ..) = two();
    let entry = store.entry("202309010000001").unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(store.folder()), 0o700);
    assert_eq!(mode(entry.folder()), 0o700);
    for file in std::fs::read_dir(entry.folder()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn the_same_certificate_under_a_new_password_replaces_itself() {
    let (_folder, store, old, _) = two();
    let again = old.to_pfx(&Password::new("9999"), PfxProfile::TripleDesSha1).unwrap();
    store.lock().unwrap().add(&old, &again, &Origin::default(), &today()).unwrap();
    assert_eq!(names(&store).len(), 2);
    assert_eq!(store.entry("202309010000001").unwrap().pfx().unwrap(), again);
}

#[test]
fn another_certificate_under_the_same_request_id_is_kept_beside_it() {
    let (_folder, store, ..) = two();
    let other = Authority::common_ca().identity(INSTITUTION, (2026, 1, 1), (2029, 4, 1));
    let name = add(&store.lock().unwrap(), &other, "202309010000001");
    assert_eq!(names(&store).len(), 3);
    assert!(name.starts_with("202309010000001-"));
}

#[test]
fn beside_a_damaged_entry_others_are_added_read_and_removed() {
    let (_folder, store, old, _) = two();
    let damaged = store.entry("202309010000001").unwrap().folder().join("entry.json");
    std::fs::write(&damaged, "{").unwrap();
    let locked = store.lock().unwrap();
    let again = add(&locked, &old, "202309010000001");
    assert_eq!(again, format!("202309010000001-{}", old.certificate().serial()));
    assert_eq!(store.entry(&again).unwrap().identity().unwrap(), old);
    locked.remove(&again, &today(), false).unwrap();
    assert!(damaged.exists());
    assert!(matches!(store.entries(), Err(Error::File { .. })), "it is told where all are asked for");
    assert_eq!(store.survey().unwrap().0.len(), 1);
}

#[test]
fn the_only_valid_certificate_is_removed_by_force_only() {
    let (_folder, store, ..) = two();
    let locked = store.lock().unwrap();
    locked.remove("202309010000001", &today(), false).unwrap();
    let refused = locked.remove("202611010000002", &today(), false);
    assert!(matches!(refused, Err(Error::Usage(UsageError::OnlyValid))));
    locked.remove("202611010000002", &today(), true).unwrap();
    assert!(names(&store).is_empty());
    assert!(matches!(locked.remove("x", &today(), false), Err(Error::Usage(UsageError::NoEntry(_)))));
}

#[test]
fn a_crash_at_any_step_leaves_the_entry_before_or_after() {
    // What each step leaves behind, by hand: while an entry is written, replaced, or removed.
    let (_folder, store, old, _) = two();
    let entry = store.entry("202309010000001").unwrap().folder().to_owned();
    let new_place = store.folder().join(".new-202309010000001");
    let gone_place = store.folder().join(".gone-202309010000001");
    let again = old.to_pfx(&Password::new("9999"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(entry.join("identity.p12"), &again).unwrap();
    for place in [&new_place, &gone_place] {
        std::fs::create_dir(place).unwrap();
        std::fs::write(place.join("key.pem"), "half").unwrap();
    }
    assert_eq!(names(&store).len(), 2);
    drop(store.lock().unwrap());
    assert!(!new_place.exists() && !gone_place.exists());
    assert_eq!(names(&store).len(), 2);
    let entry = store.entry("202309010000001").unwrap();
    assert_eq!((entry.identity().unwrap(), entry.pfx().unwrap()), (old, again));
}

#[test]
fn readers_need_no_lock() {
    const ROUNDS: usize = 20;
    let (_folder, store, old, new) = two();
    let passing = Authority::common_ca().identity(INSTITUTION, (2026, 1, 1), (2026, 12, 2));
    let write = || {
        for _ in 0..ROUNDS {
            let locked = store.lock().unwrap();
            // One is replaced, one comes and goes.
            add(&locked, &new, "202611010000002");
            add(&locked, &passing, "202601010000003");
            locked.remove("202601010000003", &today(), false).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        while !writer.is_finished() {
            let found = store.entries().unwrap();
            let has =
                |identity: &Identity| found.iter().any(|entry| entry.certificate() == identity.certificate());
            assert!(has(&old) && has(&new), "{found:?}");
            assert_eq!(store.current(&today()).unwrap().identity().unwrap(), new);
        }
    });
}

#[test]
fn a_second_writer_waits_for_the_first() {
    let (_folder, store, ..) = two();
    let locked = store.lock().unwrap();
    let lock = std::fs::File::options().write(true).open(store.folder().join(".lock")).unwrap();
    assert!(matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
    drop(locked);
    assert!(lock.try_lock().is_ok());
}

#[test]
fn reminders_come_on_the_manual_s_days_and_after_the_end() {
    let identity = Authority::common_ca().identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
    let certificate = identity.certificate();
    let start: jiff::Timestamp = "2026-08-30T09:00:00+09:00".parse().unwrap();
    let mut told = Vec::new();
    for day in 0..100 {
        let clock = Clock::fixed(start + jiff::SignedDuration::from_hours(24 * day));
        told.extend(Reminder::today(certificate, &clock));
    }
    let mut expected: Vec<Reminder> =
        [90, 60, 30, 15, 7, 6, 5, 4, 3, 2, 1, 0].map(Reminder::Expires).to_vec();
    expected.extend([1, 2, 3, 4, 5, 6].map(Reminder::Expired));
    assert_eq!(told, expected);
}
