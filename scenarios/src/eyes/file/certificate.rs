//! A certificate, asked what a scenario expects of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::x509::X509Name;

use super::flaw::Flaw;
use crate::bilingual::{Verbatim, wording};
use crate::difference::Differences;

/// A certificate.
#[derive(Debug)]
pub(crate) struct Certificate<'a> {
    der: &'a [u8],
    parsed: X509Certificate<'a>,
}

/// What a certificate must be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateExpectation {
    /// All parts of the subject, first encoded first, such as `C=JP`.
    subject: Option<Vec<String>>,
    /// One part of the subject.
    subject_has: Option<String>,
    /// The issuer's common name begins like this.
    issuer_begins: Option<String>,
    /// First second of validity.
    valid_from: Option<String>,
    /// Last second of validity.
    valid_until: Option<String>,
    /// Not signed with SHA-1 or older.
    modern_hash: Option<bool>,
    /// For the authentication of TLS clients.
    client_auth: Option<bool>,
    /// Names a place of the revocation list on this host.
    crl_host: Option<String>,
    /// Issued by itself, for a CA.
    own_root: Option<bool>,
    /// The root that this run trusts for TLS.
    trusted_root: Option<bool>,
}

wording! {
    /// What a certificate must be.
    enum Expected {
        Subject { subject: String } => "the subject {subject}"; "サブジェクト {subject}";
        InSubject { part: String } => "{part} in the subject"; "サブジェクトの中に {part}";
        Issuer { beginning: String } => "an issuer whose name begins with {beginning:?}"; "{beginning:?} で始まる発行者名";
        FirstSecond { at: String } => "the first second of validity at {at}"; "有効期間の始まりが {at}";
        LastSecond { at: String } => "the last second of validity at {at}"; "有効期間の終わりが {at}";
        ModernHash => "a signature with a hash newer than SHA-1"; "SHA-1 より新しいハッシュの署名";
        ClientAuth => "the extended key usage clientAuth"; "拡張鍵用途 clientAuth";
        ListOn { host: String } => "a revocation list on {host}"; "{host} にある失効リスト";
        OwnRoot => "a root: a CA that issued itself"; "自己発行のルート認証局の証明書";
        TrustedRoot => "the root to which the site's TLS leads"; "サイトの TLS がつながるルート証明書";
    }
}

wording! {
    /// What it has instead.
    enum Seen {
        OtherUsages => "other usages only"; "別の用途だけ";
        NoUsage => "no extended key usage"; "拡張鍵用途がない";
        NoPlace => "none"; "なし";
    }
}

impl<'a> Certificate<'a> {
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, Flaw> {
        match x509_parser::parse_x509_certificate(der) {
            Ok(([], parsed)) => Ok(Self { der, parsed }),
            Ok(_) => Err(Flaw::TrailingCertificate),
            Err(_) => Err(Flaw::NoCertificate),
        }
    }

