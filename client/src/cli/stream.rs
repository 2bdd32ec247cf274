//! Standard output and standard error. A reader that went away or a full disk stops nothing: a watch goes on, and the
//! exit status says how a command ended.

use std::fmt::Display;
use std::io::Write;

/// A line for a person, on standard error.
pub(crate) fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A line of the result, on standard output.
pub(crate) fn print(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
