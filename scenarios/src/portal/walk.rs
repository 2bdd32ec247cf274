//! Walks that many scenarios begin with, in one step: what other scenarios show step by step.

use super::{Action, Kind, Step};

/// The password with which walks fetch files.
pub(crate) const USUAL_PASSWORD: &str = "1234";

/// A walk.
#[derive(Clone, Debug)]
pub(super) enum Walk {
    /// Fetch the certificate of a notice at `/p/rcd`, and save it by the notice's name.
    Fetch { notice: String },
    /// Show the certificate of a saved file at `/p/ru`, apply for its renewal, and write the IDs down.
    Renew { file: String, name: String },
    /// On the page 送信完了: wait for 発行済み, fetch the key, and save it by the name of the IDs.
    TakeKey { name: String },
    /// Apply for the revocation of a notice's certificate at `/p/rx`.
    AskRevocation { notice: String, email: String },
}

impl Walk {
    /// The steps that it stands for. Those of the scene break what the walk itself is about.
    pub(super) fn steps(&self, line: usize, shows: &[String]) -> Vec<Step> {
        let of = |notice: &str, key: &str| format!("{{{notice}.{key}}}");
        let open = |path: &str| Action::Open(path.to_owned());
        let fill = |label: &str, text: &str| Action::Fill { label: label.to_owned(), text: text.to_owned() };
        let press = |words: &str| Action::Press(words.to_owned());
        let heading = |text: &str| Action::Heading(text.to_owned());
        let (breaks, actions) = match self {
            Self::Fetch { notice } => (
                "RCD-008",
                vec![
                    open("/p/rcd"),
                    fill("リクエスト ID", &of(notice, "request_id")),
                    fill("リファレンス ID", &of(notice, "reference_id")),
                    fill("証明書パスワード", USUAL_PASSWORD),
                    fill("証明書パスワード(確認用)", USUAL_PASSWORD),
                    press("ダウンロード"),
                    Action::Answer(Kind::File),
                    Action::Save(notice.clone()),
                ],
            ),
            Self::Renew { file, name } => (
                "REN-003",
                vec![
                    Action::Choose { file: file.clone(), password: USUAL_PASSWORD.to_owned() },
                    open("/p/ru"),
                    press("証明書更新申請"),
                    press("Submit"),
                    heading("送信完了"),
                    Action::WriteDown(name.clone()),
                ],
            ),
            Self::TakeKey { name } => (
                "REN-008",
                vec![
                    Action::WaitFor("発行済み".to_owned()),
                    press("鍵の取得"),
                    fill("証明書パスワード", USUAL_PASSWORD),
                    press("Submit"),
                    press("Download"),
                    Action::Answer(Kind::File),
                    Action::Save(name.clone()),
                ],
            ),
            Self::AskRevocation { notice, email } => (
                "REV-004",
                vec![
                    open("/p/rx"),
                    fill("リクエスト ID", &of(notice, "request_id")),
                    fill("リファレンス ID", &of(notice, "reference_id")),
                    press("次へ"),
                    fill("申請者のメールアドレス", email),
                    fill("メールアドレス(確認用)", email),
                    press("申請"),
                    heading("証明書失効申請情報の入力内容確認画面"),
                    press("申請"),
                    Action::Answer(Kind::Page),
                ],
            ),
        };
        let step = |action: Action| {
            let breaks = vec![action.usually_breaks().unwrap_or(breaks).to_owned()];
            Step { line, action, shows: shows.to_vec(), breaks }
        };
        actions.into_iter().map(step).collect()
    }
}
