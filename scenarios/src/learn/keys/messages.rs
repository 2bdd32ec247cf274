//! `messages.*`: the words of each message, and to which refusal it belongs. Beside a field that is decided by what was
//! typed there; above a form, by whether the IDs are right elsewhere; on a page of its own, by its words.

use std::collections::BTreeSet;

use super::{Reader, Record};
use crate::eyes::{Page, same, squeeze};
use crate::learn::evidence::{Evidence, is_request_id};
use crate::learn::exchange::Exchange;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind, paragraphs};
use crate::learn::tries::{End, meant};

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &[
            "messages.required",
            "messages.request_id_format",
            "messages.reference_id_format",
            "messages.password_format",
            "messages.password_mismatch",
            "messages.password_differs",
            "messages.email_format",
            "messages.email_too_long",
            "messages.email_mismatch",
            "messages.institution_code_format",
            "messages.insurer_number_format",
            "messages.code_check_digit",
            "messages.name_format",
            "messages.telephone_format",
            "messages.certificates_format",
        ],
        shown_by: Record::Refusals,
        read: beside_fields,
    },
    Reader {
        keys: &["messages.unknown_request_id", "messages.wrong_reference_id"],
        shown_by: Record::Refusals,
        read: above_forms,
    },
    Reader {
        keys: &[
            "messages.locked_out",
            "messages.not_yet_open",
            "messages.window_closed",
            "messages.certificate_expired",
            "messages.revoked",
            "messages.already_downloaded",
            "messages.handed_out_at_renewal",
            "messages.already_revoked",
            "messages.nothing_to_revoke",
            "messages.revocation_pending",
            "messages.renewal_not_open",
            "messages.already_renewed",
            "messages.unknown_renewal",
            "messages.pickup_closed",
        ],
        shown_by: Record::LateDownload,
        read: on_pages,
    },
    Reader {
        keys: &[
            "messages.no_client_certificate",
            "messages.foreign_client_certificate",
            "messages.unknown_client_certificate",
            "messages.client_certificate_not_yet_valid",
            "messages.client_certificate_expired",
            "messages.client_certificate_revoked",
            "messages.other_client_certificate",
        ],
        shown_by: Record::Door,
        read: at_the_door,
    },
    Reader { keys: &["messages.maintenance"], shown_by: Record::Maintenance, read: maintenance },
    Reader { keys: &["messages.no_renewed_certificates"], shown_by: Record::Collection, read: empty_list },
    Reader {
        keys: &["messages.application_accepted", "messages.application_accepted_next"],
        shown_by: Record::Application,
        read: applied,
    },
    Reader {
        keys: &["messages.revocation_accepted", "messages.revocation_accepted_next"],
        shown_by: Record::Revocation,
        read: revoked,
    },
];

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a person typed into the field of this label, if the page came in answer to it.
fn typed<'a>(exchange: &'a Exchange, page: &Page, label: &str) -> Option<&'a str> {
    exchange.sent(&page::field(page, label)?.name)
}

fn beside_fields(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site().filter(|(it, _)| it.method == "POST") {
        for field in page::fields(page).filter(|field| !field.message.is_empty()) {
            let (Some(typed_here), Some(label)) = (exchange.sent(&field.name), field.labels.first()) else {
                continue;
            };
            if let Some(key) = message(exchange, page, label, typed_here) {
                let text = match key {
                    "messages.certificates_format" => most(&field.message).map(|(_, template)| template),
                    "messages.required" => Some(field.message.replace(label.as_str(), "{field}")),
                    _ => Some(field.message.clone()),
                };
                if let Some(text) = text {
                    book.see(key, text, &exchange.place);
                }
            }
        }
    }
}

