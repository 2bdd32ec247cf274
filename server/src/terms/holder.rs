//! Whom a certificate is for: an institution, an insurer, or who has a 受付番号 instead of a code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::institution::luhn;
use super::text::text;
use super::{Category, InstitutionCode, Prefecture};

text! {
    /// 保険者番号: 8 digits, which are 法別 2, prefecture 2, number 3, check digit 1.
    shown InsurerNumber, read by check_insurer or NotAHolder
}

impl InsurerNumber {
    /// The prefecture of the third and fourth digit, if they are one.
    pub fn prefecture(&self) -> Option<Prefecture> {
        self.0[2..4].parse().ok().and_then(Prefecture::from_number)
    }

    /// Whether the check digit is right. It covers all digits, by Luhn's rule.
    pub fn has_valid_check_digit(&self) -> bool {
        luhn(self.0.as_bytes())
    }
}

fn check_insurer(text: &str) -> Result<(), NotAHolder> {
    let fits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(NotAHolder) }
}

text! {
    /// 受付番号: 12 to 20 letters and digits. Nobody knows the real form; this one can't be a mistyped code.
    shown ReceptionNumber, read by check_reception or NotAHolder
}

fn check_reception(text: &str) -> Result<(), NotAHolder> {
    let fits = (12..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(()) } else { Err(NotAHolder) }
}

/// Neither a code nor a number that stands in for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an institution code has 10 digits, an insurer's number 8 digits, a reception number 12 to 20 letters and digits"
)]
pub struct NotAHolder;

/// Whom a certificate is for. Written as the code or number alone: their lengths tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Holder {
    /// 医療機関等, by 医療機関コード.
    Institution(InstitutionCode),
    /// 医療保険者等, by 保険者番号.
    Insurer(InsurerNumber),
    /// Either of them, by 受付番号.
    Reception(ReceptionNumber),
}

impl Holder {
    /// The code or number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Institution(code) => code.as_str(),
            Self::Insurer(number) => number.as_str(),
            Self::Reception(number) => number.as_str(),
        }
    }

    /// The prefecture that it tells.
    pub fn prefecture(&self) -> Option<Prefecture> {
        match self {
            Self::Institution(code) => code.prefecture(),
            Self::Insurer(number) => number.prefecture(),
            Self::Reception(_) => None,
        }
    }

    /// Whether something is missing where it tells no prefecture.
    pub fn must_name_prefecture(&self) -> bool {
        !matches!(self, Self::Reception(_))
    }

    /// The category that it stands for; a 受付番号 tells none of its own, and counts as `medical`.
    pub fn category(&self) -> Category {
        match self {
            Self::Institution(code) => code.category(),
            Self::Insurer(_) => Category::Insurer,
            Self::Reception(_) => Category::Medical,
        }
    }

    /// Whether the check digit is right, where there is one.
    pub fn has_valid_check_digit(&self) -> bool {
        match self {
            Self::Institution(code) => code.has_valid_check_digit(),
            Self::Insurer(number) => number.has_valid_check_digit(),
            Self::Reception(_) => true,
        }
    }
}

impl FromStr for Holder {
    type Err = NotAHolder;

    fn from_str(text: &str) -> Result<Self, NotAHolder> {
        match text.len() {
            8 => text.parse().map(Self::Insurer),
            10 => text.parse().map(Self::Institution).map_err(|_| NotAHolder),
            _ => text.parse().map(Self::Reception),
        }
    }
}

impl TryFrom<String> for Holder {
    type Error = NotAHolder;

    fn try_from(text: String) -> Result<Self, NotAHolder> {
        text.parse()
    }
}

impl From<Holder> for String {
    fn from(holder: Holder) -> Self {
        holder.as_str().to_owned()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(text: &str) -> Holder {
        text.parse().unwrap()
    }

    #[test]
    fn the_length_tells_a_code_from_the_numbers_that_stand_in_for_one() {
        assert!(matches!(holder("0110119153"), Holder::Institution(_)));
        assert!(matches!(holder("33120015"), Holder::Insurer(_)));
        assert!(matches!(holder("202611230001"), Holder::Reception(_)));
        for text in
            ["", "011011915", "01101191533", "3312001", "011011915a", "３３１２００１５", "2026-1123-0001"]
        {
            assert_eq!(text.parse::<Holder>(), Err(NotAHolder), "{text}");
        }
    }

    #[test]
    fn the_check_digit_of_an_insurer_covers_all_of_its_number() {
        assert!(holder("33120015").has_valid_check_digit());
        for wrong in 0..=9 {
            assert_eq!(holder(&format!("3312001{wrong}")).has_valid_check_digit(), wrong == 5);
        }
    }

    #[test]
    fn an_insurer_s_number_tells_the_prefecture_and_a_reception_number_nothing() {
        assert_eq!(holder("33120015").prefecture(), Prefecture::from_name("chiba"));
        assert_eq!(holder("33990015").prefecture(), None);
        assert_eq!(holder("33120015").category(), Category::Insurer);
        assert_eq!(holder("202611230001").prefecture(), None);
    }
}
