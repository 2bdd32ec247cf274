//! Random histories of one certificate authority, against a model that a person can read at a glance.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use obn_ca::authority::{
    Attempts, CertificateStatus, Drawn, IssueOrder, PasswordTag, Record, Refusal, download, identify, issue,
};
use obn_ca::entropy::Entropy;
use obn_ca::profile::{Profile, Redownload};
use obn_ca::terms::{ReferenceId, RequestId, RevocationReason};
use proptest::prelude::*;

/// What a registration authority, an institution and time may do.
#[derive(Clone, Debug)]
enum Step {
    /// Issue to a terminal, dated this many days from today, valid for so many days from then.
    Issue { in_days: i64, valid_days: i64 },
    /// Download the nth certificate, with the right reference ID or not, with this password.
    Download { index: usize, right: bool, password: u8 },
    /// Revoke the nth certificate.
    Revoke { index: usize },
    /// Let time pass.
    Advance { seconds: i64 },
    /// Let time pass until just before or after the nth certificate's next edge in Japan.
    ToEdge { index: usize, edge: u8, seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (-3i64..4, 0i64..400).prop_map(|(in_days, valid_days)| Step::Issue { in_days, valid_days }),
        8 => (0usize..4, prop::bool::weighted(0.8), 0u8..3)
            .prop_map(|(index, right, password)| Step::Download { index, right, password }),
        1 => (0usize..4).prop_map(|index| Step::Revoke { index }),
        2 => prop_oneof![0i64..100, 0i64..200_000, 0i64..30_000_000].prop_map(|seconds| Step::Advance { seconds }),
        5 => (0usize..4, 0u8..3, -1i64..2).prop_map(|(index, edge, seconds)| Step::ToEdge { index, edge, seconds }),
    ]
}

/// A certificate as a clerk in Japan would note it down: days, and what happened.
#[derive(Clone, Debug)]
struct Card {
    issued_on: Date,
    valid_until: Date,
    revoked: bool,
    downloads: u32,
    first_password: Option<u8>,
}

impl Card {
    /// What the clerk says at a day in Japan. No instants, no seconds: only days.
    fn says(&self, today: Date, right: bool, password: u8, redownload: Redownload) -> Result<(), Refusal> {
        let last_day = self.issued_on.checked_add(jiff::Span::new().days(180)).unwrap();
        if !right {
            Err(Refusal::WrongReferenceId)
        } else if today < self.issued_on {
            Err(Refusal::NotYetOpen)
        } else if self.revoked {
            Err(Refusal::Revoked)
        } else if today > self.valid_until {
            Err(Refusal::CertificateExpired)
        } else if today > last_day {
            Err(Refusal::WindowClosed)
        } else {
            match (redownload, self.first_password) {
                (Redownload::Once, Some(_)) => Err(Refusal::AlreadyDownloaded),
                (Redownload::SamePasswordOnly, Some(first)) if first != password => {
                    Err(Refusal::PasswordDiffers)
                }
                _ => Ok(()),
            }
        }
    }
}

/// The day in Japan, by plain arithmetic.
fn today(now: Timestamp) -> Date {
    let days = (now.as_second() + 9 * 3600).div_euclid(86_400);
    date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()
}

/// Midnight in Japan at the begin of a day.
fn midnight(day: Date) -> Timestamp {
    let days = (day - date(1970, 1, 1)).get_days();
    Timestamp::from_second(i64::from(days) * 86_400 - 9 * 3600).unwrap()
}

fn reference(number: u64) -> ReferenceId {
    ReferenceId::draw(&mut Entropy::seeded("model").stream("reference", number))
}

