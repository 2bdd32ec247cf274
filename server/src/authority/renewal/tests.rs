use std::slice::from_ref;

use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::authority::tests::{drawn, record};
use crate::clock::Duration;

/// Issued on this day, so that it ends with 2030-02-23 in Japan.
const ISSUED: &str = "2026-11-23";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn accepted(now: &str) -> Renewal {
    let day = date(2029, 12, 1);
    match renew(&record(1, ISSUED), &[], 0, drawn(2, day), &Profile::default(), at(now)).unwrap() {
        Renewed::Accepted(renewal) => renewal,
        Renewed::Before(_) => panic!("nothing was there before"),
    }
}

#[test]
fn the_window_opens_with_the_day_90_days_before_the_last() {
    let certificate = record(1, ISSUED).certificate;
    assert_eq!(certificate.not_after, at("2030-02-23T14:59:59Z"));
    assert_eq!(renewal_opens(&certificate, &Profile::default()), at("2029-11-24T15:00:00Z"));
}

#[test]
fn one_second_decides_at_both_ends_of_the_window() {
    let decide = |now| may_renew(&record(1, ISSUED), &[], &Profile::default(), at(now));
    assert_eq!(decide("2029-11-24T14:59:59Z"), Err(Refusal::RenewalNotOpen));
    assert_eq!(decide("2029-11-24T15:00:00Z"), Ok(()));
    assert_eq!(decide("2030-02-23T14:59:59Z"), Ok(()));
    assert_eq!(decide("2030-02-23T15:00:00Z"), Err(Refusal::ClientCertificateExpired));
    assert_eq!(decide("2026-11-22T14:59:59Z"), Err(Refusal::ClientCertificateNotYetValid));
}

#[test]
fn the_new_validity_begins_on_the_day_of_the_renewal_and_inherits_nothing() {
    let profile = Profile::default();
    // Half past midnight in Japan is still the day before in Greenwich.
    let record = accepted("2029-11-30T15:30:00Z").record(&record(1, ISSUED), &profile);
    assert_eq!(record.notice.valid_from, date(2029, 12, 1));
    assert_eq!(record.notice.valid_until, date(2033, 3, 1));
    assert_eq!(record.notice.download_until, date(2030, 5, 30));
    assert_eq!(record.certificate.not_before, at("2029-11-30T15:00:00Z"));
    assert_eq!(record.certificate.not_after, at("2033-03-01T14:59:59Z"));
    assert_eq!(
        record.certificate.subject.to_string(),
        "CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP"
    );
}

#[test]
fn another_renewed_certificate_has_another_serial_number_and_the_same_one_has_the_same() {
    let first = accepted("2029-12-01T03:00:00Z").serial;
    assert_eq!(accepted("2029-12-01T04:00:00Z").serial, first, "valid on the same days");
    assert_ne!(accepted("2029-12-02T03:00:00Z").serial, first);
}

#[test]
fn the_status_follows_from_the_time_since_it_was_accepted() {
    let renewal = accepted("2029-12-01T00:00:00Z");
    let mut profile = Profile::default();
    profile.issue.delays = vec![Duration::seconds(10), Duration::seconds(5)];
    let status = |now| renewal.status(&profile, at(now)).word(&profile).to_owned();
    assert_eq!(status("2029-12-01T00:00:00Z"), "鍵生成中");
    assert_eq!(status("2029-12-01T00:00:09.999Z"), "鍵生成中");
    assert_eq!(status("2029-12-01T00:00:10Z"), "発行要求中");
    assert_eq!(status("2029-12-01T00:00:14.999Z"), "発行要求中");
    assert_eq!(status("2029-12-01T00:00:15Z"), "発行済み");
    assert_eq!(renewal.due(&profile), Some(at("2029-12-01T00:00:15Z")));
}

#[test]
fn a_tester_holds_it_moves_it_on_and_lets_it_fail() {
    let (profile, begin, later) =
        (Profile::default(), at("2029-12-01T00:00:00Z"), at("2029-12-31T00:00:00Z"));
    let held = accepted("2029-12-01T00:00:00Z").hold(&profile, begin).unwrap();
    assert_eq!(
        (held.status(&profile, later), held.due(&profile)),
        (RenewalStatus::Pending(Stage::KeyGeneration), None)
    );
    let on = held.clone().advance(&profile, later).unwrap();
    assert_eq!(on.status(&profile, later), RenewalStatus::Pending(Stage::IssueRequest));
    let issued = on.clone().advance(&profile, later).unwrap();
    // Issued stays issued, even if the clock is set back.
    assert_eq!(issued.status(&profile, begin), RenewalStatus::Issued);
    assert_eq!(issued.fail(&profile, later), Err(Refusal::RenewalFinished));
    let failed = on.fail(&profile, later).unwrap();
    assert_eq!(failed.status(&profile, later), RenewalStatus::Failed);
    assert_eq!(failed.hold(&profile, later), Err(Refusal::RenewalFinished));
}

#[test]
fn the_same_submit_is_one_application_and_a_failed_one_can_be_repeated() {
    let (profile, now) = (Profile::default(), at("2029-12-01T00:00:00Z"));
    let (old, first) = (record(1, ISSUED), accepted("2029-12-01T00:00:00Z"));
    let again =
        |earlier: &[Renewal], seen| renew(&old, earlier, seen, drawn(3, date(2029, 12, 1)), &profile, now);
    assert_eq!(again(from_ref(&first), 0), Ok(Renewed::Before(first.clone())));
    assert_eq!(again(from_ref(&first), 1), Err(Refusal::AlreadyRenewed));
    let failed = first.fail(&profile, now).unwrap();
    assert_eq!(again(from_ref(&failed), 0), Ok(Renewed::Before(failed.clone())));
    let Ok(Renewed::Accepted(second)) = again(from_ref(&failed), 1) else {
        panic!("a failed renewal doesn't count")
    };
    assert_eq!(second.sequence, 2);
}

