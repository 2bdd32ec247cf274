//! Reading a notice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::asked;
use crate::bilingual::Verbatim;
use crate::difference::Differences;
use crate::play::{Check, Done, Reader, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![look ReadNotice];

step! {
    /// A notice says this.
    struct ReadNotice { notice: NoticeExpectation } "read a notice{}", asked(notice); "通知書を読む{}", asked(notice)
}

/// What a notice must say.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct NoticeExpectation {
    /// Which one.
    name: String,
    /// 発行者 begins like this.
    issuer_begins: Option<String>,
    /// 発行元
    institution_code: Option<String>,
    /// 端末名称等
    terminal_name: Option<String>,
    /// The first 8 of the 15 digits of リクエストID.
    request_id_begins: Option<String>,
    /// 15 digits and 10 letters and digits.
    well_formed: Option<bool>,
    /// 電子証明書有効期限, first day.
    valid_from: Option<String>,
    /// 電子証明書有効期限, last day.
    valid_until: Option<String>,
    /// 電子証明書ダウンロードサイト有効期限
    download_until: Option<String>,
    /// Its IDs differ from those of this notice.
    differs_from: Option<String>,
}

impl Check<Scene> for ReadNotice {
    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.notice;
        let notice = scene.known.notice(&expected.name)?;
        let text = |notice: &Value, key: &str| match notice.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let mut differences = Differences::default();
        for (key, wanted) in [
            ("institution_code", &expected.institution_code),
            ("terminal_name", &expected.terminal_name),
            ("valid_from", &expected.valid_from),
            ("valid_until", &expected.valid_until),
            ("download_until", &expected.download_until),
        ] {
            let seen = text(notice, key);
            if let Some(wanted) = wanted
                && *wanted != seen
            {
                differences.add(Expected::OnNotice { key, text: wanted.clone() }, Verbatim(seen));
            }
        }
        for (key, wanted) in
            [("issuer", &expected.issuer_begins), ("request_id", &expected.request_id_begins)]
        {
            let seen = text(notice, key);
            if let Some(wanted) = wanted
                && !seen.starts_with(wanted.as_str())
            {
                differences.add(Expected::NoticeBegins { key, text: wanted.clone() }, Verbatim(seen));
            }
        }
        let (request_id, reference_id) = (text(notice, "request_id"), text(notice, "reference_id"));
        if expected.well_formed == Some(true) {
            if request_id.len() != 15 || !request_id.bytes().all(|byte| byte.is_ascii_digit()) {
                differences.add(Expected::RequestId, Verbatim(request_id.clone()));
            }
            let fits = reference_id.len() == 10 && reference_id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !fits {
                differences.add(Expected::ReferenceId, Verbatim(reference_id.clone()));
            }
        }
        if let Some(other) = &expected.differs_from {
            let other = scene.known.notice(other)?;
            if text(other, "request_id") == request_id || text(other, "reference_id") == reference_id {
                differences.add(Expected::OwnIds, Seen::Again { request_id });
            }
        }
        differences.done()
    }
}