/// Which message stands beside a field into which this was typed.
fn message(exchange: &Exchange, page: &Page, label: &str, text: &str) -> Option<&'static str> {
    let is = |words: &str| same(label, words);
    let length = text.trim().chars().count();
    if text.trim().is_empty() {
        // With input.normalise = none, blanks alone are no empty field.
        return text.is_empty().then_some("messages.required");
    }
    if is(page::REQUEST_ID) {
        return Some("messages.request_id_format");
    }
    if is(page::REFERENCE_ID) {
        return Some("messages.reference_id_format");
    }
    if is(page::PASSWORD) {
        let is_first_time = exchange.kind != Kind::Download || !digits(text, 4);
        return match (digits(text, 4), is_first_time) {
            (false, _) => Some("messages.password_format"),
            (true, false) => Some("messages.password_differs"),
            (true, true) => None,
        };
    }
    if is(page::PASSWORD_AGAIN) {
        let first = typed(exchange, page, page::PASSWORD)?;
        return (first != text).then_some("messages.password_mismatch");
    }
    if is(page::EMAIL) {
        let local = text.split('@').next().map_or(0, str::len);
        let is_address = text.is_ascii() && text.split('@').count() == 2 && !text.contains(' ');
        return match is_address && (text.len() > 254 || local > 64) {
            true => Some("messages.email_too_long"),
            false => Some("messages.email_format"),
        };
    }
    if is(page::EMAIL_AGAIN) {
        let first = typed(exchange, page, page::EMAIL)?;
        return (first != text).then_some("messages.email_mismatch");
    }
    if is("医療機関コードまたは受付番号") {
        return match meant(text) {
            code if digits(&code, 10) => Some("messages.code_check_digit"),
            code if digits(&code, 8) || (12..=20).contains(&code.len()) => None,
            _ => Some("messages.institution_code_format"),
        };
    }
    if is("保険者番号または受付番号") {
        return match meant(text) {
            code if digits(&code, 8) => Some("messages.code_check_digit"),
            code if digits(&code, 10) || (12..=20).contains(&code.len()) => None,
            _ => Some("messages.insurer_number_format"),
        };
    }
    let is_name = ["医療機関等の名称", "医療保険者等の名称", "部署名", "端末名称等"].iter().any(|it| is(it));
    if is_name && length > 64 {
        return Some("messages.name_format");
    }
    if is("電話番号") {
        return Some("messages.telephone_format");
    }
    is("発行枚数").then_some("messages.certificates_format")
}

/// The highest number of certificates that a message names, and the message with a placeholder for it.
pub(super) fn most(message: &str) -> Option<(i64, String)> {
    let text: String = message.chars().collect();
    let mut numbers = Vec::new();
    let mut number = String::new();
    for letter in text.chars().chain([' ']) {
        match letter.is_ascii_digit() {
            true => number.push(letter),
            false if !number.is_empty() => numbers.push(std::mem::take(&mut number)),
            false => {}
        }
    }
    match numbers.as_slice() {
        [least, most] if least == "1" && message.matches(most.as_str()).count() == 1 => {
            Some((most.parse().ok()?, message.replacen(most.as_str(), "{most}", 1)))
        }
        _ => None,
    }
}

fn above_forms(evidence: &Evidence<'_>, book: &mut Book) {
    let mut known: BTreeSet<String> =
        evidence.tries.iter().filter(|it| it.is_known()).filter_map(|it| it.id()).collect();
    known.extend(evidence.renewals());
    for tried in &evidence.tries {
        let (End::Above(text), Some(id), Some(_)) = (&tried.end, tried.id(), tried.reference()) else {
            continue;
        };
        let exchange = &evidence.exchanges[tried.index];
        if known.contains(&id) {
            book.see("messages.wrong_reference_id", text.as_str(), &exchange.place);
        } else if is_of_no_day(&id) {
            book.see("messages.unknown_request_id", text.as_str(), &exchange.place);
        }
    }
}

/// Whether no certificate can have been issued on the day with which a request ID begins.
fn is_of_no_day(id: &str) -> bool {
    let number = |range: std::ops::Range<usize>| id.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(4..6), number(6..8)) else {
        return false;
    };
    let date = jiff::civil::Date::new(year, month as i8, day as i8);
    is_request_id(id) && (date.is_err() || !(2015..2200).contains(&year))
}

/// The first paragraph of a page that says no.
pub(super) fn refusal(exchange: &Exchange) -> Option<&str> {
    let page = exchange.page().filter(|_| exchange.kind == Kind::Refused)?;
    paragraphs(page).first().copied()
}

/// What a page says to a certificate that isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Missing,
    Foreign,
    Unknown,
    NotYet,
    Expired,
    Revoked,
    /// The certificate of another request ID.
    Other,
}