#[test]
fn a_terminal_sees_the_keys_of_another_only_by_the_profile() {
    let (one, other) = (record(1, ISSUED), record(9, ISSUED));
    let renewal = accepted("2029-12-01T00:00:00Z");
    let mut profile = Profile::default();
    assert!(renewal.is_shown_to(&one, &profile));
    assert!(!renewal.is_shown_to(&other, &profile));
    profile.renewal.list_scope = ListScope::SameCommonName;
    assert!(renewal.is_shown_to(&other, &profile));
}

#[test]
fn the_key_can_be_fetched_for_180_days() {
    let (profile, renewal) = (Profile::default(), accepted("2029-12-01T00:00:00Z"));
    let new = renewal.record(&record(1, ISSUED), &profile);
    assert_eq!(may_collect(&new, &profile, at("2030-05-30T14:59:59Z")), Ok(()));
    assert_eq!(may_collect(&new, &profile, at("2030-05-30T15:00:00Z")), Err(Refusal::PickupClosed));
    assert_eq!(collect(new, &profile, at("2030-01-01T00:00:00Z")).unwrap().downloads.count, 1);
}

/// What happens to the renewals of two terminals of one institution.
#[derive(Clone, Debug)]
enum Event {
    Submit { terminal: usize, seen: u32 },
    Hold(usize),
    Advance(usize),
    Fail(usize),
    Wait(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..2usize, 0..4u32).prop_map(|(terminal, seen)| Event::Submit { terminal, seen }),
        1 => (0..6usize).prop_map(Event::Hold),
        2 => (0..6usize).prop_map(Event::Advance),
        1 => (0..6usize).prop_map(Event::Fail),
        4 => prop_oneof![Just(0), 1..3i64, Just(86_400), Just(40 * 86_400), Just(-86_400)].prop_map(Event::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_is_clicked_and_whenever(events in prop::collection::vec(event(), 1..60), max in 1..3u32) {
        let mut profile = Profile::default();
        profile.renewal.max = max;
        let terminals = [record(1, ISSUED), record(2, ISSUED)];
        let mut all: Vec<(usize, Renewal)> = Vec::new();
        let (mut now, mut number) = (at("2029-11-20T00:00:00Z"), 2);
        for event in events {
            let before = all.clone();
            match event {
                Event::Wait(seconds) => now += SignedDuration::from_secs(seconds),
                Event::Submit { terminal, seen } => {
                    number += 1;
                    let earlier: Vec<_> =
                        all.iter().filter(|(of, _)| *of == terminal).map(|(_, renewal)| renewal.clone()).collect();
                    let old = &terminals[terminal];
                    // A page never knows of more than there is.
                    let seen = seen.min(u32::try_from(earlier.len()).unwrap());
                    match renew(old, &earlier, seen, drawn(number, date(2029, 12, 1)), &profile, now) {
                        Ok(Renewed::Accepted(renewal)) => {
                            prop_assert!(now >= renewal_opens(&old.certificate, &profile));
                            prop_assert!(now.as_second() <= old.certificate.not_after.as_second());
                            prop_assert_eq!(renewal.sequence, seen + 1);
                            prop_assert_eq!(renewal.predecessor, old.certificate.serial);
                            all.push((terminal, renewal));
                        }
                        Ok(Renewed::Before(renewal)) => prop_assert!(earlier.contains(&renewal)),
                        Err(_) => {}
                    }
                }
                Event::Hold(index) | Event::Advance(index) | Event::Fail(index) => {
                    if let Some((_, renewal)) = all.get_mut(index) {
                        let changed = match event {
                            Event::Hold(_) => renewal.clone().hold(&profile, now),
                            Event::Advance(_) => renewal.clone().advance(&profile, now),
                            _ => renewal.clone().fail(&profile, now),
                        };
                        match changed {
                            Ok(changed) => *renewal = changed,
                            Err(refusal) => {
                                prop_assert_eq!(refusal, Refusal::RenewalFinished);
                                prop_assert!(!renewal.status(&profile, now).is_pending());
                            }
                        }
                    }
                }
            }
            // As the store does, what is due is issued for good.
            for (_, renewal) in &mut all {
                if let Some(due) = renewal.due(&profile).filter(|due| *due <= now) {
                    renewal.course = Course::Issued { at: due };
                }
            }
            for terminal in 0..2 {
                let of = all.iter().filter(|(of, renewal)| {
                    *of == terminal && renewal.status(&profile, now) != RenewalStatus::Failed
                });
                prop_assert!(of.count() <= max as usize);
            }
            for ((of, renewal), (_, earlier)) in all.iter().zip(&before) {
                let (was, is) = (earlier.course, renewal.course);
                let final_ = matches!(was, Course::Issued { .. } | Course::Failed { .. });
                prop_assert!(!final_ || was == is, "{was:?} became {is:?}");
                prop_assert!(renewal.is_shown_to(&terminals[*of], &profile));
                prop_assert!(!renewal.is_shown_to(&terminals[1 - *of], &profile));
            }
            let mut ids: Vec<_> = all.iter().map(|(_, renewal)| renewal.request_id.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), all.len());
        }
    }
}
