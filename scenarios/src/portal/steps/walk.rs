//! Walks that many scenarios begin with, in one step: what other scenarios show step by step.

use super::answer::{Answer, Kind};
use super::certificate::Choose;
use super::form::{Fill, Press, Save, WriteDown};
use super::page::Heading;
use super::tab::Open;
use super::wait::{ComeTo, ISSUED, WaitFor};
use crate::play::{Action, Reader, Walk, act, look, step, steps};
use crate::portal::scene::{Scene, USUAL_PASSWORD};

pub(super) const STEPS: &[Reader<Scene>] = steps![walk Fetch, Renew, TakeKey, AskRevocation];

step! {
    /// Fetch the certificate of a notice at `/p/rcd`, and save it by the notice's name.
    struct Fetch { fetch: String }
}

impl Walk<Scene> for Fetch {
    const BREAKS: &str = "RCD-008";

    fn steps(&self) -> Vec<Action<Scene>> {
        vec![
            open("/p/rcd"),
            fill("リクエスト ID", &of(&self.fetch, "request_id")),
            fill("リファレンス ID", &of(&self.fetch, "reference_id")),
            fill("証明書パスワード", USUAL_PASSWORD),
            fill("証明書パスワード(確認用)", USUAL_PASSWORD),
            press("ダウンロード"),
            get(Kind::File),
            save(&self.fetch),
        ]
    }
}

step! {
    /// Show the certificate of a saved file at `/p/ru`, apply for its renewal, and write the IDs down.
    struct Renew {
        renew: String,
        /// A name for the new IDs
        r#as: String,
    }
}

impl Walk<Scene> for Renew {
    const BREAKS: &str = "REN-003";

    fn steps(&self) -> Vec<Action<Scene>> {
        vec![
            act(Choose { choose: self.renew.clone(), with: None }),
            open("/p/ru"),
            press("証明書更新申請"),
            press("Submit"),
            heading("送信完了"),
            act(WriteDown { write_down: self.r#as.clone() }),
        ]
    }
}

step! {
    /// On the page 送信完了: wait for 発行済み, fetch the key, and save it by the name of the IDs.
    struct TakeKey { take_key: String }
}

impl Walk<Scene> for TakeKey {
    const BREAKS: &str = "REN-008";

    fn steps(&self) -> Vec<Action<Scene>> {
        vec![
            act(WaitFor { wait_for: ISSUED.to_owned() }),
            act(ComeTo { come_to: "鍵の取得".to_owned() }),
            fill("証明書パスワード", USUAL_PASSWORD),
            press("Submit"),
            press("Download"),
            get(Kind::File),
            save(&self.take_key),
        ]
    }
}

step! {
    /// Apply for the revocation of a notice's certificate at `/p/rx`.
    struct AskRevocation {
        ask_revocation: String,
        /// A mail address
        with: String,
    }
}

impl Walk<Scene> for AskRevocation {
    const BREAKS: &str = "REV-004";

    fn steps(&self) -> Vec<Action<Scene>> {
        vec![
            open("/p/rx"),
            fill("リクエスト ID", &of(&self.ask_revocation, "request_id")),
            fill("リファレンス ID", &of(&self.ask_revocation, "reference_id")),
            press("次へ"),
            fill("申請者のメールアドレス", &self.with),
            fill("メールアドレス(確認用)", &self.with),
            press("申請"),
            heading("証明書失効申請情報の入力内容確認画面"),
            press("申請"),
            get(Kind::Page),
        ]
    }
}

fn of(notice: &str, key: &str) -> String {
    format!("{{{notice}.{key}}}")
}

fn open(path: &str) -> Action<Scene> {
    act(Open { open: path.to_owned() })
}

fn fill(label: &str, text: &str) -> Action<Scene> {
    act(Fill { fill: label.to_owned(), with: text.to_owned() })
}

fn press(words: &str) -> Action<Scene> {
    act(Press { press: words.to_owned() })
}

fn save(name: &str) -> Action<Scene> {
    act(Save { save: name.to_owned() })
}

fn heading(text: &str) -> Action<Scene> {
    look(Heading { heading: text.to_owned() })
}

fn get(kind: Kind) -> Action<Scene> {
    look(Answer { answer: kind })
}
