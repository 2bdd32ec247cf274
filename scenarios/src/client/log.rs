//! What the journal shows, as scenarios ask for it and as reports print it.

use obn_ca::journal::{Entry, Kind};

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
pub(super) fn line(entry: &Entry) -> Option<String> {
    let fault = entry.fault.as_ref().map(|fault| format!(", fault {fault}")).unwrap_or_default();
    match (&entry.exchange, entry.kind) {
        (_, Kind::Control) => None,
        (Some(exchange), _) => {
            let status = match exchange.status {
                0 => "no answer".to_owned(),
                status => status.to_string(),
            };
            Some(format!("{} {} → {status} {}{fault}", exchange.method, exchange.path, entry.outcome))
        }
        (None, Kind::Handshake) => Some(format!("TLS handshake → {}{fault}", entry.outcome)),
        (None, _) => Some(format!("authority: {}{fault}", entry.outcome)),
    }
}