    pub(crate) fn der(&self) -> &'a [u8] {
        self.der
    }

    pub(crate) fn subject(&self) -> String {
        parts(self.parsed.subject()).join(", ")
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.parsed.is_ca()
    }

    pub(crate) fn is_own_root(&self) -> bool {
        self.is_ca() && self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    pub(crate) fn is_issuer_of(&self, other: &Certificate<'_>) -> bool {
        self.parsed.subject().as_raw() == other.parsed.issuer().as_raw()
    }

    /// The serial number as control writes it: hexadecimal, capital letters.
    pub(crate) fn serial(&self) -> String {
        hex(self.parsed.raw_serial())
    }

    /// The subject key identifier.
    pub(crate) fn key_identifier(&self) -> Option<Vec<u8>> {
        self.parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        })
    }

    pub(crate) fn not_before(&self) -> Timestamp {
        instant(self.parsed.validity().not_before.timestamp())
    }

    /// All that is not as expected. `trusted` is the root that this run trusts for TLS.
    pub(crate) fn differences(&self, expected: &CertificateExpectation, trusted: &[u8]) -> Differences {
        let CertificateExpectation {
            subject,
            subject_has,
            issuer_begins,
            valid_from,
            valid_until,
            modern_hash,
            client_auth,
            crl_host,
            own_root,
            trusted_root,
        } = expected;
        let mut found = Differences::default();
        let own = parts(self.parsed.subject());
        if let Some(subject) = subject
            && *subject != own
        {
            found.add(Expected::Subject { subject: subject.join(", ") }, Verbatim(own.join(", ")));
        }
        if let Some(part) = subject_has
            && !own.contains(part)
        {
            found.add(Expected::InSubject { part: part.clone() }, Verbatim(own.join(", ")));
        }
        if let Some(beginning) = issuer_begins {
            let names = self.parsed.issuer().iter_common_name();
            let name = names.filter_map(|name| name.as_str().ok()).collect::<Vec<_>>().join(", ");
            if !name.starts_with(beginning.as_str()) {
                found.add(Expected::Issuer { beginning: beginning.clone() }, Verbatim(name));
            }
        }
        let validity = self.parsed.validity();
        let first: fn(String) -> Expected = |at| Expected::FirstSecond { at };
        let last: fn(String) -> Expected = |at| Expected::LastSecond { at };
        for (what, expected, at) in
            [(first, valid_from, validity.not_before), (last, valid_until, validity.not_after)]
        {
            let is = instant(at.timestamp());
            if let Some(text) = expected
                && text.parse().ok() != Some(is)
            {
                found.add(what(text.clone()), Verbatim(jst(is)));
            }
        }
        let algorithm = self.parsed.signature_algorithm.algorithm.to_id_string();
        let weak = ["1.2.840.113549.1.1.5", "1.2.840.113549.1.1.4", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];
        if *modern_hash == Some(true) && weak.contains(&algorithm.as_str()) {
            found.add(Expected::ModernHash, Verbatim(algorithm));
        }
        if *client_auth == Some(true) {
            let usage = self.parsed.extended_key_usage().ok().flatten();
            if !usage.as_ref().is_some_and(|usage| usage.value.client_auth) {
                found.add(
                    Expected::ClientAuth,
                    if usage.is_some() { Seen::OtherUsages } else { Seen::NoUsage },
                );
            }
        }
        if let Some(host) = crl_host {
            let places = self.crl_places();
            let fits = |place: &String| url::Url::parse(place).is_ok_and(|url| url.host_str() == Some(host));
            if !places.iter().any(fits) {
                let expected = Expected::ListOn { host: host.clone() };
                match places.is_empty() {
                    true => found.add(expected, Seen::NoPlace),
                    false => found.add(expected, Verbatim(places.join(", "))),
                }
            }
        }
        if *own_root == Some(true) && !self.is_own_root() {
            found.add(Expected::OwnRoot, Verbatim(self.subject()));
        }
        if *trusted_root == Some(true) && self.der != trusted {
            found.add(Expected::TrustedRoot, Verbatim(self.subject()));
        }
        found
    }

    /// Whether it may be an institution's, and is no server's.
    pub(crate) fn is_for_clients_alone(&self) -> bool {
        let is_named = self.parsed.subject_alternative_name().ok().flatten().is_some();
        let usage = self.parsed.extended_key_usage().ok().flatten();
        !is_named && usage.is_none_or(|usage| !usage.value.server_auth)
    }

    /// Where its revocation list is.
    pub(crate) fn crl_places(&self) -> Vec<String> {
        let lists =
            self.parsed.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
                ParsedExtension::CRLDistributionPoints(points) => Some(points),
                _ => None,
            });
        let names = lists.flat_map(|list| &list.points).filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
        let places = names.flatten().filter_map(|name| match name {
            GeneralName::URI(place) => Some((*place).to_owned()),
            _ => None,
        });
        places.collect()
    }
}

/// `C=JP` and so on, first encoded first.
fn parts(name: &X509Name<'_>) -> Vec<String> {
    let attributes = name.iter_attributes().map(|attribute| {
        let oid = attribute.attr_type().to_id_string();
        let key = match oid.as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.6" => "C",
            "2.5.4.10" => "O",
            "2.5.4.11" => "OU",
            other => other,
        };
        format!("{key}={}", attribute.as_str().unwrap_or("?"))
    });
    attributes.collect()
}

/// Hexadecimal digits in capital letters, without a leading zero byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(&[0]).unwrap_or(bytes);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

pub(super) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

pub(super) fn jst(instant: Timestamp) -> String {
    let zoned = jiff::tz::offset(9).to_datetime(instant);
    format!("{zoned}+09:00")
}
