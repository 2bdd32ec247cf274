//! What the system says when a file or a connection can't be had.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::words;
use crate::words::Words;

/// A file that an option names can't be read.
pub fn unreadable(option: &str, path: &Path, error: &Error) -> Words {
    let (path, Words { japanese, english }) = (path.display(), cause(error));
    words!("{option} の {path} を読み込めません: {japanese}", "{option} {path} can't be read: {english}")
}

/// The reason in both languages; what has no words of ours stands as the system says it.
pub fn cause(error: &Error) -> Words {
    let (japanese, english) = match error.kind() {
        ErrorKind::NotFound => ("ファイルがありません", "there is no such file"),
        ErrorKind::PermissionDenied => ("アクセスする権限がありません", "permission denied"),
        ErrorKind::IsADirectory => ("ファイルではなくフォルダーです", "it is a folder, not a file"),
        ErrorKind::NotADirectory => ("フォルダーではありません", "it is not a folder"),
        ErrorKind::AlreadyExists => ("既にあります", "it is there already"),
        ErrorKind::StorageFull => ("ディスクに空きがありません", "the disk is full"),
        ErrorKind::ReadOnlyFilesystem => ("読み取り専用です", "it is read-only"),
        ErrorKind::ConnectionRefused => (
            "接続を拒否されました(そのポートで待ち受けているプログラムがありません)",
            "connection refused: no program listens there",
        ),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            ("接続を切断されました", "the other end closed the connection")
        }
        ErrorKind::TimedOut => ("時間内に応答がありません", "no answer in time"),
        ErrorKind::UnexpectedEof => ("途中で終わっています", "it ends too early"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => (
            "そのアドレスに到達できません。ネットワークの接続を確認してください",
            "there is no way to that address; look at the network connection",
        ),
        ErrorKind::AddrInUse => ("ほかのプログラムが使用しています", "the address is in use"),
        ErrorKind::AddrNotAvailable => {
            ("このコンピューターのアドレスではありません", "this machine doesn't have the address")
        }
        ErrorKind::InvalidData if error.to_string().contains("UTF-8") => {
            ("UTF-8 のテキストではありません", "it is not text in UTF-8")
        }
        _ if is_name(error) => (
            "ホスト名が見つかりません。名前の綴りと、ネットワークの接続を確認してください",
            "no such host name; look at its spelling, and at the network connection",
        ),
        _ => return Words::same(error.to_string()),
    };
    Words::new(japanese, english)
}

/// The same of a folder.
pub fn folder_cause(error: &Error) -> Words {
    match error.kind() {
        ErrorKind::NotFound => Words::new("フォルダーがありません", "there is no such folder"),
        ErrorKind::NotADirectory => Words::new("フォルダーではありません", "this is no folder"),
        _ => cause(error),
    }
}

/// Names that don't resolve have no kind of their own; the standard library says so in these words.
fn is_name(error: &Error) -> bool {
    error.to_string().starts_with("failed to lookup address information")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_said_in_both_languages() {
        let told = cause(&std::fs::read("/nowhere/a").unwrap_err());
        assert_eq!(told, Words::new("ファイルがありません", "there is no such file"));
        assert_eq!(cause(&Error::other("odd")), Words::same("odd"));
    }
}
