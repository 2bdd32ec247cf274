//! The files that the CA sends: on the disk as they come, until they are where they belong or a person has seen them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::Failure;
use crate::store::files::{is_taken, read_own};
use crate::{Breach, Error, Inbox, read_file, remove_file, write_private};

/// More than one run can leave, and a run leaves none if there is one.
const MOST_REJECTED: usize = 9;

/// Where they lie: beside what they are to become.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    /// `TARGET.ID.received`: what came for this ID and was not judged yet. A run that finds it was preceded by one that
    /// was killed.
    received: PathBuf,
    /// `TARGET.rejected`: what was not believed, the first one. The others have a number.
    rejected: PathBuf,
    /// `TARGET.partial`: what came of a file before the connection broke off.
    partial: PathBuf,
    /// Whether that came in this run.
    is_partial: Arc<AtomicBool>,
}

impl Arrivals {
    /// Beside `target`, what comes for this request ID or serial number.
    pub(crate) fn beside(target: &Path, id: &str) -> Self {
        let with = |ending: &str| {
            let mut name = target.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        Self {
            received: with(&format!(".{id}.received")),
            rejected: with(".rejected"),
            partial: with(".partial"),
            is_partial: Arc::default(),
        }
    }

    /// What a run that was killed had got already, to be judged now instead of asking the CA again.
    ///
    /// # Errors
    ///
    /// A file that was not believed lies there. The CA may have no other, so a person has to look first.
    pub(crate) fn earlier(&self) -> Result<Option<Vec<u8>>, Failure> {
        if is_taken(&self.received) {
            return Ok(Some(read_file(&self.received)?));
        }
        if is_taken(&self.rejected) {
            return Err(Failure::Kept { file: self.rejected.clone() });
        }
        Ok(None)
    }

    /// How the run ends that `error` ended: with the name of what is kept, if anything came.
    pub(crate) fn failure(&self, error: Error) -> Failure {
        let file = match () {
            () if is_taken(&self.received) => self.reject(),
            () if is_taken(&self.rejected) => self.rejected.clone(),
            () if self.is_partial.load(Ordering::Relaxed) => self.partial.clone(),
            () => return error.into(),
        };
        Failure::Rejected { error, file }
    }

    /// How it ends with what an earlier run had got.
    pub(crate) fn judged<T>(&self, judged: Result<T, Error>) -> Result<T, Failure> {
        judged.map_err(|error| match error {
            // It may open with the password that was given to that run.
            Error::Protocol(Breach::PasswordDoesNotOpen) => self.not_stored(error),
            other => self.failure(other),
        })
    }

    /// How it ends if the file is good and could not be put where it belongs. The next run finds it.
    pub(crate) fn not_stored(&self, failure: impl Into<Failure>) -> Failure {
        match failure.into() {
            Failure::Client(error) if is_taken(&self.received) => {
                Failure::Rejected { error, file: self.received.clone() }
            }
            other => other,
        }
    }

    /// A key has come to where it belongs, so whatever came before it is worth nothing.
    pub(crate) fn settled(&self) {
        let rejected = (1..=MOST_REJECTED).map(|number| self.numbered(number));
        for file in rejected.chain([self.received.clone(), self.partial.clone()]) {
            // What stays does no harm.
            let _ = remove_file(&file);
        }
    }

    /// Puts aside what is not believed, and answers with the first file that was put aside.
    fn reject(&self) -> PathBuf {
        let file = read_file(&self.received).unwrap_or_default();
        for number in 1..=MOST_REJECTED {
            let place = self.numbered(number);
            if is_taken(&place) {
                if read_file(&place).is_ok_and(|known| known == file) {
                    let _ = remove_file(&self.received);
                    return self.rejected.clone();
                }
                continue;
            }
            if std::fs::rename(&self.received, &place).is_ok() {
                return self.rejected.clone();
            }
            break;
        }
        self.received.clone()
    }

    fn numbered(&self, number: usize) -> PathBuf {
        let mut name: OsString = self.rejected.clone().into();
        if number > 1 {
            name.push(format!(".{number}"));
        }
        name.into()
    }
}

/// Whether a file has the content that came before: a run was killed when it had written it.
pub(crate) fn is_same(earlier: Option<&[u8]>, file: &Path) -> bool {
    earlier.is_some_and(|earlier| read_own(file).is_ok_and(|there| there == earlier))
}

impl Inbox for Arrivals {
    fn arrived(&self, file: &[u8]) {
        // The one before was no good, or there would be no other.
        if is_taken(&self.received) {
            self.reject();
        }
        // What can't be kept here may still come to where it belongs.
        let _ = write_private(&self.received, file);
    }

    fn broke_off(&self, part: &[u8]) {
        if read_file(&self.partial).is_ok_and(|known| known.len() >= part.len()) {
            return;
        }
        let is_kept = write_private(&self.partial, part).is_ok();
        self.is_partial.store(is_kept, Ordering::Relaxed);
    }
}
