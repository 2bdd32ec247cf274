//! `http.*` and `tls.hsts_seconds`: status codes and headers.

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["http.server", "tls.hsts_seconds"], shown_by: Record::Download, read: headers },
    Reader { keys: &["http.refusal_status"], shown_by: Record::Refusals, read: refusals },
    Reader { keys: &["http.session_status"], shown_by: Record::Timeout, read: sessions },
];

fn headers(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, _) in evidence.of_site().filter(|(exchange, _)| exchange.has_headers()) {
        book.see("http.server", exchange.header("server").unwrap_or_default(), &exchange.place);
        let seconds = match exchange.header("strict-transport-security") {
            None => Some(0),
            Some(text) => text
                .split(';')
                .find_map(|part| part.trim().strip_prefix("max-age=")?.trim_matches('"').parse().ok()),
        };
        if let Some(seconds) = seconds.filter(|seconds| u32::try_from(*seconds).is_ok()) {
            book.see("tls.hsts_seconds", seconds, &exchange.place);
        }
    }
}

/// Of a form that comes back with messages.
fn refusals(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site().filter(|(exchange, _)| exchange.status != 0) {
        let is_form = matches!(
            exchange.kind,
            Kind::Download | Kind::RevocationIds | Kind::RevocationMail | Kind::ApplicationForm | Kind::Key
        );
        let speaks = !page.alerts.is_empty() || page::fields(page).any(|field| !field.message.is_empty());
        if is_form && speaks && exchange.method == "POST" {
            book.see("http.refusal_status", i64::from(exchange.status), &exchange.place);
        }
    }
}

fn sessions(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, _) in evidence.pages(Kind::SessionInvalid).filter(|(exchange, _)| exchange.status != 0) {
        book.see("http.session_status", i64::from(exchange.status), &exchange.place);
    }
}
