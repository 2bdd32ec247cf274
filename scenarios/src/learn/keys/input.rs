//! `input.*`: what is done to what people type.

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page;
use crate::learn::tries::End;

pub(super) const READERS: &[Reader] =
    &[Reader { keys: &["input.normalise"], shown_by: Record::Refusals, read: normalise }];

/// How far a typed ID is from what is meant by it.
#[derive(PartialEq, Eq)]
enum Typed {
    Padded,
    Wide,
}

fn normalise(evidence: &Evidence<'_>, book: &mut Book) {
    let (mut padded, mut wide) = (None, None);
    let mut place = "";
    let mut is_clear = true;
    for tried in &evidence.tries {
        let (Some(meant), Some(_)) = (tried.id(), tried.reference()) else { continue };
        let typed = match tried.request_id.as_str() {
            text if text == meant => continue,
            text if text.trim() == meant => Typed::Padded,
            _ => Typed::Wide,
        };
        let exchange = &evidence.exchanges[tried.index];
        let is_taken = match (&tried.end, exchange.page()) {
            (End::File | End::Identified | End::Above(_) | End::Refused(_), _) => true,
            (End::Fields, Some(page)) => {
                page::field(page, page::REQUEST_ID).is_none_or(|field| field.message.is_empty())
            }
            _ => continue,
        };
        place = exchange.place.as_str();
        let seen = if typed == Typed::Padded { &mut padded } else { &mut wide };
        is_clear &= seen.is_none_or(|before| before == is_taken);
        *seen = Some(is_taken);
    }
    let word = match (padded, wide) {
        (Some(false), None | Some(false)) => "none",
        (Some(true), Some(false)) => "trim",
        (None | Some(true), Some(true)) => "fold",
        _ => return,
    };
    if is_clear {
        book.see("input.normalise", word, place);
    }
}
