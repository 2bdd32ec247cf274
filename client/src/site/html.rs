//! From HTML to a [`Page`]: which label belongs to which field, which button to which form.

use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use crate::site::form::{Button, Field, FieldKind, Form};
use crate::site::page::{Link, Page};

/// Reads a page. It never fails: what is not there is an error only for the caller that looks for it.
pub(crate) fn read(html: &str, url: &Url, status: u16, encoding: &'static encoding_rs::Encoding) -> Page {
    let document = Html::parse_document(html);
    let base = select(&document, "base[href]")
        .next()
        .and_then(|base| url.join(base.attr("href")?).ok())
        .unwrap_or_else(|| url.clone());
    let document = Document { html: &document, base, url };
    Page {
        url: url.clone(),
        status,
        encoding,
        title: document.texts("title").into_iter().next().unwrap_or_default(),
        headings: ["h1", "h2", "h3", "[role=heading]"]
            .iter()
            .flat_map(|level| document.texts(level))
            .collect(),
        paragraphs: document.paragraphs(),
        alerts: document.alerts(),
        texts: document.blocks(),
        rows: document.rows(),
        forms: document.forms(),
        links: document.links(),
        refresh: document.refresh(),
    }
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
    html: &'a Html,
    base: Url,
    url: &'a Url,
}

impl<'a> Document<'a> {
    fn texts(&self, selector: &str) -> Vec<String> {
        select(self.html, selector).map(text).filter(|text| !text.is_empty()).collect()
    }

