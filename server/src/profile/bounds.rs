//! What a key's value must be beyond its type, so that it can be served. Each key names its bound where it is declared.

use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::http::HeaderValue;
use der::asn1::{BmpString, ObjectIdentifier};
use jiff::Timestamp;
use jiff::tz::Offset;
use obn_speech::{Words, words};
use rcgen::string::PrintableString;

use super::{DnPart, Profile, ProfileError, StringType, TlsVersion};
use crate::clock::Duration;
use crate::terms::EmailAddress;

/// What a value of this type must be.
pub(super) trait Bound<T> {
    /// What is wrong with a value, for whoever wrote it. Some are right only beside another key's value.
    fn objection(&self, value: &T, profile: &Profile) -> Option<Words>;
}

/// Refuses a key's value that lies out of its bound.
pub(super) fn check<T>(
    key: &'static str,
    bound: &impl Bound<T>,
    value: &T,
    profile: &Profile,
) -> Result<(), ProfileError> {
    bound.objection(value, profile).map_or(Ok(()), |reason| Err(ProfileError::Value { key, reason }))
}

impl<T: PartialOrd + Display> Bound<T> for RangeInclusive<T> {
    fn objection(&self, value: &T, _: &Profile) -> Option<Words> {
        let (least, most) = (self.start(), self.end());
        (!self.contains(value))
            .then(|| words!("{least} から {most} までにしてください", "must be {least} to {most}"))
    }
}

/// A bound that is no range, and what is said otherwise: in Japanese and in English.
pub(super) struct Rule<T> {
    holds: fn(&T, &Profile) -> bool,
    otherwise: (&'static str, &'static str),
}

impl<T> Bound<T> for Rule<T> {
    fn objection(&self, value: &T, profile: &Profile) -> Option<Words> {
        let (japanese, english) = self.otherwise;
        (!(self.holds)(value, profile)).then(|| Words::new(japanese, english))
    }
}

pub(super) const A_SECOND_OR_MORE: Rule<Duration> = Rule {
    holds: |time, _| time.0.as_secs() >= 1,
    otherwise: ("1 秒以上にしてください", "must be one second or longer"),
};

pub(super) const NOT_NEGATIVE: Rule<Duration> = Rule {
    holds: |time, _| !time.0.is_negative(),
    otherwise: ("負の値は使えません", "must not be negative"),
};

pub(super) const TWO_TIMES: Rule<Vec<Duration>> = Rule {
    holds: |times, _| times.len() == 2 && !times.iter().any(|time| time.0.is_negative()),
    otherwise: ("負でない期間を 2 つ指定してください", "must be two durations, none negative"),
};

pub(super) const CRL_PERIOD: Rule<Duration> = Rule {
    holds: |period, _| (60..=3_650 * 86_400).contains(&period.0.as_secs()),
    otherwise: ("1 分から 3650 日までにしてください", "must be 1 minute to 3650 days"),
};

/// Where every date has its form in X.509.
pub(super) const YEARS: Rule<Timestamp> = Rule {
    holds: |moment, _| (2000..2200).contains(&Offset::UTC.to_datetime(*moment).year()),
    otherwise: ("2000 年から 2199 年までにしてください", "must lie in the years 2000 to 2199"),
};

pub(super) const KEY_BITS: Rule<u32> = Rule {
    holds: |bits, _| [2048, 3072, 4096].contains(bits),
    otherwise: ("2048、3072、4096 のいずれかにしてください", "must be 2048, 3072 or 4096"),
};

pub(super) const ANY_VERSION: Rule<Vec<TlsVersion>> = Rule {
    holds: |versions, _| !versions.is_empty(),
    otherwise: ("バージョンを 1 つ以上指定してください", "must name at least one version"),
};

pub(super) const EACH_PART_ONCE: Rule<Vec<DnPart>> = Rule {
    holds: |order, _| {
        let mut parts = order.clone();
        parts.sort_unstable();
        parts == DnPart::ALL
    },
    otherwise: ("5 つの要素をそれぞれ 1 回ずつ指定してください", "must name each of the five parts once"),
};

/// The country is a PrintableString whatever the other parts are (RFC 5280, appendix A.1).
pub(super) const COUNTRY: Rule<String> = Rule {
    holds: |text, _| PrintableString::try_from(text.as_str()).is_ok(),
    otherwise: (
        "\"JP\" のような半角英字(PrintableString)にしてください",
        "must be ASCII letters such as \"JP\" (PrintableString)",
    ),
};

