//! `application.*`, as far as `/p/rcr` shows it.

use super::messages::most;
use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};
use crate::learn::tries::meant;

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["application.check_digits"], shown_by: Record::Application, read: check_digits },
    Reader { keys: &["application.max_certificates"], shown_by: Record::Application, read: max },
];

/// 医療機関コード whose check digit is wrong in any way of reckoning it, or right in every one.
fn is_mistyped(code: &str) -> bool {
    let digits: Vec<u32> = code.bytes().map(|byte| u32::from(byte.wrapping_sub(b'0'))).collect();
    let luhn = |digits: &[u32]| {
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
            .sum();
        sum.is_multiple_of(10)
    };
    let from_left = |digits: &[u32]| {
        let (check, rest) = digits.split_last().expect("ten digits");
        let sum: u32 = rest
            .iter()
            .enumerate()
            .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
            .sum();
        (10 - sum % 10) % 10 == *check
    };
    ![luhn(&digits), luhn(&digits[3..]), from_left(&digits), from_left(&digits[3..])].contains(&true)
}

fn check_digits(evidence: &Evidence<'_>, book: &mut Book) {
    const LABEL: &str = "医療機関コードまたは受付番号";
    let is_code = |text: &str| {
        let prefecture: u32 = text.get(..2).and_then(|digits| digits.parse().ok()).unwrap_or_default();
        text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=47).contains(&prefecture)
    };
    for (exchange, page) in evidence.pages(Kind::ApplicationConfirm) {
        let code = page::row(page, LABEL).map(meant).filter(|code| is_code(code));
        if code.is_some_and(|code| is_mistyped(&code)) && !evidence.is_redacted {
            book.see("application.check_digits", false, &exchange.place);
        }
    }
    for (exchange, page) in evidence.pages(Kind::ApplicationForm).filter(|(it, _)| it.method == "POST") {
        let Some(field) = page::field(page, LABEL).filter(|field| !field.message.is_empty()) else {
            continue;
        };
        let code = exchange.sent(&field.name).map(meant).filter(|code| is_code(code));
        if code.is_some_and(|code| is_mistyped(&code)) {
            book.see("application.check_digits", true, &exchange.place);
        }
    }
}

/// As the message beside a wrong number tells.
fn max(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::ApplicationForm).filter(|(it, _)| it.method == "POST") {
        let message = page::field(page, "発行枚数").map(|field| field.message.as_str());
        if let Some((most, _)) = message.and_then(most).filter(|(most, _)| (1..=99).contains(most)) {
            book.see("application.max_certificates", most, &exchange.place);
        }
    }
}
