//! What no recording of the site shows, and why.

const MAIL: (&str, &str) =
    ("メールの内容は、サイトの記録には現れません。", "Mails are in no recording of the site.");
const DESK: (&str, &str) =
    ("審査と発送は画面の外で行われます。", "Review and post happen where no page shows them.");
const CONTROL: (&str, &str) =
    ("操作 API だけが使う文言です。", "Only the control API says this; no page does.");
const RARE: (&str, &str) = (
    "このメッセージは、状況からも文面からも見分けられません。",
    "Neither what led to it nor its words tell this message from others.",
);
const LOGIN: (&str, &str) =
    ("証明書の利用先は、このサイトではありません。", "The sites that the certificate is for are others.");

/// Keys.
pub(super) const KEYS: &[(&str, &str, &str)] = &[
    ("dn.validate_cn", DESK.0, DESK.1),
    (
        "dn.checkup",
        "この種別の証明書は、コードからは見分けられません。",
        "No code tells certificates of this kind from others.",
    ),
    (
        "dn.vendor",
        "この種別の証明書は、コードからは見分けられません。",
        "No code tells certificates of this kind from others.",
    ),
    (
        "dn.agent",
        "この種別の証明書は、コードからは見分けられません。",
        "No code tells certificates of this kind from others.",
    ),
    ("relying_party.hosts", LOGIN.0, LOGIN.1),
    ("relying_party.list", LOGIN.0, LOGIN.1),
    (
        "revocation.delay",
        "承認がいつかは、自動であるときしか分かりません。",
        "It counts only where approval is automatic.",
    ),
    ("mail.from_name", MAIL.0, MAIL.1),
    ("mail.from_address", MAIL.0, MAIL.1),
    ("mail.subject", MAIL.0, MAIL.1),
    ("mail.text", MAIL.0, MAIL.1),
    ("mail.expiry_days", MAIL.0, MAIL.1),
    ("mail.expiry_subject", MAIL.0, MAIL.1),
    ("mail.expiry_text", MAIL.0, MAIL.1),
    ("application.review", DESK.0, DESK.1),
    ("application.review_days", DESK.0, DESK.1),
    ("application.delivery_days", DESK.0, DESK.1),
    ("application.mail_from", MAIL.0, MAIL.1),
    ("application.mail_subject", MAIL.0, MAIL.1),
    ("application.mail_text", MAIL.0, MAIL.1),
    (
        "installer.file",
        "インストーラーそのものは、設定ファイルに入れられません。",
        "The installer itself fits no profile.",
    ),
    (
        "download.window_days",
        "ダウンロード期間の日数はマニュアルにあります。",
        "The manual says how many days they are.",
    ),
    ("messages.renewal_finished", CONTROL.0, CONTROL.1),
    ("messages.revocation_decided", CONTROL.0, CONTROL.1),
    ("messages.application_decided", CONTROL.0, CONTROL.1),
    ("messages.applications_full", RARE.0, RARE.1),
    ("messages.renewal_failed", RARE.0, RARE.1),
    ("messages.not_yet_issued", RARE.0, RARE.1),
];

/// Readings of keys that other readings show.
pub(super) const READINGS: &[(&str, &str, &str, &str)] = &[
    (
        "crl.reasons",
        "false",
        "理由コードのない失効リストは、理由のない失効と見分けられません。",
        "A list without reasons looks the same as revocations without a reason.",
    ),
    (
        "lockout.duration",
        "\"1h\"",
        "受付の停止がなければ、その長さも現れません。",
        "Where nothing locks, nothing shows how long it would.",
    ),
    (
        "lockout.duration",
        "\"1d\"",
        "受付の停止がなければ、その長さも現れません。",
        "Where nothing locks, nothing shows how long it would.",
    ),
    (
        "tls.request_client_certificate",
        "false",
        "更新に別の待ち受けがあれば、ほかの待ち受けはどちらの値でも証明書を求めません。",
        "With a listener of its own for renewals, the other asks for no certificate in any case.",
    ),
    (
        "renewal.max",
        "1000",
        "上限がないことは、更新が断られないことからは分かりません。",
        "That renewals aren't refused doesn't tell how many there may be.",
    ),
    (
        "renewal.pickup_days",
        "36500",
        "更新できる 90 日のうちには、期間の終わりが来ません。",
        "Such a term doesn't end while the old certificate opens the page.",
    ),
];
