//! Issuing: what the registration authority decides out of band becomes a 発行通知書 and a
//! certificate (manual 1.1).

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::certificate::{serial, validity};
use super::{Certificate, Downloads, Record, subject};
use crate::profile::{CheckDigits, Profile};
use crate::terms::{Category, Holder, Prefecture, ReferenceId, RequestId, ShortText};

/// What the registration authority has the CA issue: one certificate for one terminal.
#[derive(Clone, Debug)]
pub struct IssueOrder {
    /// Whom it is for. Becomes the common name.
    pub institution_code: Holder,
    /// 端末名称等: what the institution calls the terminal. Not part of the certificate.
    pub terminal_name: String,
    /// Otherwise taken from the code: the third digit of an institution's.
    pub category: Option<Category>,
    /// Otherwise taken from the code, which only a 受付番号 doesn't tell.
    pub prefecture: Option<Prefecture>,
    /// The day printed on the notice; otherwise today in Japan. The download window counts from it.
    pub issued_on: Option<Date>,
    /// First day of validity; otherwise the day of issue.
    pub valid_from: Option<Date>,
    /// Last day of validity; otherwise 3 years and 3 months after the first.
    pub valid_until: Option<Date>,
}

/// What was drawn for a new certificate. The randomness is the caller's, so that this module stays pure.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Never given out before.
    pub request_id: RequestId,
    /// Random.
    pub reference_id: ReferenceId,
    /// What the serial number follows from, beside what the certificate says.
    pub serial_seed: [u8; 32],
    /// See [`Certificate::number`].
    pub number: u64,
}

impl Drawn {
    /// Draws for the certificate with this number. `seed` is that of what is named.
    pub fn new(number: u64, request_id: RequestId, seed: impl Fn(&'static str) -> [u8; 32]) -> Self {
        Self {
            request_id,
            reference_id: ReferenceId::draw(&mut ChaCha20Rng::from_seed(seed("reference ID"))),
            serial_seed: seed("serial number"),
            number,
        }
    }
}

/// 電子証明書発行通知書: the letter with which the institution fetches its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// リクエストID
    pub request_id: RequestId,
    /// リファレンスID
    pub reference_id: ReferenceId,
    /// 発行者: the issuing CA's common name.
    pub issuer: String,
    /// 発行元: the institution code, or what stands in its place.
    pub institution_code: Holder,
    /// 端末名称等
    pub terminal_name: String,
    /// Stands in the subject as a word of the profile.
    pub category: Category,
    /// Day of issue in Japan.
    pub issued_on: Date,
    /// 電子証明書有効期限, first day
    pub valid_from: Date,
    /// 電子証明書有効期限, last day
    pub valid_until: Date,
    /// 電子証明書ダウンロードサイト有効期限: the last day on which `/p/rcd` hands it out.
    pub download_until: Date,
}

/// The answer to an order.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What the CA now knows.
    pub record: Record,
    /// What the registration authority should hear although it goes through.
    pub warning: Option<&'static str>,
}

/// Why an order can't be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// With `validate_cn = "strict"`.
    #[error("the institution code's check digit is wrong")]
    CheckDigit,
    /// A stand-in code, and no prefecture was given beside it.
    #[error("the institution code names no prefecture (01 to 47): give `prefecture` as well")]
    NoPrefecture,
    /// Empty, longer than 64 characters, or with control characters.
    #[error("a terminal name has 1 to 64 characters and no control characters")]
    TerminalName,
    /// The validity would end before it begins.
    #[error("valid_until lies before valid_from")]
    Backwards,
    /// No X.509 form, or a calendar that ends.
    #[error("dates lie in the years 2000 to 2199")]
    OutOfRange,
}

/// Carries out an order.
///
/// # Errors
/// An [`IssueError`] names the part of the order that can't stand.
pub fn issue(
    order: IssueOrder,
    drawn: Drawn,
    profile: &Profile,
    now: Timestamp,
) -> Result<Issued, IssueError> {
    let IssueOrder { institution_code, terminal_name, .. } = order;
    let terminal_name = terminal_name.trim().to_owned();
    if !names_terminal(&terminal_name) {
        return Err(IssueError::TerminalName);
    }
    let warning = match profile.dn.validate_cn {
        CheckDigits::Off => None,
        _ if institution_code.has_valid_check_digit() => None,
        CheckDigits::Warn => Some("the institution code's check digit is wrong"),
        CheckDigits::Strict => return Err(IssueError::CheckDigit),
    };
    let prefecture = order.prefecture.or(institution_code.prefecture());
    if prefecture.is_none() && institution_code.must_name_prefecture() {
        return Err(IssueError::NoPrefecture);
    }
    let category = order.category.unwrap_or(institution_code.category());

    let zone = profile.clock.zone.zone();
    let issued_on = order.issued_on.unwrap_or(zone.day_of(now));
    let valid_from = order.valid_from.unwrap_or(issued_on);
    let valid_until = match order.valid_until {
        Some(day) => day,
        None => after(valid_from, Span::new().months(profile.certificate.validity_months))?,
    };
    if valid_until < valid_from {
        return Err(IssueError::Backwards);
    }
    let download_until = after(issued_on, Span::new().days(profile.download.window_days))?;
    for day in [issued_on, valid_from, valid_until, download_until] {
        if !(2000..2200).contains(&day.year()) {
            return Err(IssueError::OutOfRange);
        }
    }

    let (not_before, not_after) = validity((valid_from, valid_until), now, profile);
    let subject = subject(&institution_code, prefecture, category, &profile.dn);
    let record = Record {
        notice: Notice {
            request_id: drawn.request_id,
            reference_id: drawn.reference_id,
            issuer: profile.ca.common_name.clone(),
            institution_code,
            terminal_name,
            category,
            issued_on,
            valid_from,
            valid_until,
            download_until,
        },
        certificate: Certificate {
            serial: serial(&drawn.serial_seed, &subject, (not_before, not_after), profile),
            number: drawn.number,
            subject,
            not_before,
            not_after,
            revocation: None,
        },
        downloads: Downloads::default(),
    };
    Ok(Issued { record, warning })
}