    fn paragraphs(&self) -> Vec<String> {
        let of = |selector: &str| -> Vec<ElementRef<'a>> {
            let found = select(self.html, selector).filter(|element| ancestor(*element, "form").is_none());
            found.filter(|element| !text(*element).is_empty()).collect()
        };
        // Where a link stands alone it leads somewhere and says nothing.
        let is_link = |element: &ElementRef<'a>| {
            element.select(&selector("a")).next().is_some_and(|link| text(link) == text(*element))
        };
        for selector in ["main p, main li, [role=main] p, [role=main] li", "body p, body li", "main", "body"]
        {
            let found = of(selector);
            if !found.is_empty() {
                return found.into_iter().filter(|element| !is_link(element)).map(text).collect();
            }
        }
        Vec::new()
    }

    fn alerts(&self) -> Vec<String> {
        let marked = "[role=alert], [aria-live=assertive], .error, .errors, .err, .alert, .error-message, .errormessage, .invalid-feedback";
        let mut alerts = Vec::new();
        for element in select(self.html, marked) {
            let nested =
                element.select(&selector(marked)).any(|inner| inner != element && !text(inner).is_empty());
            let text = text(element);
            if !nested && !text.is_empty() && !alerts.contains(&text) {
                alerts.push(text);
            }
        }
        alerts
    }

    /// Every element's own text, that is without that of its children.
    fn blocks(&self) -> Vec<String> {
        let texts = select(self.html, "body *")
            .filter(|element| !matches!(element.value().name(), "script" | "style"));
        texts
            .map(|element| {
                let own: String = element
                    .children()
                    .filter_map(|child| child.value().as_text().map(|text| text.to_string()))
                    .collect();
                squeeze(&own)
            })
            .filter(|text| !text.is_empty())
            .collect()
    }

    fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for row in select(self.html, "tr") {
            let cells: Vec<String> = row
                .child_elements()
                .filter(|cell| matches!(cell.value().name(), "th" | "td"))
                .map(text)
                .collect();
            for pair in cells.windows(2) {
                rows.push((pair[0].clone(), pair[1].clone()));
            }
        }
        for term in select(self.html, "dt") {
            if let Some(description) = next_element(term).filter(|next| next.value().name() == "dd") {
                rows.push((text(term), text(description)));
            }
        }
        // Tables whose names stand above the values.
        for table in select(self.html, "table") {
            let lines: Vec<Vec<ElementRef<'_>>> = table
                .select(&selector("tr"))
                .map(|row| {
                    row.child_elements().filter(|cell| matches!(cell.value().name(), "th" | "td")).collect()
                })
                .collect();
            if let [head, first, ..] = lines.as_slice()
                && head.len() > 1
                && head.len() == first.len()
                && head.iter().all(|cell| cell.value().name() == "th")
            {
                rows.extend(head.iter().zip(first).map(|(name, value)| (text(*name), text(*value))));
            }
        }
        // Definition-like paragraphs: 証明書ステータス: 発行済み
        for block in self.texts("p, li, div, span") {
            if let Some((name, value)) =
                block.split_once([':', ':']).filter(|(name, _)| name.chars().count() <= 30)
            {
                rows.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        rows
    }

    fn forms(&self) -> Vec<Form> {
        select(self.html, "form").map(|form| self.form(form)).collect()
    }

    fn form(&self, form: ElementRef<'a>) -> Form {
        let id = form.attr("id");
        let belongs = |control: &ElementRef<'a>| match control.attr("form") {
            Some(owner) => id == Some(owner),
            None => ancestor(*control, "form").is_some_and(|owner| owner == form),
        };
        let controls: Vec<ElementRef<'a>> = select(self.html, "input, select, textarea, button")
            .filter(belongs)
            .filter(|control| control.attr("disabled").is_none() && !in_disabled_fieldset(*control))
            .collect();
        let target = |action: Option<&str>| match action {
            Some(action) if !action.trim().is_empty() => self.base.join(action.trim()).ok(),
            _ => None,
        };
        Form {
            action: target(form.attr("action")).unwrap_or_else(|| self.url.clone()),
            is_post: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
            fields: controls.iter().filter_map(|control| self.field(*control)).collect(),
            buttons: controls
                .iter()
                .filter_map(|control| button(*control, target(control.attr("formaction"))))
                .collect(),
        }
    }

    fn field(&self, control: ElementRef<'a>) -> Option<Field> {
        let name = control.attr("name").filter(|name| !name.is_empty())?.to_owned();
        let given = control.attr("value").map(str::to_owned);
        let kind = control.attr("type").unwrap_or("text").to_ascii_lowercase();
        let (kind, value) = match (control.value().name(), kind.as_str()) {
            ("button", _) | ("input", "submit" | "image" | "button" | "reset" | "file") => return None,
            ("input", "hidden") => (FieldKind::Hidden, Some(given.unwrap_or_default())),
            ("input", "password") => (FieldKind::Password, Some(given.unwrap_or_default())),
            ("input", "checkbox" | "radio") => {
                let ticked = control.attr("checked").is_some();
                (FieldKind::Choice, ticked.then(|| given.unwrap_or_else(|| "on".into())))
            }
            ("select", _) => (FieldKind::Choice, chosen(control)),
            ("textarea", _) => (FieldKind::Text, Some(control.text().collect())),
            _ => (FieldKind::Text, Some(given.unwrap_or_default())),
        };
        let labels = if kind == FieldKind::Hidden { Vec::new() } else { self.labels(control) };
        Some(Field { name, value, kind, labels })
    }

    /// What a person would call this field: the label, or what stands before it.
    fn labels(&self, control: ElementRef<'a>) -> Vec<String> {
        let mut labels = Vec::new();
        if let Some(id) = control.attr("id") {
            let labelled = select(self.html, "label").filter(|label| label.attr("for") == Some(id));
            labels.extend(labelled.map(text));
        }
        if let Some(label) = ancestor(control, "label") {
            labels.push(text(label));
        }
        labels.extend(control.attr("aria-label").map(squeeze));
        for id in control.attr("aria-labelledby").unwrap_or_default().split_whitespace() {
            labels
                .extend(select(self.html, "[id]").filter(|element| element.attr("id") == Some(id)).map(text));
        }
        labels.retain(|label| !label.is_empty());
        if labels.is_empty() {
            labels.extend(text_before(control));
        }
        labels.extend(["title", "placeholder"].iter().filter_map(|name| control.attr(name)).map(squeeze));
        labels.retain(|label| !label.is_empty());
        labels
    }

    fn links(&self) -> Vec<Link> {
        let links = select(self.html, "a[href], area[href]");
        links
            .filter_map(|link| {
                let target = self.base.join(link.attr("href")?).ok()?;
                Some(Link { text: caption(link), target, surroundings: surroundings(link) })
            })
            .collect()
    }

    fn refresh(&self) -> Option<Url> {
        let meta = select(self.html, "meta[http-equiv]")
            .find(|meta| meta.attr("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")))?;
        let content = meta.attr("content")?;
        let target = content.split_once([';', ',']).map(|(_, rest)| rest.trim());
        let target =
            target.and_then(|rest| rest.split_once('=')).map(|(_, url)| url.trim().trim_matches(['"', '\'']));
        match target {
            Some(target) if !target.is_empty() => self.base.join(target).ok(),
            _ => Some(self.url.clone()),
        }
    }
}

