//! Request ID, reference ID, serial number and the 4-digit certificate password.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use jiff::civil::Date;
use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::text::text;

/// Why a text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// See [`RequestId`].
    #[error("a request ID has 15 digits, the date first")]
    RequestId,
    /// The day's numbers are used up.
    #[error("no request ID is left for this day: 9,999,999 were given out")]
    Exhausted,
    /// See [`ReferenceId`].
    #[error("a reference ID has 10 letters and digits")]
    ReferenceId,
    /// See [`Serial`].
    #[error("a serial number has 32 hexadecimal digits")]
    Serial,
    /// See [`Pin`].
    #[error("a certificate password has 4 digits")]
    Pin,
}

text! {
    /// リクエスト ID: 15 digits, the day in Japan and a 7-digit number (manual 1.1, 2.2).
    shown RequestId, read by check_request_id or IdentifierError
}

impl RequestId {
    /// The ID with this number on this day.
    ///
    /// # Errors
    /// [`IdentifierError::Exhausted`] when the number has more than 7 digits.
    pub fn new(day: Date, number: u64) -> Result<Self, IdentifierError> {
        if number > 9_999_999 {
            return Err(IdentifierError::Exhausted);
        }
        Ok(Self(format!("{:04}{:02}{:02}{number:07}", day.year(), day.month(), day.day())))
    }
}

fn check_request_id(text: &str) -> Result<(), IdentifierError> {
    let fits = text.len() == 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(IdentifierError::RequestId) }
}

text! {
    /// リファレンス ID: 10 mixed-case letters and digits (manual 1.1, 2.2).
    ///
    /// Whoever holds it can fetch the key. Letter case counts when two are compared.
    secret ReferenceId, read by check_reference_id or IdentifierError
}

impl ReferenceId {
    /// Draws one that has at least one capital, one small letter and one digit, as the manual's
    /// samples do.
    pub fn draw(random: &mut impl Rng) -> Self {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        loop {
            let mut text = String::with_capacity(10);
            while text.len() < 10 {
                // The two highest of 64 values would favour some letters: draw again.
                let index = (random.next_u32() >> 26) as usize;
                if let Some(letter) = ALPHABET.get(index) {
                    text.push(char::from(*letter));
                }
            }
            let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
            if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit) {
                return Self(text);
            }
        }
    }

    /// Whether they are the same but for letter case, a rival reading of the profile. Takes the same time in any case.
    pub fn matches_ignoring_case(&self, other: &Self) -> bool {
        Self(self.0.to_ascii_lowercase()) == Self(other.0.to_ascii_lowercase())
    }
}

fn check_reference_id(text: &str) -> Result<(), IdentifierError> {
    let fits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(()) } else { Err(IdentifierError::ReferenceId) }
}

/// A certificate's serial number: 16 octets, positive (RFC 5280, 4.1.2.2).
///
/// Written as 32 capital hexadecimal digits, as `openssl x509 -serial` does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; 16]);

impl Serial {
    /// The number of a certificate that says this: 126 bits that nobody guesses without the seed. The first octet is 40 to
    /// 7F, so that all have the same length.
    pub fn of(seed: &[u8; 32], content: &[u8]) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), content);
        let mut octets = [0; 16];
        octets.copy_from_slice(&tag.as_ref()[..16]);
        octets[0] = 0x40 | (octets[0] & 0x3f);
        Self(octets)
    }

    /// The octets of the ASN.1 INTEGER.
    pub fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Serial {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(IdentifierError::Serial);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| IdentifierError::Serial)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for Serial {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

text! {
    /// 証明書パスワード: 4 half-width digits that the user makes up (manual 1.1).
    secret Pin, read by check_pin or IdentifierError
}

fn check_pin(text: &str) -> Result<(), IdentifierError> {
    let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(IdentifierError::Pin) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn request_ids_carry_the_day_and_a_number_of_seven_digits() {
        assert_eq!(RequestId::new(date(2020, 12, 10), 1000).unwrap().as_str(), "202012100001000");
        assert_eq!(RequestId::new(date(2020, 12, 10), 10_000_000), Err(IdentifierError::Exhausted));
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let reference: ReferenceId = "FPwNiG5g4r".parse().unwrap();
        let pin: Pin = "1234".parse().unwrap();
        assert_eq!(format!("{reference:?} {pin:?}"), "ReferenceId(..) Pin(..)");
    }

    #[test]
    fn reference_ids_differ_by_case() {
        let (one, other): (ReferenceId, ReferenceId) =
            ("FPwNiG5g4r".parse().unwrap(), "fpwnig5g4r".parse().unwrap());
        assert_ne!(one, other);
        assert!(one.matches_ignoring_case(&other));
    }

    proptest! {
        #[test]
        fn drawn_identifiers_read_back(number: u64) {
            let entropy = Entropy::seeded("identifiers");
            let reference = ReferenceId::draw(&mut entropy.stream("reference", number));
            prop_assert_eq!(reference.reveal().parse(), Ok(reference));
            let serial = Serial::of(&entropy.seed("serial", number), b"");
            prop_assert_eq!(serial.to_string().parse::<Serial>(), Ok(serial));
            prop_assert!((0x40..0x80).contains(&serial.octets()[0]));
        }

        #[test]
        fn only_half_width_digits_make_a_pin(text in "\\PC{0,6}") {
            let expected = text.len() == 4 && text.chars().all(|c| "0123456789".contains(c));
            prop_assert_eq!(text.parse::<Pin>().is_ok(), expected);
        }
    }
}
