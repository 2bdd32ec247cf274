//! `renewal.*` and `issue.*`: from the application to the key.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::offset;

use super::ids::{follows, is_about_renewals, listed, of_status};
use super::messages::{No, day_in, no, refusal};
use super::{Reader, Record};
use crate::learn::evidence::{Evidence, is_request_id};
use crate::learn::exchange::Exchange;
use crate::learn::observation::{Book, only_round, span};
use crate::learn::page::{self, Kind};
use crate::learn::tries::End;

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["renewal.window_days"], shown_by: Record::Renewal, read: window },
    Reader { keys: &["renewal.max"], shown_by: Record::Collection, read: max },
    Reader { keys: &["renewal.pickup_days"], shown_by: Record::Collection, read: pickup },
    Reader { keys: &["renewal.list_scope"], shown_by: Record::Collection, read: scope },
    Reader { keys: &["renewal.download_key"], shown_by: Record::Collection, read: download_key },
    Reader { keys: &["renewal.download_at_rcd"], shown_by: Record::Collection, read: at_rcd },
    Reader { keys: &["issue.delays"], shown_by: Record::Renewal, read: delays },
    Reader { keys: &["issue.refresh", "issue.moves_on"], shown_by: Record::Renewal, read: refresh },
    Reader { keys: &["issue.failed_status"], shown_by: Record::Renewal, read: failed },
];

/// The last days of all certificates of this institution that were handed out by then.
fn last_days(evidence: &Evidence<'_>, code: Option<&str>, by: Option<Timestamp>) -> Vec<jiff::civil::Date> {
    let known = evidence.certificates.iter().filter(|it| !it.is_renewed && (it.at.is_none() || it.at <= by));
    let of_code = known.filter(|issued| match (code, crate::eyes::Certificate::parse(&issued.der)) {
        (Some(code), Ok(certificate)) => {
            certificate.subject().split(", ").any(|part| part == format!("CN={code}"))
        }
        _ => true,
    });
    of_code.filter_map(|issued| super::certificate::last_day(&issued.der)).collect()
}

fn window(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges.iter().filter(|it| no(it) == Some(No::RenewalNotOpen)) {
        let Some((opens, _)) = refusal(exchange).and_then(day_in) else { continue };
        let days: BTreeSet<_> = last_days(evidence, None, exchange.at)
            .into_iter()
            .filter_map(|last| opens.until(last).ok().map(|span| i64::from(span.get_days())))
            .collect();
        // Of several certificates nobody knows which was shown. Of one that isn't in the recording, days would hardly be
        // whole months.
        if let [days @ 0..=36_500] = days.iter().copied().collect::<Vec<_>>().as_slice()
            && days % 30 == 0
        {
            book.see("renewal.window_days", *days, &exchange.place);
        }
    }
    for (exchange, page) in evidence.pages(Kind::RenewalConfirm) {
        let code = page::row(page, "Common Name");
        let today = exchange.at.map(|at| offset(9).to_datetime(at).date());
        let last = last_days(evidence, code, exchange.at);
        let left = last.iter().filter_map(|last| Some(today?.until(*last).ok()?.get_days())).min();
        // On the first days of three years: whenever one likes.
        if left.is_some_and(|left| left > 1_000) {
            book.see("renewal.window_days", 36_500, &exchange.place);
        }
    }
}

/// When each renewal was accepted, and by the certificate of which institution, as its status page shows it.
fn accepted(evidence: &Evidence<'_>) -> BTreeMap<String, (i64, String)> {
    let mut accepted = BTreeMap::new();
    for (index, exchange) in evidence.exchanges.iter().enumerate() {
        let leads = exchange.method == "POST" && (301..=303).contains(&exchange.status);
        let Some(to) = exchange.header("location").filter(|_| leads) else { continue };
        let Some(id) = to.split(['/', '.']).find(|part| is_request_id(part)) else { continue };
        let Some(at) = exchange.at.map(Timestamp::as_second) else { continue };
        let shown = evidence.exchanges[index..].iter().find_map(|it| {
            let page = it.page().filter(|page| of_status(page).as_deref() == Some(id))?;
            page::row(page, "Common Name").map(str::to_owned)
        });
        if let Some(code) = shown {
            accepted.entry(id.to_owned()).or_insert((at, code));
        }
    }
    accepted
}

