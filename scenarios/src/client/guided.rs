//! Guided: the same scenarios for a person, or for a program that can't be started from a command. The
//! terminal says what to do now, the harness watches the journal, and the person says how it ended.

use std::collections::BTreeSet;

use super::guide::Guide;
use super::log;
use super::stage::Stage;
use super::watch::{Ended, How, UNSUPPORTED, Watch, follow};
use crate::error::Error;

/// Why nothing more is played with somebody who quit.
pub(super) const ENDED: &str = "the session was ended";

/// Has an action done, and answers with how it ended.
pub(super) async fn run(
    guide: &Guide,
    environment: &[(String, String)],
    stage: &Stage,
    watch: Watch<'_>,
) -> Result<Ended, Error> {
    let value = |name: &str| environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    guide.say(&format!("\n→ {}", instruction(value("OBN_ACTION").unwrap_or_default())));
    for (name, value) in
        environment.iter().filter(|(name, _)| name != "OBN_ACTION" && name.starts_with("OBN_"))
    {
        guide.say(&format!("   {name} = {value}"));
    }
    if value("OBN_OUTPUT").is_some() {
        guide.say("   ブラウザーの場合は、保存したファイルを OBN_OUTPUT のパスに置く / With a browser, save or move the file to the path in OBN_OUTPUT");
    }
    guide.say("   完了したら終了コードを入力: 0 完了、1 認証局が拒否、2 使い方の誤り、3 ネットワークまたは TLS、4 サイトの応答がマニュアルと異なる、s 未対応(飛ばす)、q 中止");
    guide.say("   When it has ended, type how: 0 done, 1 refused, 2 usage, 3 network or TLS, 4 protocol, s not supported (skip), q quit");
    let mut typed = guide.typed().await;
    let mut journal = stage.world.journal.watch();
    let mut seen = *journal.borrow_and_update();
    let how = loop {
        tokio::select! {
            line = typed.recv() => match line.as_deref().map(str::trim) {
                Some("s") => break How::Status(UNSUPPORTED),
                Some("q") | None => {
                    guide.quits();
                    break How::Quit;
                }
                Some(word) => match word.parse() {
                    Ok(status @ 0..=4) => break How::Status(status),
                    _ => guide.say("   0、1、2、3、4、s、q のどれか / 0, 1, 2, 3, 4, s or q"),
                },
            },
            changed = journal.changed() => {
                changed.map_err(|error| Error::broken("the journal", error))?;
                let entries = stage.world.journal.after(seen);
                seen = entries.last().map_or(seen, |entry| entry.sequence);
                entries.iter().filter_map(log::line).for_each(|line| guide.say(&format!("   seen: {line}")));
                if follow(&entries, stage, &watch).await? {
                    guide.say("   ここで強制終了してください / End the program by force now, then press Enter");
                    let _ = typed.recv().await;
                    break How::Killed;
                }
            }
        }
    };
    let mut output = String::new();
    if !matches!(how, How::Killed | How::Quit | How::Status(UNSUPPORTED)) {
        guide.say("   画面に表示された言葉 / What did it say? (one line, or nothing)");
        output = typed.recv().await.unwrap_or_default();
    }
    Ok(Ended { how, output, arguments: BTreeSet::new() })
}

fn instruction(action: &str) -> &'static str {
    match action {
        "apply" => {
            "証明書の発行を申請 (確認には OBN_CONFIRM で答える) / Apply for certificates, and answer OBN_CONFIRM when asked (/p/rcr)"
        }
        "root" => {
            "ルート証明書を取得して OBN_OUTPUT に保存 / Fetch the root certificate into OBN_OUTPUT (/p/cert)"
        }
        "download" => {
            "証明書を取得して OBN_OUTPUT に保存 / Download the certificate into OBN_OUTPUT (/p/rcd)"
        }
        "renew" => {
            "OBN_IDENTITY の証明書を更新して OBN_OUTPUT に保存 / Renew the certificate of OBN_IDENTITY into OBN_OUTPUT (/p/ru)"
        }
        "collect" => {
            "更新後の証明書を取得して OBN_OUTPUT に保存 / Collect the renewed certificate into OBN_OUTPUT (/p/ru)"
        }
        "login" => {
            "OBN_IDENTITY の証明書で OBN_LOGIN_URL にログイン / Log in at OBN_LOGIN_URL with the certificate of OBN_IDENTITY"
        }
        "revoke" => {
            "失効を申請 (確認には OBN_CONFIRM で答える) / Apply for the revocation, and answer OBN_CONFIRM when asked (/p/rx)"
        }
        "notices" => {
            "OBN_NOW に表示されるお知らせを OBN_OUTPUT に保存 / Save the notice of the day OBN_NOW into OBN_OUTPUT, if there is one"
        }
        _ => {
            "更新済みの古い証明書を OBN_FOLDER から削除 / Delete the replaced certificates in OBN_FOLDER, and answer OBN_CONFIRM when asked"
        }
    }
}
