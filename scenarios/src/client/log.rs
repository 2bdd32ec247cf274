//! What the journal shows, as scenarios ask for it and as reports print it.

use obn_ca::journal::{Entry, Kind};

use crate::bilingual::{Bilingual, wording};

/// Whether a record is this outcome (or one below it), or this request, such as `POST /p/*`.
pub(crate) fn fits(entry: &Entry, what: &str) -> bool {
    if let Some((method, path)) = what.split_once(' ') {
        let Some(exchange) = &entry.exchange else { return false };
        let path_fits = match path.strip_suffix('*') {
            Some(beginning) => exchange.path.starts_with(beginning),
            None => &*exchange.path == path,
        };
        return exchange.method.eq_ignore_ascii_case(method) && path_fits;
    }
    let rest = entry.outcome.strip_prefix(what);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// One line for the transcript; nothing for what the harness itself did through control.
pub(super) fn line(entry: &Entry) -> Option<Bilingual> {
    let outcome = entry.outcome.to_string();
    let record = match (&entry.exchange, entry.kind) {
        (_, Kind::Control) => return None,
        (Some(exchange), _) => {
            let what = format!("{} {}", exchange.method, exchange.path);
            match exchange.status {
                0 => Record::NoAnswer { what, outcome },
                status => Record::Answer { what, status, outcome },
            }
        }
        (None, Kind::Handshake) => Record::Handshake { outcome },
        (None, _) => Record::Authority { outcome },
    };
    Some(match &entry.fault {
        None => record.words(),
        Some(fault) => Record::Fault { record: record.words(), fault: fault.to_string() }.words(),
    })
}

wording! {
    /// A record of the site's journal.
    enum Record {
        Answer { what: String, status: u16, outcome: String } => "{what} → {status} {outcome}"; "{what} → {status} {outcome}";
        NoAnswer { what: String, outcome: String } => "{what} → no answer {outcome}"; "{what} → 応答なし {outcome}";
        Handshake { outcome: String } => "TLS handshake → {outcome}"; "TLS ハンドシェイク → {outcome}";
        Authority { outcome: String } => "authority: {outcome}"; "認証局: {outcome}";
        Fault { record: Bilingual, fault: String } => "{}, fault {fault}", record.en; "{}、障害 {fault}", record.ja;
    }
}
