//! `ids.*` and `lockout.*`: how IDs come about, and what wrong ones lead to. Recordings whose IDs were replaced show
//! nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::{No, no};
use super::{Reader, Record};
use crate::learn::evidence::{Evidence, is_request_id};
use crate::learn::observation::{Book, only_round, span};
use crate::learn::page::{self, Kind};
use crate::learn::tries::{End, Try};

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["ids.request_numbers"], shown_by: Record::Renewal, read: numbers },
    Reader { keys: &["ids.reference_id_case_sensitive"], shown_by: Record::Refusals, read: letter_case },
    Reader { keys: &["lockout.attempts"], shown_by: Record::LockOut, read: attempts },
    Reader { keys: &["lockout.duration"], shown_by: Record::LockOut, read: duration },
];

/// So many days it takes to tell a number that counts on from one that begins anew each day.
const DAYS: usize = 4;
/// No service of this kind issues so many certificates in a day, and a drawn number of seven digits is seldom lower.
const MANY: u64 = 100_000;

/// All IDs that the site itself gave out: those of which a certificate came, and of renewals.
fn given_out(evidence: &Evidence<'_>) -> BTreeMap<String, BTreeSet<u64>> {
    let typed = evidence.tries.iter().filter(|it| it.is_known()).filter_map(Try::id);
    let ids: BTreeSet<String> = typed.chain(evidence.renewals()).filter(|id| is_request_id(id)).collect();
    let mut days: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for id in ids {
        let number = id[8..].parse().expect("it is digits");
        days.entry(id[..8].to_owned()).or_default().insert(number);
    }
    days
}

fn numbers(evidence: &Evidence<'_>, book: &mut Book) {
    if evidence.is_redacted {
        return;
    }
    let days = given_out(evidence);
    let all: Vec<u64> = days.values().flatten().copied().collect();
    let place = "IDs";
    if days.len() < DAYS {
        return;
    }
    let edges: Vec<(u64, u64)> =
        days.values().filter_map(|numbers| Some((*numbers.first()?, *numbers.last()?))).collect();
    let only_grows = edges.windows(2).all(|pair| pair[0].1 < pair[1].0);
    let is_dense = edges.windows(2).all(|pair| pair[1].0.saturating_sub(pair[0].1) < 10_000);
    if only_grows && is_dense {
        book.see("ids.request_numbers", "running", place);
    } else if !only_grows && all.iter().all(|number| *number < MANY) {
        book.see("ids.request_numbers", "daily", place);
    } else if !only_grows && all.iter().filter(|number| **number >= 10 * MANY).count() >= 2 {
        book.see("ids.request_numbers", "random", place);
    }
}

/// The same reference ID in other letters.
fn letter_case(evidence: &Evidence<'_>, book: &mut Book) {
    let known = || evidence.tries.iter().filter(|it| it.is_known());
    for tried in &evidence.tries {
        let (Some(id), Some(reference)) = (tried.id(), tried.reference()) else { continue };
        let place = &evidence.exchanges[tried.index].place;
        let is_variant = |other: &Try| {
            let of_other = other.reference();
            other.id().as_ref() == Some(&id)
                && of_other.as_ref() != Some(&reference)
                && of_other.is_some_and(|other| other.eq_ignore_ascii_case(&reference))
        };
        if !known().any(is_variant) {
            continue;
        }
        match &tried.end {
            End::File | End::Identified => book.see("ids.reference_id_case_sensitive", false, place),
            // Refused in one writing, good in another.
            End::Above(_) => book.see("ids.reference_id_case_sensitive", true, place),
            _ => {}
        }
    }
}

/// Exchanges between two tries: the form is opened anew each time.
const BETWEEN: usize = 8;

/// Whether an exchange goes on where another ended, with nothing missing between them: each sends the cookie that the one
/// before it gave, and that nobody had before.
pub(super) fn follows(evidence: &Evidence<'_>, earlier: usize, later: usize) -> bool {
    let mut at = later;
    for _ in 0..BETWEEN {
        let sent = evidence.exchanges[at].cookies();
        let gave = (0..at).rev().find(|index| {
            let (set, had) = (evidence.exchanges[*index].set_cookies(), evidence.exchanges[*index].cookies());
            set.iter().any(|pair| sent.contains(pair) && !had.contains(pair))
        });
        match gave {
            Some(index) if index > earlier => at = index,
            gave => return gave == Some(earlier),
        }
    }
    false
}

fn is_locked(evidence: &Evidence<'_>, tried: &Try) -> bool {
    no(&evidence.exchanges[tried.index]) == Some(No::LockedOut)
}

/// Wrong tries in a row before the first that is refused as one too many. They count only if nothing can be missing
/// between them: each goes on with the cookie of the one before, and the first is right.
fn attempts(evidence: &Evidence<'_>, book: &mut Book) {
    for (place, locked) in evidence.tries.iter().enumerate().filter(|(_, it)| is_locked(evidence, it)) {
        let Some(id) = locked.id() else { continue };
        let before: Vec<&Try> =
            evidence.tries[..place].iter().rev().filter(|it| it.id().as_ref() == Some(&id)).collect();
        let mut wrong = 0;
        let mut later = locked.index;
        for tried in before {
            if !follows(evidence, tried.index, later) {
                break;
            }
            later = tried.index;
            match &tried.end {
                End::Above(_) => wrong += 1,
                End::File | End::Identified if wrong > 0 => {
                    book.see("lockout.attempts", wrong, &evidence.exchanges[locked.index].place);
                    break;
                }
                _ => break,
            }
        }
    }
}

/// From the last wrong try before it until the first that is heard again.
fn duration(evidence: &Evidence<'_>, book: &mut Book) {
    let at = |tried: &Try| evidence.exchanges[tried.index].at.map(|at| at.as_second());
    for (place, locked) in evidence.tries.iter().enumerate().filter(|(_, it)| is_locked(evidence, it)) {
        let Some(id) = locked.id() else { continue };
        let of_id = |it: &&Try| it.id().as_ref() == Some(&id);
        let before = evidence.tries[..place].iter().rev().find(of_id);
        let Some(begin) =
            before.filter(|it| matches!(it.end, End::Above(_)) && follows(evidence, it.index, locked.index))
        else {
            continue;
        };
        let Some(begin_at) = at(begin) else { continue };
        let mut still_locked = 0;
        for tried in evidence.tries[place..].iter().filter(of_id) {
            let Some(passed) = at(tried).map(|at| at - begin_at) else { break };
            if is_locked(evidence, tried) {
                still_locked = passed;
                continue;
            }
            if let Some(seconds) =
                only_round(still_locked, passed, 60).filter(|_| passed - still_locked <= 60)
            {
                book.see("lockout.duration", span(seconds), &evidence.exchanges[tried.index].place);
            }
            break;
        }
    }
}

/// The renewals that 更新後証明書の取得 lists.
pub(super) fn listed(page: &crate::eyes::Page) -> Vec<String> {
    let rows = page.rows().iter().map(|(first, _)| first.clone());
    rows.filter(|id| is_request_id(id)).collect()
}

/// The request ID that 送信完了 shows.
pub(super) fn of_status(page: &crate::eyes::Page) -> Option<String> {
    page::row(page, page::REQUEST_ID).map(crate::eyes::squeeze).filter(|id| is_request_id(id))
}

/// Whether a page is one on which renewals are.
pub(super) fn is_about_renewals(kind: Kind) -> bool {
    matches!(kind, Kind::Status | Kind::List | Kind::Key | Kind::KeyReady)
}
