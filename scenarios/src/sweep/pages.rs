//! Which actions of a client open the pages that a key of the profile changes: a reading is checked by no other.

use toml::Table;

use super::reading::Change;
use crate::client::{ClientScenario, End, Operation};

use End::{Done, Refused};
use Operation::{Apply, Collect, Download, Installer, Login, Renew, Revoke, Root};

/// Whether a scenario that leaves the key to the reading goes through a page that the key changes.
pub(super) fn is_checked(change: &Change, scenarios: &[&ClientScenario]) -> bool {
    let (operations, end) = opens(change.key);
    let goes_through = |scenario: &ClientScenario| {
        scenario.runs().filter(|run| operations.contains(&run.operation)).any(|run| match end {
            // What may end in another way as well need not have seen every page.
            Done => run.ends == [Done],
            end => run.ends.contains(&end),
        })
    };
    scenarios.iter().any(|scenario| !decides(&scenario.given.profile, change.key) && goes_through(scenario))
}

fn decides(profile: &Table, path: &str) -> bool {
    let key = path.split_once('.');
    key.is_some_and(|(section, key)| profile.get(section).is_some_and(|section| section.get(key).is_some()))
}

/// The actions, and how they end where the key is seen. None for what no action of the contract opens: the revocation
/// list, mails, the days of a maintenance.
fn opens(key: &str) -> (&'static [Operation], End) {
    const NONE: &[Operation] = &[];
    const ALL: &[Operation] = &[Apply, Root, Installer, Download, Renew, Collect, Revoke];
    const FORMS: &[Operation] = &[Apply, Download, Renew, Collect, Revoke];
    const FILES: &[Operation] = &[Download, Renew, Collect];
    const NOTICE: &[Operation] = &[Download, Revoke];
    const RENEWAL: &[Operation] = &[Renew, Collect];
    let section = key.split_once('.').map_or(key, |(section, _)| section);
    match (section, key) {
        (_, "wire.application_fields") => (&[Apply], Done),
        (_, "application.check_digits") => (&[Apply], Refused),
        (_, "client_auth.rx" | "wire_ru.email" | "wire_ru.email_confirmation") => (&[Revoke], Done),
        ("wire_ru", _) => (&[Renew, Collect, Revoke], Done),
        (_, "wire.request_id" | "wire.reference_id") => (NOTICE, Done),
        (_, "wire.password" | "crl.url") => (FILES, Done),
        (_, "http.refusal_status") | ("messages" | "lockout", _) => (NOTICE, Refused),
        (_, "client_auth.mode") => (RENEWAL, Done),
        (_, "wire.password_confirmation" | "renewal.download_at_rcd") => (&[Download], Done),
        (_, "renewal.list_scope" | "renewal.pickup_days" | "renewal.download_key") => (&[Collect], Done),
        // No action begins there.
        ("site", _) => (NONE, Done),
        // It is told by the list alone.
        (_, "revocation.reason") => (NONE, Done),
        ("tls" | "http", _) => (ALL, Done),
        ("session" | "clock" | "ids" | "wire" | "html" | "input", _) => (FORMS, Done),
        ("certificate" | "dn" | "ca" | "pfx", _) => (FILES, Done),
        ("download", _) => (&[Download], Done),
        ("relying_party", _) => (&[Login], Done),
        ("root_file", _) => (&[Root], Done),
        ("installer", _) => (&[Installer], Done),
        ("renewal" | "issue", _) => (RENEWAL, Done),
        ("client_auth", _) => (RENEWAL, Refused),
        ("revocation", _) => (&[Revoke], Done),
        _ => (NONE, Done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::sweep::{Reading, chosen_combinations, readings};

    /// What the scenarios of this folder leave unchecked.
    fn unchecked(folder: &str) -> Vec<String> {
        let catalogue = Catalogue::embedded().unwrap();
        let scenarios = catalogue.client_scenarios.iter();
        let scenarios: Vec<_> = scenarios.filter(|it| it.sweep && it.head.id.starts_with(folder)).collect();
        let is_open =
            |reading: &Reading| !reading.changes.iter().all(|change| is_checked(change, &scenarios));
        let all = [readings().unwrap(), chosen_combinations().unwrap()].concat();
        assert_eq!(all.len(), 175);
        all.into_iter().filter(is_open).map(|reading| reading.name.en).collect()
    }

    /// As many as the README says.
    #[test]
    fn all_scenarios_together_leave_only_what_no_client_sees() {
        insta::assert_snapshot!(unchecked("client/").join("\n"), @r#"
        site.start_page = false
        crl.period = "1h"
        crl.period = "7d"
        crl.immediate = false
        crl.format = "pem"
        crl.mime = "application/x-pkcs7-crl"
        crl.mime = "application/octet-stream"
        crl.reasons = false
        crl.keep_expired = false
        maintenance.windows = ["2026-12-09T22:00/2026-12-10T08:00"]
        issue.delays = ["0s", "0s"]
        issue.delays = ["30s", "1m"]
        client_auth.rx = true
        revocation.approval = "auto"
        revocation.reason = "keyCompromise"
        revocation.reason = "cessationOfOperation"
        mail.from_address = "noreply@ssk.or.jp"
        mail.expiry_days = []
        mail.expiry_days = [60]
        application.review = "auto"
        application.review_days = 0
        application.review_days = 3
        application.delivery_days = 0
        application.delivery_days = 3
        application.max_certificates = 99
        application.mail_from = "no-reply@obn-ca.invalid"
        "#);
    }

    #[test]
    fn a_download_checks_no_page_of_renewals_and_revocations() {
        let unchecked = unchecked("client/download/walk");
        let is_unchecked = |name: &str| unchecked.iter().any(|reading| reading == name);
        for name in ["wire_ru.email = \"email\"", "wire_ru.state = \"viewState\"", "root_file.as_page = true"]
        {
            assert!(is_unchecked(name), "{name}");
        }
        for name in ["wire.password = \"pin\"", "tls.leaf_days = 397", "pfx.iterations = 1"] {
            assert!(!is_unchecked(name), "{name}");
        }
    }

    #[test]
    fn a_connection_that_must_not_come_about_checks_nothing() {
        assert_eq!(unchecked("client/trust/").len(), 175);
    }
}
