//! Every time that somebody typed the IDs of a notice, and what came of it.

use super::evidence::{Names, is_request_id};
use super::exchange::Exchange;
use super::page::{self, Kind, paragraphs};
use crate::eyes::{Page, squeeze};

/// One try.
#[derive(Clone, Debug)]
pub(crate) struct Try {
    /// Which exchange.
    pub(crate) index: usize,
    /// As typed.
    pub(crate) request_id: String,
    pub(crate) reference_id: String,
    pub(crate) password: Option<String>,
    pub(crate) end: End,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The file.
    File,
    /// The next page of a revocation.
    Identified,
    /// Messages beside fields.
    Fields,
    /// A message above the form.
    Above(String),
    /// A page that ends the matter.
    Refused(String),
    Other,
}

impl Try {
    /// The request ID, if it is one, as it is meant.
    pub(crate) fn id(&self) -> Option<String> {
        Some(meant(&self.request_id)).filter(|id| is_request_id(id))
    }

    /// The reference ID, if it is one, as it is meant.
    pub(crate) fn reference(&self) -> Option<String> {
        let meant = meant(&self.reference_id);
        (meant.len() == 10 && meant.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(meant)
    }

    /// Whether the IDs were right.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self.end, End::File | End::Identified)
    }
}

/// In half-width letters, without blanks and hyphens.
pub(crate) fn meant(typed: &str) -> String {
    squeeze(typed).replace(['-', '\u{2010}', '\u{2212}', '\u{30fc}'], "")
}

pub(super) fn all(exchanges: &[Exchange], names: &Names) -> Vec<Try> {
    let Some((request_id, reference_id)) = names.request_id.as_deref().zip(names.reference_id.as_deref())
    else {
        return Vec::new();
    };
    let tries = exchanges.iter().enumerate().filter_map(|(index, exchange)| {
        let sent = |name| exchange.sent(name).map(str::to_owned);
        (exchange.method == "POST").then_some(())?;
        Some(Try {
            index,
            request_id: sent(request_id)?,
            reference_id: sent(reference_id)?,
            password: names.password.as_deref().and_then(sent),
            end: end(exchange),
        })
    });
    tries.collect()
}

fn end(exchange: &Exchange) -> End {
    let Some(page) = exchange.page() else {
        return if exchange.is_download() { End::File } else { End::Other };
    };
    match exchange.kind {
        Kind::RevocationMail => End::Identified,
        Kind::Download | Kind::RevocationIds if page::fields(page).any(|field| !field.message.is_empty()) => {
            End::Fields
        }
        Kind::Download | Kind::RevocationIds => above(page).map_or(End::Other, End::Above),
        Kind::Refused => paragraphs(page).first().map_or(End::Other, |text| End::Refused((*text).to_owned())),
        _ => End::Other,
    }
}

/// The message above a form.
fn above(page: &Page) -> Option<String> {
    match page.alerts.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}
