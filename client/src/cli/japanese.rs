//! The help in Japanese, over the same definitions as the English one.

use clap::{Arg, ArgAction, Command};

/// What each command does and what its options mean: command, option, text. An option that belongs to no command means
/// the same in all that do not say otherwise.
const TEXTS: &[(&str, &str, &str)] = &[
    ("apply", "", "電子証明書の発行を申請します"),
    ("root", "", "サイトのルート証明書を取得します(マニュアル 5.3)"),
    (
        "installer",
        "",
        "MPKIクライアントのインストーラーを取得し、新しいバージョンがあれば知らせます(マニュアル 1.5、5.4)",
    ),
    ("download", "", "電子証明書発行通知書の証明書をダウンロードします(マニュアル 1.1)"),
    ("renew", "", "証明書を更新します(申請、発行待ち、鍵の取得。マニュアル 2.2)"),
    ("collect", "", "更新済みの証明書の鍵を取得します(マニュアル 2.2.1)"),
    ("revoke", "", "証明書の失効を申請します(マニュアル 3)"),
    (
        "check",
        "",
        "証明書を利用するサイトにログインし、証明書の内容、または受け付けられない理由を表示します(マニュアル 1.6)",
    ),
    ("show", "", "PFXファイルの内容を表示します"),
    ("list", "", "保管庫の証明書を一覧表示します(* は使用中の証明書)"),
    (
        "notices",
        "",
        "MPKIクライアントが本日表示するはずの「証明書に関するお知らせ」を表示します(マニュアル 2.1)",
    ),
    ("watch", "", "常駐して証明書の有効期限を見張り、お知らせを表示し、指定があれば更新します"),
    (
        "backup",
        "",
        "証明書を鍵とチェーンとともに新しいパスワードのPFXファイルに保存します(マニュアル 1.4、2.1.2)",
    ),
    ("restore", "", "PFXファイルの証明書を保管庫に戻します"),
    (
        "export",
        "",
        "OpenSSL、curl、Java、NSS、Windows用に証明書を書き出し、またはブラウザーのデータベースに入れます",
    ),
    ("remove", "", "保管庫から証明書を削除します(マニュアル 4)"),
    ("completions", "", "シェルの補完スクリプトを出力します"),
    ("man", "", "マニュアルページを書き出します"),
    ("help", "", "このヘルプ、またはコマンドのヘルプを表示します"),
    ("", "url", "サイトのURL"),
    (
        "",
        "renewal_url",
        "更新の画面だけ別のホストまたはポートにある場合の、サイトの2つ目のURL。ID、パスワード、クライアント証明書は、この2つ以外には送信しません",
    ),
    ("", "root", "TLSで信頼するルート証明書(PEM)。ここから発行されたサーバーとだけ通信します"),
    ("", "intermediates", "サーバーが中間証明書を送らない場合に補う中間証明書(PEM)"),
    ("", "proxy", "経由するプロキシ(http://ホスト:ポート)。指定しなければサイトに直接接続します"),
    (
        "",
        "proxy_user",
        "プロキシのユーザー名(NTLMまたはBasic認証。NTLMでは「ドメイン\\ユーザー名」も可)。パスワードは OBN_PROXY_PASSWORD またはファイルで指定します",
    ),
    ("", "proxy_password_file", "プロキシのパスワードを書いたファイル"),
    ("", "proxy_bypass", "プロキシを経由しないホスト(例: *.obn.managedpki.ne.jp;*.rece)"),
    ("", "store", "証明書の保管庫のフォルダー [既定値: 利用者のデータフォルダーの obn]"),
    ("", "poll_interval", "更新のステータスを確認する間隔(秒)"),
    ("", "wait", "更新の発行を待つ時間(秒) [既定値: ステータスの確認300回]"),
    ("", "lang", "メッセージの言語(ja または en)[既定値: ロケールによる]"),
    ("", "json", "文章の代わりにJSONを1つ出力します"),
    (
        "",
        "record",
        "サイトとの通信の記録を書き出すファイル(HAR)。ID、パスワード、名称、Cookie、鍵は置き換えます",
    ),
    ("", "now", "現在時刻として扱う時刻(RFC 3339)。時計を進めたシミュレーターに合わせるためのものです"),
    ("", "help", "ヘルプを表示します"),
    ("", "version", "バージョンを表示します"),
    (
        "",
        "windows_store",
        "サインインしている利用者のWindowsの証明書ストアの証明書(シリアル番号で指定)を使い、新しい証明書もそこにインストールします",
    ),
    (
        "",
        "not_exportable",
        "--windows-store 用: 後からWindowsでバックアップできない鍵にします(マニュアル 1.2 ではできるようにします)",
    ),
    ("", "request_id", "リクエストID"),
    ("", "reference_id", "リファレンスID"),
    ("", "out", "PFXファイルの保存先 [既定値: 保管庫。--store を指定した場合は両方]"),
    ("", "force", "保存先のファイルがあれば置き換えます"),
    ("", "yes", "確認せずに実行します(確認するのは端末で実行したときだけです)"),
    ("", "name", "証明書(obn list に表示される名前)[既定値: 使用中の証明書]"),
    ("", "identity", "認証に使うPFXファイル(保管庫の証明書の代わり)"),
    (
        "",
        "identity_password_file",
        "そのパスワードを書いたファイル(または OBN_IDENTITY_PASSWORD)。- は標準入力",
    ),
    ("", "password_file", "PFXファイルのパスワードを書いたファイル(または OBN_PASSWORD)。- は標準入力"),
    (
        "",
        "new_password_file",
        "新しい証明書のパスワード(4桁)を書いたファイル(または OBN_NEW_PASSWORD)。- は標準入力",
    ),
    ("apply", "holder", "医療機関コード(10桁)、保険者番号(8桁)または受付番号"),
    (
        "apply",
        "applicant",
        "申請者の区分(institution: 医療機関等、insurer: 医療保険者等)[既定値: コードによる。受付番号は医療機関等]",
    ),
    ("apply", "holder_name", "医療機関等または医療保険者等の名称"),
    ("apply", "department", "申請者の部署名"),
    ("apply", "telephone", "申請者の電話番号"),
    ("apply", "email", "申請情報受付通知の送付先メールアドレス"),
    ("apply", "terminal", "端末名称等(発行通知書に記載されます)"),
    ("apply", "certificates", "発行枚数"),
    ("root", "out", "ルート証明書(DER)の保存先"),
    ("installer", "out", "インストーラーの保存先"),
    (
        "installer",
        "installed",
        "この端末のMPKIクライアントをインストールしたときのインストーラー。サイトのものと異なるときだけ保存します",
    ),
    (
        "download",
        "password_file",
        "証明書を保護するパスワード(4桁)を書いたファイル(または OBN_PASSWORD)。- は標準入力",
    ),
    (
        "download",
        "windows_store",
        "サインインしている利用者のWindowsの証明書ストアにもインストールし、そのルート証明書を信頼します(マニュアル 1.2)",
    ),
    (
        "root",
        "windows_store",
        "サインインしている利用者の「信頼されたルート証明機関」にもインストールします(マニュアル 5.3.2)",
    ),
    (
        "list",
        "windows_store",
        "保管庫の代わりに、サインインしている利用者のWindowsの証明書ストアを一覧表示します",
    ),
    (
        "remove",
        "windows_store",
        "サインインしている利用者のWindowsの証明書ストアから削除します(名前は obn list --windows-store のシリアル番号)",
    ),
    ("renew", "force", "残り90日を超えていても申請し、保存先のファイルがあれば置き換えます"),
    ("collect", "request_id", "一覧のうち取得するもの(複数ある場合に必要です)"),
    ("revoke", "reference_id", "リファレンスID [既定値: 保管庫に記録されたもの]"),
    ("revoke", "email", "失効の完了の連絡先メールアドレス"),
    (
        "revoke",
        "identity",
        "クライアント証明書を求められた場合に使うPFXファイル [既定値: 保管庫の該当する証明書]",
    ),
    ("check", "login_url", "ログインするサイト(例: https://hweb.oqs.onshikaku.org)"),
    ("show", "file", "PFXファイル"),
    ("backup", "out", "PFXファイルの保存先。フォルダーを指定すると証明書の名前で保存します"),
    ("backup", "any_password", "マニュアルの定める4桁の半角数字以外のパスワードを認めます"),
    ("backup", "as_delivered", "取得したときのファイルとパスワードのまま保存します"),
    ("backup", "aes", "AES-256で暗号化します(Windows 8.1ではインポートできません)"),
    (
        "backup",
        "new_password_file",
        "バックアップのパスワードを書いたファイル(または OBN_NEW_PASSWORD)。- は標準入力",
    ),
    ("restore", "from", "PFXファイル、またはPFXファイルのあるフォルダー"),
    ("export", "format", "どのプログラム用か"),
    ("export", "out", "保存先のフォルダー(なければ作成します)"),
    (
        "export",
        "into",
        "nss用: このフォルダーのデータベースに直接インポートします(Chromiumは ~/.pki/nssdb、Firefoxはプロファイル)",
    ),
    (
        "export",
        "database_password_file",
        "--into 用: データベースにパスワードがある場合、それを書いたファイル",
    ),
    ("remove", "force", "ほかに有効な証明書がなくても削除します"),
    ("watch", "renew", "更新できるようになったら更新します"),
    ("watch", "exec_limit", "そのプログラムの制限時間(秒)。過ぎると終了させ、失敗とみなします"),
    ("watch", "exec", "お知らせ、更新、失敗のたびに実行するプログラム(標準入力にJSONを渡します)"),
    ("watch", "once", "1回だけ確認して終了します(タイマーから起動する場合)"),
    (
        "watch",
        "install",
        "この指定のまま1時間ごとに見張るようシステムに登録します(利用者のsystemdタイマー、またはWindowsのタスクスケジューラ)",
    ),
    ("watch", "uninstall", "その登録を解除します"),
    ("completions", "shell", "シェル"),
    ("man", "out", "保存先のフォルダー"),
];