pub(super) const NAME_PART: Rule<String> = Rule {
    holds: |text, profile| {
        profile.dn.string_type == StringType::Utf8 || PrintableString::try_from(text.as_str()).is_ok()
    },
    otherwise: (
        "半角の英数字、空白、'()+,-./:=? (PrintableString)にしてください(dn.string_type が \"utf8\" の場合を除く)",
        "must be ASCII letters, digits, blanks and '()+,-./:=? (PrintableString), unless dn.string_type is \"utf8\"",
    ),
};

pub(super) const OIDS: Rule<Vec<String>> = Rule {
    holds: |oids, _| oids.iter().all(|oid| oid.parse::<ObjectIdentifier>().is_ok()),
    otherwise: (
        "\"1.3.6.1.5.5.7.3.2\" のようなオブジェクト識別子(OID)にしてください",
        "must be object identifiers such as \"1.3.6.1.5.5.7.3.2\"",
    ),
};

pub(super) const BMP_TEXT: Rule<String> = Rule {
    holds: |text, _| BmpString::from_utf8(text).is_ok(),
    otherwise: (
        "U+FFFF を超える文字は使えません(BMPString)",
        "must not have characters beyond U+FFFF (BMPString)",
    ),
};

pub(super) const CRL_URL: Rule<String> = Rule {
    holds: |url, profile| url.is_empty() || profile.crl.path().is_some(),
    otherwise: (
        "\"http://crldownload.obn.managedpki.ne.jp/crl.crl\" のような URL にしてください",
        "must be a URL such as \"http://crldownload.obn.managedpki.ne.jp/crl.crl\"",
    ),
};

/// It becomes part of a header.
pub(super) const FILE_NAME: Rule<String> = Rule {
    holds: |name, _| {
        !name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_control() || b"\"\\/".contains(&byte))
    },
    otherwise: (
        "引用符、スラッシュ、制御文字を含まないファイル名にしてください",
        "must be a file name without quotes, slashes or control characters",
    ),
};

pub(super) const MEDIA_TYPE: Rule<String> = Rule {
    holds: |mime, _| HeaderValue::from_str(mime).is_ok() && mime.contains('/'),
    otherwise: (
        "\"application/x-pkcs12\" のようなメディアタイプにしてください",
        "must be a media type such as \"application/x-pkcs12\"",
    ),
};

pub(super) const HEADER: Rule<String> = Rule {
    holds: |text, _| HeaderValue::from_str(text).is_ok(),
    otherwise: ("半角の英数字、記号、空白にしてください", "must be visible ASCII characters and blanks"),
};

pub(super) const STATUS: Rule<u16> = Rule {
    holds: |status, _| (200..600).contains(status),
    otherwise: ("200 から 599 までの HTTP ステータスにしてください", "must be an HTTP status of 200 to 599"),
};

/// The name of a form's field or of a cookie.
pub(super) const FIELD_NAME: Rule<String> = Rule {
    holds: |name, _| is_field_name(name),
    otherwise: (
        "半角の英数字、`-`、`_`、`.` で 1 文字以上にしてください",
        "must be one or more letters, digits, `-`, `_` or `.`",
    ),
};

pub(super) const FIELD_NAMES: Rule<Vec<String>> = Rule {
    holds: |names, _| names.iter().all(|name| is_field_name(name)),
    otherwise: (
        "それぞれ半角の英数字、`-`、`_`、`.` で 1 文字以上にしてください",
        "must be names of one or more letters, digits, `-`, `_` or `.`",
    ),
};

pub(super) const HOST_NAMES: Rule<Vec<String>> = Rule {
    holds: |hosts, _| hosts.len() <= 20 && hosts.iter().all(|host| is_host_name(host)),
    otherwise: (
        "\"hweb.oqs.onshikaku.org\" のような小文字のホスト名を 20 個まで指定してください",
        "must be up to 20 host names in small letters such as \"hweb.oqs.onshikaku.org\"",
    ),
};

pub(super) const EXPIRY_DAYS: Rule<Vec<i64>> = Rule {
    holds: |days, _| days.len() <= 100 && days.iter().all(|days| (0..=36_500).contains(days)),
    otherwise: (
        "0 から 36500 までの日数を 100 個まで指定してください",
        "must be up to 100 numbers of days, each 0 to 36500",
    ),
};

pub(super) const EMAIL: Rule<String> = Rule {
    holds: |text, _| text.parse::<EmailAddress>().is_ok(),
    otherwise: ("メールアドレスにしてください", "must be a mail address"),
};

/// It becomes a line in a mail's head.
pub(super) const ONE_LINE: Rule<String> = Rule {
    holds: |text, _| !text.chars().any(char::is_control),
    otherwise: ("制御文字は使えません", "must not have control characters"),
};

fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A number at its end would make an address of it.
    let is_address =
        name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 200 && name.contains('.') && !is_address && name.split('.').all(label)
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
