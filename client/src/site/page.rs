//! A page as a person sees it, and how they fill it in.

use std::borrow::Cow;

use url::Url;

use crate::site::words::{Fit, PASSWORD, PASSWORD_AGAIN, RELOAD, SESSION_LOST, Words, leads_back};
use crate::terms::breach::Breach;

/// A page that the site showed.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) encoding: &'static encoding_rs::Encoding,
    pub(crate) title: String,
    pub(crate) headings: Vec<String>,
    /// Paragraphs outside of forms.
    pub(crate) paragraphs: Vec<String>,
    /// What is marked as a message about an error.
    pub(crate) alerts: Vec<String>,
    /// Every piece of text, for finding what is new on a page that came back.
    pub(crate) texts: Vec<String>,
    /// Names and values of tables and description lists.
    pub(crate) rows: Vec<(String, String)>,
    pub(crate) forms: Vec<Form>,
    pub(crate) links: Vec<Link>,
    /// Where the page wants to be reloaded from by itself.
    pub(crate) refresh: Option<Url>,
}

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

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) target: Url,
    pub(crate) surroundings: String,
}

/// What pressing a button or a link asks the browser to do.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Get(Url),
    Post { url: Url, body: String },
}

/// A button or link that was found, and what the page says around it.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) request: Request,
    pub(crate) surroundings: String,
}

/// What a person types into which field.
pub(crate) type Entry<'a> = (&'static Words, &'a str);

impl Page {
    /// The page's name: its first heading, or else its title.
    pub(crate) fn heading(&self) -> &str {
        self.headings.iter().map(String::as_str).find(|heading| !heading.is_empty()).unwrap_or(&self.title)
    }

    /// Whether this is the page セッション無効 (manual 5.2.2).
    pub(crate) fn is_session_lost(&self) -> bool {
        std::iter::once(self.heading())
            .chain([self.title.as_str()])
            .chain(self.paragraphs.iter().map(String::as_str))
            .any(|text| SESSION_LOST.fit(text).is_some_and(|fit| fit < Fit::Contains))
    }

    /// Whether its heading or one of its sentences says this.
    pub(crate) fn says(&self, words: &'static Words) -> bool {
        std::iter::once(self.heading())
            .chain([self.title.as_str()])
            .chain(self.paragraphs.iter().chain(&self.alerts).map(String::as_str))
            .any(|text| words.fit(text).is_some())
    }

    /// The form that has all these fields.
    pub(crate) fn form_with(&self, fields: &[&'static Words]) -> Option<&Form> {
        self.forms.iter().find(|form| fields.iter().all(|words| form.field(words).is_some()))
    }

    /// Fills in the form that has these fields and presses its button.
    pub(crate) fn fill(&self, entries: &[Entry<'_>], button: &'static Words) -> Result<Request, Breach> {
        let wanted: Vec<&'static Words> = entries.iter().map(|(words, _)| *words).collect();
        let Some(form) = self.form_with(&wanted) else {
            // Name the field that is missing from the form that has most of them.
            let lacking = |form: &Form| wanted.iter().filter(|words| form.field(words).is_none()).count();
            let closest = self.forms.iter().min_by_key(|form| lacking(form));
            let missing = wanted.iter().find(|words| closest.is_none_or(|form| form.field(words).is_none()));
            let field = missing.map_or("", |words| words.manual);
            return Err(Breach::NoField { heading: self.heading().to_owned(), field });
        };
        let button = form.button(button).ok_or_else(|| Breach::NoControl {
            heading: self.heading().to_owned(),
            control: button.manual,
        })?;
        Ok(form.send(entries, button, self.encoding))
    }

    /// Presses a button, or follows a link, that needs nothing filled in.
    pub(crate) fn press(&self, control: &'static Words) -> Result<Request, Breach> {
        let best = self.controls(control).into_iter().min_by_key(|(fit, _)| *fit);
        match best {
            Some((_, found)) => Ok(found.request),
            None => Err(Breach::NoControl { heading: self.heading().to_owned(), control: control.manual }),
        }
    }

    /// Presses the button that says this; or, whatever it says, the only button that leads on.
    pub(crate) fn press_on(&self, control: &'static Words) -> Result<Request, Breach> {
        self.press(control).or_else(|breach| {
            let mut onward = self.forms.iter().filter_map(|form| Some((form, form.button(control)?)));
            match (onward.next(), onward.next()) {
                (Some((form, button)), None) => Ok(form.send(&[], button, self.encoding)),
                _ => Err(breach),
            }
        })
    }

    /// Every button and link that says this, such as one in each row of a list. Those that merely contain it, as a link
    /// to another page may, are not meant.
    pub(crate) fn every(&self, control: &'static Words) -> Vec<Control> {
        let controls = self.controls(control).into_iter();
        controls.filter(|(fit, _)| *fit < Fit::Contains).map(|(_, control)| control).collect()
    }

    /// Looks at the page again, in the way that it offers: by itself, by a button, or by the browser's reload.
    pub(crate) fn reload(&self) -> Request {
        match &self.refresh {
            Some(url) => Request::Get(url.clone()),
            None => self.press(&RELOAD).unwrap_or_else(|_| Request::Get(self.url.clone())),
        }
    }

    fn controls(&self, words: &'static Words) -> Vec<(Fit, Control)> {
        let buttons =
            self.forms.iter().flat_map(|form| form.buttons.iter().map(move |button| (form, button)));
        let buttons = buttons.filter_map(|(form, button)| {
            let request = form.send(&[], button, self.encoding);
            Some((words.fit(&button.text)?, Control { request, surroundings: button.surroundings.clone() }))
        });
        let links = self.links.iter().filter_map(|link| {
            let request = Request::Get(link.target.clone());
            Some((words.fit(&link.text)?, Control { request, surroundings: link.surroundings.clone() }))
        });
        buttons.chain(links).collect()
    }

    /// The value beside a name in a table or list.
    pub(crate) fn value(&self, name: &'static Words) -> Option<&str> {
        let fitting = self.rows.iter().filter_map(|(key, value)| Some((name.fit(key)?, value)));
        fitting.min_by_key(|(fit, _)| *fit).map(|(_, value)| value.as_str())
    }

    /// The texts that `before` did not have: what a page that came back says about why.
    pub(crate) fn news_since(&self, before: &Page) -> Vec<String> {
        self.texts.iter().filter(|text| !before.texts.contains(text)).cloned().collect()
    }

    /// The breach of showing this page where the manual shows another.
    pub(crate) fn instead_of(&self, wanted: &'static str) -> Breach {
        Breach::WrongPage { wanted, heading: self.heading().to_owned() }
    }
}

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
