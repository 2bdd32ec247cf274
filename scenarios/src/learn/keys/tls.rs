//! `tls.*`: what the handshakes and the root show. Browsers record little of them; `obn --record` and Playwright more.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use obn_client::recording::har::Security;
use serde_json::Value;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::public_key::PublicKey;

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::exchange::Exchange;
use crate::learn::observation::Book;

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &["tls.key", "tls.root_not_before", "tls.root_not_after"],
        shown_by: Record::RootFile,
        read: root,
    },
    Reader { keys: &["tls.versions"], shown_by: Record::Handshake, read: versions },
    Reader { keys: &["tls.alpn"], shown_by: Record::Handshake, read: alpn },
    Reader {
        keys: &["tls.send_intermediate", "tls.leaf_days", "tls.leaf_client_auth", "tls.pointers"],
        shown_by: Record::Handshake,
        read: chain,
    },
    Reader { keys: &["tls.request_client_certificate"], shown_by: Record::Handshake, read: asked },
];

fn root(evidence: &Evidence<'_>, book: &mut Book) {
    for (place, der) in &evidence.roots {
        let Ok((_, root)) = x509_parser::parse_x509_certificate(der) else { continue };
        match root.public_key().parsed() {
            Ok(PublicKey::RSA(key)) if key.key_size() == 2048 => book.see("tls.key", "rsa-2048", place),
            Ok(PublicKey::EC(point)) if point.key_size() == 256 => book.see("tls.key", "ecdsa-p256", place),
            _ => book.cannot_say(
                "ルート証明書の鍵は RSA 2048 ビットでも P-256 でもありません。",
                "The root's key is neither RSA of 2048 bits nor P-256.",
            ),
        }
        let validity = root.validity();
        for (key, at) in
            [("tls.root_not_before", validity.not_before), ("tls.root_not_after", validity.not_after)]
        {
            if let Ok(at) = Timestamp::from_second(at.timestamp()) {
                book.see(key, at.to_string(), place);
            }
        }
    }
}

/// The handshakes of the main listener: where the first pages are.
fn handshakes<'a>(evidence: &Evidence<'a>) -> Vec<(&'a Exchange, &'a Security)> {
    let main: BTreeSet<&str> = evidence
        .exchanges
        .iter()
        .filter(|it| matches!(it.path(), "/p/rcd" | "/p/rx" | "/p/rcr" | "/p/cert" | "/"))
        .map(Exchange::authority)
        .collect();
    let of_main =
        evidence.exchanges.iter().filter(|it| it.url.scheme() == "https" && main.contains(it.authority()));
    let told = of_main.filter_map(|exchange| Some((exchange, exchange.security.as_ref()?)));
    told.filter(|(_, security)| !is_relay(security)).collect()
}

/// Whether this is Playwright's own relay, which shows client certificates in the place of the browser.
fn is_relay(security: &Security) -> bool {
    security.certificates.is_empty()
        && security.subject_name.is_some()
        && security.subject_name == security.issuer
}

/// What the client offered, where the recorder says so; otherwise what any browser of today offers.
fn offered(security: &Security, name: &str, usual: &[&str]) -> Vec<String> {
    let told = security.other.get(name).and_then(Value::as_array);
    match told {
        Some(told) => told.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => usual.iter().map(|word| (*word).to_owned()).collect(),
    }
}

fn version(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase().replace(['v', ' ', '_'], "");
    match word.as_str() {
        "tls1.2" => Some("1.2"),
        "tls1.3" => Some("1.3"),
        _ => None,
    }
}

fn versions(evidence: &Evidence<'_>, book: &mut Book) {
    let (mut serves, mut refuses) = (BTreeSet::new(), BTreeSet::new());
    let mut place = "";
    for (exchange, security) in handshakes(evidence) {
        let offered = offered(security, "_offeredVersions", &["TLS 1.2", "TLS 1.3"]);
        let offered: Vec<_> = offered.iter().filter_map(|word| version(word)).collect();
        match security.protocol.as_deref().and_then(version) {
            Some(agreed) => {
                serves.insert(agreed);
                place = exchange.place.as_str();
                // The newest that both have is agreed on.
                if agreed == "1.2" && offered.contains(&"1.3") {
                    refuses.insert("1.3");
                }
            }
            None => {
                let why = exchange.failure.as_deref().unwrap_or_default().to_ascii_uppercase();
                if let ([only], true) = (offered.as_slice(), why.contains("VERSION")) {
                    refuses.insert(only);
                }
            }
        }
    }
    let all = ["1.2", "1.3"];
    let is_settled = all.iter().all(|version| serves.contains(version) != refuses.contains(version));
    if is_settled && !serves.is_empty() {
        let serves: Vec<_> = serves.into_iter().map(str::to_owned).collect();
        book.see("tls.versions", serves, place);
    }
}

