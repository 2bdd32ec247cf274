//! A learnt profile as a file: each key with what it decides and where it was seen.

use std::fmt::Write as _;

use crate::learn::learned::{Known, Learned};

/// What a line begins with that names a requirement and the place that shows it.
pub(in crate::learn) const SHOWS: &str = "# shows ";

/// Writes what is known as a profile that `obn-ca --profile` takes.
pub fn learned_to_profile(learned: &Learned) -> String {
    let mut text = String::from(
        "# Learnt by `obn-conformance learn`. Every key here was seen on the site; all others keep their defaults.\n",
    );
    // A comment is one line: what a recording says must not end it.
    let line = |text: &str| text.split(char::is_control).collect::<Vec<_>>().join(" ");
    let mut section = "";
    for Known { key, decides, value, places, guess, .. } in &learned.known {
        let (of, name) = key.split_once('.').unwrap_or(("", key));
        if of != section {
            let _ = write!(text, "\n[{of}]\n");
            section = of;
        }
        let _ = writeln!(text, "# {}", line(&decides.en));
        let place = places.first().map_or("", String::as_str);
        let _ = writeln!(text, "# evidence: observed ({}); guessed: {}", line(place), line(guess));
        let _ = writeln!(text, "{name} = {value}");
    }
    if !learned.shown.is_empty() {
        text.push_str("\n# Requirements that were seen there as well; `--learned` reads these lines.\n");
    }
    for (id, place) in &learned.shown {
        let _ = writeln!(text, "{SHOWS}{id} ({})", line(place));
    }
    text
}
