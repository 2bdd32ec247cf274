//! Why the simulator doesn't start, in both languages and with the next step.

use std::io;
use std::net::{IpAddr, SocketAddr};

use obn_speech::{Words, cause, folder_cause, words};

use crate::simulator::StartError;
use crate::store::{Lost, StoreError};
use crate::world::{FileError, WorldError};
use crate::worlds::CreateError;

/// One line for the user.
pub(super) fn words(error: &StartError) -> Words {
    match error {
        StartError::Listen { what, address, error } => listen(what, *address, error),
        StartError::Store { url, error } => {
            let Words { japanese, english } = store(error);
            words!("ストア {url}: {japanese}", "store {url}: {english}")
        }
        StartError::Files { folder, error } => {
            let (folder, Words { japanese, english }) = (folder.display(), folder_cause(error));
            words!(
                "--files のフォルダー {folder} を使えません: {japanese}。読み込めるフォルダーを指定してください",
                "the folder of --files {folder} can't be used: {english}; name a folder that can be read"
            )
        }
        StartError::Scene { scene, reason } => {
            let scene = scene.name;
            words!(
                "--scene {scene} を用意できません: {reason}。プロファイルの設定を確認してください",
                "--scene {scene}: {reason}; look at the profile"
            )
        }
        StartError::World(error) => create(error),
        StartError::Hostname(name) => words!(
            "--hostname の「{name}」はホスト名でも IP アドレスでもありません。cert.example.jp のように指定してください",
            "--hostname {name:?} is no host name or IP address; give one such as cert.example.jp"
        ),
    }
}

fn listen(what: &str, address: SocketAddr, error: &io::Error) -> Words {
    let (japanese, option) = match what {
        "portal" => ("ポータルを", "--listen"),
        "control" => ("制御 API を", "--control"),
        "http" => ("HTTP を", "--http"),
        "renewal" => ("更新用のポータルを", "--renewal-listen"),
        _ => ("証明書の利用先を", "--relying-party"),
    };
    let free = SocketAddr::new(address.ip(), 0);
    let everywhere = match address.ip() {
        IpAddr::V4(_) => format!("0.0.0.0:{}", address.port()),
        IpAddr::V6(_) => format!("[::]:{}", address.port()),
    };
    let reason = cause(error);
    let step = match error.kind() {
        io::ErrorKind::AddrInUse => words!(
            "。使用しているプログラム(別の obn-ca など)を終了するか、空いているポートを {option} {free} で使ってください",
            "; end the program that has it, such as another obn-ca, or take a free port with {option} {free}"
        ),
        io::ErrorKind::PermissionDenied => words!(
            "。1024 未満のポートには管理者の権限が必要です。{option} {free} のように別のポートを指定してください",
            "; ports below 1024 are for administrators: name another one, such as {option} {free}"
        ),
        io::ErrorKind::AddrNotAvailable => words!(
            "。このコンピューターのすべてのアドレスで待ち受けるには {option} {everywhere} を指定してください",
            "; {option} {everywhere} listens on all that it has"
        ),
        _ => words!("。{option} に別のアドレスを指定してください", "; name another address with {option}"),
    };
    Words::new(
        format!("{japanese} {address} で開始できません: {}{}", reason.japanese, step.japanese),
        format!("{what} can't listen on {address}: {}{}", reason.english, step.english),
    )
}

fn store(error: &StoreError) -> Words {
    let english = error.to_string();
    match error {
        StoreError::NoFolder(folder) => {
            let folder = folder.display();
            words!(
                "フォルダー {folder} がありません。先に作成してください",
                "the folder {folder} does not exist; make it first"
            )
        }
        StoreError::NotAFile => words!(
            "ファイルではなくフォルダーです。その中のファイルを sqlite:フォルダー/obn-ca.db のように指定してください",
            "{english}; name a file in it, such as sqlite:FOLDER/obn-ca.db"
        ),
        StoreError::InUse => words!(
            "別のプロセスが使用しています。それを終了するか、別のファイルを指定してください",
            "{english}; end it, or name another file"
        ),
        StoreError::ReadOnly => {
            words!("書き込めません。ファイルとフォルダーの権限を確認してください", "{english}")
        }
        StoreError::Full => words!(
            "ディスクに空きがありません。空きを作るか、別のディスクのファイルを指定してください",
            "{english}; make room, or name a file on another disk"
        ),
        StoreError::Corrupt(what) => words!(
            "破損しているか、obn-ca のストアではありません({what})。控えから戻すか、別のファイルを指定してください",
            "{english}; put a copy back, or name another file"
        ),
        StoreError::Foreign => {
            words!("ほかのプログラムのデータベースです。obn-ca 専用のファイルを指定してください", "{english}")
        }
        StoreError::Newer(schema) => words!(
            "新しいバージョンの obn-ca が作成しました(スキーマ {schema})。そのバージョンを使うか、別のファイルを指定してください",
            "{english}"
        ),
        StoreError::Lost(Lost::Database) => words!(
            "実行中にファイルが削除または置き換えられたため、以後の内容を保存できません。obn-ca を終了し、起動し直してください",
            "{english}"
        ),
        StoreError::Lost(Lost::Log) => words!(
            "実行中に -wal で終わるログファイルが削除または置き換えられました。SIGTERM で obn-ca を終了すると書き戻されます。その後、起動し直してください",
            "{english}"
        ),
        StoreError::Unsure(what) => words!(
            "保存されたかどうか分かりません({what})。もう一度実行する前に確認してください",
            "{english}"
        ),
        StoreError::Away(what) => words!(
            "データベースに接続できません({what})。サーバーが動いているか、postgres://ユーザー:パスワード@ホスト/データベース が正しいか確認してください",
            "{english}; see that its server runs, and that postgres://USER:PASSWORD@HOST/DATABASE is right"
        ),
        StoreError::Refused(what) => words!(
            "データベースに拒否されました({what})。postgres://ユーザー:パスワード@ホスト/データベース が正しいか、そのユーザーがテーブルを作れるか確認してください",
            "{english}; see that postgres://USER:PASSWORD@HOST/DATABASE is right, and that this user may make tables"
        ),
        StoreError::Pooler(what) => words!(
            "データベースの前にあるプーラーが、準備した文を失っています({what})。セッション単位でプールするか、PgBouncer 1.21 以降で max_prepared_statements を設定してください",
            "{english}; let it pool by session, or set max_prepared_statements of PgBouncer 1.21 or later"
        ),
        StoreError::NoFile { name, path } => {
            let path = path.display();
            words!(
                "{name} のファイル {path} を読み取れません。正しいファイルを指定してください",
                "{english}; name a file that is there"
            )
        }
        StoreError::Again(_) | StoreError::NoWorld => {
            words!("別のプロセスが同じものを変更していました。もう一度実行してください", "{english}")
        }
        StoreError::Closed => {
            words!("閉じています。obn-ca を起動し直してください", "{english}; start obn-ca again")
        }
        StoreError::Unreadable(what) => words!(
            "読み取れない内容があります: {what}。控えから戻すか、別のファイルを指定してください",
            "{english}; put a copy back, or name another file"
        ),
        StoreError::Other(what) => words!(
            "{what}。別のファイルを指定するか、memory: で起動してください",
            "{english}; name another file, or start with memory:"
        ),
    }
}

