//! What every command has at hand: language, clock, and the way to the site.

use obn_client::{Client, ClientBuilder, Clock, Error, Language, UsageError, read_file};

use super::options::Global;

pub(crate) struct Context {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) global: Global,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let language = global.lang.unwrap_or_else(language_of_the_locale);
        let clock = global.now.map_or_else(Clock::system, Clock::fixed);
        Self { language, clock, global }
    }

    /// A client of the site, with the root that the user trusts.
    pub(crate) fn client(&self) -> Result<ClientBuilder, Error> {
        let root = self.global.root.as_deref().ok_or(UsageError::NoRoot)?;
        let root = read_file(root)?;
        let mut builder = Client::builder(&self.global.url).clock(self.clock.clone());
        builder = match obn_client::Certificate::from_der(&root) {
            Ok(root) => builder.root(root),
            Err(_) => builder.root_pem(&root)?,
        };
        if let Some(intermediates) = &self.global.intermediates {
            builder = builder.intermediates_pem(read_file(intermediates)?)?;
        }
        Ok(builder)
    }

    /// The text in the user's language.
    pub(crate) fn say(&self, japanese: impl Into<String>, english: impl Into<String>) -> String {
        match self.language {
            Language::Japanese => japanese.into(),
            Language::English => english.into(),
        }
    }
}

fn language_of_the_locale() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    set.into_iter()
        .find(|value| !value.is_empty())
        .map_or(Language::English, |locale| Language::of_locale(&locale))
}
