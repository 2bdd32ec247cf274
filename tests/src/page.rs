//! A page as a person reads it: headings, text, fields by their labels, buttons, links.

use std::fmt::Write;

use reqwest::Url;
use scraper::{ElementRef, Html, Selector};

use crate::form::{Field, Form};

/// What stands on a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// `title`
    pub title: String,
    /// The language that the page declares.
    pub language: String,
    /// Text in the order of the page, messages beside fields left out.
    pub lines: Vec<String>,
    /// The forms.
    pub forms: Vec<Form>,
    /// Links: text and target.
    pub links: Vec<(String, String)>,
    /// Where it was found.
    pub url: String,
    html: String,
}

impl Page {
    /// Reads a page that was found at this URL.
    pub fn parse(html: &str, url: &str) -> Self {
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
        Self {
            title: all("title").first().map(text).unwrap_or_default(),
            language: all("html").first().and_then(|html| html.attr("lang")).unwrap_or_default().to_owned(),
            lines: lines.iter().filter(|element| !is_message(element)).map(line).collect(),
            forms: all("form").iter().map(|form| Form::read(&document, form, url)).collect(),
            links: all("a[href]")
                .iter()
                .map(|link| (text(link), link.attr("href").unwrap_or_default().to_owned()))
                .collect(),
            url: url.to_owned(),
            html: html.to_owned(),
        }
    }

    /// The first form.
    pub fn form(&self) -> Form {
        self.forms.first().cloned().unwrap_or_else(|| panic!("a form was expected on\n{}", self.outline()))
    }

    /// The first form with this button.
    pub fn form_with(&self, button: &str) -> Form {
        let form = self.forms.iter().find(|form| form.buttons.iter().any(|(_, _, text)| text == button));
        form.cloned().unwrap_or_else(|| panic!("the button {button} was expected on\n{}", self.outline()))
    }

    /// Where a link leads.
    pub fn link(&self, words: &str) -> String {
        let link = self.links.iter().find(|(text, _)| text == words);
        let (_, target) = link.unwrap_or_else(|| panic!("no link {words} on\n{}", self.outline()));
        Url::parse(&self.url).and_then(|url| url.join(target)).map_or_else(|_| target.clone(), Url::into)
    }

    /// The main heading.
    pub fn heading(&self) -> String {
        self.texts("h1").join(" / ")
    }

    /// What stands beside this label in a table.
    pub fn beside(&self, label: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let (row, th, td) = (css("tr"), css("th"), css("td"));
        let rows = document.select(&row).filter_map(|row| {
            let name = text(&row.select(&th).next()?);
            (name == label).then(|| row.select(&td).next().map(|cell| text(&cell)))?
        });
        rows.collect()
    }

    /// The texts of all elements that fit this CSS selector.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        document.select(&css(selector)).map(|element| text(&element)).collect()
    }

    /// An attribute of the first element that fits this CSS selector.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let document = Html::parse_document(&self.html);
        let element = document.select(&css(selector)).next()?;
        element.attr(name).map(str::to_owned)
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
        for form in &self.forms {
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

pub(crate) fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}
