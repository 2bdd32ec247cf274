//! `certificate.*`, `dn.*`, `ca.*`, `clock.zone`: what the certificates of institutions show.

use jiff::civil::Date;
use jiff::tz::{Offset, offset};
use jiff::{Span, Timestamp};
use obn_ca::terms::PREFECTURES;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use super::{Reader, Record};
use crate::eyes::Certificate;
use crate::learn::evidence::{Evidence, Issued};
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};
use crate::learn::tries::meant;

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &[
            "clock.zone",
            "certificate.validity_months",
            "certificate.not_before",
            "certificate.not_after",
        ],
        shown_by: Record::Download,
        read: validity,
    },
    Reader {
        keys: &[
            "certificate.key_bits",
            "certificate.extended_key_usage",
            "certificate.key_usage",
            "certificate.policies",
            "certificate.key_identifiers",
            "crl.url",
        ],
        shown_by: Record::Download,
        read: extensions,
    },
    Reader {
        keys: &[
            "dn.order",
            "dn.string_type",
            "dn.country",
            "dn.organization",
            "dn.medical",
            "dn.dental",
            "dn.pharmacy",
            "dn.nursing",
            "dn.insurer",
            "dn.reception_prefix",
        ],
        shown_by: Record::Download,
        read: subject,
    },
    Reader {
        keys: &[
            "dn.mode",
            "ca.country",
            "ca.organization",
            "ca.common_name",
            "ca.key_bits",
            "ca.not_before",
            "ca.not_after",
        ],
        shown_by: Record::Download,
        read: authority,
    },
];

fn all<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = (&'a Issued, X509Certificate<'a>)> {
    evidence.certificates.iter().filter_map(|issued| {
        let (_, certificate) = x509_parser::parse_x509_certificate(&issued.der).ok()?;
        Some((issued, certificate))
    })
}

const JST: Offset = offset(9);
const UTC: Offset = Offset::UTC;

/// A time of day in seconds.
fn time_of_day(at: Timestamp, zone: Offset) -> i64 {
    (at.as_second() + i64::from(zone.seconds())).rem_euclid(86_400)
}

/// The last second of validity of a certificate.
pub(super) fn ends(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

/// The last day of validity, in the zone that the certificate itself shows, or in Japan.
pub(super) fn last_day(der: &[u8]) -> Option<Date> {
    let end = ends(der)?;
    let is_utc = [86_399, 86_340].contains(&time_of_day(end, UTC));
    Some(if is_utc { UTC } else { JST }.to_datetime(end).date())
}

fn validity(evidence: &Evidence<'_>, book: &mut Book) {
    for (issued, certificate) in all(evidence) {
        let place = issued.place.as_str();
        let validity = certificate.validity();
        let at = |second: i64| Timestamp::from_second(second).ok();
        let (Some(begin), Some(end)) =
            (at(validity.not_before.timestamp()), at(validity.not_after.timestamp()))
        else {
            continue;
        };
        let begins_in =
            [("JST", JST), ("UTC", UTC)].into_iter().find(|(_, zone)| time_of_day(begin, *zone) == 0);
        let ends_in = [
            ("JST", JST, 86_399, "end_of_day"),
            ("UTC", UTC, 86_399, "end_of_day"),
            ("JST", JST, 86_340, "last_minute"),
            ("UTC", UTC, 86_340, "last_minute"),
        ]
        .into_iter()
        .find(|(_, zone, second, _)| time_of_day(end, *zone) == *second);
        book.see("certificate.not_before", if begins_in.is_some() { "day" } else { "moment" }, place);
        match (time_of_day(begin, UTC) == time_of_day(end, UTC), ends_in) {
            (true, _) => book.see("certificate.not_after", "same_moment", place),
            (false, Some((.., word))) => book.see("certificate.not_after", word, place),
            (false, None) => {
                let end = JST.to_datetime(end);
                book.cannot_say(
                    &format!("証明書の有効期間は {end} (日本時間) に終わります。"),
                    &format!("Certificates end at {end} in Japan."),
                );
            }
        }
        let zones: Vec<_> =
            begins_in.into_iter().chain(ends_in.map(|(word, zone, ..)| (word, zone))).collect();
        for (word, _) in &zones {
            book.see("clock.zone", *word, place);
        }
        let months = |zone: Offset| months(zone.to_datetime(begin).date(), zone.to_datetime(end).date());
        let months = match zones.first() {
            Some((_, zone)) => months(*zone),
            None => months(JST).filter(|it| months(UTC) == Some(*it)),
        };
        if let Some(months) = months {
            book.see("certificate.validity_months", months, place);
        }
    }
}

/// How many months lie between two days; `None` if they are not whole months.
fn months(first: Date, last: Date) -> Option<i64> {
    let about = (i64::from(last.year()) - i64::from(first.year())) * 12 + i64::from(last.month())
        - i64::from(first.month());
    let fits = |months: i64| {
        (1..=1_200).contains(&months)
            && first.checked_add(Span::new().months(months)).is_ok_and(|day| day == last)
    };
    Some(about).filter(|about| fits(*about))
}

/// The bits of an RSA key.
pub(super) fn rsa_bits(certificate: &X509Certificate<'_>) -> Option<i64> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size() as i64),
        _ => None,
    }
}

