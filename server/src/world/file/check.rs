//! Whether the contents of a file are a world that can go on: what serde can't tell, as a person may have changed it.
//!
//! All of it is looked at before any of it is taken up. Whatever is let through here must never be a page's or a key's
//! trouble later.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Contents, FileError, Material, Stored, StoredCa};
use crate::authority::{
    Application, ApplicationCourse, Attempts, Certificate, Contact, Course, Notice, Record, Renewal,
    RevocationRequest, names_terminal,
};
use crate::faults::Fault;
use crate::journal::Entry;
use crate::mail::Mail;
use crate::pki::{self, CertificateList, RsaKey};
use crate::profile::Profile;
use crate::terms::{RequestId, Serial};
use crate::world::Settings;

type Checked = Result<(), FileError>;

/// Far below the last number there is, so that a world can go on counting.
const LAST: u64 = u32::MAX as u64 - 1;
const LAST_SHORT: u32 = u32::MAX / 2;
const TWICE: &str = "it is there twice";

pub(super) fn check(contents: &Contents) -> Checked {
    let Contents { settings, counters, certificates, attempts, journal, faults, .. } = contents;
    let Contents { renewals, revocations, mails, applications, contacts, format: _, .. } = contents;
    check_settings(settings)?;
    check_counters(counters)?;
    let counted =
        |name: &str| counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, value)| *value);
    let known = Known::of(certificates, counted("certificate"), &settings.profile)?;
    check_attempts(attempts)?;
    check_journal(journal)?;
    check_faults(faults)?;
    check_renewals(renewals, &known)?;
    check_revocations(revocations, &known)?;
    check_contacts(contacts, certificates)?;
    check_mails(mails, counted("mail"))?;
    check_applications(applications, counted("application"), &known)
}

fn check_contacts(contacts: &[Contact], certificates: &[Stored]) -> Checked {
    let mut known: HashSet<_> = certificates.iter().map(|stored| &stored.record.notice.request_id).collect();
    for (index, contact) in contacts.iter().enumerate() {
        let place = || format!("contacts[{index}]");
        must(known.remove(&contact.request_id), place, "of no certificate, or there twice")?;
    }
    Ok(())
}

fn check_settings(settings: &Settings) -> Checked {
    settings.master()?;
    settings.profile.check()?;
    if let Err(error) = settings.clock.check() {
        return wrong("settings.clock".to_owned(), error.to_string());
    }
    up_to(settings.session_epoch, || "settings.session_epoch".to_owned())?;
    settings.ca.as_ref().map_or(Ok(()), |ca| check_ca(ca, &settings.profile))
}

/// Does with it what it is for.
fn check_ca(stored: &StoredCa, profile: &Profile) -> Checked {
    let damaged = |error: pki::PkiError| FileError::Content {
        place: "settings.ca".to_owned(),
        what: error.to_string(),
    };
    let ca = stored.restore().map_err(damaged)?;
    let fits = ca.key().is_certified_by(ca.certificate());
    must(fits, || "settings.ca".to_owned(), "its certificate is of another key")?;
    let (this_update, next_update) = (profile.ca.not_before, profile.ca.not_after);
    let list = CertificateList { number: 1, this_update, next_update, revoked: Vec::new() };
    ca.sign_crl(&list, profile).map(drop).map_err(damaged)
}

fn check_counters(counters: &[(String, u64)]) -> Checked {
    let mut names = HashSet::new();
    for (index, (name, value)) in counters.iter().enumerate() {
        let place = || format!("counters[{index}]");
        up_to(*value, place)?;
        must(names.insert(name), place, TWICE)?;
    }
    Ok(())
}

/// What the rest of the file may speak of.
struct Known<'a> {
    certificates: HashMap<&'a RequestId, &'a Certificate>,
    serials: HashMap<Serial, u64>,
    numbers: HashSet<u64>,
    /// The last number that was given out.
    counted: u64,
}

impl<'a> Known<'a> {
    fn nothing(counted: u64) -> Self {
        Self { certificates: HashMap::new(), serials: HashMap::new(), numbers: HashSet::new(), counted }
    }