fn create(error: &CreateError) -> Words {
    let english = error.to_string();
    match error {
        CreateError::Hostname(name) => words!(
            "このストアの TLS のルート証明書は --hostname {name} なしで作成され、ほかの名前には使えません。その名前を外すか、別のストアで始めてください",
            "{english}"
        ),
        CreateError::Name(_) => {
            words!("ワールドの名前は、半角の英小文字、数字、途中のハイフンで 1~40 文字です", "{english}")
        }
        CreateError::Exists => words!("同じ名前のワールドがあります", "{english}"),
        CreateError::Missing => words!("その名前のワールドはありません", "{english}"),
        CreateError::Default => words!("既定のワールドは削除できません。リセットはできます", "{english}"),
        CreateError::File(error) => file(error),
        CreateError::World(error) => world(error),
    }
}

fn file(error: &FileError) -> Words {
    let english = error.to_string();
    match error {
        FileError::Format(format) => words!(
            "ワールドファイルの形式 {format:?} には対応していません。このバージョンの obn-ca で保存し直してください",
            "{english}; save it again with this version of obn-ca"
        ),
        FileError::Content { place, what } => {
            words!("ワールドファイルではありません: {place}: {what}", "{english}")
        }
        FileError::Profile(error) => {
            let Words { japanese, .. } = error.words();
            words!("ワールドファイルではありません: profile: {japanese}", "{english}")
        }
        FileError::Damaged(what) => words!("ワールドファイルの {what} が破損しています", "{english}"),
    }
}

/// What the first world can fail of is its store; all else is refused to whoever calls control, which speaks English.
fn world(error: &WorldError) -> Words {
    match error {
        WorldError::Store(error) => {
            let Words { japanese, english } = store(error);
            words!("ストア: {japanese}", "store: {english}")
        }
        WorldError::Gone => words!("その間にワールドがリセット、置換または削除されました", "{error}"),
        WorldError::NotFound => words!("その番号のものはありません", "{error}"),
        WorldError::Refused(refusal) => {
            let key = refusal.key();
            words!("認証局が受け付けません({key})", "{error}")
        }
        WorldError::Issue(_) | WorldError::Identifier(_) | WorldError::Pki(_) | WorldError::Clock(_) => {
            words!("ワールドを作成できません: {error}", "{error}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::Scene;
    use crate::store::StoreUrl;

    /// The next reason why a simulator doesn't start; a new one has to be put into the chain.
    fn after(error: &StartError) -> Option<StartError> {
        let folder = || "/nowhere".into();
        Some(match error {
            StartError::Listen { .. } => {
                StartError::Store { url: StoreUrl::Memory, error: StoreError::NoFolder(folder()) }
            }
            StartError::Store { error: StoreError::NoFolder(_), .. } => {
                StartError::Store { url: StoreUrl::Memory, error: StoreError::InUse }
            }
            StartError::Store { .. } => {
                StartError::Files { folder: folder(), error: io::ErrorKind::NotFound.into() }
            }
            StartError::Files { .. } => {
                StartError::Scene { scene: Scene::all()[0], reason: "the store is closed".to_owned() }
            }
            StartError::Scene { .. } => CreateError::Hostname("cert.example.jp".to_owned()).into(),
            StartError::World(_) => StartError::Hostname("not a name".to_owned()),
            StartError::Hostname(_) => return None,
        })
    }

    #[test]
    fn each_reason_is_one_line_in_both_languages() {
        let mut next = Some(StartError::Listen {
            what: "portal",
            address: ([127, 0, 0, 1], 8443).into(),
            error: io::ErrorKind::AddrInUse.into(),
        });
        let mut reasons = 0;
        while let Some(error) = next {
            let Words { japanese, english } = words(&error);
            let is_japanese = |text: &str| text.contains(|letter: char| ('ぁ'..='ん').contains(&letter));
            assert!(is_japanese(&japanese) && !is_japanese(&english), "{japanese}\n{english}");
            assert!(!japanese.contains('\n') && !english.contains('\n'), "{japanese}\n{english}");
            reasons += 1;
            next = after(&error);
        }
        assert_eq!(reasons, 7);
    }
}
