//! The help in Japanese, over the same definitions as the English one.

use obn_speech::cli::Program;

pub(super) const SPEECH: Program = Program { texts: TEXTS };

/// What each command does and what its options mean: command, option, text.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "",
        "",
        "オンライン請求ネットワーク共通認証局のマニュアルが定めることを、サイトまたはクライアントで 1 つずつ確かめます\n\n\
         終了コード: 0 すべて合格、1 失敗あり、2 使い方の誤り、3 ハーネスの異常、130 と 143 シグナルによる終了",
    ),
    (
        "portal",
        "",
        "サイトのシナリオを、シナリオごとに起動するシミュレーター、または稼働中のサイトに対して実行します",
    ),
    ("client", "", "クライアントのシナリオを、開発したコマンドに対して、シナリオごとの場面で実行します"),
    ("serve", "", "同じことをブラウザーの画面で行います(選択、経過、案内、比較)"),
    (
        "coverage",
        "",
        "要件ごとにそれを確かめるシナリオを、またはマニュアルの記述ごとに対応する要件を表示します",
    ),
    (
        "fidelity",
        "",
        "分かっていること、推定、独自の選択を、要件とプロファイルのキーごとに出力します(Markdown、日本語と英語)",
    ),
    ("init", "", "7 つの言語のいずれかで、クライアントのひな形を作成します"),
    ("init", "language", "クライアントの言語"),
    ("init", "dir", "作成先のフォルダー。まだないか、空のもの"),
    (
        "redact",
        "",
        "実際のサイトの記録から、ID、パスワード、名称、Cookie、鍵を置き換え、確かめて、人に渡せる記録を作ります",
    ),
    ("redact", "file", "記録(.har)、または保存した画面(.html、.mhtml)"),
    ("redact", "out", "人に渡せる記録の保存先"),
    (
        "redact",
        "saved",
        "ブラウザーが保存したファイルのフォルダー。記録に含まれない PFX ファイルを記録に加えます",
    ),
    (
        "redact",
        "password_file",
        "記録の中の PFX ファイルのパスワードを 1 行に 1 つ書いたファイル。記録の中で入力されたものは不要です",
    ),
    ("redact", "secrets_file", "ほかに残してはならない言葉を 1 行に 1 つ書いたファイル(医療機関の名称など)"),
    (
        "redact",
        "hosts",
        "*.managedpki.ne.jp とこのコンピューターのほかに、サービスに属するホスト。繰り返せます",
    ),
    (
        "learn",
        "",
        "実際のサイトの記録から、プロファイルのどのキーがどの値かを学び、次に記録するとよいものを伝えます",
    ),
    (
        "learn",
        "files",
        "Edge、Chrome、Firefox、Playwright、obn --record の記録(HAR)、保存した画面(.html、.mhtml)、PFX ファイル、証明書、失効リスト、それらのフォルダー。内容がこのコンピューターの外に出ることはありません",
    ),
    ("learn", "password_file", "PFX ファイルのパスワードを書いたファイル。記録のフォームにあれば不要です"),
    ("learn", "profile", "分かったキーを書き出すプロファイル(TOML)"),
    (
        "replay",
        "",
        "記録された要求を、そこから分かるプロファイルのシミュレーターに対して行い、違いを表示します",
    ),
    ("replay", "files", "learn と同じ記録"),
    ("replay", "password_file", "PFX ファイルのパスワードを書いたファイル。記録のフォームにあれば不要です"),
    ("replay", "profile", "記録から分かるものの代わりに使うプロファイル(TOML)"),
    (
        "",
        "learned",
        "learn が書き出したプロファイル。その値のもとで検証し、決着した想定をスイープから省き、実際のサイトで確認された要件をレポートに示します",
    ),
    ("list", "", "シナリオを一覧表示します"),
    ("schema", "", "--json の実行結果、またはシナリオファイルの JSON スキーマを出力します"),
    ("", "scenarios", "内蔵のものの代わりに使う requirements.toml、portal/、client/ のあるフォルダー"),
    ("", "filter", "パスまたは名前にこの文字列を含むシナリオ、またはこの要件を確かめるシナリオだけ"),
    ("", "level", "この水準のシナリオだけ"),
    (
        "portal",
        "url",
        "稼働中のサイトの URL(例: https://localhost:8443)。省略すると専用のシミュレーターを使います",
    ),
    ("portal", "root", "そのサイトで信頼する TLS のルート証明書の PEM ファイル"),
    (
        "portal",
        "control",
        "その制御 API(例: http://127.0.0.1:8444)。既定のワールドは、各シナリオの前と終了時にリセットされます",
    ),
    (
        "portal",
        "control_token_file",
        "制御 API のベアラートークンを書いたファイル [省略時: 環境変数 OBN_CONTROL_TOKEN]",
    ),
    (
        "portal",
        "http",
        "http://crldownload.obn.managedpki.ne.jp の代わりに接続する URL(例: http://127.0.0.1:8080)",
    ),
    ("portal", "relying_party", "証明書の利用先のサイト(例: https://localhost:8446)"),
    ("portal", "patience", "1 回の応答を待つ秒数"),
    ("portal", "profile", "シナリオの指定より優先して専用のシミュレーターに使うプロファイルのキー(TOML)"),
    ("", "seed", "同じシードからは、同じ鍵、ID、証明書が作られます"),
    ("client", "seed", "同じシードと同じ --now からは、同じ鍵、ID、証明書が作られます"),
    ("portal", "jobs", "同時に実行するシナリオの数 [既定値: プロセッサの数]"),
    (
        "client",
        "jobs",
        "同時に実行するシナリオの数 [既定値: プロセッサ 1 つあたり 4。クライアントは待つ時間が長いため]",
    ),
    ("client", "command", "操作ごとに 1 回実行するプログラムとその引数。何をするかは環境変数で伝えます"),
    ("client", "guided", "コマンドなし。ターミナルの案内に従って人が操作し、結果を入力します"),
    ("client", "listen", "案内のときのサイトのアドレス(例: 8443)。省略すると、毎回空いているポート"),
    ("client", "arguments", "コマンドのそれ以外の引数(ハイフンで始まるものなど)"),
    (
        "client",
        "now",
        "シミュレーター上の現在時刻(RFC 3339)。省略すると実際の時刻で、クライアントの時計とも一致します",
    ),
    ("client", "limit", "コマンドの 1 回の実行を打ち切るまでの秒数(実時間)"),
    (
        "client",
        "sweep",
        "プロファイルの別の想定ごとに(KEY を指定すると、wire. のようにその文字列を名前に含むものだけ)シナリオを繰り返し、\
         実際のサイトについてのどの推測に依存しているかを示します。結果のファイルは通常の実行と同じです。--expect とは併用できません。\
         どれにも依存していなければ 0 で終了します",
    ),
    ("", "fail_fast", "最初の失敗で終了します(既知の失敗でも)"),
    ("", "rerun_failed", "この実行結果(--json)で失敗したものだけを実行します"),
    ("", "compare", "この実行結果(--json)から変わったことを最後に示します"),
    ("", "json", "実行結果を JSON で書き出します(スキーマは obn-conformance schema)"),
    ("", "junit", "実行結果を JUnit XML で書き出します"),
    ("", "html", "実行結果を日本語と英語の HTML ページで書き出します"),
    ("", "badge", "判定を SVG のバッジで書き出します"),
    ("", "expect", "既知の失敗を、理由と期限とともに書いた TOML ファイル"),
    (
        "serve",
        "listen",
        "画面のアドレス。ここに接続できる人はコマンドを実行できるため、ループバックのままにしてください",
    ),
    ("serve", "open", "最初の画面をブラウザーで開きます"),
    (
        "serve",
        "dir",
        "実行結果と最後の選択を保存するフォルダー。その中の commands.toml と expected.toml も読み込みます",
    ),
    ("serve", "host", "ループバック以外で画面を呼び出せるホスト名"),
    ("serve", "command", "検査するプログラムとその引数。画面からほかのものは指定できません"),
    ("serve", "arguments", "コマンドのそれ以外の引数(ハイフンで始まるものなど)"),
    ("coverage", "missing", "まだ確かめられていないものだけ"),
    (
        "coverage",
        "manual",
        "マニュアルの記述ごとに、対応する要件、または対象外の理由と代わりになるものを表示します",
    ),
    ("coverage", "json", "テキストの代わりに JSON を出力します"),
    ("schema", "scenario", "実行結果の代わりに、シナリオファイルのスキーマ(両方、または片方)"),
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
