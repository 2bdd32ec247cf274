//! A page: which secrets it shows, and the page without them.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use encoding_rs::Encoding;
use url::Url;

use crate::recording::redact::find::{self, Place};
use crate::recording::redact::html::{Piece, Tag, pieces};
use crate::recording::redact::rewrite::{Rewriter, apply};
use crate::recording::redact::table::{Kind, Table};
use crate::recording::redact::{view, vocabulary};
use crate::site::form::FieldKind;
use crate::site::page::Page;
use crate::site::words::{self, Words};

/// What the pages of a recording tell about the fields of their forms.
#[derive(Default)]
pub(super) struct Fields {
    roles: HashMap<String, Role>,
    /// What one can choose or press.
    offered: HashSet<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Hidden,
    Typed(Kind),
    /// A number of certificates and the like.
    Public,
}

/// What a label says about the value beside it.
const LABELS: [(&Words, Kind); 12] = [
    (&words::REQUEST_ID, Kind::RequestId),
    (&words::REFERENCE_ID, Kind::ReferenceId),
    (&words::PASSWORD, Kind::Password),
    (&words::PASSWORD_AGAIN, Kind::Password),
    (&words::MAIL, Kind::Mail),
    (&words::MAIL_AGAIN, Kind::Mail),
    (&words::TELEPHONE, Kind::Telephone),
    (&words::TERMINAL_NAME, Kind::Name),
    (&words::HOLDER, Kind::InstitutionCode),
    (&words::APPLICATION_NUMBER, Kind::Number),
    (&words::DEPARTMENT, Kind::Name),
    (&words::HOLDER_NAME, Kind::Name),
];

fn kind_of(label: &str) -> Option<Kind> {
    LABELS.iter().find(|(words, _)| words.fit(label).is_some()).map(|(_, kind)| *kind)
}

impl Fields {
    /// The kind of what a field was sent with; `None` for what the page itself offers.
    pub(super) fn kind(&self, name: &str, value: &str) -> Option<Kind> {
        if self.offered.contains(&(name.to_owned(), value.to_owned())) || vocabulary::is_public(value) {
            return None;
        }
        match self.roles.get(name) {
            Some(Role::Public) => None,
            Some(Role::Typed(kind)) => Some(by_form(value).filter(|_| *kind == Kind::Name).unwrap_or(*kind)),
            Some(Role::Hidden) => Some(by_form(value).unwrap_or(Kind::Token)),
            // The page is not in the recording.
            None => Some(by_form(value).or_else(|| kind_of(name)).unwrap_or_else(|| {
                let is_pin = value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit());
                if is_pin { Kind::Password } else { Kind::Name }
            })),
        }
    }
}

impl Fields {
    /// The kind of what stands in an address, where a form or a link may have put it.
    pub(super) fn typed(&self, name: &str, value: &str) -> Option<Kind> {
        self.roles.get(name).and_then(|_| self.kind(name, value))
    }
}

fn by_form(value: &str) -> Option<Kind> {
    let found = find::secrets(value, Place::Prose);
    found.into_iter().find(|(_, found)| found == value.trim()).map(|(kind, _)| kind)
}

/// The page as a person reads it, if anybody could.
pub(super) fn read(html: &str, url: &Url, encoding: &'static Encoding) -> Option<Page> {
    crate::site::html::read(html, url, 200, encoding).ok()
}

/// Enters what a page shows into the table.
pub(super) fn discover(html: &str, page: Option<&Page>, fields: &mut Fields, table: &mut Table) {
    if let Some(page) = page {
        rows(page, table);
    }
    for piece in pieces(html) {
        match piece {
            Piece::Text(range) => enter(table, &view::attribute(&html[range]), Place::Prose),
            Piece::Tag(tag) => {
                for (name, range) in &tag.attributes {
                    let value = view::attribute(&html[range.clone()]);
                    let place = match name.as_str() {
                        "class" | "id" | "for" | "name" | "style" | "type" | "rel" | "bgcolor" | "color"
                        | "width" | "height" | "integrity" => Place::Machine,
                        _ => Place::Prose,
                    };
                    enter(table, &value, place);
                }
                if let Some(range) = filled_in(&tag) {
                    let value = view::attribute(&html[range]);
                    let name = tag.value("name").map(|name| view::attribute(&html[name])).unwrap_or_default();
                    if is_hidden(&tag, html) {
                        fields.roles.entry(name.clone()).or_insert(Role::Hidden);
                    }
                    if let Some(kind) = fields.kind(&name, &value) {
                        table.stand_in(kind, &value);
                    }
                }
            }
            Piece::Markup(_) | Piece::Raw { .. } => {}
        }
    }
}

