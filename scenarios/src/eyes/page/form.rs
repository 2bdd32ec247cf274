//! Forms: what a person calls their fields and buttons, and what a browser sends of them.

use std::collections::HashMap;

use encoding_rs::Encoding;
use scraper::{ElementRef, Html};
use url::Url;

use super::surroundings::Surroundings;
use super::text::{self, selector};
use crate::eyes::wording::same;

/// A form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: Url,
    pub(crate) method: Method,
    /// In which what is typed is sent.
    encoding: &'static Encoding,
    pub(crate) fields: Vec<Field>,
    pub(crate) buttons: Vec<Button>,
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    /// As they stand on the page.
    pub(crate) labels: Vec<String>,
    /// Whether it stands in a row of a table.
    pub(crate) in_row: bool,
    pub(crate) value: String,
    /// Whether a browser sends it; a box that isn't ticked stays behind.
    sent: bool,
    /// What the page says about this field.
    pub(crate) message: String,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Shows what is typed.
    Text,
    /// Hides what is typed.
    Password,
    /// A person doesn't see it.
    Hidden,
    /// Ticked, chosen.
    Choice,
}

/// A button that sends its form.
#[derive(Clone, Debug)]
pub(crate) struct Button {
    pub(crate) words: String,
    pub(crate) name: String,
    value: String,
    /// The button may lead elsewhere than its form.
    action: Option<Url>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) url: Url,
    pub(crate) method: Method,
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) encoding: &'static Encoding,
}

impl Submission {
    /// As `application/x-www-form-urlencoded`.
    pub(crate) fn body(&self) -> String {
        // What the encoding lacks is sent as browsers send it, as `&#NNNN;`.
        form_urlencoded::Serializer::new(String::new())
            .encoding_override(Some(&|text| self.encoding.encode(text).0))
            .extend_pairs(&self.pairs)
            .finish()
    }
}

impl Form {
    pub(super) fn visible(&self) -> impl Iterator<Item = &Field> + Clone {
        self.fields.iter().filter(|field| field.kind != FieldKind::Hidden)
    }

    pub(super) fn visible_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.fields.iter_mut().filter(|field| field.kind != FieldKind::Hidden)
    }

    pub(crate) fn submission(&self, pressed: &Button) -> Submission {
        let fields = self.fields.iter().filter(|field| field.sent && !field.name.is_empty());
        let mut pairs: Vec<_> = fields.map(|field| (field.name.clone(), field.value.clone())).collect();
        if !pressed.name.is_empty() {
            pairs.push((pressed.name.clone(), pressed.value.clone()));
        }
        let mut url = pressed.action.clone().unwrap_or_else(|| self.action.clone());
        url.set_fragment(None);
        Submission { url, method: self.method, pairs, encoding: self.encoding }
    }
}

impl Field {
    pub(super) fn is_called(&self, label: &str) -> bool {
        self.labels.iter().any(|known| same(known, label))
    }

    pub(super) fn name_for_people(self: &&Self) -> String {
        self.labels.first().cloned().unwrap_or_default()
    }
}

/// The forms of a document.
pub(super) fn all(document: &Html, base: &Url, encoding: &'static Encoding) -> Vec<Form> {
    let surroundings = Surroundings::of(document);
    let elements: Vec<_> = document.select(&selector("form")).collect();
    let mut forms: Vec<_> = elements.iter().map(|form| empty(*form, base, encoding)).collect();
    let numbers: HashMap<_, usize> = elements.iter().map(|form| form.id()).zip(0..).collect();
    for control in document.select(&selector("input, select, textarea, button")) {
        let form = match control.attr("form") {
            Some(id) => surroundings.with_id.get(id).copied(),
            None => control.ancestors().filter_map(ElementRef::wrap).find(|it| it.value().name() == "form"),
        };
        let Some(number) = form.and_then(|form| numbers.get(&form.id())) else { continue };
        if control.attr("disabled").is_some() {
            continue;
        }
        match button(control, base) {
            Some(button) => forms[*number].buttons.extend(button),
            None => forms[*number].fields.push(field(&surroundings, control)),
        }
    }
    forms
}

fn empty(form: ElementRef<'_>, base: &Url, encoding: &'static Encoding) -> Form {
    let accepted = form.attr("accept-charset").and_then(|label| Encoding::for_label(label.as_bytes()));
    Form {
        action: base.join(form.attr("action").unwrap_or_default()).unwrap_or_else(|_| base.clone()),
        method: match form.attr("method") {
            Some(method) if method.eq_ignore_ascii_case("post") => Method::Post,
            _ => Method::Get,
        },
        encoding: accepted.unwrap_or(encoding),
        fields: Vec::new(),
        buttons: Vec::new(),
    }
}

/// `None`: no button. `Some(None)`: a button that sends nothing.
fn button(control: ElementRef<'_>, base: &Url) -> Option<Option<Button>> {
    let kind = control.attr("type").unwrap_or_default().to_ascii_lowercase();
    let attribute = |name| control.attr(name).unwrap_or_default().to_owned();
    let words = match (control.value().name(), kind.as_str()) {
        ("button", "button" | "reset") | ("input", "button" | "reset") => return Some(None),
        ("button", _) => text::of_inline(control),
        ("input", "submit") => attribute("value"),
        ("input", "image") => attribute("alt"),
        _ => return None,
    };
    let action = control.attr("formaction").and_then(|action| base.join(action).ok());
    Some(Some(Button { words, name: attribute("name"), value: attribute("value"), action }))
}

fn field(around: &Surroundings<'_>, control: ElementRef<'_>) -> Field {
    let kind = control.attr("type").unwrap_or_default().to_ascii_lowercase();
    let value = control.attr("value").unwrap_or_default().to_owned();
    let ticked = control.attr("checked").is_some();
    let (kind, value, sent) = match (control.value().name(), kind.as_str()) {
        ("select", _) => (FieldKind::Choice, chosen(control), true),
        ("textarea", _) => (FieldKind::Text, control.text().collect(), true),
        (_, "hidden") => (FieldKind::Hidden, value, true),
        (_, "password") => (FieldKind::Password, value, true),
        (_, "checkbox" | "radio") if value.is_empty() => (FieldKind::Choice, "on".to_owned(), ticked),
        (_, "checkbox" | "radio") => (FieldKind::Choice, value, ticked),
        _ => (FieldKind::Text, value, true),
    };
    let name = control.attr("name").unwrap_or_default().to_owned();
    let (labels, message) = (around.labels(control), around.message(control));
    let in_row = control.ancestors().filter_map(ElementRef::wrap).any(|around| around.value().name() == "tr");
    Field { name, kind, labels, in_row, value, sent, message }
}

fn chosen(select: ElementRef<'_>) -> String {
    let options: Vec<_> = select.select(&selector("option")).collect();
    let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
    chosen.map_or_else(String::new, |option| {
        option.attr("value").map_or_else(|| text::of_inline(*option), str::to_owned)
    })
}
