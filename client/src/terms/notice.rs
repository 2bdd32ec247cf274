//! What the 電子証明書発行通知書 says, which comes by registered post.

use jiff::civil::Date;

use crate::terms::identifiers::{ReferenceId, RequestId};

/// An issue notice (電子証明書発行通知書, manual 1.1). Only the two IDs are needed to download.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// 電子証明書ダウンロードサイトリクエストID.
    pub request_id: RequestId,
    /// 電子証明書ダウンロードサイトリファレンスID.
    pub reference_id: ReferenceId,
    /// 発行元: the institution code.
    pub institution_code: Option<String>,
    /// 端末名称等: what the applicant called the terminal.
    pub terminal_name: Option<String>,
    /// 電子証明書有効期限, first day.
    pub valid_from: Option<Date>,
    /// 電子証明書有効期限, last day.
    pub valid_until: Option<Date>,
    /// 電子証明書ダウンロードサイト有効期限: the last day to download, 180 days after issue.
    pub download_until: Option<Date>,
}

impl Notice {
    /// A notice of which only the two IDs are known.
    pub fn new(request_id: RequestId, reference_id: ReferenceId) -> Self {
        Self {
            request_id,
            reference_id,
            institution_code: None,
            terminal_name: None,
            valid_from: None,
            valid_until: None,
            download_until: None,
        }
    }
}