/// Whether this can be 端末名称等: 1 to 64 characters, none of them a control character.
pub fn names_terminal(text: &str) -> bool {
    text.parse::<ShortText>().is_ok()
}

fn after(day: Date, span: Span) -> Result<Date, IssueError> {
    day.checked_add(span).map_err(|_| IssueError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::entropy::Entropy;
    use crate::profile::{NotAfter, NotBefore};

    fn order(code: &str) -> IssueOrder {
        IssueOrder {
            institution_code: code.parse().unwrap(),
            terminal_name: "受付1号機".to_owned(),
            category: None,
            prefecture: None,
            issued_on: None,
            valid_from: None,
            valid_until: None,
        }
    }

    fn granted(order: IssueOrder, profile: &Profile, now: &str) -> Result<Issued, IssueError> {
        let entropy = Entropy::seeded("notice");
        let request_id = RequestId::new(date(2026, 11, 23), 1).unwrap();
        let drawn = Drawn::new(1, request_id, |what| entropy.seed(what, 1));
        issue(order, drawn, profile, now.parse().unwrap())
    }

    #[test]
    fn validity_is_three_years_and_three_months_from_the_day_of_issue_in_japan() {
        // Half past midnight in Japan is still the day before in Greenwich.
        let issued = granted(order("0110119153"), &Profile::default(), "2026-11-22T15:30:00Z").unwrap();
        let Record { notice, certificate, .. } = issued.record;
        assert_eq!(notice.issued_on, date(2026, 11, 23));
        assert_eq!(notice.valid_until, date(2030, 2, 23));
        assert_eq!(notice.download_until, date(2027, 5, 22));
        assert_eq!(certificate.not_before.to_string(), "2026-11-22T15:00:00Z");
        assert_eq!(certificate.not_after.to_string(), "2030-02-23T14:59:59Z");
    }

    #[test]
    fn by_the_profile_validity_follows_the_clock_to_the_second() {
        let mut profile = Profile::default();
        let mut validity = |begin, end| {
            (profile.certificate.not_before, profile.certificate.not_after) = (begin, end);
            let issued = granted(order("0110119153"), &profile, "2026-11-22T15:30:07.5Z").unwrap();
            let Record { notice, certificate, .. } = issued.record;
            assert_eq!([notice.valid_from, notice.valid_until], [date(2026, 11, 23), date(2030, 2, 23)]);
            format!("{} to {}", certificate.not_before, certificate.not_after)
        };
        let (day, moment) = (NotBefore::Day, NotBefore::Moment);
        assert_eq!(validity(day, NotAfter::LastMinute), "2026-11-22T15:00:00Z to 2030-02-23T14:59:00Z");
        assert_eq!(validity(day, NotAfter::SameMoment), "2026-11-22T15:00:00Z to 2030-02-22T15:00:00Z");
        assert_eq!(validity(moment, NotAfter::EndOfDay), "2026-11-22T15:30:07Z to 2030-02-23T14:59:59Z");
        assert_eq!(validity(moment, NotAfter::SameMoment), "2026-11-22T15:30:07Z to 2030-02-22T15:30:07Z");
    }

    #[test]
    fn a_month_without_that_day_ends_on_its_last() {
        let issued = granted(order("0110119153"), &Profile::default(), "2028-11-30T03:00:00Z").unwrap();
        assert_eq!(issued.record.notice.valid_until, date(2032, 2, 29));
    }

    #[test]
    fn a_wrong_check_digit_passes_warns_or_is_refused_as_the_profile_says() {
        let with = |validate_cn| {
            let mut profile = Profile::default();
            profile.dn.validate_cn = validate_cn;
            granted(order("1310199999"), &profile, "2026-11-23T03:00:00Z")
        };
        assert_eq!(with(CheckDigits::Off).unwrap().warning, None);
        assert!(with(CheckDigits::Warn).unwrap().warning.is_some());
        assert_eq!(with(CheckDigits::Strict).unwrap_err(), IssueError::CheckDigit);
    }

    #[test]
    fn what_cannot_stand_is_named() {
        let with = |change: fn(&mut IssueOrder)| {
            let mut order = order("0110119153");
            change(&mut order);
            granted(order, &Profile::default(), "2026-11-23T03:00:00Z").unwrap_err()
        };
        assert_eq!(with(|a| a.terminal_name = "  ".to_owned()), IssueError::TerminalName);
        assert_eq!(with(|a| a.terminal_name = "a\nb".to_owned()), IssueError::TerminalName);
        assert_eq!(with(|a| a.terminal_name = "あ".repeat(65)), IssueError::TerminalName);
        assert_eq!(with(|a| a.institution_code = "9012345678".parse().unwrap()), IssueError::NoPrefecture);
        assert_eq!(with(|a| a.valid_until = Some(date(2026, 11, 22))), IssueError::Backwards);
        assert_eq!(with(|a| a.issued_on = Some(date(2199, 12, 31))), IssueError::OutOfRange);
    }
}
