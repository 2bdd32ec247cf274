//! What an application for a certificate is made of: its number, and what applicants write into the form.

use std::fmt::Write;

use jiff::civil::Date;
use rand_core::Rng;

use super::text::text;

/// Why a text can't stand in an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationError {
    /// See [`ApplicationNumber`].
    #[error("an application number reads A20261123-0001")]
    Number,
    /// See [`SubmissionId`].
    #[error("a submission has 32 hexadecimal digits")]
    Submission,
    /// See [`ShortText`].
    #[error("a name has 1 to 64 characters and no control characters")]
    Text,
    /// See [`Telephone`].
    #[error("a telephone number has 10 or 11 digits, a 0 first, and may have hyphens")]
    Telephone,
}

text! {
    /// 申請番号: `A`, the day in Japan, and a number of four digits or more. By our choice.
    shown ApplicationNumber, read by check_number or ApplicationError
}

impl ApplicationNumber {
    /// The number of the application that was the n-th of its world, on this day.
    pub fn new(day: Date, number: u64) -> Self {
        Self(format!("A{:04}{:02}{:02}-{number:04}", day.year(), day.month(), day.day()))
    }

    /// How many applications its world had then.
    pub fn sequence(&self) -> u64 {
        self.0.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
    }
}

fn check_number(text: &str) -> Result<(), ApplicationError> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.strip_prefix('A').and_then(|rest| rest.split_once('-'));
    let fits = parts.is_some_and(|(day, number)| {
        day.len() == 8 && (4..=18).contains(&number.len()) && digits(day) && digits(number)
    });
    if fits { Ok(()) } else { Err(ApplicationError::Number) }
}

text! {
    /// What tells one confirmation page from another, so that a form that is sent twice is one application.
    shown SubmissionId, read by check_submission or ApplicationError
}

impl SubmissionId {
    /// Draws one.
    pub fn draw(random: &mut impl Rng) -> Self {
        let mut octets = [0_u8; 16];
        random.fill_bytes(&mut octets);
        Self(octets.iter().fold(String::with_capacity(32), |mut text, octet| {
            // Writing to a text can't fail.
            let _ = write!(text, "{octet:02x}");
            text
        }))
    }
}

fn check_submission(text: &str) -> Result<(), ApplicationError> {
    let fits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { Ok(()) } else { Err(ApplicationError::Submission) }
}

text! {
    /// A name that somebody wrote: 1 to 64 characters, none of them a control character.
    shown ShortText, read by check_text or ApplicationError
}

fn check_text(text: &str) -> Result<(), ApplicationError> {
    // No character has more than 4 bytes: what is far longer needs no count.
    let fits =
        text.len() <= 256 && (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(ApplicationError::Text) }
}

text! {
    /// 電話番号: 10 or 11 digits, a 0 first, with or without hyphens between them.
    shown Telephone, read by check_telephone or ApplicationError
}

fn check_telephone(text: &str) -> Result<(), ApplicationError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let parts =
        text.split('-').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let fits = text.starts_with('0') && parts && (10..=11).contains(&digits);
    if fits { Ok(()) } else { Err(ApplicationError::Telephone) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn numbers_and_submissions_that_were_made_read_back() {
        let number = ApplicationNumber::new(date(2026, 11, 23), 7);
        assert_eq!(number.as_str(), "A20261123-0007");
        assert_eq!(number.as_str().parse(), Ok(number));
        let submission = SubmissionId::draw(&mut Entropy::seeded("submission").stream("submission", 1));
        assert_eq!(submission.as_str().parse(), Ok(submission));
        for text in ["", "A20261123", "A20261123-001", "20261123-0001", "A2026112３-0001"] {
            assert_eq!(text.parse::<ApplicationNumber>(), Err(ApplicationError::Number), "{text}");
        }
    }

    #[test]
    fn telephone_numbers_have_ten_or_eleven_digits() {
        for text in ["03-1234-5678", "0312345678", "090-1234-5678"] {
            assert!(text.parse::<Telephone>().is_ok(), "{text}");
        }
        for text in [
            "",
            "1234567890",
            "03-1234-567",
            "03--1234-5678",
            "-0312345678",
            "０３１２３４５６７８",
            "0312345678x",
        ] {
            assert!(text.parse::<Telephone>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_short_and_on_one_line() {
        assert!("あ".repeat(64).parse::<ShortText>().is_ok());
        for text in [String::new(), "あ".repeat(65), "a\nb".to_owned()] {
            assert!(text.parse::<ShortText>().is_err(), "{text:?}");
        }
    }
}
