//! From HTML to a [`Page`]: which label belongs to which field, which button to which form.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use url::Url;

use crate::site::form::{Button, Field, FieldKind, Form};
use crate::site::outline::{Outline, Place};
use crate::site::page::{Link, Page};
use crate::site::parse::parse;
use crate::terms::breach::Excess;

/// What a page says, and what a button or link is about: no more than this many characters are kept of each.
const LONGEST_TEXT: usize = 2000;
const LONGEST_SURROUNDINGS: usize = 500;
/// What can be pressed or filled in has a name, not a text.
const LONGEST_NAME: usize = 100;
const LONGEST_BASE: usize = 2048;
/// Fields to be seen, buttons and links.
const MOST_CONTROLS: usize = 3000;
const MOST_LABELS: usize = 4;
const MOST_TEXTS: usize = 500;
const MOST_ROWS: usize = 5000;
/// How far a person looks to the left of a field.
const MOST_BEFORE: usize = 64;

/// Reads a page. What is not there is an error only for the caller that looks for it.
///
/// # Errors
///
/// [`Excess`] of a page that no person could read either.
pub(crate) fn read(
    html: &str,
    url: &Url,
    status: u16,
    encoding: &'static encoding_rs::Encoding,
) -> Result<Page, Excess> {
    let tree = parse(html)?;
    let outline = Outline::of(&tree)?;
    let base = outline.named(&["base"]).find_map(|place| outline.attribute(place, "href"));
    let base = base.and_then(|base| url.join(base).ok()).unwrap_or_else(|| url.clone());
    if base.as_str().len() > LONGEST_BASE.max(url.as_str().len()) {
        return Err(Excess::Elements);
    }
    let document = Document::new(&outline, base, url);
    let (forms, links) = (document.forms(), document.links());
    let visible = |form: &Form| form.fields.iter().filter(|field| field.kind != FieldKind::Hidden).count();
    let controls: usize = forms.iter().map(|form| visible(form) + form.buttons.len() + 1).sum();
    if controls + links.len() > MOST_CONTROLS {
        return Err(Excess::Controls);
    }
    Ok(Page {
        url: url.clone(),
        status,
        encoding,
        title: document.texts(&["title"]).into_iter().next().unwrap_or_default(),
        headings: document.headings(),
        paragraphs: document.paragraphs(),
        alerts: document.alerts(),
        texts: document.blocks(),
        rows: document.rows(),
        forms: forms.into_iter().map(Arc::new).collect(),
        links,
        refresh: document.refresh(),
    })
}

/// The encoding that the HTML names for itself, which counts if the header names none.
pub(crate) fn declared_encoding(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let rest = head.split("charset=").nth(1)?;
    let label: String = rest
        .chars()
        .skip_while(|c| matches!(c, '"' | '\''))
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    encoding_rs::Encoding::for_label(label.as_bytes())
}

struct Document<'a> {
    outline: &'a Outline<'a>,
    base: Url,
    url: &'a Url,
    /// Labels by the field that they are for, elements by their ID: the first few of each.
    labels: HashMap<&'a str, Vec<Place>>,
    ids: HashMap<&'a str, Vec<Place>>,
}

impl<'a> Document<'a> {
    fn new(outline: &'a Outline<'a>, base: Url, url: &'a Url) -> Self {
        let by = |places: &mut dyn Iterator<Item = Place>, attribute: &str| {
            let mut found: HashMap<&'a str, Vec<Place>> = HashMap::new();
            for place in places {
                let Some(name) = outline.attribute(place, attribute) else { continue };
                let same = found.entry(name).or_default();
                if same.len() < MOST_LABELS {
                    same.push(place);
                }
            }
            found
        };
        let labels = by(&mut outline.named(&["label"]), "for");
        let ids = by(&mut outline.elements(), "id");
        Self { outline, base, url, labels, ids }
    }

    fn texts(&self, names: &[&str]) -> Vec<String> {
        let found = self.outline.named(names).map(|place| self.outline.text(place));
        found.filter(|text| !text.is_empty()).take(MOST_TEXTS).map(|text| cut(text, LONGEST_TEXT)).collect()
    }

    /// The most important first.
    fn headings(&self) -> Vec<String> {
        let mut headings: Vec<String> =
            ["h1", "h2", "h3"].into_iter().flat_map(|level| self.texts(&[level])).collect();
        let outline = self.outline;
        let marked = outline.elements().filter(|place| outline.attribute(*place, "role") == Some("heading"));
        let marked = marked.map(|place| outline.text(place)).filter(|text| !text.is_empty());
        headings.extend(marked.take(MOST_TEXTS).map(|text| cut(text, LONGEST_TEXT)));
        headings
    }

