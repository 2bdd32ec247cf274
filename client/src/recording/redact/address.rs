//! Addresses and what percent signs hide in them and in forms.

use encoding_rs::{Encoding, UTF_8};
use url::Url;

use crate::recording::har;
use crate::recording::redact::exchange::enter;
use crate::recording::redact::find::{self, Place};
use crate::recording::redact::page::Fields;
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::table::Table;

/// The hosts of the service.
pub(super) struct Service<'a>(pub(super) &'a [String]);

impl Service<'_> {
    pub(super) fn is(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        host == "managedpki.ne.jp"
            || host.ends_with(".managedpki.ne.jp")
            || matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]" | "::1")
            || host.ends_with(".localhost")
            || self.0.iter().any(|own| own.eq_ignore_ascii_case(&host))
    }

    pub(super) fn is_known(&self, host: &str) -> bool {
        self.is(host) || find::is_public_host(host)
    }
}

pub(super) fn discover_address(address: &str, fields: &Fields, table: &mut Table) {
    let (before, query) = address.split_once('?').unwrap_or((address, ""));
    enter(table, &percent_decoded(before), Place::Prose);
    for (name, value) in decoded_pairs(query) {
        if let Some(kind) = fields.typed(&name, &value) {
            table.stand_in(kind, &value);
        }
        enter(table, &value, Place::Prose);
    }
}

/// An address without secrets; where it leads if it leads elsewhere does not matter.
pub(super) fn address(
    text: &str,
    service: &Service<'_>,
    fields: &Fields,
    table: &mut Table,
    rewriter: &Rewriter,
) -> String {
    if let Ok(url) = Url::parse(text)
        && !url.host_str().is_some_and(|host| service.is_known(host))
    {
        return "https://elsewhere.invalid/".into();
    }
    let text = text.split('#').next().unwrap_or_default();
    let Some((before, query)) = text.split_once('?') else { return rewriter.text(text) };
    let pairs = query.split('&').map(|pair| {
        let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
        let plain = decoded_value(value);
        match fields.typed(&decoded_value(name), &plain) {
            Some(kind) => format!("{name}={}", percent_encoded(&table.stand_in(kind, &plain))),
            None => pair.to_owned(),
        }
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    rewriter.text(&format!("{before}?{query}"))
}

pub(super) fn decoded_pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded_value(name), decoded_value(value))).collect()
}

/// A value of a form, in whatever character set it is.
pub(super) fn decoded_value(value: &str) -> String {
    har::decoded_value(value, charset_of(value))
}

pub(super) fn charset_of(value: &str) -> &'static Encoding {
    if !value.contains('%') {
        return UTF_8;
    }
    let bytes = percent_bytes(value);
    let fits = |encoding: &&'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(&bytes).is_some()
    };
    [UTF_8, encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP].into_iter().find(fits).unwrap_or(UTF_8)
}

pub(super) fn percent_decoded(text: &str) -> String {
    charset_of(text).decode_without_bom_handling(&percent_bytes(text)).0.into_owned()
}

fn percent_bytes(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

pub(super) fn percent_encoded(text: &str) -> String {
    percent_encoded_in(text, UTF_8)
}

pub(super) fn percent_encoded_in(text: &str, encoding: &'static Encoding) -> String {
    form_urlencoded::byte_serialize(&encoding.encode(text).0).collect()
}