/// A certificate that was renewed so often, is refused, and whose institution has no other: the list shows as many.
fn max(evidence: &Evidence<'_>, book: &mut Book) {
    let accepted = accepted(evidence);
    for (index, exchange) in evidence.exchanges.iter().enumerate() {
        if no(exchange) != Some(No::AlreadyRenewed) {
            continue;
        }
        // The same session opens the list.
        let list = (index + 1..evidence.exchanges.len()).take(5).find_map(|later| {
            let it = &evidence.exchanges[later];
            let page = it.page().filter(|_| it.kind == Kind::List && follows(evidence, index, later))?;
            Some((listed(page), page))
        });
        let Some((ids, page)) = list else { continue };
        let codes: BTreeSet<_> = ids.iter().filter_map(|id| accepted.get(id)).map(|(_, code)| code).collect();
        let [code] = codes.into_iter().collect::<Vec<_>>()[..] else { continue };
        let of_code = accepted
            .values()
            .filter(|(at, other)| other == code && exchange.at.is_some_and(|now| *at <= now.as_second()));
        let own = evidence.certificates.iter().filter(|issued| {
            let certificate = crate::eyes::Certificate::parse(&issued.der);
            !issued.is_renewed && certificate.is_ok_and(|it| it.subject().contains(&format!("CN={code}")))
        });
        let (count, certificates) = (of_code.count(), own.count());
        if count == ids.len() && certificates == 1 && page.rows().len() == ids.len() + 1
            || count == ids.len() && certificates == 1 && page.rows().len() == ids.len()
        {
            book.see("renewal.max", count as i64, &exchange.place);
        }
    }
}

/// A key that was there on a day, and on the next was not.
fn pickup(evidence: &Evidence<'_>, book: &mut Book) {
    let day = |second: i64| Timestamp::from_second(second).ok().map(|at| offset(9).to_datetime(at).date());
    for (id, (accepted, _)) in accepted(evidence) {
        let Some(first) = day(accepted) else { continue };
        let (mut there, mut closed) = (None, None);
        let mut place = "";
        for exchange in evidence.exchanges {
            let Some(now) = exchange.at.and_then(|at| day(at.as_second())) else { continue };
            let days = first.until(now).map_or(0, |span| i64::from(span.get_days()));
            let is_about = exchange.path().contains(&id);
            let is_listed =
                exchange.kind == Kind::List && exchange.page().is_some_and(|it| listed(it).contains(&id));
            let is_there = is_listed || (is_about && matches!(exchange.kind, Kind::Key | Kind::KeyReady));
            if is_there {
                there = there.max(Some(days));
            }
            if is_about && no(exchange) == Some(No::PickupClosed) && closed.is_none_or(|known| days < known) {
                closed = Some(days);
                place = exchange.place.as_str();
            }
        }
        if let (Some(there), Some(closed)) = (there, closed)
            && closed == there + 1
        {
            book.see("renewal.pickup_days", there, place);
        }
    }
}

/// Whether a list shows the renewals of two certificates of one institution, where each may be renewed once.
fn scope(evidence: &Evidence<'_>, book: &mut Book) {
    let accepted = accepted(evidence);
    let fetched = |id: &str, by: i64| {
        let mut keys = evidence.exchanges.iter().filter(|it| it.kind == Kind::Key && it.path().contains(id));
        keys.any(|it| it.at.is_some_and(|at| at.as_second() <= by))
    };
    for (exchange, page) in evidence.pages(Kind::List) {
        let Some(now) = exchange.at.map(Timestamp::as_second) else { continue };
        let ids = listed(page);
        let of_code = |code: &str| {
            let recent = accepted
                .iter()
                .filter(|(_, (at, other))| other == code && *at < now && now - at < 20 * 86_400);
            recent.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>()
        };
        let codes: BTreeSet<_> = accepted.values().map(|(_, code)| code.clone()).collect();
        for all in codes.iter().map(|code| of_code(code)).filter(|all| all.len() >= 2) {
            // Only those count whose keys were there to be fetched already.
            if !all.iter().all(|id| fetched(id, now)) {
                continue;
            }
            match all.iter().filter(|id| ids.contains(id)).count() {
                0 => {}
                some if some < all.len() => {
                    book.see("renewal.list_scope", "same_certificate", &exchange.place);
                }
                _ if is_once(evidence) => {
                    book.see("renewal.list_scope", "same_common_name", &exchange.place);
                }
                _ => {}
            }
        }
    }
}