/// What is said of the certificate that was shown; `None`: nothing, or nothing clear.
pub(crate) fn door(exchange: &Exchange) -> Option<Door> {
    let text = squeeze(refusal(exchange)?);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(&squeeze(word)));
    let is_at_door = exchange.path().starts_with("/p/ru") || exchange.path().starts_with("/p/rx");
    if !is_at_door || !says(&["選択", "提示", "証明書がありません"]) {
        return None;
    }
    let all = [
        (Door::Missing, says(&["選択されていません", "提示されていません", "証明書がありません"])),
        (Door::Foreign, says(&["発行したものではありません", "発行した証明書ではありません"])),
        (Door::Unknown, says(&["登録されていません"])),
        (Door::NotYet, says(&["まだ有効"])),
        (Door::Expired, says(&["有効期限が切れ", "有効期限切れ"])),
        (Door::Revoked, says(&["失効しているため", "失効しています", "失効済み"])),
        (Door::Other, says(&["リクエストID の証明書ではありません", "リクエストIDの証明書ではありません"])),
    ];
    let mut fitting = all.into_iter().filter(|(_, fits)| *fits).map(|(door, _)| door);
    fitting.next().filter(|_| fitting.next().is_none())
}

fn at_the_door(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges {
        let (Some(door), Some(text)) = (door(exchange), refusal(exchange)) else { continue };
        let key = match door {
            Door::Missing => "messages.no_client_certificate",
            Door::Foreign => "messages.foreign_client_certificate",
            Door::Unknown => "messages.unknown_client_certificate",
            Door::NotYet => "messages.client_certificate_not_yet_valid",
            Door::Expired => "messages.client_certificate_expired",
            Door::Revoked => "messages.client_certificate_revoked",
            Door::Other => "messages.other_client_certificate",
        };
        book.see(key, text, &exchange.place);
    }
}

/// What a page of its own refuses, by its words and by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum No {
    LockedOut,
    NotYetOpen,
    WindowClosed,
    CertificateExpired,
    Revoked,
    AlreadyDownloaded,
    HandedOutAtRenewal,
    AlreadyRevoked,
    NothingToRevoke,
    RevocationPending,
    RenewalNotOpen,
    AlreadyRenewed,
    UnknownRenewal,
    PickupClosed,
}

const AT_DOWNLOAD: &[(No, &[&str])] = &[
    (No::LockedOut, &["停止", "ロック"]),
    (No::NotYetOpen, &["まだ発行"]),
    (No::WindowClosed, &["期間は終了", "期間が終了", "期間を過ぎ"]),
    (No::CertificateExpired, &["有効期限が切れ", "有効期限切れ"]),
    (No::Revoked, &["失効しているため", "失効しています", "失効済み"]),
    (No::AlreadyDownloaded, &["取得済み", "ダウンロード済み"]),
    (No::HandedOutAtRenewal, &["更新申請で発行"]),
];
const AT_REVOCATION: &[(No, &[&str])] = &[
    (No::LockedOut, &["停止", "ロック"]),
    (No::AlreadyRevoked, &["すでに失効", "既に失効", "失効済み"]),
    (No::NothingToRevoke, &["有効期限が切れ", "有効期限切れ"]),
    (No::RevocationPending, &["すでに受け付け", "既に受け付け", "申請中"]),
];
const AT_RENEWAL: &[(No, &[&str])] = &[
    (No::RenewalNotOpen, &["まだ更新できません", "更新期間ではありません"]),
    (No::AlreadyRenewed, &["すでに更新されています", "既に更新されています", "更新済み"]),
    (No::UnknownRenewal, &["該当する更新申請"]),
    (No::PickupClosed, &["取得期間は終了", "期間は終了", "期間が終了", "期間を過ぎ"]),
];

/// What a page refuses; `None`: it says something else, or nothing clear.
pub(crate) fn no(exchange: &Exchange) -> Option<No> {
    let text = squeeze(refusal(exchange)?);
    if door(exchange).is_some() {
        return None;
    }
    let table = match exchange.path() {
        path if path.starts_with("/p/rcd") => AT_DOWNLOAD,
        path if path.starts_with("/p/rx") => AT_REVOCATION,
        path if path.starts_with("/p/ru") => AT_RENEWAL,
        _ => return None,
    };
    let says = |words: &&[&str]| words.iter().any(|word| text.contains(&squeeze(word)));
    let mut fitting = table.iter().filter(|(_, words)| says(words)).map(|(no, _)| *no);
    fitting.next().filter(|_| fitting.next().is_none())
}

