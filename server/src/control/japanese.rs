//! What control says of a mistake, in Japanese. Errors say it in English, each where it belongs; here are the same sentences
//! for people, at one place.

use obn_speech::serde_message;

use crate::authority::Refusal;
use crate::profile::Profile;

/// Sentences; what stands at a `*` comes in place of `{}`.
const SENTENCES: &[(&str, &str)] = &[
    // What is issued.
    ("an institution code has 10 digits", "医療機関コードは 10 桁の半角数字で入力してください"),
    (
        "an institution code has 10 digits, an insurer's number 8 digits, a reception number 12 to 20 letters and digits",
        "医療機関コードは 10 桁、保険者番号は 8 桁の半角数字、受付番号は 12～20 文字の半角英数字で入力してください",
    ),
    ("the institution code's check digit is wrong", "医療機関コードの検査数字が正しくありません"),
    (
        "the institution code names no prefecture (01 to 47): give `prefecture` as well",
        "医療機関コードの先頭 2 桁が都道府県の番号(01～47)ではありません。`prefecture` も指定してください",
    ),
    ("no prefecture has this name", "この名前の都道府県はありません"),
    (
        "a terminal name has 1 to 64 characters and no control characters",
        "端末名称等は 1～64 文字で入力してください(制御文字は使えません)",
    ),
    ("valid_until lies before valid_from", "有効期限が、有効期間の開始より前の日付です"),
    ("dates lie in the years 2000 to 2199", "日付は 2000～2199 年の範囲で指定してください"),
    // What names things.
    ("a request ID has 15 digits, the date first", "リクエスト ID は、日付で始まる 15 桁の数字です"),
    (
        "no request ID is left for this day: 9,999,999 were given out",
        "この日のリクエスト ID は 9,999,999 件すべて使われており、残っていません",
    ),
    ("a reference ID has 10 letters and digits", "リファレンス ID は 10 文字の英数字です"),
    ("a serial number has 32 hexadecimal digits", "シリアル番号は 32 桁の 16 進数です"),
    ("a certificate password has 4 digits", "PFX のパスワードは 4 桁の半角数字で入力してください"),
    ("an application number reads A20261123-0001", "申請番号は A20261123-0001 のような形です"),
    ("a submission has 32 hexadecimal digits", "送信の番号は 32 桁の 16 進数です"),
    (
        "a name has 1 to 64 characters and no control characters",
        "名称は 1～64 文字で入力してください(制御文字は使えません)",
    ),
    (
        "a telephone number has 10 or 11 digits, a 0 first, and may have hyphens",
        "電話番号は 0 で始まる 10 桁または 11 桁の数字です(ハイフンも使えます)",
    ),
    ("a mail address reads name@example.jp", "メールアドレスは name@example.jp のような形です"),
    (
        "a mail address has at most 254 characters, 64 before the @",
        "メールアドレスは 254 文字まで、@ の前は 64 文字までです",
    ),
    ("must be a mail address", "メールアドレスを name@example.jp のように指定してください"),
    ("there is none with this number", "見つかりません。すでに削除されている可能性があります"),
    ("names nothing in this list", "この一覧にないものを指しています"),
    ("1 to 1000", "1～1000 の範囲で指定してください"),
    (
        "what q finds is one page; ask for more exactly what you look for",
        "q の検索結果は 1 ページだけです。検索する文字を増やしてください",
    ),
    (
        "no 発行通知書 is posted for a web renewal: its IDs stand on 送信完了 (manual 2.2)",
        "Web での更新には発行通知書が郵送されません。ID は「送信完了」の画面に表示されます(マニュアル 2.2)",
    ),
    // Worlds.
    (
        "a world's name has 1 to 40 small letters, digits and inner hyphens",
        "ワールドの名前は、半角英小文字・数字・ハイフンの 1～40 文字で入力してください(先頭と末尾のハイフンは不可)",
    ),
    ("there is a world of this name", "同じ名前のワールドがすでにあります"),
    ("there is no world of this name", "この名前のワールドはありません"),
    (
        "the default world can't be thrown away; it can be reset",
        "既定のワールドは削除できません。初期化はできます",
    ),
    (
        "the world was reset, replaced or thrown away in the meantime",
        "その間に、ワールドが初期化、置き換え、または削除されました",
    ),
    (
        "the TLS root of this store was made without --hostname *, and permits other names only: leave the name out, or begin another store",
        "このストアの TLS ルートは --hostname {} なしで作られ、ほかの名前しか許可しません。この名前を外すか、別のストアで始めてください",
    ),
    (
        "a world file of format *; this version reads *",
        "形式が {} のワールドのファイルです。このバージョンが読み込めるのは {} です",
    ),
    ("not a world file: * is damaged", "ワールドのファイルではないか、{} が壊れています"),
    (
        "a file brings its own seed and profile: leave those out",
        "file には seed と profile が含まれています。どちらも外してください",
    ),
    (
        "a file brings what is in the world: leave the scene out",
        "file にはワールドの内容が含まれています。scene を外してください",
    ),
    ("there is no scene \"*\"; the scenes are *", "シーン「{}」はありません。使えるシーン: {}"),
    (
        "client_auth.mode is split: start the simulator with --renewal-listen",
        "client_auth.mode を split にするには、シミュレーターを --renewal-listen 付きで起動してください",
    ),
    (
        "files are named by whoever starts the simulator: put the file into a folder, start with --files FOLDER, and give the file's name alone",
        "使えるファイルは、シミュレーターの起動時に決まります。ファイルをフォルダーに置き、--files フォルダー を付けて起動し、ファイル名だけを指定してください",
    ),
    (
        "give the name of a file in the folder of --files, without a path",
        "--files のフォルダーにあるファイルの名前を、パスなしで指定してください",
    ),
    (
        "invalid socket address syntax",
        "アドレスは 127.0.0.1:8443 のように指定してください(ポート 0 は空いているポート)",
    ),
    (
        "Address already in use*",
        "このアドレスは使用中です。ポート 0 を指定すると、空いているポートを使います",
    ),
    ("there is no such file in the folder of --files", "--files のフォルダーに、このファイルはありません"),
    ("the file can't be read: *", "ファイルを読み込めません: {}"),
    ("the file has more than * MiB", "ファイルが {} MiB を超えています"),
    // Time.
    (
        "the simulated clock takes times in the years 2000 to 2199",
        "シミュレーション時刻は 2000～2199 年の範囲で指定してください",
    ),
    (
        "* is not a duration such as *",
        "{} は長さではありません。91d、1h 30m、-15m のように指定してください(d: 日、h: 時間、m: 分、s: 秒)",
    ),
    ("parsed date is not valid: *", "実在しない日付です({})"),
    ("failed to parse *", "日付または日時として読み取れません({})"),
    ("there is no waiting back", "待つ時間に負の値は指定できません"),
    // Faults.
    (
        "not in the catalogue (GET /faults/catalogue); or add an effect",
        "この名前の障害は用意されていません(一覧は GET /faults/catalogue)。effect を指定すれば、任意の名前を付けられます",
    ),
    (
        "a fault has a name of the catalogue or an effect",
        "用意された障害の name か、effect を指定してください",
    ),
    ("1 to 60 characters without control characters", "1～60 文字で指定してください(制御文字は使えません)"),
    ("begins with a slash", "/ で始めてください"),
    ("counts from 1", "1 から数えます"),
    ("200 to 599", "200～599 の範囲で指定してください"),
    ("0 seconds to 10 minutes", "0 秒～10 分の範囲で指定してください"),
    ("1 or more", "1 以上を指定してください"),
    ("no media type", "メディアタイプではありません"),
    (
        "this effect strikes no exchange; it knows nth",
        "この effect は通信には作用しません。指定できるのは nth です",
    ),
    (
        "this effect strikes no exchange; it knows request_id and nth",
        "この effect は通信には作用しません。指定できるのは request_id と nth です",
    ),
    ("a handshake has no request ID", "ハンドシェイクにリクエスト ID はありません"),
    ("the effect * strikes at the *", "effect が {} のときは {} を指定してください"),
    (
        "outcome, request_id, serial and pfx are known at the answer only",
        "outcome、request_id、serial、pfx が分かるのは answer のときだけです",
    ),
    // Recordings.
    ("* at most", "{} までです"),
    (
        "contents are not kept: PUT /journal/contents with {\"exchanges\": 200} first",
        "内容を残していません。先に {\"exchanges\": 200} で PUT /journal/contents を呼び出してください",
    ),
    ("no recording was made", "記録を作成できませんでした"),
    // The store.
    ("the disk is full", "ディスクに空きがありません"),
    (
        "whether it was kept is not known (*): look whether it is there before you ask again",
        "保存されたかどうか分かりません({})。もう一度行う前に、残っているか確認してください",
    ),
    ("it is closed", "閉じられています"),
    ("it holds something unreadable: *", "読み取れない内容があります: {}"),
    ("another process is using it", "別のプロセスが使用しています"),
    (
        "it can't be written: check the permissions of the file and its folder",
        "書き込めません。ファイルとフォルダーの権限を確認してください",
    ),
    // Who may call, and how.
    ("the request has no Host", "リクエストに Host がありません"),
    (
        "the request names its host twice: one Host, as in its target if that has one",
        "リクエストにホスト名が 2 つあります。Host は 1 つにし、URL のホスト名と同じにしてください",
    ),
    (
        "control doesn't answer to this Host; name it with --control-host",
        "制御 API はこの Host には応答しません。--control-host で指定してください",
    ),
    (
        "control doesn't answer to pages of other sites",
        "制御 API は、ほかのサイトのページからの呼び出しには応答しません",
    ),
    (
        "control wants its bearer token",
        "制御 API のトークンを、ヘッダー Authorization: Bearer に指定してください",
    ),
    ("there is nothing at this path", "このパスには何もありません"),
    ("this path doesn't know this method", "このパスでは、このメソッドは使えません"),
    (
        "control takes JSON alone: send the header Content-Type: application/json",
        "制御 API が受け付けるのは JSON だけです。ヘッダー Content-Type: application/json を付けてください",
    ),
    ("the body is over * bytes", "本文が {} バイトを超えています"),
    ("the body has more than * values", "本文の値が {} 個を超えています"),
    (
        "the body came too slowly: * for it, or for 8 MiB of it",
        "本文の受信に時間がかかりすぎました(全体または 8 MiB ごとに {})",
    ),
    (
        "all connections of control are at work: ask again in a moment",
        "制御 API の接続がすべて使用中です。少し待って、もう一度呼び出してください",
    ),
    (
        "other worlds are being saved: ask again in a moment",
        "ほかのワールドを保存しています。少し待って、もう一度呼び出してください",
    ),
    (
        "other lists are being made: ask again in a moment",
        "ほかの一覧を作成しています。少し待って、もう一度呼び出してください",
    ),
    (
        "another world is being loaded: ask again in a moment",
        "別のワールドを読み込んでいます。少し待って、もう一度呼び出してください",
    ),
    // Of serde and axum.
    ("Failed to parse the request body as JSON: *", "JSON の書き方が正しくありません({})"),
    ("invalid digit found in string", "数字で指定してください"),
    ("number too large to fit in target type", "数が大きすぎます"),
    ("number too small to fit in target type", "数が小さすぎます"),
    ("cannot parse integer from empty string", "数字で指定してください"),
    ("provided string was not `true` or `false`", "true または false を指定してください"),
];

