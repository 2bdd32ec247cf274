//! What is secret, and what stands in its place.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::recording::redact::chance::Key;
use crate::terms::language::Language;

/// What kind of thing was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// リクエストID
    RequestId,
    /// リファレンスID
    ReferenceId,
    /// 証明書パスワード, and other passwords
    Password,
    /// A mail address.
    Mail,
    /// The code of an institution, or the number of an insurer.
    InstitutionCode,
    /// What somebody typed, or what a page says about somebody.
    Name,
    /// A telephone number.
    Telephone,
    /// A long number that may be anything.
    Number,
    /// A hidden field, or what looks like one.
    Token,
    /// The value of a cookie.
    Cookie,
    /// What somebody logs in with, at a proxy above all.
    Credential,
    /// A host that is not the service's.
    Host,
    /// The name of a user of the computer.
    User,
    /// The serial number or the identifiers of a certificate.
    Certificate,
    /// A private key, and what is protected with it.
    Key,
}

/// A secret.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub(super) kind: Kind,
    pub(super) original: String,
    pub(super) stand_in: String,
    /// Whether it is long enough that it stands nowhere by chance. A weak one is replaced where it is expected, and
    /// elsewhere if it stands alone.
    pub(super) is_strong: bool,
}

impl Secret {
    /// Whether a weak one tells something where it stands alone, and is no word of which pages are made.
    pub(super) fn tells_alone(&self) -> bool {
        let letters = self.original.chars().count();
        let has_digit = self.original.bytes().any(|byte| byte.is_ascii_digit());
        !self.is_strong && if self.original.is_ascii() { has_digit && letters >= 3 } else { letters >= 2 }
    }
}

/// All of them.
pub(super) struct Table {
    key: Key,
    secrets: Vec<Secret>,
    known: HashMap<String, usize>,
    stand_ins: HashSet<String>,
    /// Secrets that are no text, such as the bytes of a key.
    pub(super) bytes: Vec<(Kind, Vec<u8>)>,
}

impl Kind {
    /// The word for a person.
    pub fn explain(self, language: Language) -> &'static str {
        let (japanese, english) = match self {
            Self::RequestId => ("リクエストID", "request IDs"),
            Self::ReferenceId => ("リファレンスID", "reference IDs"),
            Self::Password => ("パスワード", "passwords"),
            Self::Mail => ("メールアドレス", "mail addresses"),
            Self::InstitutionCode => ("医療機関コード・保険者番号", "institution codes and insurer numbers"),
            Self::Name => ("名称・入力内容", "names and what was typed"),
            Self::Telephone => ("電話番号", "telephone numbers"),
            Self::Number => ("その他の番号", "other numbers"),
            Self::Token => ("トークン(hidden項目など)", "tokens (hidden fields and the like)"),
            Self::Cookie => ("Cookieの値", "values of cookies"),
            Self::Credential => ("認証情報(プロキシなど)", "credentials (of proxies and the like)"),
            Self::Host => ("ホスト名・IPアドレス", "host names and addresses"),
            Self::User => ("コンピューターのユーザー名", "user names of the computer"),
            Self::Certificate => ("証明書の番号・識別子", "serial numbers and identifiers of certificates"),
            Self::Key => ("秘密鍵・PFXファイル", "private keys and PFX files"),
        };
        language.pick(japanese, english)
    }
}

impl Table {
    pub(super) fn new(key: Key) -> Self {
        Self { key, secrets: Vec::new(), known: HashMap::new(), stand_ins: HashSet::new(), bytes: Vec::new() }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// What stands in place of a secret, which is entered if it is new.
    pub(super) fn stand_in(&mut self, kind: Kind, original: &str) -> String {
        if let Some(index) = self.known.get(original) {
            return self.secrets[*index].stand_in.clone();
        }
        if original.trim().is_empty() {
            return original.to_owned();
        }
        // The usual spelling first, of which this may be another.
        let usual: String = original.nfkc().collect();
        if usual != original {
            self.stand_in(kind, &usual);
            if let Some(known) = self.known(original) {
                return known.to_owned();
            }
        }
        let stand_in = self.draw(kind, original);
        self.enter(kind, original, stand_in.clone());
        // The same in other letters.
        for (written, instead) in spellings(original).into_iter().zip(spellings(&stand_in)) {
            if !self.known.contains_key(&written) && written != instead {
                self.enter(kind, &written, instead);
            }
        }
        stand_in
    }

    /// Enters a pair that was made elsewhere.
    pub(super) fn enter(&mut self, kind: Kind, original: &str, stand_in: String) {
        let is_strong = is_strong(kind, original);
        self.known.insert(original.to_owned(), self.secrets.len());
        self.stand_ins.insert(stand_in.clone());
        self.secrets.push(Secret { kind, original: original.to_owned(), stand_in, is_strong });
    }

    /// Enters what somebody names as a secret, however short it is.
    pub(super) fn insist(&mut self, original: &str) {
        if original.chars().count() >= 2 && !self.knows(original) {
            self.stand_in(Kind::Name, original);
            for secret in &mut self.secrets {
                secret.is_strong |= secret.original == original;
            }
        }
    }

    /// What stands in place of a secret that is known.
    pub(super) fn known(&self, original: &str) -> Option<&str> {
        self.known.get(original).map(|index| self.secrets[*index].stand_in.as_str())
    }

    pub(super) fn knows(&self, original: &str) -> bool {
        self.known.contains_key(original)
    }

    /// How many of each kind there are.
    pub(super) fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut distinct: BTreeMap<Kind, HashSet<String>> = BTreeMap::new();
        for secret in &self.secrets {
            let normal = secret.original.nfkc().filter(|letter| letter.is_alphanumeric());
            let normal = normal.flat_map(char::to_lowercase).collect();
            distinct.entry(secret.kind).or_default().insert(normal);
        }
        for (kind, bytes) in &self.bytes {
            distinct.entry(*kind).or_default().insert(format!("{bytes:?}"));
        }
        distinct.into_iter().map(|(kind, all)| (kind, all.len())).collect()
    }