    fn paragraphs(&self) -> Vec<String> {
        let outline = self.outline;
        let is_main = |place: &Place| {
            outline.name(*place) == "main" || outline.attribute(*place, "role") == Some("main")
        };
        let is_body = |place: &Place| outline.name(*place) == "body";
        let lines = || outline.named(&["p", "li"]);
        let in_main = lines().filter(|place| outline.ancestors(*place).any(|around| is_main(&around)));
        let in_body = lines().filter(|place| outline.ancestors(*place).any(|around| is_body(&around)));
        let candidates: [Vec<Place>; 4] = [
            in_main.collect(),
            in_body.collect(),
            outline.named(&["main"]).collect(),
            outline.named(&["body"]).collect(),
        ];
        let says =
            |place: &Place| !outline.text(*place).is_empty() && outline.ancestor(*place, "form").is_none();
        // Where a link stands alone it leads somewhere and says nothing.
        let is_link = |place: &Place| {
            let link = outline.inside(*place).find(|inner| outline.name(*inner) == "a");
            link.is_some_and(|link| outline.text(link) == outline.text(*place))
        };
        let mut found =
            candidates.into_iter().map(|places| places.into_iter().filter(says).collect::<Vec<_>>());
        let found = found.find(|found| !found.is_empty()).unwrap_or_default();
        let texts = found.into_iter().filter(|place| !is_link(place)).take(MOST_TEXTS);
        texts.map(|place| cut(outline.text(place), LONGEST_TEXT)).collect()
    }

    fn alerts(&self) -> Vec<String> {
        const CLASSES: [&str; 7] =
            ["error", "errors", "err", "alert", "error-message", "errormessage", "invalid-feedback"];
        let outline = self.outline;
        let is_error = |class: &str| CLASSES.iter().any(|known| class.eq_ignore_ascii_case(known));
        let is_marked = |place: &Place| {
            outline.attribute(*place, "role") == Some("alert")
                || outline.attribute(*place, "aria-live") == Some("assertive")
                || outline.element(*place).is_some_and(|element| element.classes().any(is_error))
        };
        let marked: Vec<Place> =
            outline.elements().filter(is_marked).filter(|place| !outline.text(*place).is_empty()).collect();
        // Of those inside of each other, the innermost say it.
        let mut around = HashSet::new();
        for place in &marked {
            // Who has this one around has all around that as well.
            outline.ancestors(*place).take_while(|ancestor| around.insert(*ancestor)).for_each(drop);
        }
        let mut seen = HashSet::new();
        let texts =
            marked.into_iter().filter(|place| !around.contains(place)).map(|place| outline.text(place));
        texts.filter(|text| seen.insert(*text)).take(MOST_TEXTS).map(|text| cut(text, LONGEST_TEXT)).collect()
    }

    /// Every element's own text, that is without that of its children.
    fn blocks(&self) -> Vec<String> {
        let outline = self.outline;
        let Some(body) = outline.named(&["body"]).next() else { return Vec::new() };
        let shown = outline.inside(body).filter(|place| !matches!(outline.name(*place), "script" | "style"));
        let texts = shown.map(|place| {
            let own: String = outline.children(place).filter_map(|child| outline.raw(child)).collect();
            cut(&squeeze(&own), LONGEST_TEXT)
        });
        texts.filter(|text| !text.is_empty()).collect()
    }

    fn rows(&self) -> Vec<(String, String)> {
        let outline = self.outline;
        let mut rows = Vec::new();
        let mut add = |name: &str, value: &str| {
            if rows.len() < MOST_ROWS {
                rows.push((cut(name, LONGEST_NAME), cut(value, LONGEST_TEXT)));
            }
        };
        let cells = |row: Place| -> Vec<Place> {
            outline.children(row).filter(|cell| matches!(outline.name(*cell), "th" | "td")).collect()
        };
        for row in outline.named(&["tr"]) {
            for pair in cells(row).windows(2) {
                add(outline.text(pair[0]), outline.text(pair[1]));
            }
        }
        for term in outline.named(&["dt"]) {
            if let Some(description) = outline.next_element(term).filter(|next| outline.name(*next) == "dd") {
                add(outline.text(term), outline.text(description));
            }
        }
        // Tables whose names stand above the values.
        for table in outline.named(&["table"]) {
            let lines = outline.inside(table).filter(|place| outline.name(*place) == "tr").take(2);
            let lines: Vec<Vec<Place>> = lines.map(cells).collect();
            if let [head, first] = lines.as_slice()
                && head.len() > 1
                && head.len() == first.len()
                && head.iter().all(|cell| outline.name(*cell) == "th")
            {
                head.iter()
                    .zip(first)
                    .for_each(|(name, value)| add(outline.text(*name), outline.text(*value)));
            }
        }
        // Definition-like paragraphs: 証明書ステータス: 発行済み
        for block in outline.named(&["p", "li", "div", "span"]) {
            let text = outline.text(block);
            let colon = text.char_indices().take(31).find(|(_, letter)| matches!(letter, ':' | '\u{ff1a}'));
            if let Some((end, colon)) = colon {
                add(text[..end].trim(), text[end + colon.len_utf8()..].trim());
            }
        }
        rows
    }

