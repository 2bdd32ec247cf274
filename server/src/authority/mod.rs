//! The CA's rules, and nothing else: no I/O, no clock, no randomness of its own.
//!
//! What the CA knows of one certificate is a [`Record`]. A rule takes a record, a command and the
//! time, and answers with the record as it is afterwards or with a [`Refusal`]. What is new (an ID,
//! a serial number) is drawn outside and passed in. A refusal is not an error: it is the page that
//! the user sees.

mod application;
mod business_days;
mod certificate;
mod contact;
mod crl;
mod download;
mod identify;
mod notice;
mod refusal;
mod renewal;
mod revocation;
mod subject;
mod visitor;

pub use application::{
    Applicant, Application, ApplicationCourse, ApplicationDecision, ApplicationForm, ApplicationStatus,
    ApplicationStep,
};
pub use business_days::business_days_after;
pub use certificate::{Certificate, CertificateStatus, Revocation};
pub use contact::{Contact, days_left};
pub use crl::{Listed, RevocationList};
pub use download::{Downloads, PasswordTag, download};
pub use identify::{Attempts, Unidentified, identify};
pub use notice::{Drawn, IssueError, IssueOrder, Issued, Notice, issue, names_terminal};
pub use refusal::Refusal;
pub use renewal::{
    Course, Renewal, RenewalStatus, Renewed, Stage, collect, may_collect, may_renew, renew, renewal_opens,
};
pub use revocation::{
    Decided, Decision, Requested, RevocationRequest, may_request_revocation, request_revocation,
};
pub use subject::subject;
pub use visitor::{admit, shuts_out};

use serde::{Deserialize, Serialize};

/// All that the CA knows of one certificate.
///
/// There is one for each terminal, so the same institution code may stand in many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What was sent to the institution by post.
    pub notice: Notice,
    /// What the CA signed, or will sign as soon as the key is there.
    pub certificate: Certificate,
    /// What has happened at `/p/rcd` since.
    pub downloads: Downloads,
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::entropy::Entropy;
    use crate::profile::Profile;
    use crate::terms::{ReferenceId, RequestId};

    /// What the CA would draw for the certificate with this number on this day.
    pub(crate) fn drawn(number: u64, day: Date) -> Drawn {
        let entropy = Entropy::seeded("authority");
        Drawn {
            request_id: RequestId::new(day, number).unwrap(),
            reference_id: ReferenceId::draw(&mut entropy.stream("reference", number)),
            serial_seed: entropy.seed("serial", number),
            number,
        }
    }

    /// The manual's institution with a certificate of this number, issued on this day.
    pub(crate) fn record(number: u64, day: &str) -> Record {
        let day: Date = day.parse().unwrap();
        let profile = Profile::default();
        let now = profile.clock.zone.zone().start_of(day);
        issue(crate::sample_application(), drawn(number, day), &profile, now).unwrap().record
    }
}
