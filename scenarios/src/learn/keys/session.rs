//! `session.*`: how long a session lasts, and what the browser can do whose session is over.

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::exchange::Exchange;
use crate::learn::observation::{Book, only_round, span};
use crate::learn::page::Kind;

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["session.ttl"], shown_by: Record::Timeout, read: ttl },
    Reader { keys: &["session.same_browser"], shown_by: Record::Timeout, read: same_browser },
];

/// Shorter pauses end no session: what is refused after them came in a wrong order.
const SHORTEST: i64 = 60;

/// The site's cookie that an exchange sent, if the recording shows which answer gave it.
fn given(exchanges: &[Exchange], index: usize) -> Option<(&Exchange, &str, &str)> {
    let sent = exchanges[index].cookies();
    exchanges[..index].iter().rev().find_map(|earlier| {
        let set = earlier.set_cookies();
        let (name, value) = set.into_iter().find(|pair| sent.contains(pair))?;
        Some((earlier, name, value))
    })
}

/// Only sessions show it whose cookie changes with every answer: of the others nobody knows what happened between two
/// recorded exchanges.
fn ttl(evidence: &Evidence<'_>, book: &mut Book) {
    let exchanges = evidence.exchanges;
    let (mut longest_alive, mut shortest_over) = (0, i64::MAX);
    let mut place = "";
    for (index, exchange) in exchanges.iter().enumerate() {
        let Some((before, name, value)) = given(exchanges, index) else { continue };
        let (Some(then), Some(now)) = (before.at, exchange.at) else { continue };
        let pause = now.as_second() - then.as_second();
        let is_fixed = exchange.is_get() && !exchange.is_first_page();
        let goes_on = exchange.set_cookies().iter().any(|(other, next)| *other == name && *next != value);
        match exchange.kind {
            Kind::SessionInvalid if is_fixed && pause >= SHORTEST && pause < shortest_over => {
                shortest_over = pause;
                place = exchange.place.as_str();
            }
            Kind::SessionInvalid => {}
            // A first page begins a new session where the old one is over.
            kind if kind.is_of_site() && kind != Kind::Refused && is_fixed && goes_on => {
                longest_alive = longest_alive.max(pause);
            }
            _ => {}
        }
    }
    if shortest_over < i64::MAX
        && let Some(seconds) = only_round(longest_alive, shortest_over, 60)
        && shortest_over - longest_alive <= 60
    {
        book.see("session.ttl", span(seconds), place);
    }
}

/// A first page, opened with the cookie of a session that is over.
fn same_browser(evidence: &Evidence<'_>, book: &mut Book) {
    let exchanges = evidence.exchanges;
    for (index, exchange) in exchanges.iter().enumerate() {
        if !exchange.is_first_page() {
            continue;
        }
        if exchange.kind == Kind::SessionInvalid {
            book.see("session.same_browser", "stays_invalid", &exchange.place);
            continue;
        }
        if !exchange.kind.is_of_site() || exchange.kind == Kind::Refused || exchange.cookies().is_empty() {
            continue;
        }
        // The answer before with the same cookie said that its session is over.
        let is_over = |earlier: &&Exchange| {
            let is_long = given(exchanges, position(exchanges, earlier)).is_some_and(|(before, ..)| {
                let pause = before.at.zip(earlier.at).map(|(then, now)| now.as_second() - then.as_second());
                pause.is_some_and(|pause| pause >= SHORTEST)
            });
            earlier.kind == Kind::SessionInvalid && earlier.is_get() && !earlier.is_first_page() && is_long
        };
        let with_same = exchanges[..index].iter().rev().find(|earlier| {
            earlier.authority() == exchange.authority()
                && (earlier.set_cookies().iter().any(|pair| exchange.cookies().contains(pair))
                    || earlier.cookies().iter().any(|pair| exchange.cookies().contains(pair)))
        });
        if with_same.is_some_and(|earlier| is_over(&earlier)) {
            book.see("session.same_browser", "begins_anew", &exchange.place);
        }
    }
}

fn position(exchanges: &[Exchange], exchange: &Exchange) -> usize {
    exchanges.iter().position(|other| std::ptr::eq(other, exchange)).unwrap_or_default()
}
