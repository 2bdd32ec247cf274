//! Where a virus scanner or an indexer has a file open for a moment, Windows lets nobody else read, rename or remove it.

use std::io;
use std::time::Duration;

/// Two seconds together.
const TRIES: u32 = 40;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// Access denied, in use by another process, locked by another process.
const BLOCKED: [i32; 3] = [5, 32, 33];

/// Tries again while the file is in somebody's hands, for a while; elsewhere than on Windows nobody's hands matter.
pub(crate) fn patiently<T>(attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let tries = if cfg!(windows) { TRIES } else { 1 };
    tried(tries, attempt, || std::thread::sleep(BETWEEN_TRIES))
}

fn tried<T>(
    mut tries: u32,
    mut attempt: impl FnMut() -> io::Result<T>,
    mut pause: impl FnMut(),
) -> io::Result<T> {
    loop {
        tries -= 1;
        match attempt() {
            Err(error) if tries > 0 && is_blocked(&error) => pause(),
            other => return other,
        }
    }
}

fn is_blocked(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| BLOCKED.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it is tried, and what comes of it, if the first tries end so.
    fn after(failures: &[i32]) -> (usize, bool) {
        let mut made = 0;
        let attempt = || {
            made += 1;
            failures.get(made - 1).map_or(Ok(()), |code| Err(io::Error::from_raw_os_error(*code)))
        };
        let ended = tried(4, attempt, || ()).is_ok();
        (made, ended)
    }

    #[test]
    fn what_is_in_somebodys_hands_is_tried_again_but_not_for_ever() {
        assert_eq!(after(&[]), (1, true));
        assert_eq!(after(&[32, 5]), (3, true));
        assert_eq!(after(&[33; 9]), (4, false));
        // Not found: nobody's hands.
        assert_eq!(after(&[2]), (1, false));
    }
}