fn run(steps: &[Step], redownload: Redownload) -> Result<(), TestCaseError> {
    let mut profile = Profile::default();
    profile.download.redownload = redownload;
    let mut now: Timestamp = "2026-11-23T14:59:59Z".parse().unwrap();
    let mut records: Vec<(Record, Card)> = Vec::new();
    for step in steps {
        match *step {
            Step::Issue { in_days, valid_days } => {
                let number = records.len() as u64 + 1;
                let issued_on = today(now).checked_add(jiff::Span::new().days(in_days)).unwrap();
                let valid_until = issued_on.checked_add(jiff::Span::new().days(valid_days)).unwrap();
                let application = IssueOrder {
                    institution_code: "0110119153".parse().unwrap(),
                    terminal_name: "受付".to_owned(),
                    category: None,
                    prefecture: None,
                    issued_on: Some(issued_on),
                    valid_from: None,
                    valid_until: Some(valid_until),
                };
                let entropy = Entropy::seeded("model");
                let request_id = RequestId::new(issued_on, number).unwrap();
                let drawn = Drawn::new(number, request_id, |what| entropy.seed(what, number));
                let record = issue(application, drawn, &profile, now).unwrap().record;
                prop_assert_eq!(record.certificate.not_before, midnight(issued_on));
                records.push((
                    record,
                    Card { issued_on, valid_until, revoked: false, downloads: 0, first_password: None },
                ));
            }
            Step::Download { index, right, password } => {
                let Some((record, card)) = records.get_mut(index) else { continue };
                let typed = if right { record.notice.reference_id.clone() } else { reference(0) };
                let holder = identify(Some(record.clone()), &typed, Attempts::default(), &profile, now);
                let answer = holder
                    .map_err(|no| no.refusal)
                    .and_then(|record| download(record, PasswordTag([password; 16]), &profile, now));
                let said = card.says(today(now), right, password, redownload);
                prop_assert_eq!(
                    answer.as_ref().map(drop).map_err(|refusal| *refusal),
                    said,
                    "{} {:?}",
                    now,
                    card
                );
                if let Ok(after) = answer {
                    card.downloads += 1;
                    card.first_password.get_or_insert(password);
                    prop_assert_eq!(after.downloads.count, card.downloads);
                    prop_assert_eq!(&after.notice, &record.notice, "a download changes nothing else");
                    prop_assert_eq!(&after.certificate, &record.certificate);
                    *record = after;
                }
            }
            Step::Revoke { index } => {
                let Some((record, card)) = records.get_mut(index) else { continue };
                let answer = record.certificate.clone().revoke(RevocationReason::Superseded, now);
                let ended = today(now) > card.valid_until;
                let said = match (card.revoked, ended) {
                    (true, _) => Err(Refusal::AlreadyRevoked),
                    (false, true) => Err(Refusal::CertificateExpired),
                    (false, false) => Ok(()),
                };
                prop_assert_eq!(answer.as_ref().map(drop).map_err(|refusal| *refusal), said);
                if let Ok(certificate) = answer {
                    card.revoked = true;
                    record.certificate = certificate;
                }
            }
            Step::Advance { seconds } => now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap(),
            Step::ToEdge { index, edge, seconds } => {
                let Some((record, card)) = records.get(index) else { continue };
                let day = match edge {
                    0 => card.issued_on,
                    1 => record.notice.download_until.tomorrow().unwrap(),
                    _ => card.valid_until.tomorrow().unwrap(),
                };
                let target = midnight(day).checked_add(SignedDuration::from_secs(seconds)).unwrap();
                // Time doesn't run back by itself.
                now = now.max(target);
            }
        }
        for (record, card) in &records {
            let status = record.certificate.status(now);
            let expected = match (card.revoked, today(now) > card.valid_until) {
                (true, _) => CertificateStatus::Revoked,
                (false, true) => CertificateStatus::Expired,
                (false, false) => CertificateStatus::Valid,
            };
            prop_assert_eq!(status, expected, "{} {:?}", now, card);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_authority_decides_as_a_clerk_with_a_calendar_would(
        steps in prop::collection::vec(step(), 1..40),
        redownload in prop_oneof![
            Just(Redownload::Allowed), Just(Redownload::SamePasswordOnly), Just(Redownload::Once),
        ],
    ) {
        run(&steps, redownload)?;
    }
}
