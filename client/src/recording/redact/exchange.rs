//! One exchange: which secrets its head and its fields show, and the same without them.

use serde_json::Map;

use crate::recording::har::{self, Header, Param, PostData, Request, Response};
use crate::recording::redact::address::{
    Service, address, charset_of, decoded_pairs, decoded_value, discover_address, percent_encoded,
    percent_encoded_in,
};
use crate::recording::redact::cookies::{enter_cookie, rewrite_cookie};
use crate::recording::redact::dropped::{Dropped, Tally};
use crate::recording::redact::find::{self, Place};
use crate::recording::redact::headers::{OF_PROXIES, REQUEST_HEADERS, discover_header, rewrite_header};
use crate::recording::redact::page::Fields;
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::table::Table;

/// Enters what a request shows.
pub(super) fn discover_request(request: &Request, fields: &Fields, table: &mut Table) {
    discover_address(&request.url, fields, table);
    for header in &request.headers {
        discover_header(header, fields, table);
    }
    request.cookies.iter().for_each(|cookie| enter_cookie(&cookie.value, table));
    if let Some(data) = &request.post_data {
        for (name, value) in posted(data) {
            if let Some(kind) = fields.kind(&name, &value) {
                table.stand_in(kind, value.trim());
                table.stand_in(kind, &value);
            }
            enter(table, &value, Place::Prose);
        }
    }
}

/// Enters what the head of an answer shows.
pub(super) fn discover_response(response: &Response, fields: &Fields, table: &mut Table) {
    response.headers.iter().for_each(|header| discover_header(header, fields, table));
    response.cookies.iter().for_each(|cookie| enter_cookie(&cookie.value, table));
    discover_address(&response.redirect_url, fields, table);
}

pub(super) fn enter(table: &mut Table, text: &str, place: Place) {
    for (kind, secret) in find::secrets(text, place) {
        table.stand_in(kind, &secret);
    }
}

/// A request without secrets.
pub(super) fn rewrite_request(
    request: &Request,
    service: &Service<'_>,
    fields: &Fields,
    table: &mut Table,
    rewriter: &Rewriter,
    tally: &mut Tally,
) -> Request {
    let mut headers = Vec::new();
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        if !REQUEST_HEADERS.contains(&name.as_str()) && !name.starts_with("sec-") {
            tally.add(Dropped::Header);
            continue;
        }
        headers.push(rewrite_header(header, service, fields, table, rewriter));
    }
    let post_data = request.post_data.as_ref().map(|data| rewrite_post(data, fields, table, rewriter, tally));
    if !request.other.is_empty() {
        tally.add(Dropped::Field);
    }
    Request {
        method: request.method.chars().filter(char::is_ascii_alphabetic).take(16).collect(),
        url: address(&request.url, service, fields, table, rewriter),
        http_version: version(&request.http_version),
        cookies: request
            .cookies
            .iter()
            .map(|cookie| rewrite_cookie(cookie, service, table, rewriter))
            .collect(),
        headers,
        query_string: Vec::new(),
        post_data,
        headers_size: -1,
        body_size: -1,
        other: Map::new(),
    }
    .with_query()
}

/// An answer without secrets, and without its content.
pub(super) fn rewrite_response(
    response: &Response,
    service: &Service<'_>,
    fields: &Fields,
    table: &mut Table,
    rewriter: &Rewriter,
    tally: &mut Tally,
) -> Response {
    let mut headers = Vec::new();
    for header in &response.headers {
        let name = header.name.to_ascii_lowercase();
        if OF_PROXIES.iter().any(|of_proxies| name.starts_with(of_proxies)) {
            tally.add(Dropped::Header);
            continue;
        }
        headers.push(rewrite_header(header, service, fields, table, rewriter));
    }
    Response {
        status: response.status,
        status_text: rewriter.text(&response.status_text),
        http_version: version(&response.http_version),
        cookies: response
            .cookies
            .iter()
            .map(|cookie| rewrite_cookie(cookie, service, table, rewriter))
            .collect(),
        headers,
        content: Default::default(),
        redirect_url: address(&response.redirect_url, service, fields, table, rewriter),
        headers_size: -1,
        body_size: -1,
        other: Map::new(),
    }
}

fn version(version: &str) -> String {
    version
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "/.".contains(*letter))
        .take(16)
        .collect()
}

fn rewrite_post(
    data: &PostData,
    fields: &Fields,
    table: &mut Table,
    rewriter: &Rewriter,
    tally: &mut Tally,
) -> PostData {
    let mut instead =
        |name: &str, value: &str| fields.kind(name, value).map(|kind| table.stand_in(kind, value));
    let is_form = data.mime_type.trim_start().starts_with("application/x-www-form-urlencoded");
    let text = match &data.text {
        Some(text) if is_form => {
            let pairs = text.split('&').map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let encoding = charset_of(value);
                let name_plain = decoded_value(name);
                match instead(&name_plain, &har::decoded_value(value, encoding)) {
                    Some(stand_in) => format!("{name}={}", percent_encoded_in(&stand_in, encoding)),
                    None => pair.to_owned(),
                }
            });
            Some(pairs.collect::<Vec<_>>().join("&"))
        }
        Some(_) => {
            tally.add(Dropped::RequestBody);
            None
        }
        None => None,
    };
    let params = data.params.iter().filter(|param| param.file_name.is_none()).map(|param| {
        let value = param.value.as_deref().unwrap_or_default();
        let plain = decoded_value(value);
        let value = match instead(&decoded_value(&param.name), &plain) {
            Some(stand_in) if plain != value => percent_encoded(&stand_in),
            Some(stand_in) => stand_in,
            None => rewriter.text(value),
        };
        Param { name: param.name.clone(), value: Some(value), ..Param::default() }
    });
    let params = params.collect();
    let mime = data.mime_type.split(';').next().unwrap_or_default().trim().to_owned();
    let charset = data.mime_type.split_once("charset=").map(|(_, charset)| format!("; charset={charset}"));
    let mime_type = mime + &charset.filter(|_| is_form).unwrap_or_default();
    PostData { mime_type, params, text: text.map(|text| rewriter.text(&text)), other: Map::new() }
}

/// The fields of a body as the list and the text have them.
fn posted(data: &PostData) -> Vec<(String, String)> {
    let mut fields: Vec<_> = data
        .params
        .iter()
        .map(|param| (decoded_value(&param.name), decoded_value(param.value.as_deref().unwrap_or_default())))
        .collect();
    if let Some(text) = &data.text {
        let is_form = data.mime_type.trim_start().starts_with("application/x-www-form-urlencoded");
        match is_form {
            true => fields.extend(decoded_pairs(text)),
            // Nothing of it is kept, but its secrets may stand elsewhere.
            false => fields.push((String::new(), String::new())),
        }
    }
    fields
}

impl Request {
    fn with_query(mut self) -> Self {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        self.query_string =
            decoded_pairs(query).into_iter().map(|(name, value)| Header::new(name, value)).collect();
        self
    }
}