/// A list of the profile.
fn list(items: Vec<String>) -> toml::Value {
    toml::Value::Array(items.into_iter().map(toml::Value::String).collect())
}

pub(super) fn usages(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = certificate.extended_key_usage() else { return Vec::new() };
    let usage = usage.value;
    let known = [
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
        (usage.any, "2.5.29.37.0"),
    ];
    let known = known.into_iter().filter(|(is, _)| *is).map(|(_, oid)| oid.to_owned());
    known.chain(usage.other.iter().map(x509_parser::der_parser::oid::Oid::to_id_string)).collect()
}

fn extensions(evidence: &Evidence<'_>, book: &mut Book) {
    for (issued, certificate) in all(evidence) {
        let place = issued.place.as_str();
        match rsa_bits(&certificate) {
            Some(bits @ (2048 | 3072 | 4096)) => book.see("certificate.key_bits", bits, place),
            _ => book.cannot_say(
                "証明書の鍵が RSA 2048・3072・4096 ビットのいずれでもありません。",
                "The key of a certificate is not RSA of 2048, 3072 or 4096 bits.",
            ),
        }
        book.see("certificate.extended_key_usage", list(usages(&certificate)), place);
        let parsed = || certificate.extensions().iter().map(|extension| extension.parsed_extension());
        let has_usage = parsed().any(|it| matches!(it, ParsedExtension::KeyUsage(_)));
        book.see("certificate.key_usage", has_usage, place);
        let policies = parsed().find_map(|it| match it {
            ParsedExtension::CertificatePolicies(policies) => {
                Some(policies.iter().map(|policy| policy.policy_id.to_id_string()).collect())
            }
            _ => None,
        });
        book.see("certificate.policies", list(policies.unwrap_or_default()), place);
        let own = parsed().any(|it| matches!(it, ParsedExtension::SubjectKeyIdentifier(_)));
        let of_ca = parsed().any(|it| matches!(it, ParsedExtension::AuthorityKeyIdentifier(_)));
        match (own, of_ca) {
            (true, true) | (false, false) => book.see("certificate.key_identifiers", own, place),
            _ => book.cannot_say(
                "証明書の鍵識別子は、サブジェクトと発行者の一方だけにあります。",
                "Only one of the two key identifiers is in a certificate.",
            ),
        }
        if let Ok(certificate) = Certificate::parse(&issued.der) {
            match certificate.crl_places().as_slice() {
                [] => book.see("crl.url", "", place),
                [only] => book.see("crl.url", only.as_str(), place),
                several => book.cannot_say(
                    &format!("失効リストの配布点が複数あります: {}。", several.join(", ")),
                    &format!("A certificate names several lists: {}.", several.join(", ")),
                ),
            }
        }
    }
}

/// A name's parts: object identifier, text, tag of the text.
fn parts(name: &X509Name<'_>) -> Vec<(String, String, u32)> {
    let attributes = name.iter_attributes();
    attributes
        .map(|it| {
            let tag = it.attr_value().tag().0;
            (it.attr_type().to_id_string(), it.as_str().unwrap_or_default().to_owned(), tag)
        })
        .collect()
}

const COUNTRY: &str = "2.5.4.6";
const ORGANIZATION: &str = "2.5.4.10";
const UNIT: &str = "2.5.4.11";
const COMMON_NAME: &str = "2.5.4.3";
const DESCRIPTION: &str = "2.5.4.13";

/// The word of the category in the subject, by the code that the institution has.
fn category(code: &str) -> Option<&'static str> {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (code.len(), code.as_bytes().get(2)?) {
        (8, _) => Some("dn.insurer"),
        (10, b'1') => Some("dn.medical"),
        (10, b'3') => Some("dn.dental"),
        (10, b'4') => Some("dn.pharmacy"),
        (10, b'6') => Some("dn.nursing"),
        _ => None,
    }
}

