//! A form of a page: what is typed into it, and what a browser sends.

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use scraper::{ElementRef, Html};

use crate::page::{css, text};

/// A form, to be filled in and sent.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// `post` or `get`.
    pub method: String,
    /// The encoding of what it sends.
    pub charset: String,
    /// All fields, hidden ones included.
    pub fields: Vec<Field>,
    /// Buttons: name, value and text.
    pub buttons: Vec<(String, String, String)>,
    /// Where its page was found; empty: on the site of the browser that sends it.
    pub page: String,
}

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The text of its label.
    pub label: String,
    /// Its name.
    pub name: String,
    /// Its type: `text`, `password`, `hidden`.
    pub kind: String,
    /// What is in it.
    pub value: String,
    /// The message that describes it.
    pub message: String,
    /// Whether it is marked as wrong.
    pub invalid: bool,
    /// Whether it has the focus when the page opens.
    pub focus: bool,
}

impl Form {
    pub(crate) fn read(document: &Html, form: &ElementRef<'_>, page: &str) -> Self {
        Self {
            action: form.attr("action").unwrap_or_default().to_owned(),
            method: form.attr("method").unwrap_or("get").to_owned(),
            charset: form.attr("accept-charset").unwrap_or("UTF-8").to_owned(),
            fields: form.select(&css("input")).map(|input| field(document, &input)).collect(),
            buttons: form
                .select(&css("button"))
                .map(|button| {
                    let attribute = |name| button.attr(name).unwrap_or_default().to_owned();
                    (attribute("name"), attribute("value"), text(&button))
                })
                .collect(),
            page: page.to_owned(),
        }
    }

    /// With this typed into the field of this label.
    #[must_use]
    pub fn fill(mut self, label: &str, value: &str) -> Self {
        let labels = || self.fields.iter().map(|field| field.label.clone()).collect::<Vec<_>>();
        let labels = labels();
        let field = self.fields.iter_mut().find(|field| field.label == label && !label.is_empty());
        value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {label}, only {labels:?}")).value);
        self
    }

    /// With this in the field of this name, hidden or not, whether it was there or not.
    #[must_use]
    pub fn forge(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        let (name, value) = (name.to_owned(), value.to_owned());
        self.fields.push(Field { name, value, ..Field::default() });
        self
    }

    /// The field of this label.
    pub fn field(&self, label: &str) -> &Field {
        let field = self.fields.iter().find(|field| field.label == label);
        field.unwrap_or_else(|| panic!("there is no field {label}"))
    }

    /// What is in the field of this name, hidden or not.
    pub fn field_named(&self, name: &str) -> String {
        let field = self.fields.iter().find(|field| field.name == name);
        field.unwrap_or_else(|| panic!("there is no field named {name}")).value.clone()
    }

    /// What a browser sends when this button is pressed.
    pub fn pressed(&self, button: &str) -> Vec<(String, String)> {
        let (name, value, _) = self
            .buttons
            .iter()
            .find(|(_, _, text)| text == button)
            .unwrap_or_else(|| panic!("there is no button {button}"));
        let fields = self.fields.iter().map(|field| (field.name.clone(), field.value.clone()));
        fields.chain([(name.clone(), value.clone())]).filter(|(name, _)| !name.is_empty()).collect()
    }

    /// The request that this button sends: method, address, headers, body.
    pub(crate) fn request(&self, button: &str) -> (Method, String, HeaderMap, String) {
        let encode = |text: &String| encode(text, &self.charset);
        let pairs = self.pressed(button);
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let address = Url::parse(&self.page).and_then(|page| page.join(&self.action));
        let address = address.map_or_else(|_| self.action.clone(), Url::into);
        let mut headers = HeaderMap::new();
        match (self.method.as_str(), pairs.as_slice()) {
            ("post", pairs) => {
                let kind = "application/x-www-form-urlencoded".parse().expect("a media type");
                headers.insert("content-type", kind);
                (Method::POST, address, headers, pairs.join("&"))
            }
            ("get", []) => (Method::GET, address, headers, String::new()),
            (method, _) => panic!("the site has no forms of this kind: {method} {}", self.action),
        }
    }
}

fn field(document: &Html, input: &ElementRef<'_>) -> Field {
    let attribute = |name| input.attr(name).unwrap_or_default();
    let by_id = |selector: String| document.select(&css(&selector)).next().map(|e| text(&e));
    Field {
        label: match attribute("id") {
            "" => String::new(),
            id => by_id(format!("label[for=\"{id}\"]")).unwrap_or_default(),
        },
        name: attribute("name").to_owned(),
        kind: attribute("type").to_owned(),
        value: attribute("value").to_owned(),
        message: match attribute("aria-describedby") {
            "" => String::new(),
            id => by_id(format!("[id=\"{id}\"]")).expect("what describes a field is on the page"),
        },
        invalid: attribute("aria-invalid") == "true",
        focus: input.attr("autofocus").is_some(),
    }
}

/// Percent-encoding of `application/x-www-form-urlencoded`, from this encoding; what it lacks becomes `&#NNNN;`.
fn encode(text: &str, charset: &str) -> String {
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).expect("a known encoding");
    let bytes = encoding.encode(text).0;
    bytes
        .iter()
        .map(|&byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