/// Whether a certificate that was renewed once is refused: then two renewals are of two certificates.
fn is_once(evidence: &Evidence<'_>) -> bool {
    let mut book = Book::default();
    max(evidence, &mut book);
    book.only("renewal.max").is_some_and(|seen| seen.value == toml::Value::Integer(1))
}

fn download_key(evidence: &Evidence<'_>, book: &mut Book) {
    let id = |exchange: &Exchange| {
        exchange.path().split(['/', '.']).find(|part| is_request_id(part)).map(str::to_owned)
    };
    let mut fetched = BTreeSet::new();
    for (index, exchange) in evidence.exchanges.iter().enumerate() {
        let Some(id) = id(exchange).filter(|_| exchange.path().starts_with("/p/ru")) else { continue };
        if exchange.is_download() {
            if exchange.is_get() {
                book.see("renewal.download_key", "at_once", &exchange.place);
            }
            fetched.insert(id);
            continue;
        }
        // What the list's button leads to, for a key that was fetched before.
        let from_list =
            evidence.exchanges[..index].iter().rev().find(|it| it.authority() == exchange.authority());
        let is_pressed = from_list.is_some_and(|it| it.kind == Kind::List);
        if exchange.is_get() && exchange.kind == Kind::Key && is_pressed && fetched.contains(&id) {
            book.see("renewal.download_key", "asks_password", &exchange.place);
        }
    }
}

fn at_rcd(evidence: &Evidence<'_>, book: &mut Book) {
    let renewals = evidence.renewals();
    for tried in evidence.tries.iter().filter(|it| it.id().is_some_and(|id| renewals.contains(&id))) {
        let exchange = &evidence.exchanges[tried.index];
        if !exchange.path().starts_with("/p/rcd") {
            continue;
        }
        match &tried.end {
            End::File => book.see("renewal.download_at_rcd", true, &exchange.place),
            End::Refused(_) if no(exchange) == Some(No::HandedOutAtRenewal) => {
                book.see("renewal.download_at_rcd", false, &exchange.place);
            }
            _ => {}
        }
    }
}

const STATUSES: [&str; 3] = ["鍵生成中", "発行要求中", "発行済み"];

/// When each status was seen last and first, in seconds since the application.
fn delays(evidence: &Evidence<'_>, book: &mut Book) {
    let accepted = accepted(evidence);
    let mut seen: BTreeMap<&String, Vec<(i64, usize, &str)>> = BTreeMap::new();
    for (exchange, page) in evidence.pages(Kind::Status) {
        let (Some(id), Some(now)) = (of_status(page), exchange.at) else { continue };
        let Some((id, (at, _))) = accepted.get_key_value(&id) else { continue };
        let word = page::row(page, page::STATUS).unwrap_or_default();
        let Some(stage) = STATUSES.iter().position(|it| *it == word) else { continue };
        seen.entry(id).or_default().push((now.as_second() - at, stage, exchange.place.as_str()));
    }
    for seen in seen.values() {
        // The moments at which each step was taken, to the second.
        let step = |stage: usize| {
            let before = seen.iter().filter(|(_, it, _)| *it < stage).map(|(at, ..)| *at).max();
            let after = seen.iter().filter(|(_, it, _)| *it >= stage).map(|(at, ..)| *at).min()?;
            match before {
                None if after == 0 => Some(0),
                None => None,
                Some(before) => only_round(before, after, 1),
            }
        };
        let (Some(first), Some(second)) = (step(1), step(2)) else { continue };
        let place = seen.last().map_or("", |(.., place)| place);
        book.see("issue.delays", vec![span(first), span(second - first)], place);
    }
}

fn refresh(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::Status) {
        match page::row(page, page::STATUS) {
            Some("鍵生成中" | "発行要求中") => {
                let seconds = page.refreshes_after.and_then(|it| i64::try_from(it).ok()).unwrap_or(0);
                book.see("issue.refresh", span(seconds), &exchange.place);
            }
            Some("発行済み") => {
                let moves = page.refresh.as_ref().is_some_and(|to| to.path() != exchange.path());
                book.see("issue.moves_on", moves, &exchange.place);
            }
            _ => {}
        }
    }
}

/// A status that is none of the manual's, on a page that says that it failed.
fn failed(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::Status).filter(|(it, _)| is_about_renewals(it.kind)) {
        let word = page::row(page, page::STATUS).unwrap_or_default();
        if !word.is_empty() && !STATUSES.contains(&word) && !page.alerts.is_empty() {
            book.see("issue.failed_status", word, &exchange.place);
        }
    }
}
