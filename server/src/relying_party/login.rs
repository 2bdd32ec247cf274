//! Whether a certificate logs in: whose signature it has, its dates, and the revocation list.

use std::sync::Arc;

use jiff::Timestamp;

use crate::authority::RevocationList;
use crate::pki::{Held, Presented};
use crate::terms::Serial;
use crate::world::{PublishedCrl, World, WorldError};

/// What a site makes of a visitor.
#[derive(Debug)]
pub(super) struct Login {
    /// What the certificate says of itself, if one was shown.
    pub(super) held: Option<Held>,
    /// Its number, if the common CA has signed it.
    pub(super) serial: Option<Serial>,
    /// The list that was asked, if there is any.
    pub(super) list: Option<Arc<PublishedCrl>>,
    /// By the simulated clock.
    pub(super) now: Timestamp,
    pub(super) verdict: Result<(), Refused>,
}

/// Why a visitor is not logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    NoCertificate,
    OtherCa,
    NotYetValid,
    Expired,
    Revoked,
}

impl Login {
    /// Looks at what was shown.
    ///
    /// # Errors
    /// [`WorldError`] if there is no revocation list to ask.
    pub(super) async fn of(world: &World, shown: Option<&[u8]>) -> Result<Self, WorldError> {
        let now = world.clock.now();
        let login = |verdict| Self { held: None, serial: None, list: None, now, verdict };
        let Some(der) = shown else { return Ok(login(Err(Refused::NoCertificate))) };
        let held = Held::read(der);
        let ca = world.client_ca().await?;
        let (Some(certificate), Presented::Ours(serial)) = (&held, Presented::read(der, &ca)) else {
            return Ok(Self { held, ..login(Err(Refused::OtherCa)) });
        };
        let list = world.crl_of_relying_party().await?;
        let verdict = judge(certificate, serial, list.as_ref().map(|list| &list.contents), now);
        Ok(Self { held, serial: Some(serial), list, now, verdict })
    }
}

impl Refused {
    /// For programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NoCertificate => "no_certificate",
            Self::OtherCa => "other_ca",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// What the journal says.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::NoCertificate => "login.refused.no_certificate",
            Self::OtherCa => "login.refused.other_ca",
            Self::NotYetValid => "login.refused.not_yet_valid",
            Self::Expired => "login.refused.expired",
            Self::Revoked => "login.refused.revoked",
        }
    }
}

/// Of a certificate that the common CA has signed.
fn judge(
    certificate: &Held,
    serial: Serial,
    list: Option<&RevocationList>,
    now: Timestamp,
) -> Result<(), Refused> {
    let is_listed = list.is_some_and(|list| list.entries.iter().any(|listed| listed.serial == serial));
    match now.as_second() {
        _ if is_listed => Err(Refused::Revoked),
        now if now > certificate.not_after.as_second() => Err(Refused::Expired),
        now if now < certificate.not_before.as_second() => Err(Refused::NotYetValid),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Listed, Revocation};
    use crate::terms::RevocationReason;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn both_ends_of_the_validity_count_and_a_list_goes_before_them() {
        let certificate = Held {
            common_name: "0110119153".to_owned(),
            subject: "CN=0110119153".to_owned(),
            issuer: "Online Billing NW Common Root CA - G1".to_owned(),
            not_before: at("2026-11-22T15:00:00Z"),
            not_after: at("2030-02-23T14:59:59Z"),
        };
        let serial: Serial = "5B0038DF9C073FEB59B867913B8B6317".parse().unwrap();
        let judge = |list: Option<&RevocationList>, now: &str| judge(&certificate, serial, list, at(now));
        assert_eq!(judge(None, "2026-11-22T14:59:59Z"), Err(Refused::NotYetValid));
        assert_eq!(judge(None, "2026-11-22T15:00:00Z"), Ok(()));
        assert_eq!(judge(None, "2030-02-23T14:59:59.9Z"), Ok(()));
        assert_eq!(judge(None, "2030-02-23T15:00:00Z"), Err(Refused::Expired));

        let list = |serial: &str| {
            let (not_after, at) = (certificate.not_after, at("2027-01-01T00:00:00Z"));
            let revocation = Revocation { at, reason: RevocationReason::Unspecified };
            let listed = Listed { serial: serial.parse().unwrap(), not_after, revocation };
            RevocationList { this_update: at, next_update: at, entries: vec![listed] }
        };
        let other = list("00000000000000000000000000000001");
        assert_eq!(judge(Some(&other), "2027-01-02T00:00:00Z"), Ok(()));
        let own = list(&serial.to_string());
        assert_eq!(judge(Some(&own), "2027-01-02T00:00:00Z"), Err(Refused::Revoked));
        assert_eq!(judge(Some(&own), "2031-01-01T00:00:00Z"), Err(Refused::Revoked));
    }
}
