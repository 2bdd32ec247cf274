//! The help in Japanese, over the same definitions as the English one.

use obn_speech::cli::Program;

pub(super) const SPEECH: Program = Program { texts: TEXTS };

/// What each command does and what its options mean: command, option, text.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "",
        "",
        "オンライン請求ネットワーク共通認証局のサイト(cert.obn.managedpki.ne.jp)のシミュレーターです。実際の業務に使うコンピューターで、このルート証明書を信頼しないでください",
    ),
    ("serve", "", "シミュレーターを起動します(既定)"),
    ("health", "", "起動中のシミュレーターの準備ができていれば 0 で終了します(コンテナーのヘルスチェック用)"),
    (
        "profile",
        "",
        "実際のサイトについて分からないことのすべてを、根拠と別の想定とともに、有効なプロファイルとして出力します",
    ),
    ("scenes", "", "シーン(ワールドを始められる、用意された状態)の一覧を表示します"),
    ("", "listen", "ポータル(HTTPS)のアドレス(例: 8443、localhost:8443)。ポート 0 は空いているポート"),
    ("", "control", "制御 API(HTTP)のアドレス。ポート 0 は空いているポート"),
    ("health", "control", "制御 API のアドレス"),
    ("", "http", "失効リストを HTTP で公開するアドレス。省略すると公開しません"),
    (
        "",
        "relying_party",
        "証明書の利用先であるオンライン資格確認と請求のサイト(HTTPS)のアドレス。省略すると起動しません",
    ),
    (
        "",
        "renewal_listen",
        "プロファイルの client_auth.mode が split の場合に、クライアント証明書を求めるアドレス",
    ),
    ("", "smtp", "送信箱のメールを TLS なしで送るメールサーバー(確認用のメールサーバー向け)"),
    (
        "",
        "files",
        "制御 API で作成するワールドが指定できるファイル(インストーラー、保存したワールド)のフォルダー",
    ),
    ("", "store", "保存先。memory:、sqlite:パス または postgres://ユーザー@ホスト/データベース"),
    (
        "",
        "profile",
        "プロファイル(TOML)、または real-tls(実際のサイトの TLS について分かっていること)。全体の既定値は obn-ca profile",
    ),
    ("profile", "profile", "既定値で補って出力するプロファイル(TOML)、または real-tls"),
    ("profile", "json", "JSON で、キーごとに 1 つのオブジェクトを出力します"),
    ("", "seed", "同じシードからは、同じ鍵、ID、証明書が作られます"),
    ("", "hostname", "TLS の証明書に追加する名前またはアドレス"),
    ("", "no_sample", "新しいストアの最初に発行されるサンプルの発行通知書を、発行しません"),
    (
        "",
        "scene",
        "新しいストアをこのシーンで始めます(一覧は obn-ca scenes)。サンプルの発行通知書は発行しません",
    ),
    ("", "control_host", "制御 API を呼び出せる、ループバック以外のホスト名"),
    (
        "",
        "control_token_file",
        "制御 API の呼び出しに必要なベアラートークンを書いたファイル(または OBN_CA_CONTROL_TOKEN)",
    ),
    ("", "key_pool", "あらかじめ裏で作成しておく RSA 鍵の数"),
    ("", "journal", "ワールドごとのジャーナルに残す記録の数"),
    (
        "",
        "max_connections",
        "ポータルと制御 API それぞれの同時接続数。超えると、使われていない接続を閉じます",
    ),
    ("", "log", "標準エラー出力に記録する内容: off、error、warn、info、debug"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use obn_speech::Language;

    use super::*;

    #[test]
    fn every_command_and_option_has_its_japanese_help() {
        let definitions = SPEECH.definitions(crate::cli::Cli::command(), Language::English);
        assert_eq!(SPEECH.untranslated(&definitions), [""; 0]);
    }
}
