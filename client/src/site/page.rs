//! A page as a person sees it: what it says, and what can be done on it.

use std::collections::HashSet;
use std::sync::Arc;

use url::Url;

use crate::error::Error;
use crate::site::form::{Entry, Form, Request};
use crate::site::words::{self, Fit, Words};
use crate::terms::breach::Breach;
use crate::terms::refusal::Refusal;

/// Who says more says nothing.
const MOST_NEWS: usize = 50;

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
    pub(crate) forms: Vec<Arc<Form>>,
    pub(crate) links: Vec<Link>,
    /// Where the page wants to be reloaded from by itself.
    pub(crate) refresh: Option<Url>,
}

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) target: Url,
    pub(crate) surroundings: String,
}

/// A button or link that was found, and what the page says around it.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    leads: Leads,
    pub(crate) surroundings: String,
}

/// What pressing it does.
#[derive(Clone, Debug)]
enum Leads {
    Follow(Url),
    Send { form: Arc<Form>, button: usize, encoding: &'static encoding_rs::Encoding },
}

impl Control {
    /// Presses it.
    pub(crate) fn request(&self) -> Request {
        match &self.leads {
            Leads::Follow(url) => Request::Get(url.clone()),
            Leads::Send { form, button, encoding } => form.send(&[], &form.buttons[*button], encoding),
        }
    }
}

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
            .any(|text| words::SESSION_LOST.fit(text).is_some_and(|fit| fit < Fit::Contains))
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
        self.forms.iter().map(Arc::as_ref).find(|form| fields.iter().all(|words| form.field(words).is_some()))
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
            Some((_, found)) => Ok(found.request()),
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
            None => self.press(&words::RELOAD).unwrap_or_else(|_| Request::Get(self.url.clone())),
        }
    }

    fn controls(&self, words: &'static Words) -> Vec<(Fit, Control)> {
        let buttons = self
            .forms
            .iter()
            .flat_map(|form| form.buttons.iter().enumerate().map(move |button| (form, button)));
        let buttons = buttons.filter_map(|(form, (number, button))| {
            let fit = words.fit(&button.text)?;
            let leads = Leads::Send { form: Arc::clone(form), button: number, encoding: self.encoding };
            Some((fit, Control { leads, surroundings: button.surroundings.clone() }))
        });
        let links = self.links.iter().filter_map(|link| {
            let fit = words.fit(&link.text)?;
            let leads = Leads::Follow(link.target.clone());
            Some((fit, Control { leads, surroundings: link.surroundings.clone() }))
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
        let old: HashSet<&String> = before.texts.iter().collect();
        self.texts.iter().filter(|text| !old.contains(text)).take(MOST_NEWS).cloned().collect()
    }

    /// The breach of showing this page where the manual shows another.
    pub(crate) fn instead_of(&self, wanted: &'static str) -> Breach {
        Breach::WrongPage { wanted, heading: self.heading().to_owned() }
    }

    /// The CA's "no" in the words of this page.
    pub(crate) fn refusal(&self) -> Box<Refusal> {
        let messages = if self.alerts.is_empty() { &self.paragraphs } else { &self.alerts };
        Box::new(Refusal {
            heading: self.heading().to_owned(),
            messages: messages.iter().take(MOST_NEWS).cloned().collect(),
            http_status: self.status,
        })
    }

    /// What it means that this page came after `before` was filled in, where `wanted` should have come: a refusal, if
    /// the page gives any reason.
    pub(crate) fn refused_after(&self, wanted: &'static str, before: &Page) -> Error {
        let came_back = self.heading() == before.heading();
        let mut refusal = self.refusal();
        if came_back {
            // A warning that was there all the time is no answer.
            refusal.messages =
                self.alerts.iter().filter(|alert| !before.alerts.contains(alert)).cloned().collect();
            if refusal.messages.is_empty() {
                refusal.messages = self.news_since(before);
            }
        }
        let refused = if came_back { !refusal.messages.is_empty() } else { !self.heading().is_empty() };
        if refused { Error::Refused(refusal) } else { self.instead_of(wanted).into() }
    }

    /// A page without the form or button that should be there is the CA's "no" if it gives a reason and asks for
    /// nothing else.
    pub(crate) fn refused_or(&self, breach: Breach) -> Error {
        let says_why = !self.alerts.is_empty() || !self.paragraphs.is_empty();
        let asks = self.forms.iter().any(|form| form.asks());
        if says_why && !asks { Error::Refused(self.refusal()) } else { breach.into() }
    }

    /// What it means that this page came where Submit leads to 送信完了. A refusal only if it says that of the application:
    /// a page that speaks of something else, such as a busy server, leaves that open.
    pub(crate) fn no_receipt(&self, confirm: &Page) -> Error {
        let is_clear = self.says(&words::NOT_APPLIED) && !self.says(&words::UNDECIDED);
        match self.refused_after("送信完了画面", confirm) {
            Error::Refused(refusal) if !is_clear => Breach::NoReceipt(refusal).into(),
            error => error,
        }
    }

    /// The manual does not show this page, so its words decide.
    pub(crate) fn took_application(&self) -> bool {
        self.alerts.is_empty() && self.says(&words::ACCEPTED) && !self.says(&words::FAILED)
    }

    /// The link to the certificate on a page that does not deliver it by itself.
    pub(crate) fn certificate_link(&self) -> Result<Request, Breach> {
        let by_name = self.links.iter().find(|link| {
            let path = link.target.path().to_ascii_lowercase();
            [".cer", ".crt", ".der", ".pem"].iter().any(|ending| path.ends_with(ending))
        });
        match by_name {
            Some(link) => Ok(Request::Get(link.target.clone())),
            None => self.press(&words::ROOT).or_else(|_| self.press(&words::DOWNLOAD)),
        }
    }
}
