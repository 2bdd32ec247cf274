//! The addresses of the pages: of the first ones, which are the manual's, and of the steps behind them (`wire.paths`).

use crate::authority::Applicant;
use crate::profile::Paths;
use crate::terms::RequestId;

/// 電子証明書発行申請.
pub(super) const RCR: &str = "/p/rcr";
/// 証明書の取得画面 (manual 1.1).
pub(super) const RCD: &str = "/p/rcd";
/// 更新申請画面 (manual 2.2).
pub(super) const RU: &str = "/p/ru";
/// 証明書失効申請情報の入力画面 (manual 3).
pub(super) const RX: &str = "/p/rx";

/// What a form or link leads to, and a renewal's redirections.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A form of `/p/rcr`.
    Enter(Applicant),
    /// 次へ below that form.
    Check(Applicant),
    /// 申請 below what is to be confirmed.
    Order,
    /// ダウンロード of `/p/rcd`.
    Fetch,
    /// 証明書更新申請 and its Submit.
    Apply,
    /// 送信完了.
    Status,
    /// 更新後証明書の取得.
    List,
    /// 鍵の取得 and its Submit.
    Key,
    /// Download.
    Download,
    /// 次へ of `/p/rx`.
    Identify,
    /// 申請 beside the mail address.
    Confirm,
    /// 申請 below what is to be confirmed.
    Revoke,
}

impl Step {
    /// The address for the router, with `{request_id}` where a request ID stands.
    pub(super) fn route(self, paths: Paths) -> &'static str {
        match (self, paths) {
            (Self::Enter(Applicant::Institution), Paths::Plain) => "/p/rcr/institution",
            (Self::Enter(Applicant::Insurer), Paths::Plain) => "/p/rcr/insurer",
            (Self::Enter(Applicant::Institution), Paths::Struts) => "/p/rcr/institution.do",
            (Self::Enter(Applicant::Insurer), Paths::Struts) => "/p/rcr/insurer.do",
            (Self::Check(Applicant::Institution), Paths::Plain) => "/p/rcr/institution",
            (Self::Check(Applicant::Insurer), Paths::Plain) => "/p/rcr/insurer",
            (Self::Check(Applicant::Institution), Paths::Struts) => "/p/rcr/institution/confirm.do",
            (Self::Check(Applicant::Insurer), Paths::Struts) => "/p/rcr/insurer/confirm.do",
            (Self::Order, Paths::Plain) => "/p/rcr/apply",
            (Self::Order, Paths::Struts) => "/p/rcr/apply.do",
            (Self::Fetch, Paths::Plain) => RCD,
            (Self::Fetch, Paths::Struts) => "/p/rcd/download.do",
            (Self::Apply, Paths::Plain) => "/p/ru/apply",
            (Self::Apply, Paths::Struts) => "/p/ru/apply.do",
            (Self::Status, Paths::Plain) => "/p/ru/status/{request_id}",
            (Self::Status, Paths::Struts) => "/p/ru/{request_id}/status.do",
            (Self::List, Paths::Plain) => "/p/ru/list",
            (Self::List, Paths::Struts) => "/p/ru/list.do",
            (Self::Key, Paths::Plain) => "/p/ru/key/{request_id}",
            (Self::Key, Paths::Struts) => "/p/ru/{request_id}/key.do",
            (Self::Download, Paths::Plain) => "/p/ru/download/{request_id}",
            (Self::Download, Paths::Struts) => "/p/ru/{request_id}/download.do",
            (Self::Identify, Paths::Plain) => RX,
            (Self::Identify, Paths::Struts) => "/p/rx/identify.do",
            (Self::Confirm, Paths::Plain) => "/p/rx/confirm",
            (Self::Confirm, Paths::Struts) => "/p/rx/confirm.do",
            (Self::Revoke, Paths::Plain) => "/p/rx/apply",
            (Self::Revoke, Paths::Struts) => "/p/rx/apply.do",
        }
    }

    /// The address of a renewal's page.
    pub(super) fn of(self, request_id: &RequestId, paths: Paths) -> String {
        self.route(paths).replace("{request_id}", request_id.as_str())
    }
}
