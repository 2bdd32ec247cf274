//! Mistakes in the data files, told with file, line and column.

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Mistake {
    /// Path of the file, as the catalogue names it.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    /// Counts characters from 1.
    pub column: usize,
    /// A lower-case fragment.
    pub message: String,
}

impl Mistake {
    /// A mistake at a byte of the file's text.
    pub(crate) fn at(file: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = line_of(text, offset);
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        Self { file: file.to_owned(), line, column, message: message.into() }
    }

    pub(crate) fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(file, text, offset, error.message().replace('\n', " "))
    }
}

/// The line of a byte of a text, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}
