//! Whether the command gets anywhere: if each of its first runs ends alike, by a mistake of usage or because it can't be
//! started, the rest of the scenarios would only say the same.

use std::sync::{Arc, Mutex, PoisonError};

use super::watch::How;
use crate::bilingual::{Bilingual, wording};

/// So many runs are enough to tell.
const ENOUGH: usize = 4;
/// 2 usage, by the contract; 126 and 127 a shell's words for a program that it can't start.
const NOWHERE: [i32; 3] = [2, 126, 127];

/// How the runs of a command have begun. All clones are one.
#[derive(Clone, Debug, Default)]
pub struct Starts(Arc<Mutex<Begun>>);

#[derive(Debug, Default)]
struct Begun {
    /// A run has done something else.
    works: bool,
    runs: usize,
    /// Exit status and last line of all of them.
    alike: Option<(i32, String)>,
}

wording! {
    /// How all runs have ended.
    enum Alike {
        Silent { status: i32 } =>
            "each run of the command ended with exit status {status} and said nothing";
            "コマンドがどの実行でも、何も出力せずに終了コード {status} で終わりました";
        Said { status: i32, line: String } =>
            "each run of the command ended with exit status {status} and said {line:?}";
            "コマンドがどの実行でも、{line:?} と出力して終了コード {status} で終わりました";
    }
}

impl Starts {
    /// How a run ended, whether it should have, and what it said.
    pub(super) fn note(&self, how: How, as_expected: bool, output: &str) {
        let mut begun = self.begun();
        match how {
            // Where a mistake of usage is right, it tells nothing.
            How::Status(status) if NOWHERE.contains(&status) && as_expected => {}
            How::Status(status) if NOWHERE.contains(&status) => {
                let end = (status, output.lines().last().unwrap_or_default().trim().to_owned());
                begun.runs += 1;
                begun.works |= begun.alike.as_ref().is_some_and(|first| *first != end);
                begun.alike.get_or_insert(end);
            }
            _ => begun.works = true,
        }
    }

    /// What is the matter, once it is sure that nothing else will come.
    pub fn nowhere(&self) -> Option<Bilingual> {
        let begun = self.begun();
        let (status, line) = begun.alike.as_ref().filter(|_| !begun.works && begun.runs >= ENOUGH)?;
        let (status, line) = (*status, line.clone());
        let alike = if line.is_empty() { Alike::Silent { status } } else { Alike::Said { status, line } };
        Some(alike.words())
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bilingual, How, Starts};

    fn after(runs: &[(i32, &str)]) -> Option<Bilingual> {
        let starts = Starts::default();
        runs.iter().for_each(|(status, output)| starts.note(How::Status(*status), false, output));
        starts.nowhere()
    }

    #[test]
    fn runs_that_all_end_alike_get_nowhere() {
        let told = "each run of the command ended with exit status 127 and said \"sh: x: not found\"";
        let nowhere = after(&[(127, "sh: x: not found\n"); 4]);
        assert_eq!(nowhere.map(|nowhere| nowhere.en).as_deref(), Some(told));
    }

    #[test]
    fn too_few_runs_or_any_other_end_say_nothing() {
        assert_eq!(after(&[(2, "usage"); 3]), None);
        assert_eq!(after(&[(2, "usage"), (2, "usage"), (2, "usage"), (2, "no --url"), (2, "usage")]), None);
        assert_eq!(after(&[(1, "refused"); 9]), None);
        let starts = Starts::default();
        starts.note(How::Status(0), true, "");
        (0..9).for_each(|_| starts.note(How::Status(2), false, "usage"));
        assert_eq!(starts.nowhere(), None);
    }
}
