//! Text as Windows takes it: UTF-16 with a zero at its end.

use std::ffi::OsStr;
use std::os::windows::ffi::OsStrExt;

pub(crate) fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}
