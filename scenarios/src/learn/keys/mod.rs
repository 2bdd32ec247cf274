//! What shows each key of the profile: a reader for each, or the reason why nothing can show it.

mod application;
mod certificate;
mod crl;
mod door;
mod download;
mod files;
mod html;
mod http;
mod ids;
mod input;
mod maintenance;
mod messages;
mod pfx;
mod renewal;
mod session;
mod tls;
mod unseen;
mod wire;

pub(crate) use messages::{Door, No, door, no};

use obn_ca::profile::KEYS;

use super::evidence::Evidence;
use super::observation::Book;
use crate::bilingual::{Bilingual, Language};

/// Looks at a recording for some keys.
pub(crate) struct Reader {
    /// Which ones.
    pub(crate) keys: &'static [&'static str],
    /// What to record so that they show.
    pub(crate) shown_by: Record,
    pub(crate) read: fn(&Evidence<'_>, &mut Book),
}

/// What somebody can record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record {
    Download,
    Refusals,
    LateDownload,
    Application,
    RootFile,
    Renewal,
    Collection,
    Door,
    Revocation,
    List,
    Timeout,
    LockOut,
    Handshake,
    Installer,
    Maintenance,
    OtherHolders,
    StartPage,
    SeveralDays,
    EarlyRenewal,
    Statuses,
    FailedRenewal,
    ServerCertificate,
}

/// Keys that need another recording than the rest of what their reader reads.
const ELSEWHERE: &[(Record, &[&str])] = &[
    (Record::OtherHolders, &["dn.dental", "dn.pharmacy", "dn.nursing", "dn.insurer", "dn.reception_prefix"]),
    (Record::StartPage, &["site.start_page"]),
    (Record::SeveralDays, &["ids.request_numbers"]),
    (Record::EarlyRenewal, &["renewal.window_days", "messages.renewal_not_open"]),
    (Record::Statuses, &["issue.delays"]),
    (Record::FailedRenewal, &["issue.failed_status"]),
    (Record::ServerCertificate, &["tls.leaf_days", "tls.leaf_client_auth", "tls.pointers"]),
    (Record::LockOut, &["messages.locked_out"]),
    (Record::LateDownload, &["messages.password_differs"]),
    (
        Record::Application,
        &[
            "messages.institution_code_format",
            "messages.insurer_number_format",
            "messages.code_check_digit",
            "messages.name_format",
            "messages.telephone_format",
            "messages.certificates_format",
        ],
    ),
    (
        Record::Revocation,
        &[
            "messages.email_format",
            "messages.email_too_long",
            "messages.email_mismatch",
            "messages.already_revoked",
            "messages.nothing_to_revoke",
            "messages.revocation_pending",
        ],
    ),
    (
        Record::Collection,
        &[
            "messages.already_renewed",
            "messages.unknown_renewal",
            "messages.pickup_closed",
            "messages.handed_out_at_renewal",
        ],
    ),
];

/// What to record so that a key shows; `None`: nothing shows it.
pub(crate) fn shown_by(key: &str) -> Option<Record> {
    let elsewhere = ELSEWHERE.iter().find(|(_, keys)| keys.contains(&key)).map(|(record, _)| *record);
    let reader = readers().find(|reader| reader.keys.contains(&key))?;
    Some(elsewhere.unwrap_or(reader.shown_by))
}

/// All readers.
pub(crate) fn readers() -> impl Iterator<Item = &'static Reader> {
    let all: [&'static [Reader]; 17] = [
        application::READERS,
        certificate::READERS,
        crl::READERS,
        door::READERS,
        download::READERS,
        files::READERS,
        html::READERS,
        http::READERS,
        ids::READERS,
        input::READERS,
        maintenance::READERS,
        messages::READERS,
        pfx::READERS,
        renewal::READERS,
        session::READERS,
        tls::READERS,
        wire::READERS,
    ];
    all.into_iter().flatten()
}

/// The keys that have neither a reader nor a reason, or more than one of them; and those that no profile has.
pub fn unread() -> Vec<String> {
    let known = readers().flat_map(|reader| reader.keys).chain(unseen::KEYS.iter().map(|(key, ..)| key));
    let known: Vec<&str> = known.copied().collect();
    let count = |key: &str| known.iter().filter(|known| **known == key).count();
    let wrong = KEYS.iter().filter(|key| count(key.path) != 1).map(|key| key.path.to_owned());
    let unknown = known.iter().filter(|known| KEYS.iter().all(|key| key.path != **known));
    wrong.chain(unknown.map(|key| format!("{key}, which is no key"))).collect()
}

/// Why no recording shows this reading of a key, in this language; `None`: some can.
pub fn why_not_shown(key: &str, value: &str, language: Language) -> Option<String> {
    let of_key = unseen::KEYS.iter().find(|(known, ..)| *known == key).map(|(_, ja, en)| (*ja, *en));
    let of_reading = || {
        let found = unseen::READINGS.iter().find(|(known, of, ..)| *known == key && *of == value);
        found.map(|(_, _, ja, en)| (*ja, *en))
    };
    of_key.or_else(of_reading).map(|(ja, en)| language.pick(ja, en).to_owned())
}

