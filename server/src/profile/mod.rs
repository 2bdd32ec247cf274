//! What nobody outside can know about the real site, as configuration.
//!
//! Each key has a default, the evidence for it, and its rival readings: the other values that the
//! real site might well have. A client that works only with the defaults depends on a guess.
//! `obn-ca profile` prints all of it; the keys themselves are declared in [`keys`].

mod document;
mod keys;
mod values;

pub use document::{Described, describe, to_toml};
pub use keys::*;
pub use values::*;

use axum::http::HeaderValue;
use der::asn1::{BmpString, ObjectIdentifier};
use jiff::tz::Offset;
use rcgen::string::PrintableString;
use serde::{Deserialize, Serialize};

/// Where a default comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The manual says it.
    Manual,
    /// A public source says it.
    Public,
    /// It follows from something that is known.
    Inferred,
    /// Nobody knows; this is our choice.
    Chosen,
}

/// What is known about one key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key`, as in the TOML file.
    pub path: &'static str,
    /// What it decides, units included.
    pub comment: &'static str,
    /// Where the default comes from.
    pub evidence: Evidence,
    /// The row of the list of unknowns that it answers.
    pub row: u8,
    /// Other values that the real site might have, as TOML.
    pub rivals: &'static [&'static str],
}

/// Why a profile can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{0}")]
    Syntax(String),
    /// A value that reads well but can't be served.
    #[error("{key}: {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Profile {
    /// Reads a profile; what it doesn't mention keeps its default.
    ///
    /// # Errors
    /// [`ProfileError`], with line and column where there is one.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let profile: Self =
            toml::from_str(text).map_err(|error| ProfileError::Syntax(one_line(text, &error)))?;
        profile.check()?;
        Ok(profile)
    }

    /// Reads a profile from JSON of the same shape, as `POST /worlds` takes it.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn from_json(value: serde_json::Value) -> Result<Self, ProfileError> {
        // Serde would take a list for the sections in their order.
        if !value.is_object() {
            return Err(ProfileError::Syntax("not an object with the profile's sections".to_owned()));
        }
        let profile: Self =
            serde_json::from_value(value).map_err(|error| ProfileError::Syntax(error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    /// Whether `/p/ru` is on a listener of its own.
    pub fn splits(&self) -> bool {
        self.client_auth.mode == ClientAuthMode::Split
    }

    /// What serde can't tell: values that read well and can't be served.
    ///
    /// # Errors
    /// [`ProfileError::Value`] with the first such key.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        let fail = |key, reason: &str| Err(ProfileError::Value { key, reason: reason.to_owned() });
        if self.session.ttl.0.as_secs() < 1 {
            return fail("session.ttl", "must be one second or longer");
        }
        if !(1..=1200).contains(&self.certificate.validity_months) {
            return fail("certificate.validity_months", "must be 1 to 1200");
        }
        if ![2048, 3072, 4096].contains(&self.certificate.key_bits) {
            return fail("certificate.key_bits", "must be 2048, 3072 or 4096");
        }
        if ![2048, 3072, 4096].contains(&self.ca.key_bits) {
            return fail("ca.key_bits", "must be 2048, 3072 or 4096");
        }
        if self.ca.not_after <= self.ca.not_before {
            return fail("ca.not_after", "must lie after ca.not_before");
        }
        if self.tls.root_not_after <= self.tls.root_not_before {
            return fail("tls.root_not_after", "must lie after tls.root_not_before");
        }
        if !(0..=36_500).contains(&self.tls.leaf_days) {
            return fail("tls.leaf_days", "must be 0 to 36500");
        }
        if !(0..=36_500).contains(&self.download.window_days) {
            return fail("download.window_days", "must be 0 to 36500");
        }
        if self.tls.versions.is_empty() {
            return fail("tls.versions", "must name at least one version");
        }
        if self.pfx.iterations == 0 || self.pfx.iterations > 1_000_000 {
            return fail("pfx.iterations", "must be 1 to 1000000");
        }
        if self.lockout.duration.0.as_secs() < 1 {
            return fail("lockout.duration", "must be one second or longer");
        }
        let mut parts = self.dn.order.clone();
        parts.sort_unstable();
        if parts != DnPart::ALL {
            return fail("dn.order", "must name each of the five parts once");
        }
        for (key, status) in [
            ("http.refusal_status", self.http.refusal_status),
            ("http.session_status", self.http.session_status),
            ("client_auth.missing_status", self.client_auth.missing_status),
            ("client_auth.foreign_status", self.client_auth.foreign_status),
            ("client_auth.expired_status", self.client_auth.expired_status),
            ("client_auth.revoked_status", self.client_auth.revoked_status),
        ] {
            if !(200..600).contains(&status) {
                return fail(key, "must be an HTTP status of 200 to 599");
            }
        }
        let mut names = self.wire.names().to_vec();
        names.extend(self.wire_ru.names());
        names.extend(self.html.extra_hidden.iter().map(String::as_str));
        if names.iter().any(|name| name.is_empty() || !name.bytes().all(is_token)) {
            return fail("wire", "names have one or more letters, digits, `-`, `_` or `.`");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() != count {
            return fail("wire", "names must differ from each other");
        }
        if !(60..=3_650 * 86_400).contains(&self.crl.period.0.as_secs()) {
            return fail("crl.period", "must be 1 minute to 3650 days");
        }
        if !self.crl.url.is_empty() && self.crl.path().is_none() {
            return fail(
                "crl.url",
                "must be a URL such as \"http://crldownload.obn.managedpki.ne.jp/crl.crl\"",
            );
        }
        for (key, name) in [
            ("pfx.file_name", &self.pfx.file_name),
            ("root_file.name", &self.root_file.name),
            ("installer.name", &self.installer.name),
        ] {
            if name.is_empty() || name.bytes().any(|b| b.is_ascii_control() || b"\"\\/".contains(&b)) {
                return fail(key, "must be a file name without quotes, slashes or control characters");
            }
        }
        for (key, mime) in [
            ("pfx.mime", &self.pfx.mime),
            ("root_file.mime", &self.root_file.mime),
            ("crl.mime", &self.crl.mime),
            ("installer.mime", &self.installer.mime),
        ] {
            if HeaderValue::from_str(mime).is_err() || !mime.contains('/') {
                return fail(key, "must be a media type such as \"application/x-pkcs12\"");
            }
        }
        self.check_names()?;
        self.check_renewal()
    }

    /// Names, object identifiers and dates that have no form in ASN.1, or headers in HTTP.
    fn check_names(&self) -> Result<(), ProfileError> {
        let fail = |key, reason: &str| Err(ProfileError::Value { key, reason: reason.to_owned() });
        let Self { certificate, dn, ca, tls, pfx, .. } = self;
        for (key, oids) in [
            ("certificate.extended_key_usage", &certificate.extended_key_usage),
            ("certificate.policies", &certificate.policies),
        ] {
            if oids.iter().any(|oid| oid.parse::<ObjectIdentifier>().is_err()) {
                return fail(key, "must be object identifiers such as \"1.3.6.1.5.5.7.3.2\"");
            }
        }
        if PrintableString::try_from(dn.country.as_str()).is_err() {
            return fail("dn.country", "must be ASCII letters such as \"JP\" (PrintableString)");
        }
        for (key, text) in [
            ("dn.organization", &dn.organization),
            ("dn.medical", &dn.medical),
            ("dn.dental", &dn.dental),
            ("dn.pharmacy", &dn.pharmacy),
            ("dn.nursing", &dn.nursing),
            ("dn.insurer", &dn.insurer),
            ("dn.checkup", &dn.checkup),
            ("dn.vendor", &dn.vendor),
            ("dn.agent", &dn.agent),
            ("ca.common_name", &ca.common_name),
        ] {
            if dn.string_type == StringType::Printable && PrintableString::try_from(text.as_str()).is_err() {
                let reason = "must be ASCII letters, digits, blanks and '()+,-./:=? \
                              (PrintableString), unless dn.string_type is \"utf8\"";
                return fail(key, reason);
            }
        }
        for (key, moment) in [
            ("ca.not_before", ca.not_before),
            ("ca.not_after", ca.not_after),
            ("tls.root_not_before", tls.root_not_before),
            ("tls.root_not_after", tls.root_not_after),
        ] {
            if !(2000..2200).contains(&Offset::UTC.to_datetime(moment).year()) {
                return fail(key, "must lie in the years 2000 to 2199");
            }
        }
        for (key, text) in [("pfx.friendly_name", &pfx.friendly_name), ("pfx.csp_name", &pfx.csp_name)] {
            if BmpString::from_utf8(text).is_err() {
                return fail(key, "must not have characters beyond U+FFFF (BMPString)");
            }
        }
        if HeaderValue::from_str(&self.http.server).is_err() {
            return fail("http.server", "must be visible ASCII characters and blanks");
        }
        Ok(())
    }

    fn check_renewal(&self) -> Result<(), ProfileError> {
        let fail = |key, reason: &str| Err(ProfileError::Value { key, reason: reason.to_owned() });
        if !(0..=36_500).contains(&self.renewal.window_days) {
            return fail("renewal.window_days", "must be 0 to 36500");
        }
        if !(0..=36_500).contains(&self.renewal.pickup_days) {
            return fail("renewal.pickup_days", "must be 0 to 36500");
        }
        if !(1..=1_000).contains(&self.renewal.max) {
            return fail("renewal.max", "must be 1 to 1000");
        }
        if self.issue.delays.len() != 2 || self.issue.delays.iter().any(|delay| delay.0.is_negative()) {
            return fail("issue.delays", "must be two durations, none negative");
        }
        if self.issue.refresh.0.is_negative() {
            return fail("issue.refresh", "must not be negative");
        }
        if self.revocation.delay.0.is_negative() {
            return fail("revocation.delay", "must not be negative");
        }
        if self.mail.from_address.parse::<crate::terms::EmailAddress>().is_err() {
            return fail("mail.from_address", "must be a mail address");
        }
        if [&self.mail.from_name, &self.mail.subject].iter().any(|text| text.chars().any(char::is_control)) {
            return fail("mail", "sender and subject must not have control characters");
        }
        Ok(())
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// toml's own message spans several lines with a caret; a start-up error is one line.
fn one_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    match error.span() {
        Some(span) => {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!("line {line}, column {column}: {message}")
        }
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_profile_is_the_default() {
        assert_eq!(Profile::from_toml("").unwrap(), Profile::default());
    }

    #[test]
    fn the_printed_default_reads_back_as_the_default() {
        let printed = to_toml(&Profile::default());
        assert_eq!(Profile::from_toml(&printed).unwrap(), Profile::default());
    }

    #[test]
    fn every_rival_reading_can_be_served_and_differs_from_the_default() {
        for key in KEYS {
            for rival in key.rivals {
                let (section, name) = key.path.split_once('.').unwrap();
                let text = format!("[{section}]\n{name} = {rival}\n");
                let profile = Profile::from_toml(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_ne!(profile, Profile::default(), "{text}");
            }
        }
    }

    #[test]
    fn a_mistake_is_told_in_one_line_with_its_place() {
        let told = |text: &str| Profile::from_toml(text).unwrap_err().to_string();
        insta::assert_snapshot!(told("[session]\nttl = 15\n"), @r#"line 2, column 7: invalid type: integer `15`, expected a string"#);
        insta::assert_snapshot!(told("[session]\ntimeout = \"1m\"\n"), @"line 2, column 1: unknown field `timeout`, expected `ttl`");
        insta::assert_snapshot!(told("[session]\nttl = \"0s\"\n"), @"session.ttl: must be one second or longer");
        insta::assert_snapshot!(told("[wire]\ntoken = \"requestId\"\n"), @"wire: names must differ from each other");
        insta::assert_snapshot!(told("[dn]\norder = [\"C\", \"O\"]\n"), @"dn.order: must name each of the five parts once");
    }
}