    fn of(certificates: &'a [Stored], counted: u64, profile: &Profile) -> Result<Self, FileError> {
        let mut known = Self::nothing(counted);
        for (index, stored) in certificates.iter().enumerate() {
            let at = |what: &str| format!("certificates[{index}].{what}");
            let Record { notice, certificate, downloads } = &stored.record;
            check_notice(notice, &|what: &str| at(&format!("record.notice.{what}")))?;
            check_certificate(certificate, profile, &|what: &str| at(&format!("record.certificate.{what}")))?;
            short(downloads.count, || at("record.downloads.count"))?;
            downloads.last_at.map_or(Ok(()), |moment| past(moment, || at("record.downloads.last_at")))?;
            if let Some(material) = stored.material()? {
                check_material(material, certificate, &at("material"))?;
            }
            known.count(certificate.number, || at("record.certificate.number"))?;
            let fresh = known.certificates.insert(&notice.request_id, certificate).is_none();
            must(fresh, || at("record.notice.request_id"), TWICE)?;
            let fresh = known.serials.insert(certificate.serial, certificate.number).is_none();
            must(fresh, || at("record.certificate.serial"), TWICE)?;
        }
        Ok(known)
    }

    fn count(&mut self, number: u64, place: impl Fn() -> String) -> Checked {
        let counted = (1..=self.counted).contains(&number);
        must(counted, &place, "it must be 1 or more, and not more than the counter \"certificate\"")?;
        must(self.numbers.insert(number), &place, TWICE)
    }
}

fn check_notice(notice: &Notice, at: &dyn Fn(&str) -> String) -> Checked {
    must(
        names_terminal(&notice.terminal_name),
        || at("terminal_name"),
        "it must be 1 to 64 characters of text",
    )?;
    let begins = [(notice.issued_on, "issued_on"), (notice.valid_from, "valid_from")];
    for (day, what) in begins {
        must(first_day(day), || at(what), FIRST_DAY)?;
    }
    let ends = [(notice.valid_until, "valid_until"), (notice.download_until, "download_until")];
    for (day, what) in ends {
        must(last_day(day), || at(what), LAST_DAY)?;
    }
    must(notice.valid_from <= notice.valid_until, || at("valid_until"), "it must not lie before valid_from")
}

fn check_certificate(certificate: &Certificate, profile: &Profile, at: &dyn Fn(&str) -> String) -> Checked {
    let Certificate { serial, subject, not_before, not_after, revocation, .. } = certificate;
    let positive = (0x01..0x80).contains(&serial.octets()[0]);
    must(positive, || at("serial"), "it must begin with 01 to 7F: 16 octets, positive")?;
    past(*not_before, || at("not_before"))?;
    must(end(*not_after), || at("not_after"), END)?;
    must(not_before <= not_after, || at("not_after"), "it must not lie before not_before")?;
    revocation.map_or(Ok(()), |revocation| past(revocation.at, || at("revocation.at")))?;
    let encodes = pki::encodes(subject, profile.dn.string_type);
    must(encodes, || at("subject"), "it can't be encoded as the profile's dn.string_type says")
}

fn check_material(material: Material, certificate: &Certificate, at: &str) -> Checked {
    let Material { key, certificate: der } = material;
    let Some(key) = RsaKey::from_pkcs8(key) else { return Err(FileError::Damaged("a key")) };
    must(key.is_certified_by(&der), || format!("{at}.certificate"), "it is of another key, or damaged")?;
    let Certificate { serial, not_before, not_after, .. } = certificate;
    let same = pki::is_certificate_of(&der, *serial, *not_before, *not_after);
    must(same, || format!("{at}.certificate"), "its serial number or its dates are not those of the record")
}

fn check_attempts(attempts: &[(RequestId, Attempts)]) -> Checked {
    let mut ids = HashSet::new();
    for (index, (request_id, attempts)) in attempts.iter().enumerate() {
        let place = || format!("attempts[{index}]");
        short(attempts.failures, place)?;
        must(ids.insert(request_id), place, TWICE)?;
    }
    Ok(())
}

