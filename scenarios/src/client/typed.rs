//! Somebody at a terminal: told in their language what to do, and answering with exit codes.

use obn_ca::journal::Entry;
use obn_speech::Language;
use tokio::sync::{Mutex, mpsc};

use super::guide::{Answer, Person, Task, Waiting};
use super::log;
use super::scenario::ClientScenario;
use super::steps::Operation;
use super::watch::How;
use crate::play::Case;

/// Lines that are typed, and a way to tell what to do.
pub(super) struct Typed {
    language: Language,
    typed: Mutex<mpsc::Receiver<String>>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Typed {
    pub(super) fn new(
        language: Language,
        typed: mpsc::Receiver<String>,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self { language, typed: Mutex::new(typed), tell: Box::new(tell) }
    }

    fn say(&self, japanese: &str, english: &str) {
        (self.tell)(self.language.pick(japanese, english));
    }

    fn tell(&self, text: &str) {
        self.say(text, text);
    }
}

impl Person for Typed {
    fn meets(&self, scenario: &ClientScenario, _: &Case, _: &str) {
        let english = scenario.head.name.as_str();
        let name = self.language.pick(scenario.head.ja.as_deref().unwrap_or(english), english);
        self.tell(&format!("\n== {}\n   {name}", scenario.head.id));
    }

    fn is_asked(&self, task: &Task) {
        let (japanese, english) = instruction(task.operation);
        self.tell(&format!("\n→ {}", self.language.pick(japanese, english)));
        for (name, value) in &task.told {
            self.tell(&format!("   {name} = {value}"));
        }
        if task.output.is_some() {
            self.say(
                "   ブラウザーの場合は、保存したファイルを OBN_OUTPUT のパスに置いてください",
                "   With a browser, save or move the file to the path in OBN_OUTPUT",
            );
        }
        self.say(
            "   完了したら終了コードを入力: 0 完了、1 認証局が拒否、2 使い方の誤り、3 ネットワークまたは TLS、4 サイトの応答がマニュアルと異なる、s 未対応(飛ばす)、q 中止",
            "   When it has ended, type how: 0 done, 1 refused, 2 usage, 3 network or TLS, 4 protocol, s not supported (skip), q quit",
        );
    }

    fn sees(&self, entries: &[Entry]) {
        for line in entries.iter().filter_map(log::line) {
            self.say(&format!("   サイトの記録: {}", line.ja), &format!("   seen: {}", line.en));
        }
    }

    fn answers(&self) -> Waiting<'_, Answer> {
        Box::pin(async {
            let mut typed = self.typed.lock().await;
            let status = loop {
                match typed.recv().await.as_deref().map(str::trim) {
                    Some("s") => return Answer::Unsupported,
                    Some("q") | None => return Answer::Quit,
                    Some(word) => match word.parse() {
                        Ok(status @ 0..=4) => break status,
                        _ => self.say(
                            "   0、1、2、3、4、s、q のどれかを入力してください",
                            "   0, 1, 2, 3, 4, s or q",
                        ),
                    },
                }
            };
            self.say(
                "   画面に表示された言葉を 1 行で入力してください(なければそのまま Enter)",
                "   What did it say? (one line, or nothing)",
            );
            let words = typed.recv().await.unwrap_or_default();
            Answer::Ended { how: How::Status(status), words, file: None }
        })
    }

    fn ends_program(&self) -> Waiting<'_, ()> {
        Box::pin(async {
            self.say(
                "   ここでプログラムを強制終了し、Enter を押してください",
                "   End the program by force now, then press Enter",
            );
            let _ = self.typed.lock().await.recv().await;
        })
    }
}

/// In Japanese and English.
fn instruction(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::Apply => (
            "証明書の発行を申請 (確認には OBN_CONFIRM で答える)",
            "Apply for certificates, and answer OBN_CONFIRM when asked (/p/rcr)",
        ),
        Operation::Login => (
            "OBN_IDENTITY の証明書で OBN_LOGIN_URL にログイン",
            "Log in at OBN_LOGIN_URL with the certificate of OBN_IDENTITY",
        ),
        Operation::Root => (
            "ルート証明書を取得して OBN_OUTPUT に保存",
            "Fetch the root certificate into OBN_OUTPUT (/p/cert)",
        ),
        Operation::Download => {
            ("証明書を取得して OBN_OUTPUT に保存", "Download the certificate into OBN_OUTPUT (/p/rcd)")
        }
        Operation::Renew => (
            "OBN_IDENTITY の証明書を更新して OBN_OUTPUT に保存",
            "Renew the certificate of OBN_IDENTITY into OBN_OUTPUT (/p/ru)",
        ),
        Operation::Collect => (
            "更新後の証明書を取得して OBN_OUTPUT に保存",
            "Collect the renewed certificate into OBN_OUTPUT (/p/ru)",
        ),
        Operation::Revoke => (
            "失効を申請 (確認には OBN_CONFIRM で答える)",
            "Apply for the revocation, and answer OBN_CONFIRM when asked (/p/rx)",
        ),
        Operation::Notices => (
            "OBN_NOW に表示されるお知らせを OBN_OUTPUT に保存",
            "Save the notice of the day OBN_NOW into OBN_OUTPUT, if there is one",
        ),
        Operation::List => (
            "OBN_FOLDER にある証明書の一覧を、新しいものから順に、有効期限を付けて OBN_OUTPUT に保存",
            "Save a list of the certificates in OBN_FOLDER into OBN_OUTPUT, each with its last day, the newest first",
        ),
        Operation::Installer => (
            "MPKI クライアントのインストーラーが OBN_INSTALLED と異なれば OBN_OUTPUT に保存",
            "Save the installer of the MPKI client into OBN_OUTPUT, unless it is OBN_INSTALLED (/p/s)",
        ),
        Operation::Remove => (
            "更新済みの古い証明書を OBN_FOLDER から削除",
            "Delete the replaced certificates in OBN_FOLDER, and answer OBN_CONFIRM when asked",
        ),
    }
}