fn alpn(evidence: &Evidence<'_>, book: &mut Book) {
    let (mut serves, mut refuses) = (BTreeSet::new(), BTreeSet::new());
    let mut first = None;
    let mut place = "";
    for (exchange, security) in handshakes(evidence) {
        // Nothing agreed on means something only if it is known what was offered.
        let is_told = !security.certificates.is_empty() && security.other.contains_key("_offeredAlpn");
        if security.alpn.is_none() && !is_told {
            continue;
        }
        place = exchange.place.as_str();
        let offered = offered(security, "_offeredAlpn", &["h2", "http/1.1"]);
        match security.alpn.as_deref() {
            Some(agreed) => {
                serves.insert(agreed.to_owned());
                if offered.len() > 1 {
                    first = Some(agreed.to_owned());
                }
                if offered.first().is_some_and(|preferred| preferred != agreed) && agreed == "http/1.1" {
                    refuses.insert("h2".to_owned());
                }
            }
            None => refuses.extend(offered),
        }
    }
    let all = ["h2", "http/1.1"];
    if place.is_empty() || !all.iter().all(|it| serves.contains(*it) != refuses.contains(*it)) {
        return;
    }
    let mut serves: Vec<_> = serves.into_iter().collect();
    serves.sort_by_key(|protocol| Some(protocol) != first.as_ref());
    book.see("tls.alpn", serves, place);
}

fn chain(evidence: &Evidence<'_>, book: &mut Book) {
    let handshakes = handshakes(evidence);
    for (exchange, security) in &handshakes {
        let place = exchange.place.as_str();
        let chain: Vec<Vec<u8>> =
            security.certificates.iter().filter_map(|text| BASE64.decode(text).ok()).collect();
        let parsed: Vec<_> =
            chain.iter().filter_map(|der| x509_parser::parse_x509_certificate(der).ok()).collect();
        let Some((_, own)) = parsed.first().filter(|_| parsed.len() == security.certificates.len()) else {
            // Playwright tells from when until when it is valid, and no more.
            if let (Some(from), Some(until)) = (security.valid_from, security.valid_to)
                && let Some(days) = leaf_days(from as i64, until as i64, evidence)
            {
                book.see("tls.leaf_days", days, place);
            }
            continue;
        };
        if own.is_ca() {
            continue;
        }
        let has_intermediate =
            parsed[1..].iter().any(|(_, other)| other.is_ca() && other.subject() != other.issuer());
        book.see("tls.send_intermediate", has_intermediate, place);
        leaf(own, place, evidence, book);
    }
    let mut hosts: BTreeSet<&str> = handshakes.iter().filter_map(|(it, _)| it.url.host_str()).collect();
    hosts.insert("cert.obn.managedpki.ne.jp");
    for (place, der) in &evidence.servers {
        let Ok((_, own)) = x509_parser::parse_x509_certificate(der) else { continue };
        let names = own.subject_alternative_name().ok().flatten();
        let is_of_site = names.is_some_and(|names| {
            let mut names = names.value.general_names.iter();
            names.any(|name| matches!(name, GeneralName::DNSName(name) if hosts.contains(name)))
        });
        if is_of_site {
            leaf(&own, place, evidence, book);
        }
    }
}

/// What the server's own certificate shows.
fn leaf(leaf: &X509Certificate<'_>, place: &str, evidence: &Evidence<'_>, book: &mut Book) {
    let usages = super::certificate::usages(leaf);
    book.see("tls.leaf_client_auth", usages.iter().any(|it| it == "1.3.6.1.5.5.7.3.2"), place);
    let mut parsed = leaf.extensions().iter().map(|extension| extension.parsed_extension());
    let points = parsed.any(|it| {
        matches!(it, ParsedExtension::AuthorityInfoAccess(_) | ParsedExtension::CRLDistributionPoints(_))
    });
    book.see("tls.pointers", points, place);
    let validity = leaf.validity();
    let (from, until) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    if let Some(days) = leaf_days(from, until, evidence) {
        book.see("tls.leaf_days", days, place);
    }
}

/// Whole days of validity; 0 if it ends with the root.
fn leaf_days(from: i64, until: i64, evidence: &Evidence<'_>) -> Option<i64> {
    let ends = |certificate: &X509Certificate<'_>| certificate.validity().not_after.timestamp();
    let roots: Vec<_> = evidence
        .roots
        .iter()
        .filter_map(|(_, der)| x509_parser::parse_x509_certificate(der).ok())
        .map(|(_, root)| root)
        .collect();
    if roots.iter().any(|root| ends(root) == until) {
        return Some(0);
    }
    let seconds = until - from;
    // Public CAs count the last second as well, or don't.
    let days = (seconds + 1) / 86_400;
    let is_whole = seconds % 86_400 == 0 || (seconds + 1) % 86_400 == 0;
    (is_whole && !roots.is_empty()).then_some(days)
}

/// A listener that asks for none may have another beside it that does: that tells nothing.
fn asked(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, security) in handshakes(evidence) {
        if security.client_certificate_asked == Some(true) {
            book.see("tls.request_client_certificate", true, &exchange.place);
        }
    }
}