fn check_journal(journal: &[Entry]) -> Checked {
    let first = journal.first().map_or(1, |entry| entry.sequence.max(1));
    for (index, entry) in journal.iter().enumerate() {
        let at = |what: &str| format!("journal[{index}].{what}");
        let follows = entry.sequence.checked_sub(first) == Some(index as u64);
        must(follows, || at("sequence"), "the journal counts from 1 or more, without gaps")?;
        up_to(entry.sequence, || at("sequence"))?;
        past(entry.time, || at("time"))?;
        // A machine's own clock may be wrong by any number of years.
        must(
            (1970..2200).contains(&year(entry.real_time)),
            || at("real_time"),
            "it must lie in the years 1970 to 2199",
        )?;
    }
    Ok(())
}

fn check_faults(faults: &[Fault]) -> Checked {
    let mut ids = HashSet::new();
    for (index, fault) in faults.iter().enumerate() {
        if let Err(error) = fault.rule.check() {
            return wrong(format!("faults[{index}].rule"), error);
        }
        up_to(fault.id, || format!("faults[{index}].id"))?;
        must(ids.insert(fault.id), || format!("faults[{index}].id"), TWICE)?;
    }
    Ok(())
}

fn check_renewals(renewals: &[Renewal], known: &Known<'_>) -> Checked {
    let mut drawn = Known::nothing(known.counted);
    let mut ids = HashSet::new();
    let mut sequences = Sequences(HashMap::new());
    for (index, renewal) in renewals.iter().enumerate() {
        let at = |what: &str| format!("renewals[{index}].{what}");
        let there = known.serials.contains_key(&renewal.predecessor);
        must(there, || at("predecessor"), "there is no such certificate")?;
        past(renewal.accepted_at, || at("accepted_at"))?;
        match renewal.course {
            Course::Running { since: moment, .. }
            | Course::Issued { at: moment }
            | Course::Failed { at: moment } => {
                past(moment, || at("course"))?;
            }
            Course::Held { .. } => {}
        }
        must(ids.insert(&renewal.request_id), || at("request_id"), TWICE)?;
        drawn.count(renewal.number, || at("number"))?;
        let fresh = drawn.serials.insert(renewal.serial, renewal.number).is_none();
        must(fresh, || at("serial"), TWICE)?;
        let issued = known.certificates.get(&renewal.request_id);
        if let Course::Issued { .. } = renewal.course {
            let same = issued.is_some_and(|it| (it.serial, it.number) == (renewal.serial, renewal.number));
            must(same, || at("course"), "it is issued, and its certificate is not there")?;
        } else {
            let free = issued.is_none()
                && !known.serials.contains_key(&renewal.serial)
                && !known.numbers.contains(&renewal.number);
            must(free, || at("course"), "it is not issued, and its certificate is there")?;
        }
        sequences.add(renewal.predecessor, renewal.sequence);
    }
    must(sequences.are_whole(), || "renewals".to_owned(), SEQUENCES)
}

fn check_revocations(revocations: &[RevocationRequest], known: &Known<'_>) -> Checked {
    let mut sequences = Sequences(HashMap::new());
    for (index, request) in revocations.iter().enumerate() {
        let at = |what: &str| format!("revocations[{index}].{what}");
        let meant = known.certificates.get(&request.request_id);
        let there = meant.is_some_and(|certificate| certificate.serial == request.serial);
        must(there, || at("serial"), "there is no certificate with this request ID and serial number")?;
        past(request.accepted_at, || at("accepted_at"))?;
        request.decision.map_or(Ok(()), |decided| past(decided.at, || at("decision.at")))?;
        sequences.add(&request.request_id, request.sequence);
    }
    must(sequences.are_whole(), || "revocations".to_owned(), SEQUENCES)
}

fn check_mails(mails: &[Mail], counted: u64) -> Checked {
    let mut numbers = HashSet::new();
    for (index, mail) in mails.iter().enumerate() {
        let at = |what: &str| format!("mails[{index}].{what}");
        let counts = (1..=counted).contains(&mail.number);
        must(counts, || at("number"), "it must be 1 or more, and not more than the counter \"mail\"")?;
        must(numbers.insert(mail.number), || at("number"), TWICE)?;
        past(mail.date, || at("date"))?;
    }
    Ok(())
}