/// Beginnings, behind which another sentence stands.
const BEGINNINGS: &[(&str, &str)] =
    &[("not a world file: ", "ワールドのファイルではないか、内容が壊れています: "), ("store: ", "ストア: ")];

/// What axum puts before the words of serde, and people don't need.
const OF_AXUM: &[&str] =
    &["Failed to deserialize the JSON body into the target type: ", "Failed to deserialize query string: "];

/// How serde begins.
const OF_SERDE: &[&str] =
    &["unknown field ", "unknown variant ", "missing field ", "invalid type: ", "invalid value: "];

/// The detail of a problem document.
pub(super) fn in_japanese(detail: &str) -> String {
    said(detail).unwrap_or_else(|| format!("処理できませんでした: {detail}"))
}

fn said(text: &str) -> Option<String> {
    if let Some(text) = text.strip_suffix("; nothing was changed") {
        return said(text).map(|text| format!("{text}。何も変更していません"));
    }
    if let Some((text, line, column)) = placed(text) {
        return said(text).map(|text| format!("{text}({line} 行 {column} 列)"));
    }
    if let Some(text) = OF_AXUM.iter().find_map(|beginning| text.strip_prefix(beginning)) {
        return said(text);
    }
    if let Some(key) = text.strip_prefix("refused: ") {
        let refusal = Refusal::ALL.iter().find(|refusal| refusal.key() == key)?;
        return Some(refusal.text(&Profile::default().messages).to_owned());
    }
    let sentence = |&(english, japanese): &(&str, &str)| Some(filled(japanese, &found(english, text)?));
    if let Some(sentence) = SENTENCES.iter().find_map(sentence) {
        return Some(sentence);
    }
    for (english, japanese) in BEGINNINGS {
        if let Some(rest) = text.strip_prefix(english) {
            return Some(format!("{japanese}{}", said(rest).unwrap_or_else(|| rest.to_owned())));
        }
    }
    if OF_SERDE.iter().any(|beginning| text.starts_with(beginning)) {
        return Some(serde_message(text).japanese.replace("テーブル", "オブジェクト"));
    }
    // What it is about, such as the name of a member.
    let (about, rest) = text.split_once(": ")?;
    Some(format!("{about}: {}", said(rest)?))
}

