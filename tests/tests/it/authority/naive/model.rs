//! What a naive reader of the manual believes: certificates and renewals, in seconds.

use std::collections::{BTreeMap, BTreeSet};

use obn_ca::authority::Record;
use obn_ca::terms::{ReferenceId, RequestId, Serial};

pub(super) const DAY: i64 = 86_400;
/// Japan's days begin so many seconds before those of UTC.
pub(super) const JST: i64 = 9 * 3_600;

/// What the model knows of a certificate. Times are seconds.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) serial: Serial,
    pub(super) request_id: RequestId,
    pub(super) reference_id: ReferenceId,
    /// The renewal's own certificate, if it came about by one.
    pub(super) renews: Option<Serial>,
    pub(super) issued_on: i64,
    pub(super) begins: i64,
    pub(super) ends: i64,
    pub(super) revoked: bool,
    /// Whether an application for a revocation waits.
    pub(super) open: bool,
}

impl Known {
    /// What the authority says of one at the beginning.
    pub(super) fn of(record: &Record, renews: Option<Serial>) -> Self {
        let begins = record.certificate.not_before.as_second();
        Self {
            serial: record.certificate.serial,
            request_id: record.notice.request_id.clone(),
            reference_id: record.notice.reference_id.clone(),
            renews,
            // All of these begin on the day of their issue.
            issued_on: begins,
            begins,
            ends: record.certificate.not_after.as_second(),
            revoked: false,
            open: false,
        }
    }

    pub(super) fn counts(&self, now: i64) -> bool {
        !self.revoked && now <= self.ends
    }

    pub(super) fn enters(&self, now: i64) -> bool {
        self.counts(now) && self.begins <= now
    }

    /// The day of issue and 180 more, each whole.
    pub(super) fn is_in_window(&self, now: i64) -> bool {
        self.issued_on <= now && now < self.issued_on + 181 * DAY
    }

    /// 90 days before the last day, which ends a second after `ends`.
    pub(super) fn can_be_renewed(&self, now: i64) -> bool {
        self.enters(now) && self.ends + 1 - 91 * DAY <= now
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// Key generation until one second later, then the request until two seconds later.
    Runs(i64),
    /// The request alone, until one second later.
    Requests(i64),
    HeldAtKeys,
    HeldAtRequest,
    Issued,
    Failed,
}

#[derive(Clone, Debug)]
pub(super) struct Renewing {
    pub(super) request_id: RequestId,
    pub(super) reference_id: ReferenceId,
    pub(super) serial: Serial,
    pub(super) by: Serial,
    pub(super) accepted: i64,
    pub(super) stage: Stage,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) known: Vec<Known>,
    pub(super) renewals: Vec<Renewing>,
    pub(super) request_ids: BTreeSet<RequestId>,
    pub(super) reference_ids: BTreeSet<String>,
    pub(super) serials: BTreeSet<Serial>,
    /// Whose each key is.
    pub(super) keys: BTreeMap<Vec<u8>, Serial>,
}

pub(super) fn day_of(now: i64) -> i64 {
    (now + JST).div_euclid(DAY) * DAY - JST
}