fn check_applications(applications: &[Application], counted: u64, known: &Known<'_>) -> Checked {
    let (mut numbers, mut submissions, mut issued) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (index, application) in applications.iter().enumerate() {
        let at = |what: &str| format!("applications[{index}].{what}");
        let certificates = application.form.certificates;
        must((1..=99).contains(&certificates), || at("form.certificates"), "it must be 1 to 99")?;
        let sequence = application.number.sequence();
        let counts = (1..=counted).contains(&sequence);
        must(counts, || at("number"), "it must be 1 or more, and not more than the counter \"application\"")?;
        must(numbers.insert(sequence), || at("number"), TWICE)?;
        must(submissions.insert(&application.submission), || at("submission"), TWICE)?;
        past(application.accepted_at, || at("accepted_at"))?;
        match &application.course {
            ApplicationCourse::Received => {}
            ApplicationCourse::UnderReview { since: moment }
            | ApplicationCourse::Refused { at: moment, .. }
            | ApplicationCourse::Cancelled { at: moment } => past(*moment, || at("course"))?,
            ApplicationCourse::Posted { at: moment, request_ids } => {
                past(*moment, || at("course"))?;
                check_issued(request_ids, certificates, known, &mut issued, || at("course"))?;
            }
            ApplicationCourse::Delivered { at: moment, posted_at, request_ids } => {
                past(*moment, || at("course"))?;
                past(*posted_at, || at("course"))?;
                check_issued(request_ids, certificates, known, &mut issued, || at("course"))?;
            }
        }
    }
    Ok(())
}

/// Each of its certificates is there, as many as were applied for, and no other application's.
fn check_issued<'a>(
    request_ids: &'a [RequestId],
    certificates: u32,
    known: &Known<'_>,
    issued: &mut HashSet<&'a RequestId>,
    place: impl Fn() -> String,
) -> Checked {
    must(
        request_ids.len() == certificates as usize,
        &place,
        "it must name as many certificates as were applied for",
    )?;
    for request_id in request_ids {
        let there = known.certificates.contains_key(request_id) && issued.insert(request_id);
        must(there, &place, "each of its certificates must be there, and no other application's")?;
    }
    Ok(())
}

const SEQUENCES: &str = "the sequence numbers of one certificate must be 1, 2, 3 and so on, each once";

/// The applications for each certificate count from 1.
struct Sequences<K>(HashMap<K, (BTreeSet<u32>, usize)>);

impl<K: Hash + Eq> Sequences<K> {
    fn add(&mut self, of: K, sequence: u32) {
        let (numbers, count) = self.0.entry(of).or_default();
        numbers.insert(sequence);
        *count += 1;
    }

    fn are_whole(&self) -> bool {
        self.0.values().all(|(numbers, count)| {
            numbers.len() == *count && numbers.iter().zip(1..).all(|(number, expected)| *number == expected)
        })
    }
}

/// A moment that the clock has shown, or, at midnight in Japan, almost.
fn past(moment: Timestamp, place: impl Fn() -> String) -> Checked {
    must((1999..2200).contains(&year(moment)), place, "it must lie in the years 2000 to 2199")
}

const END: &str = "it must lie in the years 2000 to 2499";
const FIRST_DAY: &str = "it must be a day in the years 2000 to 2199";
const LAST_DAY: &str = "it must be a day in the years 2000 to 2499";

fn end(moment: Timestamp) -> bool {
    (1999..2500).contains(&year(moment))
}

fn first_day(day: Date) -> bool {
    (2000..2200).contains(&day.year())
}

fn last_day(day: Date) -> bool {
    (2000..2500).contains(&day.year())
}

fn year(moment: Timestamp) -> i16 {
    Offset::UTC.to_datetime(moment).year()
}

fn up_to(number: u64, place: impl Fn() -> String) -> Checked {
    must(number <= LAST, place, "it is too large")
}

fn short(number: u32, place: impl Fn() -> String) -> Checked {
    must(number <= LAST_SHORT, place, "it is too large")
}

fn must(holds: bool, place: impl Fn() -> String, what: &str) -> Checked {
    if holds { Ok(()) } else { wrong(place(), what) }
}

fn wrong(place: String, what: impl Into<String>) -> Checked {
    Err(FileError::Content { place, what: what.into() })
}