    /// Something of the same form that is nobody's: neither an original nor a stand-in already.
    fn draw(&self, kind: Kind, original: &str) -> String {
        let mut drawn = String::new();
        for attempt in 0..100_u8 {
            let name = [b"stand-in".as_slice(), &[kind as u8, attempt], original.as_bytes()];
            let mut chance = self.key.chance(&name);
            drawn = match kind {
                Kind::RequestId if is_date(original.get(..8).unwrap_or_default()) => {
                    // Zeros tell how the site counts, and not whose number it is.
                    let zeros = original[8..].bytes().take(4).take_while(|digit| *digit == b'0').count();
                    chance.like_number(original, 8 + zeros)
                }
                Kind::InstitutionCode if original.len() == 10 => chance.like_number(original, 3),
                Kind::InstitutionCode | Kind::Number => chance.like_number(original, 0),
                Kind::Telephone => chance.like_number(original, 1),
                Kind::Mail => {
                    let (name, _) = original.rsplit_once('@').unwrap_or((original, ""));
                    format!("{}@example.jp", chance.like(name))
                }
                Kind::Host if original.contains(|letter: char| letter.is_ascii_alphabetic()) => {
                    format!("host-{}.invalid", chance.like("aaaaaa"))
                }
                Kind::Host => format!("192.0.2.{}", chance.byte()),
                _ => chance.like(original),
            };
            let is_free = middle(&drawn) != middle(original)
                && !self.stand_ins.contains(&drawn)
                && !self.known.contains_key(&drawn);
            if is_free {
                break;
            }
        }
        drawn
    }
}

/// A text but for its first and last letter, of which Base64 shows parts: one that has the same middle looks like it there.
fn middle(text: &str) -> &str {
    let mut letters = text.chars();
    if text.chars().count() > 4 {
        letters.next();
        letters.next_back();
    }
    letters.as_str()
}

/// Other ways to write the same: in full width, in half width, without hyphens.
fn spellings(text: &str) -> Vec<String> {
    let half: String = text.nfkc().collect();
    let full = half.chars().map(|letter| match letter {
        '!'..='~' => char::from_u32(letter as u32 + 0xfee0).unwrap_or(letter),
        ' ' => '\u{3000}',
        other => other,
    });
    let full: String = full.collect();
    let has_digit = half.contains(|letter: char| letter.is_ascii_digit());
    let bare: String = half.chars().filter(|letter| !matches!(letter, '-' | '(' | ')' | ' ' | '‐')).collect();
    vec![half.clone(), full, if has_digit { bare } else { half }]
}

/// Whether it is long enough, and no word that pages are made of.
fn is_strong(kind: Kind, original: &str) -> bool {
    let letters = original.chars().count();
    let is_word = original.bytes().all(|byte| byte.is_ascii_alphabetic());
    match kind {
        Kind::Name if !original.is_ascii() => letters >= 3,
        Kind::ReferenceId => letters >= 6,
        Kind::Host => letters >= 6 && original.contains('.'),
        _ if is_word => letters >= 12,
        Kind::Token | Kind::Cookie => letters >= 8,
        Kind::Name | Kind::User | Kind::Password => letters >= 6,
        _ => letters >= 7,
    }
}

/// Whether eight digits are a day of these times.
pub(super) fn is_date(digits: &str) -> bool {
    digits.len() == 8
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits[..4].parse().is_ok_and(|year: i16| {
            let (month, day) = (digits[4..6].parse().unwrap_or(0), digits[6..].parse().unwrap_or(0));
            (1980..2130).contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
        })
}