fn on_pages(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges {
        let Some(text) = refusal(exchange) else { continue };
        let Some(no) = no(exchange) else {
            if door(exchange).is_none() {
                book.cannot_say(
                    &format!("どの拒否のものか分からないメッセージがあります ({}): {text}", exchange.path()),
                    &format!("It isn't clear which refusal this is ({}): {text}", exchange.path()),
                );
            }
            continue;
        };
        let key = match no {
            No::LockedOut => "messages.locked_out",
            No::NotYetOpen => "messages.not_yet_open",
            No::WindowClosed => "messages.window_closed",
            No::CertificateExpired => "messages.certificate_expired",
            No::Revoked => "messages.revoked",
            No::AlreadyDownloaded => "messages.already_downloaded",
            No::HandedOutAtRenewal => "messages.handed_out_at_renewal",
            No::AlreadyRevoked => "messages.already_revoked",
            No::NothingToRevoke => "messages.nothing_to_revoke",
            No::RevocationPending => "messages.revocation_pending",
            No::RenewalNotOpen => "messages.renewal_not_open",
            No::AlreadyRenewed => "messages.already_renewed",
            No::UnknownRenewal => "messages.unknown_renewal",
            No::PickupClosed => "messages.pickup_closed",
        };
        let text = match (no, day_in(text)) {
            (No::RenewalNotOpen, Some((_, day))) => text.replacen(day, "{opens_on}", 1),
            (No::RenewalNotOpen, None) => continue,
            _ => text.to_owned(),
        };
        book.see(key, text, &exchange.place);
    }
}

/// A day such as 2029/11/25 in a text, and how it is written there.
pub(super) fn day_in(text: &str) -> Option<(jiff::civil::Date, &str)> {
    let starts = text.char_indices().filter(|(_, letter)| letter.is_ascii_digit()).map(|(at, _)| at);
    starts.into_iter().find_map(|at| {
        let written = text.get(at..at + 10)?;
        let day = jiff::civil::Date::strptime("%Y/%m/%d", written).ok()?;
        Some((day, written))
    })
}

fn maintenance(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::Maintenance) {
        if let [text] = paragraphs(page).as_slice() {
            book.see("messages.maintenance", *text, &exchange.place);
        }
    }
}

fn empty_list(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::List).filter(|(_, page)| page.forms().is_empty()) {
        if let [text] = paragraphs(page).as_slice() {
            book.see("messages.no_renewed_certificates", *text, &exchange.place);
        }
    }
}

/// The two paragraphs of a page that says that all went well; an address in them is the applicant's.
fn accepted(evidence: &Evidence<'_>, book: &mut Book, kind: Kind, keys: [&'static str; 2]) {
    let typed: BTreeSet<&str> = evidence
        .exchanges
        .iter()
        .filter_map(|exchange| exchange.sent(evidence.names.email.as_deref()?))
        .map(str::trim)
        .filter(|address| address.contains('@'))
        .collect();
    for (exchange, page) in evidence.pages(kind) {
        let paragraphs = paragraphs(page);
        let [first, second, ..] = paragraphs.as_slice() else { continue };
        let address = typed.iter().filter(|address| second.contains(**address)).max_by_key(|it| it.len());
        // An address that nobody typed here would be taken for the site's own words.
        if address.is_none() && second.contains('@') {
            continue;
        }
        book.see(keys[0], *first, &exchange.place);
        let second = address.map_or((*second).to_owned(), |address| second.replacen(*address, "{email}", 1));
        book.see(keys[1], second, &exchange.place);
    }
}

fn applied(evidence: &Evidence<'_>, book: &mut Book) {
    let keys = ["messages.application_accepted", "messages.application_accepted_next"];
    accepted(evidence, book, Kind::ApplicationAccepted, keys);
}

fn revoked(evidence: &Evidence<'_>, book: &mut Book) {
    let keys = ["messages.revocation_accepted", "messages.revocation_accepted_next"];
    accepted(evidence, book, Kind::RevocationAccepted, keys);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_become_placeholders() {
        let (number, text) = most("発行枚数は1から99までの半角数字で入力してください。").unwrap();
        assert_eq!((number, text.as_str()), (99, "発行枚数は1から{most}までの半角数字で入力してください。"));
        assert_eq!(most("発行枚数を確かめてください。"), None);
        let (day, written) = day_in("2029/11/25 から更新を申請できます。").unwrap();
        assert_eq!((day.to_string().as_str(), written), ("2029-11-25", "2029/11/25"));
    }
}
