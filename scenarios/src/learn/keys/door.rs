//! `client_auth.*`: how pages ask for the certificate, and what they say to a bad one.

use super::messages::{Door, door};
use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page::Kind;

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["client_auth.mode"], shown_by: Record::Renewal, read: mode },
    Reader { keys: &["client_auth.refusal"], shown_by: Record::Door, read: refusal },
    Reader {
        keys: &[
            "client_auth.missing_status",
            "client_auth.foreign_status",
            "client_auth.expired_status",
            "client_auth.revoked_status",
        ],
        shown_by: Record::Door,
        read: statuses,
    },
    Reader { keys: &["client_auth.rx"], shown_by: Record::Door, read: at_revocation },
];

fn mode(evidence: &Evidence<'_>, book: &mut Book) {
    let main: Vec<_> = evidence
        .pages(Kind::Download)
        .filter(|(it, _)| it.status != 0)
        .map(|(it, _)| it.authority())
        .collect();
    for exchange in evidence.exchanges.iter().filter(|it| it.is_get() && it.path() == "/p/ru") {
        let leads_away = exchange
            .header("location")
            .and_then(|to| exchange.url.join(to).ok())
            .is_some_and(|to| to.authority() != exchange.authority() && to.path() == "/p/ru");
        match exchange.status {
            301..=308 if leads_away => book.see("client_auth.mode", "split", &exchange.place),
            _ if exchange.kind == Kind::RenewalMenu && main.contains(&exchange.authority()) => {
                book.see("client_auth.mode", "optional", &exchange.place);
            }
            _ => {}
        }
    }
}

fn refusal(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges {
        let why = exchange.failure.as_deref().unwrap_or_default().to_ascii_uppercase();
        if exchange.status == 0 && why.contains("BAD_SSL_CLIENT_AUTH_CERT") {
            book.see("client_auth.refusal", "handshake", &exchange.place);
        }
        if door(exchange).is_some_and(|door| door != Door::Missing && door != Door::Other) {
            book.see("client_auth.refusal", "page", &exchange.place);
        }
    }
}

fn statuses(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges.iter().filter(|exchange| exchange.status != 0) {
        let key = match door(exchange) {
            Some(Door::Missing) => "client_auth.missing_status",
            Some(Door::Foreign | Door::Unknown | Door::Other) => "client_auth.foreign_status",
            Some(Door::Expired | Door::NotYet) => "client_auth.expired_status",
            Some(Door::Revoked) => "client_auth.revoked_status",
            None => continue,
        };
        book.see(key, i64::from(exchange.status), &exchange.place);
    }
}

fn at_revocation(evidence: &Evidence<'_>, book: &mut Book) {
    let revocations = evidence.exchanges.iter().filter(|exchange| exchange.path().starts_with("/p/rx"));
    for exchange in revocations.filter(|exchange| door(exchange).is_some()) {
        book.see("client_auth.rx", true, &exchange.place);
    }
}