/// The definitions with their help in Japanese.
pub(crate) fn in_japanese(command: Command) -> Command {
    let about = "オンライン請求ネットワーク共通認証局のクライアント証明書を取得、保管、更新します";
    let more = "終了コード: 0 完了、1 認証局の拒否、2 使い方の誤り、3 ネットワークまたはTLS、4 サイトの応答がマニュアルと異なる\n\n\
                パスワードはファイル、環境変数、または入力で受け取ります。引数では受け取りません";
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let command = command.about(about).long_about(format!("{about}\n\n{more}")).disable_version_flag(true);
    dress(command.arg(version), "").subcommand_help_heading("コマンド").mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let sub = dress(sub, &name);
        match text(&name, "") {
            Some(about) => sub.about(about),
            None => sub,
        }
    })
}

fn text(command: &str, option: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(of, id, _)| *of == command && *id == option).map(|(_, _, text)| *text)
}

fn dress(command: Command, name: &str) -> Command {
    command
        .help_template("{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help))
        .mut_args(|argument| {
            let id = argument.get_id().as_str();
            let help = text(name, id).or_else(|| text("", id));
            let heading = match () {
                () if argument.is_positional() => "引数",
                () if argument.is_global_set() => "共通オプション",
                () => "オプション",
            };
            let argument = argument.help_heading(heading);
            match help {
                Some(help) => argument.help(help),
                None => argument,
            }
        })
}
