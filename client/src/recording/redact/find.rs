//! Secrets that a text shows by their form.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::recording::redact::table::{Kind, is_date};

/// Where a text stands, which decides what may be in it by its nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What a person reads or types: any long number, any jumble of letters and digits.
    Prose,
    /// Names of fields, styles, headers: only what can't be anything else.
    Machine,
}

/// Hosts that are public: the service's own and those that it speaks of.
const PUBLIC_HOSTS: [&str; 12] = [
    "managedpki.ne.jp",
    "cybertrust.ne.jp",
    "cybertrust.co.jp",
    "secomtrust.net",
    "ssk.or.jp",
    "kokuho.or.jp",
    "iryohokenjyoho-portalsite.jp",
    "onshikaku.org",
    "mhlw.go.jp",
    "w3.org",
    "microsoft.com",
    "xmlsoap.org",
];

/// Words in the names of files and algorithms, which look like jumbles.
const PUBLIC_JUMBLES: [&str; 12] =
    ["scroot", "sha", "aes", "rsa", "win", "des", "pbe", "pkcs", "cybertrust", "http", "utf", "x509"];

/// Whether a host is no secret.
pub(super) fn is_public_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    host == "localhost"
        || host.ends_with(".localhost")
        || matches!(host, "127.0.0.1" | "[::1]" | "::1")
        || host.ends_with(".invalid")
        || PUBLIC_HOSTS.iter().any(|public| {
            host.strip_suffix(public).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
}

/// Every secret of these forms.
pub(super) fn secrets(text: &str, place: Place) -> Vec<(Kind, String)> {
    let mut found = Vec::new();
    // Full-width digits are digits; where nothing is folded the text is searched once.
    let folded: String = text.nfkc().collect();
    let texts = if folded == text { vec![text] } else { vec![text, folded.as_str()] };
    for text in texts {
        mails(text, &mut found);
        hosts(text, &mut found);
        users(text, &mut found);
        addresses(text, &mut found);
        telephones(text, &mut found);
        runs(text, place, &mut found);
    }
    found
}

fn mails(text: &str, found: &mut Vec<(Kind, String)>) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._%+-'".contains(letter);
    for (at, _) in text.match_indices('@') {
        let before = text[..at].char_indices().rev().take_while(|(_, letter)| is_letter(*letter)).last();
        let Some((start, _)) = before else { continue };
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
        let host = &text[at + 1..];
        let host = &host[..host.find(|letter| !is_host(letter)).unwrap_or(host.len())];
        let host = host.trim_end_matches(['.', '-']);
        if host.contains('.') && !is_public_host(host) {
            let mail = &text[start..at + 1 + host.len()];
            found.push((Kind::Mail, mail.trim_start_matches(['.', '-', '\'']).to_owned()));
            found.push((Kind::Host, host.to_owned()));
        }
    }
}

fn hosts(text: &str, found: &mut Vec<(Kind, String)>) {
    for mark in ["://", "\\\\"] {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let end = rest.find(|letter: char| {
                !(letter.is_ascii_alphanumeric() || ".-_[]:@".contains(letter)) || letter == '\\'
            });
            let authority = &rest[..end.unwrap_or(rest.len())];
            let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
            if let Some(user) = user {
                found.push((Kind::Credential, user.to_owned()));
            }
            let host = match host.rsplit_once(':') {
                Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
                _ => host,
            };
            let host = host.trim_matches(['.', '-', ':', '_']);
            if host.len() >= 2
                && !is_public_host(host)
                && host.contains(|letter: char| letter.is_alphanumeric())
            {
                found.push((Kind::Host, host.to_owned()));
            }
        }
    }
}

/// The folder of a user: C:\Users\…, /home/…, /Users/….
fn users(text: &str, found: &mut Vec<(Kind, String)>) {
    let lower = text.to_ascii_lowercase();
    for mark in ["\\users\\", "/users/", "/home/", "\\documents and settings\\"] {
        for (at, _) in lower.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let end =
                rest.find(['\\', '/', '"', '\'', '<', '>', '|', ':', '*', '?', '\n', '\r', '\t', ';', '&']);
            let name = rest[..end.unwrap_or(rest.len())].trim();
            if !name.is_empty() && name.chars().count() <= 64 && !matches!(name, "Public" | "Default") {
                found.push((Kind::User, name.to_owned()));
            }
        }
    }
}

/// Addresses of a network of one's own.
fn addresses(text: &str, found: &mut Vec<(Kind, String)>) {
    for run in split(text, |letter| letter.is_ascii_digit() || letter == '.') {
        let address = text[run].trim_matches('.');
        if let Ok(parsed) = address.parse::<std::net::Ipv4Addr>()
            && parsed.is_private()
        {
            found.push((Kind::Host, address.to_owned()));
        }
    }
}

fn telephones(text: &str, found: &mut Vec<(Kind, String)>) {
    for run in split(text, |letter| letter.is_ascii_digit() || matches!(letter, '-' | '(' | ')')) {
        let number = text[run].trim_matches(['-', '(', ')']);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let is_free_of_charge = ["0120-", "0800-", "0570-"].iter().any(|public| number.starts_with(public));
        let is_telephone = number.starts_with('0') && number.len() > digits && (9..=11).contains(&digits);
        if is_telephone && !is_free_of_charge {
            found.push((Kind::Telephone, number.to_owned()));
        }
    }
}

/// Numbers and jumbles.
fn runs(text: &str, place: Place, found: &mut Vec<(Kind, String)>) {
    for range in split(text, |letter| letter.is_ascii_alphanumeric()) {
        let run = &text[range.clone()];
        if run.bytes().all(|byte| byte.is_ascii_digit()) {
            let kind = match run.len() {
                15 => Kind::RequestId,
                10 => Kind::InstitutionCode,
                _ if place == Place::Machine => continue,
                8 | 14 if is_date(&run[..8]) => continue,
                7 | 8 => Kind::InstitutionCode,
                11 if run.starts_with('0') => Kind::Telephone,
                6.. => Kind::Number,
                _ => continue,
            };
            found.push((kind, run.to_owned()));
            continue;
        }
        // Part of a longer run, such as R2020121000010, may be a number as well.
        for inner in split(run, |letter| letter.is_ascii_digit()) {
            let digits = &run[inner];
            match digits.len() {
                15 => found.push((Kind::RequestId, digits.to_owned())),
                10 => found.push((Kind::InstitutionCode, digits.to_owned())),
                _ => {}
            }
        }
        if place == Place::Prose && is_jumble(run) && !text[range.end..].starts_with('.') {
            found.push((if run.len() <= 16 { Kind::ReferenceId } else { Kind::Token }, run.to_owned()));
        }
    }
}

/// Whether letters and digits are mixed as nobody writes words.
fn is_jumble(run: &str) -> bool {
    let lower = run.to_ascii_lowercase();
    if run.len() < 8 || PUBLIC_JUMBLES.iter().any(|public| lower.starts_with(public)) {
        return false;
    }
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let changes = run.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let has_case = run.bytes().any(|byte| byte.is_ascii_lowercase())
        && run.bytes().any(|byte| byte.is_ascii_uppercase());
    (has_case && changes >= 3 && (digits > 0 || changes >= 5)) || (run.len() >= 16 && digits >= 3)
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    }
}

/// The longest runs of letters of this kind.
fn split(text: &str, is_in: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices() {
        match (is_in(letter), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| from..text.len()));
    runs
}
