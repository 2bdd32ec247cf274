//! What somebody brings: recordings, saved pages, files, and folders of them.

mod downloads;
mod har;
mod saved;

use std::path::{Path, PathBuf};

use super::evidence::{Document, Thing};
use super::exchange::Exchange;

/// Files of all folders together.
const MOST_FILES: usize = 2_000;
/// Bytes of a file. A recording with a large installer in it is the longest.
const LONGEST: u64 = 256 << 20;
/// How deep folders may lie in each other.
const DEEPEST: usize = 8;

/// Why nothing can be learnt from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It can't be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is too long, or there are too many of them.
    #[error("{0}")]
    TooMuch(String),
    /// Nothing in any of the files can be used.
    #[error(
        "none of the files is a recording (HAR), a saved page, a PFX file, a certificate or a revocation list"
    )]
    Nothing,
}

/// All that was brought, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) documents: Vec<Document>,
    pub(crate) passwords: Vec<String>,
    /// Files with their names, until it is known whether a recording tells of them.
    files: Vec<(String, Vec<u8>)>,
    /// What could not be used, or not wholly, and why: in Japanese and English.
    pub(crate) notes: Vec<crate::bilingual::Bilingual>,
    /// Whether IDs, names and the like were replaced before the recording was handed on.
    pub(crate) is_redacted: bool,
    /// Whether somebody else did that, who may have replaced the days in request IDs as well.
    pub(crate) hides_days: bool,
}

impl Sources {
    /// Reads these files and folders. `password` opens PFX files beside the passwords that recordings hold.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn read(paths: &[PathBuf], password: Option<&str>) -> Result<Self, SourceError> {
        let mut files = Vec::new();
        for path in paths {
            gather(path, 0, &mut files)?;
        }
        let mut sources =
            Self { passwords: password.map(str::to_owned).into_iter().collect(), ..Self::default() };
        for path in files {
            let unreadable = |error| SourceError::Unreadable { path: path.display().to_string(), error };
            let length = std::fs::metadata(&path).map_err(unreadable)?.len();
            if length > LONGEST {
                return Err(SourceError::TooMuch(format!(
                    "{}: longer than {} MiB",
                    path.display(),
                    LONGEST >> 20
                )));
            }
            let bytes = std::fs::read(&path).map_err(unreadable)?;
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            sources.add(&name, &bytes);
        }
        sources.order();
        match sources.exchanges.is_empty() && sources.documents.is_empty() {
            true => Err(SourceError::Nothing),
            false => Ok(sources),
        }
    }

    /// One recording or file of this name.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let mut sources = Self::default();
        sources.add(name, bytes);
        sources.order();
        sources
    }

    /// Adds what a file holds, by what it is and not by what it is called.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
        let head = head.trim_start_matches('\u{feff}').trim_start();
        if head.starts_with('{') || bytes.starts_with(&[0xff, 0xfe]) {
            return har::add(self, name, bytes);
        }
        if Thing::of(bytes).is_some() {
            return self.files.push((name.to_owned(), bytes.to_vec()));
        }
        if head.starts_with('<') || head.to_ascii_lowercase().contains("multipart/related") {
            return saved::add(self, name, bytes);
        }
        self.note(
            &format!("{name}: 読み取れる形式ではないため、使っていません。"),
            &format!("{name}: nothing that can be read here; it was left out."),
        );
    }

    pub(super) fn note(&mut self, ja: &str, en: &str) {
        self.notes.push(crate::bilingual::Bilingual::of(ja, en));
    }

    /// In the order in which it happened, nothing twice, and each file at the exchange that brought it.
    fn order(&mut self) {
        self.exchanges.sort_by_key(|exchange| exchange.at.unwrap_or(jiff::Timestamp::MAX));
        let mut seen = std::collections::HashSet::new();
        self.exchanges.retain(|exchange| {
            let answer = (exchange.set_cookies(), exchange.header("date"), exchange.status);
            let Some(at) = exchange.at else { return true };
            let what = (&exchange.method, exchange.url.as_str(), &exchange.form, exchange.cookies());
            seen.insert(format!("{at} {what:?} {answer:?} {:?}", exchange.failure))
        });
        for (place, bytes) in downloads::attach(&mut self.exchanges, std::mem::take(&mut self.files)) {
            let things = Thing::of(&bytes).unwrap_or_default();
            self.documents.extend(things.into_iter().map(|thing| Document { place: place.clone(), thing }));
        }
        let missing = downloads::missing(&self.exchanges);
        if !missing.is_empty() {
            self.note(
                &format!("ダウンロードしたファイルが記録にありません: {missing}。同じフォルダーに入れて、もう一度指定してください。"),
                &format!("Files that were downloaded are not in the recording: {missing}. Put them into its folder, and bring that."),
            );
        }
    }
}

fn gather(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let unreadable = |error| SourceError::Unreadable { path: path.display().to_string(), error };
    if !path.is_dir() {
        files.push(path.to_owned());
    } else if depth < DEEPEST {
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let mut inside =
            entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        inside.sort_unstable();
        for path in inside {
            gather(&path, depth + 1, files)?;
        }
    }
    match files.len() > MOST_FILES {
        true => Err(SourceError::TooMuch(format!("more than {MOST_FILES} files"))),
        false => Ok(()),
    }
}
