//! What nobody outside can know about the real site, as configuration.
//!
//! Each key has a default, the evidence for it, and its rival readings: the other values that the
//! real site might well have. A client that works only with the defaults depends on a guess.
//! `obn-ca profile` prints all of it; the keys themselves are declared in [`keys`].

mod bounds;
mod document;
mod keys;
mod values;

pub use document::{Described, IN_JAPANESE, describe, to_toml};
pub use keys::*;
pub use values::*;

use std::collections::HashSet;

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

/// Profiles that have a name, in the form of their files.
const PRESETS: &[(&str, &str)] = &[("real-tls", include_str!("real-tls.toml"))];

impl Profile {
    /// Whether pages say that they are simulated.
    pub(crate) fn says_simulated(&self) -> bool {
        self.site.says_simulated && self.dn.mode == DnMode::Marked
    }

    /// The profile of this name, as its file has it; `None` if none has.
    pub fn preset(name: &str) -> Option<&'static str> {
        PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

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

    /// This profile with some keys changed: JSON by section, as `POST /worlds` takes a profile.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn with(&self, changes: serde_json::Value) -> Result<Self, ProfileError> {
        let not_sections = || ProfileError::Syntax("not an object with the profile's sections".to_owned());
        let serde_json::Value::Object(changes) = changes else { return Err(not_sections()) };
        let mut whole = serde_json::to_value(self).expect("a profile has a form in JSON");
        for (section, keys) in changes {
            let serde_json::Value::Object(keys) = keys else { return Err(not_sections()) };
            match &mut whole[&section] {
                serde_json::Value::Object(all) => all.extend(keys),
                // Reading it tells that there is none of this name.
                unknown => *unknown = keys.into(),
            }
        }
        Self::from_json(whole)
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
        self.check_bounds()?;
        // What is right by itself may not go together.
        if self.ca.not_after <= self.ca.not_before {
            return fail("ca.not_after", "must lie after ca.not_before");
        }
        if self.tls.root_not_after <= self.tls.root_not_before {
            return fail("tls.root_not_after", "must lie after tls.root_not_before");
        }
        let mut names = self.wire.names().to_vec();
        names.extend(self.wire_ru.names());
        names.extend(self.wire.application_fields.names());
        names.extend(self.html.extra_hidden.iter().map(String::as_str));
        let mut seen = HashSet::new();
        if !names.into_iter().all(|name| seen.insert(name)) {
            return fail("wire", "names must differ from each other");
        }
        Ok(())
    }
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
    fn changed_keys_stand_among_the_others_and_a_key_that_is_none_is_told() {
        let json = |text: &str| serde_json::from_str(text).unwrap();
        let base = Profile::from_toml("[session]\nttl = \"5m\"\n").unwrap();
        let changed =
            base.with(json(r#"{"lockout":{"attempts":3},"session":{"same_browser":"stays_invalid"}}"#));
        let expected = "[session]\nttl = \"5m\"\nsame_browser = \"stays_invalid\"\n[lockout]\nattempts = 3\n";
        assert_eq!(changed.unwrap(), Profile::from_toml(expected).unwrap());
        for (changes, told) in [
            (r#"{"lock":{"attempts":3}}"#, "unknown field `lock`"),
            (r#"{"lockout":{"tries":3}}"#, "unknown field `tries`"),
            (r#"{"lockout":3}"#, "not an object"),
            (r#"[]"#, "not an object"),
            (r#"{"session":{"ttl":"0s"}}"#, "session.ttl: must be"),
        ] {
            let error = base.with(json(changes)).unwrap_err().to_string();
            assert!(error.starts_with(told), "{changes}: {error}");
        }
    }

    #[test]
    fn every_preset_can_be_served_and_is_not_the_default() {
        for (name, text) in PRESETS {
            let profile = Profile::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_ne!(profile, Profile::default(), "{name}");
            assert_eq!(Profile::preset(name), Some(*text));
        }
        assert_eq!(Profile::preset("real"), None);
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
    fn a_value_out_of_its_bounds_is_refused_under_the_name_of_its_key() {
        let bad = [
            ("session.ttl", "\"999ms\""),
            ("lockout.duration", "\"0s\""),
            ("download.window_days", "36501"),
            ("certificate.validity_months", "0"),
            ("certificate.key_bits", "1024"),
            ("certificate.extended_key_usage", "[\"clientAuth\"]"),
            ("certificate.policies", "[\"1.2.392\", \"\"]"),
            ("dn.order", "[\"C\", \"C\", \"O\", \"OU=category\", \"CN\"]"),
            ("dn.country", "\"日本\""),
            ("dn.organization", "\"支払基金\""),
            ("dn.medical", "\"medical@clinic\""),
            ("dn.dental", "\"歯科\""),
            ("dn.pharmacy", "\"a*b\""),
            ("dn.nursing", "\"a_b\""),
            ("dn.insurer", "\"a;b\""),
            ("dn.checkup", "\"a&b\""),
            ("dn.vendor", "\"a!b\""),
            ("dn.agent", "\"a#b\""),
            ("dn.reception_prefix", "\"受付\""),
            ("ca.country", "\"日本\""),
            ("ca.organization", "\"支払基金\""),
            ("ca.common_name", "\"共通認証局\""),
            ("ca.key_bits", "512"),
            ("ca.not_before", "\"1999-12-31T23:59:59Z\""),
            ("ca.not_after", "\"2020-09-27T15:00:00Z\""),
            ("crl.url", "\"crl.crl\""),
            ("crl.period", "\"59s\""),
            ("crl.mime", "\"crl\""),
            ("pfx.iterations", "0"),
            ("pfx.file_name", "\"a/b.p12\""),
            ("pfx.mime", "\"a/b\\n\""),
            ("pfx.friendly_name", "\"𠮷\""),
            ("pfx.csp_name", "\"🔑\""),
            ("root_file.name", "\"\""),
            ("root_file.mime", "\"\""),
            ("tls.versions", "[]"),
            ("tls.root_not_before", "\"2200-01-01T00:00:00Z\""),
            ("tls.root_not_after", "\"2009-05-29T05:00:39Z\""),
            ("tls.leaf_days", "-1"),
            ("relying_party.hosts", "[\"localhost\"]"),
            ("relying_party.hosts", "[\"192.0.2.1\"]"),
            ("wire.cookie", "\"a=b\""),
            ("wire.token", "\"\""),
            ("wire.request_id", "\"a b\""),
            ("wire.reference_id", "\"a\\\"b\""),
            ("wire.password", "\"a<b\""),
            ("wire.password_confirmation", "\"確認\""),
            ("wire.submit", "\"a;b\""),
            ("html.extra_hidden", "[\"a\", \"\"]"),
            ("http.refusal_status", "199"),
            ("http.session_status", "600"),
            ("http.server", "\"a\\nb\""),
            ("renewal.window_days", "-1"),
            ("renewal.max", "0"),
            ("renewal.pickup_days", "36501"),
            ("issue.delays", "[\"1s\"]"),
            ("issue.refresh", "\"-1s\""),
            ("client_auth.missing_status", "100"),
            ("client_auth.foreign_status", "0"),
            ("client_auth.expired_status", "999"),
            ("client_auth.revoked_status", "600"),
            ("revocation.delay", "\"-1s\""),
            ("application.review_days", "-1"),
            ("application.delivery_days", "366"),
            ("application.max_certificates", "0"),
            ("application.mail_from", "\"nobody\""),
            ("application.mail_subject", "\"a\\nb\""),
            ("mail.from_name", "\"a\\nb\""),
            ("mail.from_address", "\"nobody\""),
            ("mail.subject", "\"a\\r\\nBcc: b@c.jp\""),
            ("mail.expiry_days", "[-1]"),
            ("mail.expiry_subject", "\"a\\nb\""),
            ("wire_ru.state", "\"\""),
            ("wire_ru.email", "\"a b\""),
            ("wire_ru.email_confirmation", "\"a/b\""),
            ("installer.name", "\"a\\\"b\""),
            ("installer.mime", "\"msi\""),
        ];
        for (key, value) in bad {
            let told = Profile::from_toml(&format!("{key} = {value}\n")).unwrap_err().to_string();
            assert!(told.starts_with(&format!("{key}: must ")), "{key} = {value}: {told}");
        }
    }

    #[test]
    fn a_mistake_is_told_in_one_line_with_its_place() {
        let told = |text: &str| Profile::from_toml(text).unwrap_err().to_string();
        insta::assert_snapshot!(told("[session]\nttl = 15\n"), @r#"line 2, column 7: invalid type: integer `15`, expected a string"#);
        insta::assert_snapshot!(told("[session]\ntimeout = \"1m\"\n"), @"line 2, column 1: unknown field `timeout`, expected `ttl` or `same_browser`");
        insta::assert_snapshot!(told("[session]\nttl = \"0s\"\n"), @"session.ttl: must be one second or longer");
        insta::assert_snapshot!(told("[wire]\ntoken = \"requestId\"\n"), @"wire: names must differ from each other");
        insta::assert_snapshot!(told("[dn]\norder = [\"C\", \"O\"]\n"), @"dn.order: must name each of the five parts once");
    }
}
