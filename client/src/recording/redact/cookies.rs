//! Cookies, whose values are secrets.

use serde_json::Map;

use crate::recording::har::Cookie;
use crate::recording::redact::address::{Service, percent_decoded};
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::table::{Kind, Table};
use crate::recording::redact::vocabulary;

pub(super) fn enter_cookie(value: &str, table: &mut Table) {
    let value = value.trim().trim_matches('"');
    if !value.is_empty() && !vocabulary::is_public(value) {
        table.stand_in(Kind::Cookie, value);
        let plain = percent_decoded(value);
        if plain != value {
            table.stand_in(Kind::Cookie, &plain);
        }
    }
}

pub(super) fn cookie_pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

pub(super) fn cookie(value: &str, table: &mut Table) -> String {
    let bare = value.trim().trim_matches('"');
    if bare.is_empty() || vocabulary::is_public(bare) {
        return value.to_owned();
    }
    value.replace(bare, &table.stand_in(Kind::Cookie, bare))
}

pub(super) fn set_cookie(line: &str, service: &Service<'_>, table: &mut Table) -> String {
    let mut parts = line.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let mut out = format!("{name}={}", cookie(value, table));
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let is_elsewhere =
            name.trim().eq_ignore_ascii_case("domain") && !service.is(value.trim().trim_start_matches('.'));
        out.push(';');
        out.push_str(if is_elsewhere { " Domain=elsewhere.invalid" } else { part });
    }
    out
}

pub(super) fn rewrite_cookie(
    known: &Cookie,
    service: &Service<'_>,
    table: &mut Table,
    rewriter: &Rewriter,
) -> Cookie {
    let domain = known.domain.clone().filter(|domain| service.is(domain.trim_start_matches('.')));
    Cookie {
        name: known.name.clone(),
        value: cookie(&known.value, table),
        path: known.path.as_deref().map(|path| rewriter.text(path)),
        domain,
        expires: known.expires.clone(),
        http_only: known.http_only,
        secure: known.secure,
        same_site: known.same_site.clone(),
        other: Map::new(),
    }
}
