//! What went wrong, in the language of whoever reads it.

use std::io;
use std::path::Path;

use obn_speech::{Language, Words, cause, words};

use crate::Error;

/// An error with what it is about, cause by cause, as one line.
pub(super) fn told(error: &anyhow::Error, language: Language) -> String {
    let mut parts: Vec<String> = Vec::new();
    for link in error.chain() {
        let part = of_link(link, language);
        // What a cause has said in full isn't said again by its own cause.
        if !parts.iter().any(|said| said.contains(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

fn of_link(link: &(dyn std::error::Error + 'static), language: Language) -> String {
    let words = if let Some(words) = link.downcast_ref::<Words>() {
        words.clone()
    } else if let Some(error) = link.downcast_ref::<Error>() {
        error.words()
    } else if let Some(error) = link.downcast_ref::<io::Error>() {
        cause(error)
    } else {
        Words::same(link.to_string())
    };
    words.speak(language).to_owned()
}

/// A file can't be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Words {
    let (path, Words { japanese, english }) = (path.display(), cause(error));
    words!("{path} に書き込めません: {japanese}", "{path} can't be written: {english}")
}
