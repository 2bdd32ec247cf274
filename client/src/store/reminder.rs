//! What the MPKI client tells its user about an expiring certificate, and on which days (manual 2.1).

use crate::pki::certificate::{Certificate, Validity};
use crate::terms::clock::Clock;
use crate::terms::language::Language;

/// The days before the end on which the MPKI client shows 証明書に関するお知らせ, besides every day from the seventh.
pub(crate) const DAYS: [i64; 4] = [90, 60, 30, 15];
pub(crate) const DAILY_FROM: i64 = 7;

/// A notice about a certificate that ends soon, or has ended.
///
/// ```
/// use obn_client::{Clock, Identity, Language, Password, Reminder};
///
/// let pfx = include_bytes!("../../../fixtures/pfx/openssl-3des.p12");
/// let identity = Identity::from_pfx(pfx, &Password::new("1234"))?;
/// let clock = Clock::fixed("2029-04-12T09:00:00+09:00".parse().unwrap());
/// let reminder = Reminder::today(identity.certificate(), &clock).expect("the seventh day before its end");
/// assert_eq!(reminder.explain(Language::English), "the certificate expires in 7 days; renew it");
/// # Ok::<(), obn_client::IdentityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reminder {
    /// This many days are left, 0 on the last one. It can be renewed.
    Expires(i64),
    /// It ended this many days ago. Only a new application helps.
    Expired(i64),
}

impl Reminder {
    /// What the MPKI client would show today about `certificate`, if anything.
    pub fn today(certificate: &Certificate, clock: &Clock) -> Option<Self> {
        let days = certificate.days_left(clock);
        if certificate.validity(clock) == Validity::Expired {
            return Some(Self::Expired(-days));
        }
        (DAYS.contains(&days) || (0..=DAILY_FROM).contains(&days)).then_some(Self::Expires(days))
    }

    /// The notice for a person.
    pub fn explain(self, language: Language) -> String {
        match self {
            Self::Expires(0) => language.pick(
                "証明書の有効期限は本日です。直ちに更新してください。".into(),
                "the certificate expires today; renew it at once".into(),
            ),
            Self::Expires(1) => language.pick(
                "証明書の有効期限まであと 1 日です。更新してください。".into(),
                "the certificate expires tomorrow; renew it".into(),
            ),
            Self::Expires(days) => language.pick(
                format!("証明書の有効期限まであと {days} 日です。更新してください。"),
                format!("the certificate expires in {days} days; renew it"),
            ),
            Self::Expired(_) => language.pick(
                "証明書の有効期限が切れています。新たに発行申請が必要です。".into(),
                "the certificate has expired; a new one has to be applied for".into(),
            ),
        }
    }
}