    fn forms(&self) -> Vec<Form> {
        let outline = self.outline;
        let places: Vec<Place> = outline.named(&["form"]).collect();
        let number: HashMap<Place, usize> = places.iter().copied().zip(0..).collect();
        let mut forms: Vec<Form> = places.into_iter().map(|form| self.empty_form(form)).collect();
        for control in outline.named(&["input", "select", "textarea", "button"]) {
            let owner = match outline.attribute(control, "form") {
                Some(id) => {
                    self.ids.get(id).and_then(|found| found.iter().find_map(|place| number.get(place)))
                }
                None => outline.ancestor(control, "form").and_then(|form| number.get(&form)),
            };
            let Some(owner) = owner.filter(|_| !self.is_disabled(control)) else { continue };
            forms[*owner].fields.extend(self.field(control));
            forms[*owner].buttons.extend(self.button(control));
        }
        forms
    }

    fn empty_form(&self, form: Place) -> Form {
        let method = self.outline.attribute(form, "method");
        Form {
            action: self.target(form, "action").unwrap_or_else(|| self.url.clone()),
            is_post: method.is_some_and(|method| method.eq_ignore_ascii_case("post")),
            fields: Vec::new(),
            buttons: Vec::new(),
        }
    }

    fn target(&self, place: Place, attribute: &str) -> Option<Url> {
        let target = self.outline.attribute(place, attribute)?.trim();
        if target.is_empty() { None } else { self.base.join(target).ok() }
    }

    fn is_disabled(&self, control: Place) -> bool {
        let is_set = |place: Place| self.outline.attribute(place, "disabled").is_some();
        is_set(control) || self.outline.ancestor(control, "fieldset").is_some_and(is_set)
    }

    fn field(&self, control: Place) -> Option<Field> {
        let attribute = |name| self.outline.attribute(control, name);
        let name = attribute("name").filter(|name| !name.is_empty())?.to_owned();
        let given = attribute("value").map(str::to_owned);
        let kind = attribute("type").unwrap_or("text").to_ascii_lowercase();
        let (kind, value) = match (self.outline.name(control), kind.as_str()) {
            ("button", _) | ("input", "submit" | "image" | "button" | "reset" | "file") => return None,
            ("input", "hidden") => (FieldKind::Hidden, Some(given.unwrap_or_default())),
            ("input", "password") => (FieldKind::Password, Some(given.unwrap_or_default())),
            ("input", "checkbox" | "radio") => {
                let ticked = attribute("checked").is_some();
                (FieldKind::Choice, ticked.then(|| given.unwrap_or_else(|| "on".into())))
            }
            ("select", _) => (FieldKind::Choice, self.chosen(control)),
            ("textarea", _) => (FieldKind::Text, Some(self.written_in(control))),
            _ => (FieldKind::Text, Some(given.unwrap_or_default())),
        };
        let labels = if kind == FieldKind::Hidden { Vec::new() } else { self.labels(control) };
        Some(Field { name, value, kind, labels })
    }

    /// What a person would call this field: the label, or what stands before it.
    fn labels(&self, control: Place) -> Vec<String> {
        let outline = self.outline;
        let attribute = |name| outline.attribute(control, name);
        let said = |places: Option<&Vec<Place>>| -> Vec<&str> {
            places.into_iter().flatten().map(|place| outline.text(*place)).collect()
        };
        let mut labels = said(attribute("id").and_then(|id| self.labels.get(id)));
        labels.extend(outline.ancestor(control, "label").map(|label| outline.text(label)));
        labels.extend(attribute("aria-label"));
        for id in attribute("aria-labelledby").unwrap_or_default().split_whitespace().take(MOST_LABELS) {
            labels.extend(said(self.ids.get(id)));
        }
        let mut labels: Vec<String> =
            labels.into_iter().map(name).filter(|label| !label.is_empty()).collect();
        if labels.is_empty() {
            labels.extend(self.text_before(control).map(name));
        }
        labels.extend(["title", "placeholder"].into_iter().filter_map(attribute).map(name));
        labels.retain(|label| !label.is_empty());
        labels
    }