fn subject(evidence: &Evidence<'_>, book: &mut Book) {
    let receptions = receptions(evidence);
    for (issued, certificate) in all(evidence) {
        let place = issued.place.as_str();
        let parts = parts(certificate.subject());
        let is_prefecture = |text: &str| PREFECTURES.contains(&text.to_ascii_lowercase().as_str());
        let mut words = Vec::new();
        for (oid, text, _) in &parts {
            let word = match oid.as_str() {
                COUNTRY => "C",
                ORGANIZATION => "O",
                UNIT if is_prefecture(text) => "OU=prefecture",
                UNIT => "OU=category",
                COMMON_NAME => "CN",
                DESCRIPTION => continue,
                other => {
                    book.cannot_say(
                        &format!("証明書のサブジェクトに属性 {other} があります。"),
                        &format!("The subject of a certificate has the attribute {other}."),
                    );
                    continue;
                }
            };
            words.push(word.to_owned());
        }
        let mut sorted = words.clone();
        sorted.sort_unstable();
        let is_whole = sorted == ["C", "CN", "O", "OU=category", "OU=prefecture"];
        if is_whole {
            book.see("dn.order", list(words), place);
        }
        let text = |oid: &str| {
            let mut texts = parts.iter().filter(|(of, ..)| of == oid);
            texts.next().filter(|_| texts.next().is_none()).map(|(_, text, _)| text.as_str())
        };
        if let Some(country) = text(COUNTRY) {
            book.see("dn.country", country, place);
        }
        if let Some(organization) = text(ORGANIZATION) {
            book.see("dn.organization", organization, place);
        }
        let tags: Vec<_> = parts.iter().filter(|(oid, ..)| oid != COUNTRY).map(|(.., tag)| *tag).collect();
        match tags.as_slice() {
            tags if tags.iter().all(|tag| *tag == 0x13) => book.see("dn.string_type", "printable", place),
            tags if tags.iter().all(|tag| *tag == 0x0c) => book.see("dn.string_type", "utf8", place),
            tags => book.cannot_say(
                &format!("サブジェクトの文字列型は {tags:?} です。"),
                &format!("The texts of a subject have the tags {tags:?}."),
            ),
        }
        let Some(code) = text(COMMON_NAME) else { continue };
        let units: Vec<_> =
            parts.iter().filter(|(oid, text, _)| oid == UNIT && !is_prefecture(text)).collect();
        if let (Some(key), true, [(_, unit, _)]) = (category(code), is_whole, units.as_slice()) {
            book.see(key, unit.as_str(), place);
        }
        if let Some(number) = receptions.iter().find(|number| code.ends_with(number.as_str())) {
            book.see("dn.reception_prefix", &code[..code.len() - number.len()], place);
        }
    }
}

/// 受付番号 that were typed into an application, and accepted.
fn receptions(evidence: &Evidence<'_>) -> Vec<String> {
    let confirmed = evidence.pages(Kind::ApplicationConfirm).filter_map(|(_, page)| {
        let labels = ["医療機関コードまたは受付番号", "保険者番号または受付番号"];
        labels.iter().find_map(|label| page::row(page, label)).map(meant)
    });
    confirmed.filter(|text| (12..=20).contains(&text.len()) && text.is_ascii()).collect()
}

fn authority(evidence: &Evidence<'_>, book: &mut Book) {
    for (issued, certificate) in all(evidence) {
        let place = issued.place.as_str();
        let parts = parts(certificate.issuer());
        let text =
            |oid: &str| parts.iter().find(|(of, ..)| of == oid).map_or("", |(_, text, _)| text.as_str());
        let is_marked = parts.iter().any(|(oid, ..)| oid == DESCRIPTION);
        book.see("dn.mode", if is_marked { "marked" } else { "faithful" }, place);
        book.see("ca.country", text(COUNTRY), place);
        book.see("ca.organization", text(ORGANIZATION), place);
        if !text(COMMON_NAME).is_empty() {
            book.see("ca.common_name", text(COMMON_NAME), place);
        }
        for (oid, text, _) in &parts {
            if ![COUNTRY, ORGANIZATION, COMMON_NAME, DESCRIPTION].contains(&oid.as_str()) {
                book.cannot_say(
                    &format!("認証局の名前に属性 {oid} 「{text}」があります。"),
                    &format!("The CA's name has the attribute {oid} 「{text}」."),
                );
            }
        }
        let Some(Ok((_, root))) = issued.issuer.as_deref().map(x509_parser::parse_x509_certificate) else {
            continue;
        };
        if let Some(bits @ (2048 | 3072 | 4096)) = rsa_bits(&root) {
            book.see("ca.key_bits", bits, place);
        }
        let validity = root.validity();
        for (key, at) in [("ca.not_before", validity.not_before), ("ca.not_after", validity.not_after)] {
            if let Ok(at) = Timestamp::from_second(at.timestamp()) {
                book.see(key, at.to_string(), place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_whole_or_none() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(months(day("2026-11-23"), day("2030-02-23")), Some(39));
        assert_eq!(months(day("2026-11-30"), day("2030-02-28")), Some(39));
        assert_eq!(months(day("2026-11-23"), day("2030-02-22")), None);
    }
}
