//! Forms as a person fills them in, and what a browser then sends.

use std::borrow::Cow;

use url::Url;

use crate::site::words::{PASSWORD, PASSWORD_AGAIN, Words, leads_back};

/// A form with all that it would send.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: Url,
    pub(crate) is_post: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) buttons: Vec<Button>,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// What the form sends if nobody touches the field; nothing for a box that is not ticked.
    pub(crate) value: Option<String>,
    pub(crate) kind: FieldKind,
    /// What a person would call the field, the best first.
    pub(crate) labels: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Hidden,
    Text,
    Password,
    Choice,
}

/// A button that sends a form.
#[derive(Clone, Debug)]
pub(crate) struct Button {
    pub(crate) text: String,
    pub(crate) name: Option<String>,
    pub(crate) value: String,
    pub(crate) action: Option<Url>,
    pub(crate) surroundings: String,
}

/// What pressing a button or a link asks the browser to do.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Get(Url),
    Post { url: Url, body: String },
}

/// What a person types into which field.
pub(crate) type Entry<'a> = (&'static Words, &'a str);

impl Form {
    /// The field that a person would take for this one.
    pub(crate) fn field(&self, words: &'static Words) -> Option<&Field> {
        let visible =
            self.fields.iter().filter(|field| matches!(field.kind, FieldKind::Text | FieldKind::Password));
        let fitting = visible.filter_map(|field| {
            let fit = field.labels.iter().filter_map(|label| words.fit(label)).min()?;
            Some((fit, field))
        });
        fitting.min_by_key(|(fit, _)| *fit).map(|(_, field)| field).or_else(|| self.password_field(words))
    }

    /// Whether it has a field to type into.
    pub(crate) fn asks(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.kind, FieldKind::Text | FieldKind::Password))
    }

    /// Fields that hide what is typed need no label to be known: the password, and where there are two, again.
    fn password_field(&self, words: &'static Words) -> Option<&Field> {
        let mut hiding = self.fields.iter().filter(|field| field.kind == FieldKind::Password);
        match words.manual {
            manual if manual == PASSWORD.manual => hiding.next(),
            manual if manual == PASSWORD_AGAIN.manual => hiding.nth(1),
            _ => None,
        }
    }

    /// The button that says this, or the only one that leads on.
    pub(crate) fn button(&self, words: &'static Words) -> Option<&Button> {
        let fitting = self.buttons.iter().filter_map(|button| Some((words.fit(&button.text)?, button)));
        if let Some((_, button)) = fitting.min_by_key(|(fit, _)| *fit) {
            return Some(button);
        }
        let mut onward = self.buttons.iter().filter(|button| !leads_back(&button.text));
        onward.next().filter(|_| onward.next().is_none())
    }

    /// What the browser sends: everything that the form carries, with the entries in their fields.
    pub(crate) fn send(
        &self,
        entries: &[Entry<'_>],
        button: &Button,
        encoding: &'static encoding_rs::Encoding,
    ) -> Request {
        let typed: Vec<(*const Field, &str)> = entries
            .iter()
            .filter_map(|(words, text)| Some((std::ptr::from_ref(self.field(words)?), *text)))
            .collect();
        let encode = encoder(|text| encoding.encode(text).0);
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.encoding_override(Some(&encode));
        for field in &self.fields {
            let entry = typed.iter().find(|(typed, _)| std::ptr::eq(*typed, field)).map(|(_, text)| *text);
            if let Some(value) = entry.or(field.value.as_deref()) {
                serializer.append_pair(&field.name, value);
            }
        }
        if let Some(name) = &button.name {
            serializer.append_pair(name, &button.value);
        }
        let body = serializer.finish();
        let mut url = button.action.clone().unwrap_or_else(|| self.action.clone());
        if self.is_post {
            Request::Post { url, body }
        } else {
            url.set_query(Some(&body));
            Request::Get(url)
        }
    }
}

/// Tells the compiler that a closure returns what it was given, for any lifetime.
fn encoder<F: for<'text> Fn(&'text str) -> Cow<'text, [u8]>>(encode: F) -> F {
    encode
}