/// Where a text of JSON is wrong, as serde puts it behind its message.
fn placed(text: &str) -> Option<(&str, u32, u32)> {
    let (text, place) = text.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    Some((text, line.parse().ok()?, column.parse().ok()?))
}

/// What stands at the `*` of a sentence, if the text is one.
fn found<'a>(sentence: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = sentence.split('*');
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut all = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match pieces.peek() {
            None if rest.ends_with(piece) => rest.len() - piece.len(),
            None => return None,
            Some(_) => rest.find(piece)?,
        };
        all.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(all)
}

fn filled(sentence: &str, parts: &[&str]) -> String {
    parts.iter().fold(sentence.to_owned(), |text, part| text.replacen("{}", part, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::IssueError;
    use crate::clock::{Duration, OutOfRange};
    use crate::files::FilesError;
    use crate::store::StoreError;
    use crate::terms::{IdentifierError, NotAHolder};
    use crate::world::WorldError;
    use crate::worlds::CreateError;

    #[test]
    fn what_comes_of_errors_has_its_sentence() {
        let mut all: Vec<String> = Vec::new();
        let refusals = Refusal::ALL.iter().map(|refusal| WorldError::Refused(*refusal).to_string());
        all.extend(refusals);
        all.extend(
            [
                IdentifierError::RequestId,
                IdentifierError::ReferenceId,
                IdentifierError::Serial,
                IdentifierError::Pin,
            ]
            .map(|error| format!("password: {error}")),
        );
        all.extend(
            [
                IssueError::CheckDigit,
                IssueError::NoPrefecture,
                IssueError::TerminalName,
                IssueError::Backwards,
                IssueError::OutOfRange,
            ]
            .map(|error| error.to_string()),
        );
        all.extend(
            [
                CreateError::Exists,
                CreateError::Missing,
                CreateError::Default,
                CreateError::Hostname("a.jp".into()),
            ]
            .map(|error| error.to_string()),
        );
        all.extend(
            [FilesError::NoFolder, FilesError::NotAName, FilesError::Missing, FilesError::TooLarge(64)]
                .map(|error| format!("file: {error}")),
        );
        all.extend([WorldError::NotFound, WorldError::Gone].map(|error| error.to_string()));
        all.push(OutOfRange.to_string());
        all.push(NotAHolder.to_string());
        all.push(format!("store: {}; nothing was changed", StoreError::Full));
        all.push(format!("by: {} at line 1 column 9", "soon".parse::<Duration>().unwrap_err()));
        for english in all {
            assert!(said(&english).is_some(), "{english}");
        }
    }

    #[test]
    fn what_stands_in_a_sentence_stays_as_it_is() {
        for (english, japanese) in [
            (
                "institution_code: the institution code's check digit is wrong",
                "institution_code: 医療機関コードの検査数字が正しくありません",
            ),
            ("exchanges: 500 at most", "exchanges: 500 までです"),
            (
                "at: the effect delay strikes at the request",
                "at: effect が delay のときは request を指定してください",
            ),
            (
                "a.b: invalid type: integer `1`, expected a string at line 1 column 30",
                "a.b: 数値 `1` ではなく、引用符で囲んだ文字列を指定してください(1 行 30 列)",
            ),
            ("refused: revoked", "この証明書は失効しているため、取得できません。"),
            ("odd", "処理できませんでした: odd"),
        ] {
            assert_eq!(in_japanese(english), japanese);
        }
    }
}
