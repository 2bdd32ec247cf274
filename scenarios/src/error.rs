//! What can be wrong beside what is under test.

use obn_speech::{Words, cause, serde_message, words};

use crate::mistake::Mistake;

/// Why the harness can't go on. What a site or a client does wrong is no error: it is what a play tells.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A data file says something wrong, at this place.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A data file can't be read.
    #[error("{path}: {}", cause(.error))]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// What was asked for can't be done, such as to run a program that isn't there.
    #[error("{0}")]
    Usage(Words),
    /// A step of a scenario asks for what isn't there, such as a notice that was never issued.
    #[error("{0}")]
    Scenario(String),
    /// The control API answers, and refuses.
    #[error("control answers {answer}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The whole answer.
        answer: String,
    },
    /// The harness itself broke.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// The same in both languages, with the next step where there is one.
    pub fn words(&self) -> Words {
        match self {
            Self::Mistake(Mistake { file, line, column, message }) => {
                serde_message(message).about(format_args!("{file}:{line}:{column}"))
            }
            Self::Unreadable { path, error } => {
                let Words { japanese, english } = cause(error);
                words!("{path} を読み込めません: {japanese}", "{path} can't be read: {english}")
            }
            Self::Usage(words) => words.clone(),
            Self::Scenario(what) => words!("シナリオに誤りがあります: {what}", "{what}"),
            Self::Refused { status: 401 | 403, answer } => words!(
                "制御 API が拒否しました: {answer}。トークンを --control-token-file または OBN_CONTROL_TOKEN で指定してください",
                "control answers {answer}; give its token with --control-token-file or OBN_CONTROL_TOKEN"
            ),
            Self::Refused { answer, .. } => words!("制御 API の応答: {answer}", "{self}"),
            Self::Broken(what) => words!("ハーネスの異常です: {what}", "{what}"),
        }
    }

    /// The harness broke while it did this.
    pub(crate) fn broken(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Broken(format!("{what}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next kind of error; a new one has to be put into the chain.
    fn after(error: &Error) -> Option<Error> {
        Some(match error {
            Error::Mistake(_) => {
                Error::Unreadable { path: "a.toml".to_owned(), error: std::io::ErrorKind::NotFound.into() }
            }
            Error::Unreadable { .. } => Error::Usage(Words::new("指定してください", "name one")),
            Error::Usage(_) => Error::Scenario("given.clock is no instant".to_owned()),
            Error::Scenario(_) => Error::Refused { status: 401, answer: "401 Unauthorized".to_owned() },
            Error::Refused { status: 401, .. } => {
                Error::Refused { status: 404, answer: "404 Not Found".to_owned() }
            }
            Error::Refused { .. } => Error::broken("the journal", "closed"),
            Error::Broken(_) => return None,
        })
    }

    #[test]
    fn each_kind_of_error_has_words_in_both_languages() {
        let is_japanese = |text: &str| text.contains(|letter: char| !letter.is_ascii());
        let mistake = Mistake::at("a.toml", "a = 1\n", 0, "unknown field `a`");
        let mut next = Some(Error::from(mistake));
        let mut kinds = 0;
        while let Some(error) = next {
            let Words { japanese, english } = error.words();
            assert!(is_japanese(&japanese) && !is_japanese(&english), "{japanese}\n{english}");
            kinds += 1;
            next = after(&error);
        }
        assert_eq!(kinds, 7);
    }
}
