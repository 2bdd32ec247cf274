//! What a recording shows of the requirements, and which of them it contradicts.

use super::evidence::Evidence;
use super::observation::Book;
use super::page::{self, Kind};
use crate::eyes::{Certificate, FieldKind, Page};

/// Requirements that a key decides: with this value (TOML) they hold, with any other they don't.
const BY_KEY: &[(&str, &str, &str)] = &[
    ("RCD-014", "ids.reference_id_case_sensitive", "true"),
    ("RCD-018", "download.allow_late", "false"),
    ("RCD-019", "download.window_inclusive", "true"),
    ("RCD-021", "download.redownload", "\"allowed\""),
    ("RCD-026", "input.normalise", "\"trim\""),
    ("PFX-005", "pfx.include_root", "true"),
    ("CRT-003", "dn.organization", "\"ReceiptOnline\""),
    ("CRT-005", "dn.order", "[\"C\", \"O\", \"OU=prefecture\", \"OU=category\", \"CN\"]"),
    ("CRT-006", "certificate.validity_months", "39"),
    ("MSI-001", "installer.name", "\"CybertrustManagedPKIClient.msi\""),
    ("ROOT-002", "root_file.as_page", "false"),
    ("REN-009", "renewal.window_days", "90"),
    ("REN-015", "renewal.revoke_old", "false"),
    ("REN-020", "renewal.max", "1"),
    ("REN-030", "renewal.download_at_rcd", "false"),
    ("REN-035", "issue.moves_on", "true"),
    ("COL-003", "renewal.list_scope", "\"same_certificate\""),
    ("COL-006", "renewal.pickup_days", "180"),
    ("SES-005", "session.ttl", "\"15m\""),
    ("CRL-009", "crl.immediate", "true"),
    ("CRL-010", "crl.keep_expired", "true"),
    ("CRL-012", "crl.mime", "\"application/pkix-crl\""),
    ("WEB-002", "site.start_page", "true"),
];

/// What pages of a kind say: requirement, page, sentence.
const SENTENCES: &[(&str, Kind, &str)] = &[
    (
        "RCD-004",
        Kind::Download,
        "「電子証明書発行通知書」に記載のリクエスト ID とリファレンス ID を入力してください。",
    ),
    ("RCD-005", Kind::Download, "証明書パスワードは、任意の4桁の半角数字を入力してください。"),
    (
        "RCD-006",
        Kind::Download,
        "証明書パスワードは端末等へ証明書をインストールする際に必要となりますので忘れないようにしてください。",
    ),
    ("SES-002", Kind::SessionInvalid, "セッションがタイムアウトしました。"),
    ("SES-002", Kind::SessionInvalid, "最初のページに戻ってください。"),
];

/// What pages of a kind have, by what a person calls it: requirement, page, labels of fields.
const FIELDS: &[(&str, Kind, &[&str])] = &[
    (
        "RCD-002",
        Kind::Download,
        &[page::REQUEST_ID, page::REFERENCE_ID, page::PASSWORD, page::PASSWORD_AGAIN],
    ),
    ("REV-019", Kind::RevocationIds, &[page::REQUEST_ID, page::REFERENCE_ID]),
    ("REV-010", Kind::RevocationMail, &[page::EMAIL, page::EMAIL_AGAIN]),
];

/// What is said of one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) requirement: &'static str,
    pub(crate) holds: bool,
    pub(crate) place: String,
}

/// All that a recording says, one after the other; the same more than once.
pub(crate) fn said(evidence: &Evidence<'_>, book: &Book) -> Vec<Said> {
    let mut all = Vec::new();
    let mut say = |requirement, holds, place: &str| {
        all.push(Said { requirement, holds, place: place.to_owned() });
    };
    for (requirement, key, value) in BY_KEY {
        let Some(seen) = book.only(key) else { continue };
        let value: toml::Table = toml::from_str(&format!("v = {value}")).expect("values are TOML");
        say(requirement, value["v"] == seen.value, &seen.place);
    }
    for (requirement, kind, sentence) in SENTENCES {
        for (exchange, page) in evidence.pages(*kind) {
            say(requirement, page.has_text(sentence), &exchange.place);
        }
    }
    for (requirement, kind, labels) in FIELDS {
        for (exchange, page) in evidence.pages(*kind) {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            say(requirement, page.out_of_order(&labels).is_none(), &exchange.place);
        }
    }
    for (exchange, page) in evidence.pages(Kind::Download) {
        let hides = |label| {
            page::field(page, label).is_some_and(|it: &crate::eyes::Field| it.kind == FieldKind::Password)
        };
        say("RCD-007", hides(page::PASSWORD) && hides(page::PASSWORD_AGAIN), &exchange.place);
        say("RCD-001", page.has_heading("証明書の取得画面"), &exchange.place);
    }
    for (exchange, page) in evidence.pages(Kind::Status) {
        let accepted = ["申請情報を受け付けました。", "証明書の発行申請はこれで完了です。"];
        if page.alerts.is_empty() {
            say("REN-004", accepted.iter().all(|text| page.has_text(text)), &exchange.place);
        }
        say("REN-007", has_subject(page), &exchange.place);
    }
    for (exchange, page) in evidence.pages(Kind::RenewalConfirm) {
        say("REN-024", has_subject(page), &exchange.place);
    }
    for issued in &evidence.certificates {
        let Ok(certificate) = Certificate::parse(&issued.der) else { continue };
        let begins = |issuer: &[u8]| {
            Certificate::parse(issuer)
                .is_ok_and(|it| it.subject().contains("CN=Online Billing NW Common Root CA"))
        };
        if let Some(issuer) = &issued.issuer {
            say("CRT-001", begins(issuer), &issued.place);
        }
        let places = certificate.crl_places();
        say(
            "CRT-011",
            places.iter().any(|it| it.contains("//crldownload.obn.managedpki.ne.jp/")),
            &issued.place,
        );
    }
    for (place, der) in &evidence.roots {
        if let Ok(root) = Certificate::parse(der) {
            say("ROOT-003", root.subject().contains("Security Communication RootCA2"), place);
        }
    }
    all
}

fn has_subject(page: &Page) -> bool {
    let rows = ["Common Name", "Organizational Unit", "Organization", "Country"];
    rows.iter().all(|label| page.rows().iter().any(|(known, _)| crate::eyes::same(known, label)))
}
