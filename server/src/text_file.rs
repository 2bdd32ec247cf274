//! Text files as people's editors and shells write them: UTF-8, or UTF-16 behind a byte order mark.

use std::io;
#[cfg(feature = "cli")]
use std::path::Path;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// As reading has it, or [`io::ErrorKind::InvalidData`] for what is no text.
#[cfg(feature = "cli")]
pub(crate) fn read(path: &Path) -> io::Result<String> {
    decoded(&std::fs::read(path)?)
}

/// The text of what was read.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for what is no text.
pub(crate) fn decoded(bytes: &[u8]) -> io::Result<String> {
    let (text, _, is_broken) = encoding_rs::UTF_8.decode(bytes);
    // A mark with nothing behind it is nobody's text.
    if is_broken || (text.is_empty() && !bytes.is_empty()) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8 or UTF-16"));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn the_marks_of_windows_are_no_part_of_the_text() {
        let utf_16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain("鍵 = 1\n".encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        for bytes in [
            "鍵 = 1\n".into(),
            "\u{feff}鍵 = 1\n".into(),
            utf_16([0xff, 0xfe], u16::to_le_bytes),
            utf_16([0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(decoded(&bytes).ok().as_deref(), Some("鍵 = 1\n"), "{bytes:?}");
        }
        for bytes in [&b"\xff\xfe"[..], b"\xff", b"\xff\xfea", b"\x93\xfa"] {
            assert!(decoded(bytes).is_err(), "{bytes:?}");
        }
    }
}
