//! `crl.*` and `revocation.*`: what revocation lists show, each by itself and one after the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use x509_parser::revocation_list::CertificateRevocationList;

use super::{Reader, Record};
use crate::eyes::{Certificate, RevocationList, squeeze};
use crate::learn::evidence::{Evidence, List};
use crate::learn::observation::{Book, span};
use crate::learn::page::{self, Kind};

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &["crl.period", "crl.format", "crl.mime", "crl.reasons"],
        shown_by: Record::List,
        read: form,
    },
    Reader { keys: &["crl.immediate"], shown_by: Record::List, read: immediate },
    Reader { keys: &["crl.keep_expired"], shown_by: Record::List, read: keep_expired },
    Reader { keys: &["revocation.approval", "revocation.reason"], shown_by: Record::List, read: revocations },
    Reader { keys: &["renewal.revoke_old"], shown_by: Record::Collection, read: revoke_old },
];

/// A list, read.
struct Read<'a> {
    list: &'a List,
    from: i64,
    until: Option<i64>,
    /// Serial number, when it was revoked, why.
    entries: Vec<(String, i64, String)>,
}

impl Read<'_> {
    fn has(&self, serial: &str) -> bool {
        self.entries.iter().any(|(known, ..)| known == serial)
    }
}

/// All lists in the order in which they were fetched; where that isn't known, in that of their making.
fn lists<'a>(evidence: &'a Evidence<'_>) -> Vec<Read<'a>> {
    let read = |list: &'a List| {
        let parsed = RevocationList::parse(&list.der).ok()?;
        let entries = parsed.entries().into_iter();
        let next = x509_parser::parse_x509_crl(&list.der).ok().and_then(
            |(_, it): (_, CertificateRevocationList<'_>)| it.next_update().map(|until| until.timestamp()),
        );
        Some(Read {
            list,
            from: parsed.this_update().as_second(),
            until: next,
            entries: entries.map(|it| (it.serial, it.revoked_at.as_second(), it.reason)).collect(),
        })
    };
    let mut lists: Vec<_> = evidence.lists.iter().filter_map(read).collect();
    lists.sort_by_key(|it| it.list.at.map_or(it.from, Timestamp::as_second));
    lists
}

fn form(evidence: &Evidence<'_>, book: &mut Book) {
    for read in lists(evidence) {
        let place = &read.list.place;
        book.see("crl.format", if read.list.is_pem { "pem" } else { "der" }, place);
        if let Some(mime) = &read.list.mime {
            book.see("crl.mime", mime.as_str(), place);
        }
        if let Some(until) = read.until.filter(|until| until - read.from >= 60) {
            book.see("crl.period", span(until - read.from), place);
        }
        if read.entries.iter().any(|(.., reason)| reason != "none") {
            book.see("crl.reasons", true, place);
        }
    }
}

/// A list that came out before the last one had ended, or one that was still in force when it lacked a revocation.
fn immediate(evidence: &Evidence<'_>, book: &mut Book) {
    let lists = lists(evidence);
    let mut revoked = BTreeMap::new();
    for (serial, at, _) in lists.iter().flat_map(|read| &read.entries) {
        revoked.insert(serial.as_str(), *at);
    }
    for pair in lists.windows(2) {
        if pair[0].from < pair[1].from && pair[0].until.is_some_and(|until| pair[1].from < until) {
            book.see("crl.immediate", true, &pair[1].list.place);
        }
    }
    let ends: BTreeMap<String, i64> = certificates(evidence).map(|(serial, end, _)| (serial, end)).collect();
    for read in &lists {
        let Some(fetched) = read.list.at.map(Timestamp::as_second) else { continue };
        let is_missing = |(serial, at): (&&str, &i64)| {
            let is_alive = ends.get(*serial).is_some_and(|end| fetched < *end);
            *at + 1 < fetched && is_alive && !read.has(serial)
        };
        if read.from <= fetched && revoked.iter().any(is_missing) {
            book.see("crl.immediate", false, &read.list.place);
        }
    }
}

/// Serial number, last second and request ID of the certificates that came along.
fn certificates<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = (String, i64, Option<&'a str>)> {
    evidence.certificates.iter().filter_map(|issued| {
        let serial = Certificate::parse(&issued.der).ok()?.serial();
        Some((serial, super::certificate::ends(&issued.der)?.as_second(), issued.request_id.as_deref()))
    })
}

fn keep_expired(evidence: &Evidence<'_>, book: &mut Book) {
    let lists = lists(evidence);
    for (serial, end, _) in certificates(evidence) {
        let Some(first) = lists.iter().position(|read| read.has(&serial)) else { continue };
        for read in &lists[first..] {
            let period = read.until.map_or(0, |until| until - read.from);
            if read.from > end + period + 1 {
                book.see("crl.keep_expired", read.has(&serial), &read.list.place);
            }
        }
    }
}

/// The request IDs whose revocation was applied for, and when.
fn applied(evidence: &Evidence<'_>) -> Vec<(String, i64)> {
    let mut confirmed = None;
    let mut applied = Vec::new();
    for exchange in evidence.exchanges {
        match exchange.kind {
            Kind::RevocationConfirm => {
                confirmed = exchange.page().and_then(|page| page::row(page, page::REQUEST_ID)).map(squeeze);
            }
            Kind::RevocationAccepted => {
                if let (Some(id), Some(at)) = (confirmed.take(), exchange.at) {
                    applied.push((id, at.as_second()));
                }
            }
            // A new application begins.
            Kind::RevocationIds | Kind::RevocationMail => confirmed = None,
            _ => {}
        }
    }
    applied
}

fn revocations(evidence: &Evidence<'_>, book: &mut Book) {
    let applied = applied(evidence);
    let lists = lists(evidence);
    let has_reasons = lists.iter().any(|read| read.entries.iter().any(|(.., reason)| reason != "none"));
    for (serial, _, id) in certificates(evidence) {
        let Some((_, at)) = applied.iter().find(|(of, _)| Some(of.as_str()) == id) else { continue };
        for read in &lists {
            let Some((_, revoked, reason)) = read.entries.iter().find(|(of, ..)| *of == serial) else {
                continue;
            };
            if revoked == at {
                book.see("revocation.approval", "auto", &read.list.place);
            }
            match reason.as_str() {
                "keyCompromise" | "affiliationChanged" | "superseded" | "cessationOfOperation"
                    if revoked >= at =>
                {
                    book.see("revocation.reason", reason.as_str(), &read.list.place);
                }
                "none" if has_reasons && revoked >= at => {
                    book.see("revocation.reason", "unspecified", &read.list.place);
                }
                _ => {}
            }
        }
    }
}

/// The renewed certificate's predecessor on a list, as superseded, at the moment when the new key was fetched. That it isn't
/// on any tells nothing: it may have left the list.
fn revoke_old(evidence: &Evidence<'_>, book: &mut Book) {
    let fetched: Vec<i64> = evidence
        .certificates
        .iter()
        .filter(|issued| issued.is_renewed)
        .filter_map(|issued| issued.at.map(Timestamp::as_second))
        .collect();
    for read in lists(evidence) {
        let at_once = |(_, at, reason): &&(String, i64, String)| {
            let is_named = reason == "superseded" || reason == "none";
            is_named && fetched.iter().any(|fetched| fetched == at)
        };
        if read.entries.iter().any(|entry| at_once(&entry)) {
            book.see("renewal.revoke_old", true, &read.list.place);
        }
    }
}
