//! The broken portals, one changed rule each.

use obn_conformance::Distortion;
use serde_json::json;

use super::{Mutant, proxies};

/// All of them.
pub(super) fn all() -> Vec<Mutant> {
    let mut all = Vec::new();
    all.extend(BY_PROFILE.iter().map(|(name, profile, breaks)| Mutant::by_profile(name, profile, breaks)));
    all.extend(by_fault());
    all.extend(by_proxy());
    all
}

/// Name, profile, and what it breaks.
const BY_PROFILE: &[(&str, &str, &[&str])] = &[
    // ---- 1: download
    ("window of 181 days", "download.window_days = 181", &["RCD-018", "RCD-019", "NTC-007", "APL-009"]),
    ("window without its last day", "download.window_inclusive = false", &["RCD-019"]),
    ("download after the window", "download.allow_late = true", &["RCD-018", "RCD-019", "APL-009"]),
    ("download once", "download.redownload = 'once'", &["RCD-021"]),
    (
        "download again with the same password only",
        "download.redownload = 'same_password_only'",
        &["RCD-021"],
    ),
    ("reference ID in any case", "ids.reference_id_case_sensitive = false", &["RCD-014"]),
    ("full width accepted", "input.normalise = 'fold'", &["RCD-010", "RCD-030", "REN-021"]),
    ("blanks count", "input.normalise = 'none'", &["RCD-026"]),
    (
        "unknown IDs told apart",
        "messages.unknown_request_id = '該当するリクエスト ID がありません。'",
        &["RCD-025", "REV-017"],
    ),
    ("locked by one mistake", "lockout.attempts = 1", &["RCD-027"]),
    (
        "days of Greenwich",
        "clock.zone = 'UTC'",
        &["RCD-019", "NTC-009", "CRT-006", "CRT-007", "CRT-008", "REN-010", "REN-011", "REN-025", "APL-008"],
    ),
    // ---- 1: the file and the certificate
    ("PFX without root", "pfx.include_root = false", &["PFX-005"]),
    ("PFX of new algorithms", "pfx.profile = 'aes256-sha256'", &["PFX-006"]),
    ("PFX of legacy algorithms", "pfx.profile = 'legacy-rc2'", &["PFX-007"]),
    ("PFX by another name", "pfx.file_name = '{request_id}.bin'", &["PFX-001"]),
    ("validity of three years", "certificate.validity_months = 36", &["CRT-006", "CRT-008", "REN-010"]),
    ("no client authentication", "certificate.extended_key_usage = []", &["CRT-010"]),
    ("no revocation list", "crl.url = ''", &["CRT-011", "CRL-001", "LOG-005"]),
    ("another issuer", "ca.common_name = 'Some Other CA'", &["NTC-001", "CRT-001"]),
    ("another organization", "dn.organization = 'OnlineSeikyu'", &["CRT-003", "CRT-005", "REN-007"]),
    ("another category", "dn.medical = 'clinic'", &["CRT-004", "CRT-005", "REN-007"]),
    (
        "subject backwards",
        "dn.order = ['CN', 'OU=category', 'OU=prefecture', 'O', 'C']",
        &["CRT-005", "REN-007"],
    ),
    // ---- 2: renewal
    ("renewal from 91 days", "renewal.window_days = 91", &["REN-009", "REN-025", "REN-026"]),
    ("renewal at any time", "renewal.window_days = 36500", &["REN-009", "REN-025", "REN-026"]),
    ("renewal again and again", "renewal.max = 1000", &["REN-020"]),
    ("old certificate revoked by the renewal", "renewal.revoke_old = true", &["REN-015", "LOG-006"]),
    ("keys for all terminals", "renewal.list_scope = 'same_common_name'", &["COL-003", "COL-005"]),
    ("renewed key at /p/rcd", "renewal.download_at_rcd = true", &["REN-030"]),
    ("key kept for 30 days", "renewal.pickup_days = 30", &["COL-006"]),
    ("status that skips 鍵生成中", "issue.delays = ['0s', '3s']", &["REN-006"]),
    ("status that skips 発行要求中", "issue.delays = ['3s', '0s']", &["REN-006"]),
    ("failure shown as 発行済み", "issue.failed_status = '発行済み'", &["REN-023"]),
    ("too early without a day", "messages.renewal_not_open = 'まだ更新できません。'", &["REN-026"]),
    // ---- 3: revocation
    ("approved by nobody", "revocation = { approval = 'auto', delay = '1d' }", &["REV-005", "CRL-005"]),
    ("mail that names nothing", "mail.text = '失効手続きが完了しました。'", &["REV-020", "REN-029"]),
    ("application without a word on the mail", "messages.revocation_accepted_next = ''", &["REV-021"]),
    ("list only when it is due", "crl.immediate = false", &["CRL-009"]),
    (
        "list of ten years",
        "crl = { immediate = false, period = '3650d' }",
        &["CRL-003", "CRL-007", "CRL-009", "LOG-005"],
    ),
    ("list as PEM", "crl.format = 'pem'", &["CRL-002"]),
    ("list as something else", "crl.mime = 'application/octet-stream'", &["CRL-012"]),
    ("list without the expired", "crl.keep_expired = false", &["CRL-010"]),
    ("list without reasons", "crl.reasons = false", &["CRL-011"]),
    ("list with a reason that nobody gave", "revocation.reason = 'superseded'", &["CRL-011"]),
    // ---- applications
    ("receipt by another name", "application.mail_subject = 'お知らせ'", &["APL-007"]),
    // ---- 1.5, 5: installer, sessions, root
    ("installer by another name", "installer.name = 'setup.msi'", &["MSI-001"]),
    ("session of an hour", "session.ttl = '1h'", &["SES-005"]),
    ("session without end", "session.ttl = '36500d'", &["SES-001", "SES-003", "SES-005"]),
    ("root behind a page", "root_file.as_page = true", &["ROOT-002"]),
    ("root by another name", "root_file.name = 'root.bin'", &["ROOT-005"]),
    ("no intermediate certificate", "tls.send_intermediate = false", &["TLS-001", "TLS-005"]),
];

