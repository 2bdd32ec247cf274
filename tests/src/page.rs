//! A page as a person reads it: headings, text, fields by their labels, buttons, links.

use std::fmt::Write;

use scraper::{ElementRef, Html, Selector};

/// What stands on a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// `title`
    pub title: String,
    /// The language that the page declares.
    pub language: String,
    /// Text in the order of the page, messages beside fields left out.
    pub lines: Vec<String>,
    /// The form, if there is one.
    pub form: Option<Form>,
    /// Links: text and target.
    pub links: Vec<(String, String)>,
}

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

impl Page {
    /// Reads a page.
    pub fn parse(html: &str) -> Self {
        let document = Html::parse_document(html);
        let all = |selector: &str| document.select(&css(selector)).collect::<Vec<_>>();
        let described: Vec<&str> =
            all("[aria-describedby]").iter().filter_map(|e| e.attr("aria-describedby")).collect();
        let is_message =
            |element: &ElementRef<'_>| element.attr("id").is_some_and(|id| described.contains(&id));
        let lines = all("h1, h2, p:not(.actions), th:not(:has(label)), td:not(:has(input))");
        let line = |element: &ElementRef<'_>| match (element.value().name(), element.attr("role")) {
            ("h1", _) => format!("# {}", text(element)),
            ("h2", _) => format!("## {}", text(element)),
            (_, Some("alert")) => format!("! {}", text(element)),
            _ => text(element),
        };
        let form = all("form").first().map(|form| Form {
            action: form.attr("action").unwrap_or_default().to_owned(),
            method: form.attr("method").unwrap_or("get").to_owned(),
            charset: form.attr("accept-charset").unwrap_or("UTF-8").to_owned(),
            fields: form.select(&css("input")).map(|input| field(&document, &input)).collect(),
            buttons: form
                .select(&css("button"))
                .map(|button| {
                    let attribute = |name| button.attr(name).unwrap_or_default().to_owned();
                    (attribute("name"), attribute("value"), text(&button))
                })
                .collect(),
        });
        Self {
            title: all("title").first().map(text).unwrap_or_default(),
            language: all("html").first().and_then(|html| html.attr("lang")).unwrap_or_default().to_owned(),
            lines: lines.iter().filter(|element| !is_message(element)).map(line).collect(),
            form,
            links: all("a[href]")
                .iter()
                .map(|link| (text(link), link.attr("href").unwrap_or_default().to_owned()))
                .collect(),
        }
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form.clone().unwrap_or_else(|| panic!("a form was expected on\n{}", self.outline()))
    }

    /// Whether this stands somewhere on the page.
    pub fn says(&self, words: &str) -> bool {
        self.outline().contains(words)
    }

    /// Everything that a person can tell about the page, a line each.
    pub fn outline(&self) -> String {
        let mut out = format!("title: {}\n", self.title);
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
        if let Some(form) = &self.form {
            let _ = writeln!(out, "{} {}", form.method, form.action);
            for field in &form.fields {
                let Field { label, name, kind, value, .. } = field;
                let shown = if label.is_empty() { format!("{name}:") } else { format!("{label}: {name}") };
                let marks = [(field.invalid, " invalid"), (field.focus, " focus")];
                let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
                let _ = write!(out, "  [{shown} {kind} {value:?}{marks}]");
                let _ = match field.message.as_str() {
                    "" => writeln!(out),
                    message => writeln!(out, " ! {message}"),
                };
            }
            for (name, value, words) in &form.buttons {
                let _ = writeln!(out, "  ({words}: {name}={value})");
            }
        }
        for (words, target) in &self.links {
            let _ = writeln!(out, "{words} -> {target}");
        }
        out
    }
}

impl Form {
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

fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}