/// The page with what stands in place of secrets; without its scripts and comments.
pub(super) fn rewrite(html: &str, fields: &Fields, table: &mut Table, rewriter: &Rewriter) -> String {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut in_textarea = None;
    for piece in pieces(html) {
        let mut put = |range: Range<usize>, written: &str| edits.push((range, written.to_owned()));
        match piece {
            Piece::Markup(range) if html[range.clone()].starts_with("<!--") => put(range, ""),
            Piece::Raw { element, range } if element == "script" => put(range, ""),
            Piece::Text(range) if in_textarea.is_some() => {
                let name = in_textarea.as_deref().unwrap_or_default();
                let value = view::attribute(&html[range.clone()]);
                if let Some(kind) = fields.kind(name, value.trim()) {
                    put(range, &escaped(&table.stand_in(kind, value.trim())));
                }
            }
            // A cell that says nothing else.
            Piece::Text(range) => {
                let text = view::attribute(&html[range.clone()]);
                if let Some(stand_in) = table.known(text.trim()) {
                    put(range, &escaped(&text.replace(text.trim(), stand_in)));
                }
            }
            Piece::Tag(tag) => {
                let name = tag.value("name").map(|name| view::attribute(&html[name])).unwrap_or_default();
                // Pictures and the like, in which anything may be.
                let embedded = tag.attributes.iter().map(|(_, range)| range.clone());
                for range in embedded.filter(|range| html[range.clone()].trim_start().starts_with("data:")) {
                    put(range, "data:,");
                }
                if let Some(range) = filled_in(&tag) {
                    let value = view::attribute(&html[range.clone()]);
                    if let Some(kind) = fields.kind(&name, &value) {
                        put(range, &escaped(&table.stand_in(kind, &value)));
                    }
                }
                in_textarea = (tag.name == "textarea" && !tag.closes).then_some(name);
            }
            _ => {}
        }
    }
    let mut out = html.to_owned();
    apply(&mut out, edits);
    rewriter.text(&out)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Where a field holds what was typed, or what nobody sees.
fn filled_in(tag: &Tag) -> Option<Range<usize>> {
    if tag.name != "input" || tag.closes {
        return None;
    }
    tag.value("value").filter(|range| !range.is_empty())
}

fn is_hidden(tag: &Tag, html: &str) -> bool {
    tag.value("type").is_some_and(|kind| html[kind].trim().eq_ignore_ascii_case("hidden"))
}

fn enter(table: &mut Table, text: &str, place: Place) {
    for (kind, secret) in find::secrets(text, place) {
        table.stand_in(kind, &secret);
    }
}

/// Learns the fields of a page's forms.
pub(super) fn forms(page: &Page, fields: &mut Fields) {
    for form in &page.forms {
        for field in &form.fields {
            let role = match field.kind {
                FieldKind::Hidden => Role::Hidden,
                FieldKind::Password => Role::Typed(Kind::Password),
                FieldKind::Text => {
                    let is_count = field.labels.iter().any(|label| words::CERTIFICATES.fit(label).is_some());
                    let kind = field.labels.iter().find_map(|label| kind_of(label)).unwrap_or(Kind::Name);
                    if is_count { Role::Public } else { Role::Typed(kind) }
                }
                FieldKind::Choice => {
                    offer(fields, &field.name, field.value.as_deref().unwrap_or_default());
                    continue;
                }
            };
            fields.roles.insert(field.name.clone(), role);
        }
        for button in &form.buttons {
            offer(fields, button.name.as_deref().unwrap_or_default(), &button.value);
        }
    }
}

/// What a form offers is no secret, unless it has the form of one.
fn offer(fields: &mut Fields, name: &str, value: &str) {
    if find::secrets(value, Place::Prose).is_empty() {
        fields.offered.insert((name.to_owned(), value.to_owned()));
    }
}

fn rows(page: &Page, table: &mut Table) {
    let is_label = |text: &str| {
        kind_of(text).is_some()
            || words::STATUS.fit(text).is_some()
            || page.rows.iter().any(|(label, _)| label == text)
    };
    for (label, value) in &page.rows {
        let (label, value) = (label.trim(), value.trim());
        let is_text =
            vocabulary::is_sentence(label) || vocabulary::is_sentence(value) || value.chars().count() > 80;
        let is_open = words::STATUS.fit(label).is_some() || words::CERTIFICATES.fit(label).is_some();
        if is_text || is_open || vocabulary::is_public(value) || label.chars().count() > 30 {
            continue;
        }
        match kind_of(label).filter(|kind| fits(*kind, value)) {
            Some(kind) => {
                table.stand_in(by_form(value).filter(|_| kind == Kind::Name).unwrap_or(kind), value)
            }
            None if is_label(value) => continue,
            None => table.stand_in(by_form(value).unwrap_or(Kind::Name), value),
        };
    }
}

/// Whether a value may be what its label says, and is not the next label.
fn fits(kind: Kind, value: &str) -> bool {
    let digits = value.chars().filter(|letter| letter.is_numeric()).count();
    match kind {
        Kind::RequestId | Kind::InstitutionCode | Kind::Telephone | Kind::Number => digits >= 5,
        Kind::ReferenceId => {
            !value.contains(char::is_whitespace)
                && value.chars().all(char::is_alphanumeric)
                && value.is_ascii()
                || digits >= 2
        }
        Kind::Mail => value.contains(['@', '＠']),
        Kind::Password => value.len() <= 32 && !value.contains(char::is_whitespace),
        _ => kind_of(value).is_none(),
    }
}