fn by_fault() -> Vec<Mutant> {
    let always = |name: &str| json!({ "name": name, "times": 0 });
    let fault = Mutant::by_fault;
    vec![
        fault("status that never gets to 発行済み", always("renewal_stuck"), &["REN-006"]),
        fault("PFX with a wrong bit", always("pfx_corrupted"), &["PFX-002", "REN-016"]),
        fault("list out of reach", always("crl_unavailable"), &["CRL-001"]),
        fault("list cut short", always("crl_truncated"), &["CRL-002"]),
        fault("chain to an unknown root", always("tls_unknown_root"), &["TLS-001", "TLS-005"]),
        fault("certificate of another host", always("tls_wrong_host"), &["TLS-001"]),
        fault(
            "installer out of reach",
            json!({ "name": "server_error", "times": 0, "match": { "path": "/p/s" } }),
            &["MSI-001", "MSI-003"],
        ),
    ]
}

fn by_proxy() -> Vec<Mutant> {
    let proxy = Mutant::by_proxy;
    let replacing = |name, from, to, breaks| Mutant::by_proxy(name, Distortion::replacing(from, to), breaks);
    vec![
        proxy("revoked accepted", proxies::lets_in("失効しているため"), &["REN-012"]),
        proxy("expired accepted", proxies::lets_in("有効期限が切れています"), &["REN-011"]),
        proxy("foreign accepted", proxies::lets_in("この認証局が発行したものではありません"), &["REN-013"]),
        proxy("not yet valid accepted", proxies::lets_in("まだ有効期間が始まっていません"), &["REN-018"]),
        proxy("no certificate accepted", proxies::lets_in("証明書が選択されていません"), &["REN-017"]),
        proxy(
            "everybody logs in",
            proxies::lets_everybody_log_in(),
            &["LOG-002", "LOG-003", "LOG-004", "LOG-005", "LOG-006"],
        ),
        proxy("nobody logs in", proxies::lets_nobody_log_in(), &["LOG-001", "LOG-004", "LOG-005", "LOG-006"]),
        proxy("turned away with an error", proxies::turns_away_with_500(), &["REN-032"]),
        proxy("two presses, two applications", proxies::applies_twice(), &["REN-019"]),
        proxy("key before it is issued", proxies::offers_the_key_early(), &["REN-022"]),
        proxy(
            "no messages beside fields",
            proxies::without_messages(),
            &["RCD-015", "RCD-030", "REN-033", "REV-011", "REV-022", "APL-003"],
        ),
        proxy("passwords come back", proxies::remembers_passwords(), &["RCD-016"]),
        proxy("installer that is a program", proxies::installer_as_program(), &["MSI-002"]),
        proxy("installer behind a page", proxies::installer_behind_a_page(), &["MSI-001", "MSI-003"]),
        proxy("list with a bad signature", proxies::list_with_a_bad_signature(), &["CRL-002"]),
        proxy("nothing is missing", proxies::nothing_is_missing(), &["WEB-001"]),
        replacing("maintenance without a word", "メンテナンス", "準備", &["MNT-001"]),
        replacing("passwords in sight", "type=\"password\"", "type=\"text\"", &["RCD-007"]),
        replacing("送信完了 in other words", "申請情報を受け付けました。", "受付完了", &["REN-004"]),
        replacing("送信完了 without a reference ID", "リファレンス ID</th>", "番号</th>", &["REN-005"]),
        replacing("送信完了 without a subject", "Common Name</th>", "CN</th>", &["REN-007"]),
        replacing(
            "confirmation without the address",
            "tanto@clinic.example.jp",
            "***",
            &["REV-012", "REV-021", "APL-004"],
        ),
        replacing(
            "セッション無効 in other words",
            "セッションがタイムアウトしました。",
            "エラー",
            &["SES-002"],
        ),
        replacing("no word on forgotten passwords", "忘れ", "なくさ", &["RCD-006"]),
        proxy("fields in another order", proxies::swaps_the_ids(), &["RCD-031"]),
        replacing("送信完了 without its heading", "申請の受付情報", "受付", &["REN-034"]),
        replacing("application without a number", "申請番号</th>", "番号</th>", &["APL-005"]),
        replacing("one form for all", "医療保険者等</a>", "その他</a>", &["APL-001"]),
        replacing(
            "form without a department",
            "部署名",
            "その他",
            &["APL-002", "APL-003", "APL-004", "APL-005", "APL-006", "APL-013"],
        ),
        replacing("nobody who applies", "失効申請者", "申請した人", &["REV-010"]),
    ]
}
