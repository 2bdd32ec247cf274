//! Values of options that several programs have, with what is wrong with them in both languages.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::words;
use crate::words::Words;

/// An instant, such as `2026-11-24T10:00:00+09:00` (RFC 3339).
///
/// # Errors
/// What it is not, with an example.
pub fn instant(text: &str) -> Result<jiff::Timestamp, Words> {
    text.parse().map_err(|_| {
        Words::new(
            "2026-11-24T10:00:00+09:00 のように指定してください",
            format!("{text:?} is no instant such as 2026-11-24T10:00:00+09:00"),
        )
    })
}

/// A number of seconds, such as `2` or `0.5`.
///
/// # Errors
/// What it is not, with an example.
pub fn seconds(text: &str) -> Result<Duration, Words> {
    let seconds = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| {
        Words::new(
            "秒数を 2 または 0.5 のように指定してください",
            format!("{text:?} is no number of seconds such as 2 or 0.5"),
        )
    })
}

/// A whole number within bounds.
///
/// # Errors
/// The bounds.
pub fn number(text: &str, bounds: RangeInclusive<usize>) -> Result<usize, Words> {
    let (least, most) = (bounds.start(), bounds.end());
    text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
        words!(
            "{least} から {most} までの数字で指定してください",
            "{text:?} is no number from {least} to {most}"
        )
    })
}
