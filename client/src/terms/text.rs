//! Text as editors and shells of any system write it.

use std::borrow::Cow;

/// The text of these bytes: UTF-8 with or without a byte order mark, or UTF-16 behind one, as PowerShell writes it.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    encoding_rs::UTF_8.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let utf_16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain("秘密 1\n".encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        for bytes in [
            "秘密 1\n".into(),
            "\u{feff}秘密 1\n".into(),
            utf_16([0xff, 0xfe], u16::to_le_bytes),
            utf_16([0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(decoded(&bytes), "秘密 1\n", "{bytes:?}");
        }
    }
}
