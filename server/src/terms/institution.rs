//! Institution codes: 10 digits, of which the first two name the prefecture and the third the kind
//! of institution. Their check digit follows two rules, by prefecture.

use serde::{Deserialize, Serialize};

use super::text::text;

text! {
    /// 医療機関コード: 10 digits, which are prefecture 2, kind 1, city 2, number 4, check digit 1.
    shown InstitutionCode, read by check or NotACode
}

impl InstitutionCode {
    /// The prefecture of the first two digits, if they are one.
    pub fn prefecture(&self) -> Option<Prefecture> {
        Prefecture::from_number(self.digits(0..2))
    }

    /// The category that the third digit (点数表) stands for; what has none of its own is `medical`.
    pub fn category(&self) -> Category {
        match self.digits(2..3) {
            2 => Category::Checkup,
            3 => Category::Dental,
            4 => Category::Pharmacy,
            6 => Category::Nursing,
            _ => Category::Medical,
        }
    }

    /// Whether the check digit is right.
    ///
    /// The Luhn digit covers all ten digits, but in Saitama, Chiba, Tokyo and Kanagawa only the
    /// last seven: measured on the registers of all prefectures, without an exception. 27 dental
    /// registrations of hospitals count as kind 3 though their code says 1, so both are accepted.
    pub fn has_valid_check_digit(&self) -> bool {
        match self.digits(0..2) {
            11..=14 => luhn(&self.0.as_bytes()[3..]),
            _ if self.digits(2..3) == 1 => {
                let dental = format!("{}3{}", &self.0[..2], &self.0[3..]);
                luhn(self.0.as_bytes()) || luhn(dental.as_bytes())
            }
            _ => luhn(self.0.as_bytes()),
        }
    }

    fn digits(&self, range: std::ops::Range<usize>) -> u8 {
        self.0.as_bytes()[range].iter().fold(0, |number, digit| number * 10 + (digit - b'0'))
    }
}

fn check(text: &str) -> Result<(), NotACode> {
    let fits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(NotACode) }
}

/// Not 10 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an institution code has 10 digits")]
pub struct NotACode;

/// What a subject's second organizational unit stands for; the word itself is in the profile,
/// since only `medical` has ever been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// 医科
    Medical,
    /// 歯科
    Dental,
    /// 調剤 (薬局)
    Pharmacy,
    /// 訪問看護ステーション
    Nursing,
    /// 医療保険者
    Insurer,
    /// 特定健診・特定保健指導機関
    Checkup,
    /// システムベンダ
    Vendor,
    /// 請求事務代行者
    Agent,
}

impl Category {
    /// As it is written in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Medical => "medical",
            Self::Dental => "dental",
            Self::Pharmacy => "pharmacy",
            Self::Nursing => "nursing",
            Self::Insurer => "insurer",
            Self::Checkup => "checkup",
            Self::Vendor => "vendor",
            Self::Agent => "agent",
        }
    }
}

/// One of the 47 prefectures, by its JIS X 0401 number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefecture(u8);

impl Prefecture {
    /// The prefecture with this number, 1 to 47.
    pub fn from_number(number: u8) -> Option<Self> {
        (1..=47).contains(&number).then_some(Self(number))
    }

    /// The prefecture with this name in Latin letters.
    pub fn from_name(name: &str) -> Option<Self> {
        let position = PREFECTURES.iter().position(|known| *known == name)?;
        Self::from_number(u8::try_from(position + 1).ok()?)
    }

    /// Its name as it stands in the subject.
    pub fn name(self) -> &'static str {
        PREFECTURES[usize::from(self.0) - 1]
    }
}

/// The prefectures in the order of their numbers, as they are written in the subject.
pub const PREFECTURES: [&str; 47] = [
    "hokkaido",
    "aomori",
    "iwate",
    "miyagi",
    "akita",
    "yamagata",
    "fukushima",
    "ibaraki",
    "tochigi",
    "gunma",
    "saitama",
    "chiba",
    "tokyo",
    "kanagawa",
    "niigata",
    "toyama",
    "ishikawa",
    "fukui",
    "yamanashi",
    "nagano",
    "gifu",
    "shizuoka",
    "aichi",
    "mie",
    "shiga",
    "kyoto",
    "osaka",
    "hyogo",
    "nara",
    "wakayama",
    "tottori",
    "shimane",
    "okayama",
    "hiroshima",
    "yamaguchi",
    "tokushima",
    "kagawa",
    "ehime",
    "kochi",
    "fukuoka",
    "saga",
    "nagasaki",
    "kumamoto",
    "oita",
    "miyazaki",
    "kagoshima",
    "okinawa",
];

/// The Luhn rule over ASCII digits, the check digit last.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> InstitutionCode {
        text.parse().unwrap()
    }

    #[test]
    fn the_check_digit_covers_ten_digits_but_seven_around_tokyo() {
        for good in [
            "0110119153",
            "0110113719",
            "0130199995",
            "0140199993",
            "0160199998",
            "2710199999",
            "1310199992",
            "1340199992",
        ] {
            assert!(code(good).has_valid_check_digit(), "{good}");
        }
        for bad in ["1310199999", "0110119154", "2710199998", "1340199993"] {
            assert!(!code(bad).has_valid_check_digit(), "{bad}");
        }
    }

    #[test]
    fn a_dental_registration_under_kind_1_passes() {
        let body = "013019999";
        let check = (b'0'..=b'9').find(|c| luhn(format!("{body}{}", char::from(*c)).as_bytes())).unwrap();
        assert!(code(&format!("011019999{}", char::from(check))).has_valid_check_digit());
    }

    #[test]
    fn the_prefecture_and_the_category_stand_in_the_code() {
        assert_eq!(code("0110119153").prefecture().unwrap().name(), "hokkaido");
        assert_eq!(code("4740199999").prefecture().unwrap().name(), "okinawa");
        assert_eq!(code("9012345678").prefecture(), None);
        assert_eq!(code("1340199992").category(), Category::Pharmacy);
        assert_eq!(code("0150199990").category(), Category::Medical);
        assert_eq!(Prefecture::from_name("kyoto"), Prefecture::from_number(26));
    }

    #[test]
    fn anything_but_ten_digits_is_no_code() {
        for text in ["", "011011915", "01101191533", "011011915a", "０１１０１１９１５３"] {
            assert_eq!(text.parse::<InstitutionCode>(), Err(NotACode), "{text}");
        }
    }
}