fn button(control: ElementRef<'_>, action: Option<Url>) -> Option<Button> {
    let kind = control.attr("type").map(str::to_ascii_lowercase);
    let value = control.attr("value").unwrap_or_default().to_owned();
    let is_button = match (control.value().name(), kind.as_deref()) {
        ("button", None | Some("submit")) | ("input", Some("submit" | "image")) => true,
        // A script's button: what it sends is unknown, but a person would press it if there is no other.
        _ => false,
    };
    let name = control.attr("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let text =
        if control.value().name() == "input" && !value.is_empty() { value.clone() } else { caption(control) };
    is_button.then(|| Button { text, name, value, action, surroundings: surroundings(control) })
}

/// What a button or link says, in text or in place of it.
fn caption(element: ElementRef<'_>) -> String {
    let images = selector("img[alt]");
    let own = Some(text(element)).filter(|text| !text.is_empty());
    own.or_else(|| element.attr("aria-label").map(squeeze))
        .or_else(|| element.attr("alt").map(squeeze))
        .or_else(|| element.select(&images).next().and_then(|image| image.attr("alt")).map(squeeze))
        .or_else(|| element.attr("title").map(squeeze))
        .unwrap_or_default()
}

/// The text of the table row, list item or section around a button or link: what it is about.
fn surroundings(control: ElementRef<'_>) -> String {
    let around = ["tr", "li", "dl", "section", "article", "fieldset", "form"]
        .iter()
        .find_map(|name| ancestor(control, name));
    around.map(text).unwrap_or_default()
}

fn chosen(control: ElementRef<'_>) -> Option<String> {
    let options: Vec<ElementRef<'_>> = control.select(&selector("option")).collect();
    let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first())?;
    Some(chosen.attr("value").map_or_else(|| text(*chosen), str::to_owned))
}

/// The text right before a field, or before what the field is alone in: the cell to its left, the term above it.
fn text_before(control: ElementRef<'_>) -> Option<String> {
    let mut place = control;
    for _ in 0..4 {
        for sibling in place.prev_siblings() {
            let found = match sibling.value() {
                Node::Text(found) => squeeze(found),
                Node::Element(_) => {
                    let element = ElementRef::wrap(sibling)?;
                    if is_field(element) {
                        return None;
                    }
                    text(element)
                }
                _ => continue,
            };
            if !found.is_empty() {
                return Some(found);
            }
        }
        place = place.parent().and_then(ElementRef::wrap)?;
        if place.value().name() == "form" {
            return None;
        }
    }
    None
}

fn is_field(element: ElementRef<'_>) -> bool {
    let visible = |element: &ElementRef<'_>| {
        matches!(element.value().name(), "input" | "select" | "textarea")
            && element.attr("type") != Some("hidden")
    };
    visible(&element) || element.select(&selector("input, select, textarea")).any(|inner| visible(&inner))
}

fn in_disabled_fieldset(control: ElementRef<'_>) -> bool {
    ancestor(control, "fieldset").is_some_and(|fieldset| fieldset.attr("disabled").is_some())
}

fn ancestor<'a>(element: ElementRef<'a>, name: &str) -> Option<ElementRef<'a>> {
    element.ancestors().filter_map(ElementRef::wrap).find(|ancestor| ancestor.value().name() == name)
}

fn next_element<'a>(element: ElementRef<'a>) -> Option<ElementRef<'a>> {
    element.next_siblings().find_map(ElementRef::wrap)
}

fn select<'a>(html: &'a Html, css: &str) -> impl Iterator<Item = ElementRef<'a>> {
    html.select(&selector(css)).collect::<Vec<_>>().into_iter()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selectors here are constants")
}

/// An element's text, without scripts, its white space as one would see it.
fn text(element: ElementRef<'_>) -> String {
    let mut found = String::new();
    for node in element.descendants() {
        let Some(piece) = node.value().as_text() else { continue };
        let parent = node.parent().and_then(ElementRef::wrap);
        if !parent.is_some_and(|parent| matches!(parent.value().name(), "script" | "style" | "option")) {
            found.push_str(piece);
            found.push(' ');
        }
    }
    squeeze(&found)
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