/// The same in both languages, of a key as a whole.
pub(crate) fn reason(key: &str) -> Option<Bilingual> {
    let of_key = unseen::KEYS.iter().find(|(known, ..)| *known == key);
    of_key.map(|(_, ja, en)| Bilingual::of(ja, en))
}

impl Record {
    /// What to do while it is recorded.
    pub(crate) fn words(self) -> Bilingual {
        let (ja, en) = match self {
            Self::Download => (
                "/p/rcd で証明書をダウンロードし、PFX ファイルも保存する",
                "Download a certificate at /p/rcd, and keep the PFX file as well",
            ),
            Self::Refusals => (
                "/p/rcd で、空欄、桁の足りない ID、空白や全角を含む ID、一致しないパスワードを送る",
                "At /p/rcd, send empty fields, an ID that is too short, one with blanks or in full width, passwords that differ",
            ),
            Self::LateDownload => (
                "/p/rcd で、取得済み、期間の最終日と期間後、失効済み、期限切れの証明書を取得する",
                "At /p/rcd, fetch a certificate again, on the last day and after it, and one that is revoked or expired",
            ),
            Self::Application => (
                "/p/rcr で発行を申請する (誤ったコードと枚数も一度送る)",
                "Apply at /p/rcr (and send a wrong code and number once)",
            ),
            Self::RootFile => ("/p/cert でルート証明書を取得する", "Fetch the root certificate at /p/cert"),
            Self::Renewal => (
                "/p/ru で更新を申請し、証明書ステータスが「発行済み」になって鍵を取得するまでを記録する",
                "Renew at /p/ru, from the application through 発行済み to the key",
            ),
            Self::Collection => (
                "「更新後証明書の取得」を、取得の前後と、別の端末からも開く",
                "Open 更新後証明書の取得 before and after the key was fetched, and from another terminal",
            ),
            Self::Door => (
                "証明書なし、期限切れ、失効済み、ほかの認証局の証明書で /p/ru を開く",
                "Open /p/ru without a certificate, and with one that is expired, revoked or another CA's",
            ),
            Self::Revocation => (
                "/p/rx で失効を申請する (誤ったメールアドレスと、二度目の申請も一度送る)",
                "Apply for a revocation at /p/rx (and send a wrong mail address and a second application once)",
            ),
            Self::List => (
                "失効リスト (CRL) を、失効の前後と翌日に取得する",
                "Fetch the revocation list before and after a revocation, and on the next day",
            ),
            Self::Timeout => (
                "画面を開いたまま待ち、「セッション無効」が出るまでの時間を記録する",
                "Leave a page open until セッション無効 appears, and a little shorter once before",
            ),
            Self::LockOut => (
                "同じリクエスト ID で、誤ったリファレンス ID を続けて送る",
                "Send wrong reference IDs for one request ID in a row",
            ),
            Self::Handshake => (
                "TLS も記録される obn --record または Playwright で /p/rcd を開く",
                "Open /p/rcd with obn --record or Playwright, which record TLS as well",
            ),
            Self::OtherHolders => (
                "医科以外 (歯科、薬局、訪問看護、保険者、受付番号) の証明書を取得する",
                "Download certificates of others than clinics: dental, pharmacy, nursing, insurer, 受付番号",
            ),
            Self::StartPage => ("サイトの先頭のページ (/) を開く", "Open the site's first page (/)"),
            Self::SeveralDays => (
                "証明書の取得と更新を、4 日以上にわたって記録する",
                "Record downloads and renewals on four days or more",
            ),
            Self::EarlyRenewal => (
                "更新できる期間より前に /p/ru で更新を申請する",
                "Apply for a renewal at /p/ru before it opens",
            ),
            Self::Statuses => (
                "送信完了の画面を、証明書ステータスが「発行済み」になるまで短い間隔で開き直す",
                "Load 送信完了 anew at short intervals until 証明書ステータス is 発行済み",
            ),
            Self::FailedRenewal => {
                ("発行に失敗した更新申請の画面を記録する", "Record the page of a renewal that failed")
            }
            Self::ServerCertificate => (
                "ブラウザーの鍵のアイコンからサイト自身の証明書をエクスポートし、記録と一緒に指定する",
                "Export the site's own certificate from the lock beside the address, and bring it with the recording",
            ),
            Self::Installer => ("/p/s でインストーラーを取得する", "Fetch the installer at /p/s"),
            Self::Maintenance => {
                ("メンテナンスの始まりと終わりに画面を開く", "Open a page when a maintenance begins and ends")
            }
        };
        Bilingual::of(ja, en)
    }
}

#[cfg(test)]
mod tests {
    /// Who adds a key gives it a reader in this folder, or a reason in `unseen.rs`.
    #[test]
    fn every_key_has_a_reader_or_a_reason() {
        assert_eq!(super::unread(), [""; 0]);
    }

    #[test]
    fn what_needs_another_recording_has_a_reader() {
        for key in super::ELSEWHERE.iter().flat_map(|(_, keys)| *keys) {
            assert!(super::shown_by(key).is_some(), "{key}");
        }
    }
}