    /// The text right before a field, or before what the field is alone in: the cell to its left, the term above it.
    fn text_before(&self, control: Place) -> Option<&str> {
        let outline = self.outline;
        let mut place = control;
        for _ in 0..4 {
            for sibling in outline.before(place).take(MOST_BEFORE) {
                if self.is_field(sibling) || outline.inside(sibling).any(|inner| self.is_field(inner)) {
                    return None;
                }
                if !outline.text(sibling).is_empty() {
                    return Some(outline.text(sibling));
                }
            }
            place = outline.parent(place)?;
            if outline.name(place) == "form" {
                return None;
            }
        }
        None
    }

    fn is_field(&self, place: Place) -> bool {
        matches!(self.outline.name(place), "input" | "select" | "textarea")
            && self.outline.attribute(place, "type") != Some("hidden")
    }

    fn button(&self, control: Place) -> Option<Button> {
        let attribute = |name| self.outline.attribute(control, name);
        let element = self.outline.name(control);
        let kind = attribute("type").map(str::to_ascii_lowercase);
        let value = attribute("value").unwrap_or_default().to_owned();
        // A script's button is none: what it sends is unknown.
        if !matches!(
            (element, kind.as_deref()),
            ("button", None | Some("submit")) | ("input", Some("submit" | "image"))
        ) {
            return None;
        }
        Some(Button {
            text: if element == "input" && !value.is_empty() { name(&value) } else { self.caption(control) },
            name: attribute("name").filter(|name| !name.is_empty()).map(str::to_owned),
            value,
            action: self.target(control, "formaction"),
            surroundings: self.surroundings(control),
        })
    }

    /// What a button or link says, in text or in place of it.
    fn caption(&self, place: Place) -> String {
        let outline = self.outline;
        let attribute = |attribute| outline.attribute(place, attribute).map(name);
        let image = || {
            let alt = |inner| outline.attribute(inner, "alt").filter(|_| outline.name(inner) == "img");
            outline.inside(place).find_map(alt).map(name)
        };
        let own = Some(outline.text(place)).filter(|text| !text.is_empty()).map(name);
        own.or_else(|| attribute("aria-label"))
            .or_else(|| attribute("alt"))
            .or_else(image)
            .or_else(|| attribute("title"))
            .unwrap_or_default()
    }

    /// The text of the table row, list item or section around a button or link: what it is about.
    fn surroundings(&self, control: Place) -> String {
        let mut around = [None; 7];
        for place in self.outline.ancestors(control) {
            let kinds = ["tr", "li", "dl", "section", "article", "fieldset", "form"];
            if let Some(kind) = kinds.iter().position(|kind| *kind == self.outline.name(place)) {
                around[kind].get_or_insert(place);
            }
        }
        let around = around.into_iter().flatten().next();
        around.map(|place| cut(self.outline.text(place), LONGEST_SURROUNDINGS)).unwrap_or_default()
    }

    fn chosen(&self, control: Place) -> Option<String> {
        let options = || self.outline.inside(control).filter(|place| self.outline.name(*place) == "option");
        let marked = options().find(|option| self.outline.attribute(*option, "selected").is_some());
        let chosen = marked.or(options().next())?;
        let value = self.outline.attribute(chosen, "value").map(str::to_owned);
        Some(value.unwrap_or_else(|| squeeze(&self.written_in(chosen))))
    }

    /// Letter by letter.
    fn written_in(&self, place: Place) -> String {
        self.outline.children(place).filter_map(|child| self.outline.raw(child)).collect()
    }

    fn links(&self) -> Vec<Link> {
        let links = self.outline.named(&["a", "area"]).filter_map(|link| {
            let target = self.base.join(self.outline.attribute(link, "href")?).ok()?;
            Some(Link { text: self.caption(link), target, surroundings: self.surroundings(link) })
        });
        links.take(MOST_CONTROLS + 1).collect()
    }

    fn refresh(&self) -> Option<Url> {
        let equivalent = |place: Place| self.outline.attribute(place, "http-equiv");
        let meta = self
            .outline
            .named(&["meta"])
            .find(|meta| equivalent(*meta).is_some_and(|name| name.eq_ignore_ascii_case("refresh")))?;
        let content = self.outline.attribute(meta, "content")?;
        let target = content.split_once([';', ',']).map(|(_, rest)| rest.trim());
        let target =
            target.and_then(|rest| rest.split_once('=')).map(|(_, url)| url.trim().trim_matches(['"', '\'']));
        match target {
            Some(target) if !target.is_empty() => self.base.join(target).ok(),
            _ => Some(self.url.clone()),
        }
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What names something, short enough to be one.
fn name(text: &str) -> String {
    squeeze(&cut(text.trim_start(), LONGEST_NAME))
}

/// The beginning of a text that is longer than any text of the site.
fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
