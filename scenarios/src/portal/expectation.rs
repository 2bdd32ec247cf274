//! What is expected of notices, files, lists and mails, as scenarios write it.

use serde::{Deserialize, Serialize};

use crate::eyes::CertificateExpectation;

/// What a notice must say.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeExpectation {
    /// Which one.
    pub name: String,
    /// 発行者 begins like this.
    pub issuer_begins: Option<String>,
    /// 発行元
    pub institution_code: Option<String>,
    /// 端末名称等
    pub terminal_name: Option<String>,
    /// The first 8 of the 15 digits of リクエストID.
    pub request_id_begins: Option<String>,
    /// 15 digits and 10 letters and digits.
    pub well_formed: Option<bool>,
    /// 電子証明書有効期限, first day.
    pub valid_from: Option<String>,
    /// 電子証明書有効期限, last day.
    pub valid_until: Option<String>,
    /// 電子証明書ダウンロードサイト有効期限
    pub download_until: Option<String>,
    /// Its IDs differ from those of this notice.
    pub differs_from: Option<String>,
}

/// What a saved file must be.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The name under which it was saved.
    pub file: String,
    /// The file's own name.
    pub name: Option<String>,
    /// The media type that it came as.
    pub media_type: Option<String>,
    /// A package that the Windows installer knows: an OLE compound file.
    pub windows_installer: Option<bool>,
    /// The file's own name ends in one of these.
    pub name_ends_in: Option<Vec<String>>,
    /// A PFX file that this password opens; further checks of a PFX file need it.
    pub password: Option<String>,
    /// A PFX file that this password doesn't open.
    pub not_password: Option<String>,
    /// There is one private key, and it fits the certificate.
    pub private_key: Option<bool>,
    /// The certificate of the issuing root is inside, and it has signed the certificate.
    pub root: Option<bool>,
    /// Windows 8.1 can import it.
    pub windows_8_1: Option<bool>,
    /// OpenSSL 3 can open it without its legacy provider.
    pub openssl_3: Option<bool>,
    /// It holds the same certificate and key as this saved file.
    pub same_identity_as: Option<String>,
    /// It holds another key than this saved file.
    pub other_key_than: Option<String>,
    /// The file is a certificate, or its certificate is like this.
    pub certificate: Option<CertificateExpectation>,
}

/// What a saved revocation list must say.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListExpectation {
    /// The name under which it was saved.
    pub file: String,
    /// It is binary, not PEM.
    pub der: Option<bool>,
    /// Signed by the root in this saved PFX file, which opens with the usual password.
    pub signed_by_root_of: Option<String>,
    /// Names the key of that root as its signer's.
    pub names_key_of_root_of: Option<String>,
    /// The certificates of these notices are on it.
    pub lists: Option<Vec<String>>,
    /// The certificates of these notices are not.
    pub lists_not: Option<Vec<String>>,
    /// The certificates on it were revoked at this moment.
    pub revoked_at: Option<String>,
    /// The reason that is given for each; `none` if none shall be.
    pub reason: Option<String>,
    /// It is in force at this moment.
    pub current: Option<bool>,
    /// Its number is higher than that of this saved list, and it came out later or at the same time.
    pub newer_than: Option<String>,
    /// It is this saved list.
    pub same_as: Option<String>,
}

/// What a mail must be.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MailExpectation {
    /// Whom it goes to.
    pub to: Option<String>,
    /// What stands in subject or text.
    pub says: Option<String>,
    /// What stands in neither.
    pub says_not: Option<String>,
}

/// A fault of the simulator's catalogue, and where it strikes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSetting {
    /// Its name in the catalogue.
    pub name: String,
    /// At which outcome in the words of the journal, such as `ru.accepted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// At which path, or its beginning and `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How often; otherwise as the catalogue says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What is asked, as the scenario writes it: `private_key = true, root = true`.
pub(super) fn asked(expectation: &impl Serialize) -> String {
    let mut parts = Vec::new();
    if let Ok(serde_json::Value::Object(members)) = serde_json::to_value(expectation) {
        gather(members, &mut parts);
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn gather(members: serde_json::Map<String, serde_json::Value>, parts: &mut Vec<String>) {
    for (key, value) in members {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::Object(inner) => gather(inner, parts),
            value => parts.push(format!("{key} = {value}")),
        }
    }
}
