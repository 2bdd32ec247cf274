//! What is said of a client: what it must do, what it did instead, and what a transcript adds to that.

use super::file_name::FileName;
use crate::bilingual::{Bilingual, wording};
use crate::eyes::Flaw;

wording! {
    /// What must be.
    pub(super) enum Expected {
        Ends { operation: &'static str, ends: Bilingual } =>
            "{operation} ends with {}", ends.en; "{operation} が {} で終わる", ends.ja;
        File { name: FileName } => "a file {name:?}"; "ファイル {name:?}";
        NoFile { name: FileName } => "no file {name:?}"; "ファイル {name:?} がない";
        Private { name: FileName } => "{name:?} for its owner alone"; "{name:?} を読めるのは所有者だけ";
        Text { words: String, name: FileName } => "「{words}」 in {name:?}"; "{name:?} の中に「{words}」";
        TlsRoot => "the root certificate of the site"; "サイトのルート証明書";
        Installer { name: FileName } =>
            "a package of the Windows installer in {name:?}"; "{name:?} が Windows インストーラーのパッケージ";
        Days { days: String, name: FileName } =>
            "lines in {name:?} with the last days {days}, in this order"; "{name:?} の行に、有効期限 {days} がこの順にある";
        Opens => "a PFX file that its password opens"; "パスワードで開く PFX ファイル";
        Locked => "a PFX file that another password doesn't open"; "別のパスワードでは開かない PFX ファイル";
        Key => "one private key, which belongs to the certificate"; "秘密鍵が 1 つだけあり、証明書に対応する";
        Root => "the certificate of the issuing root inside"; "発行元のルート証明書が入っている";
        CertificateOf { notice: String } => "the certificate of {notice:?}"; "通知書 {notice:?} の証明書";
        Renewed => "the certificate of the renewal"; "更新後の証明書";
        Unchanged { name: FileName } => "{name:?} as it was"; "{name:?} が元のまま";
        Folder => "a folder to look into"; "中を確かめられるフォルダー";
        NothingLeft => "no certificate or key left behind"; "証明書や鍵が残っていない";
        Never { what: String } => "no {what} in the journal"; "ジャーナルに {what} がない";
        Happened { what: String, times: usize } => "{what} {times} times in the journal"; "ジャーナルに {what} が {times} 回";
        HappenedAtLeast { what: String, least: usize } =>
            "{what} at least {least} times in the journal"; "ジャーナルに {what} が {least} 回以上";
        HappenedAtMost { what: String, most: usize } =>
            "{what} at most {most} times in the journal"; "ジャーナルに {what} が {most} 回以下";
        HappenedBetween { what: String, least: usize, most: usize } =>
            "{what} {least} to {most} times in the journal"; "ジャーナルに {what} が {least} 回から {most} 回";
        Pace { least: u128 } => "{least} ms or more between two looks"; "確認と確認の間が {least} ミリ秒以上";
        ThroughProxy => "a way through the proxy"; "プロキシを通る接続";
        AroundProxy => "a way around the proxy"; "プロキシを通らない接続";
        ProxyAsked { most: usize } => "the proxy asked {most} times at most"; "プロキシへの要求が {most} 回以下";
        Says { words: Bilingual } => "that it says {}", words.en; "{} と伝える", words.ja;
        NoSecretInArguments => "no password and no reference ID in arguments, which every user can read";
            "どの利用者にも見える引数に、パスワードもリファレンス ID もない";
        NoSecretInOutput => "no password, no reference ID and no key in the output";
            "出力に、パスワードもリファレンス ID も鍵もない";
        SecretFilesPrivate => "keys, passwords and reference IDs in files for their owner alone";
            "鍵・パスワード・リファレンス ID は、所有者だけが読めるファイルにある";
        RequestIdKept => "the request ID of the renewal, told or in a file for its owner alone";
            "更新のリクエスト ID を、伝えるか、所有者だけが読めるファイルに残す";
        ReferenceIdKept => "the reference ID of the renewal, told or in a file for its owner alone";
            "更新のリファレンス ID を、伝えるか、所有者だけが読めるファイルに残す";
        Application => "an application for certificates"; "証明書の発行申請";
        Fault { idle: String } => "the fault {idle} strikes, as under the usual reading"; "いつもの想定と同じく、障害 {idle} に行き当たる";
        NoSecretInAddress => "IDs and passwords in the body of a request, not in its address";
            "ID やパスワードは URL ではなく、リクエストの本文で送る";
        NothingInTemporary => "no key, password or reference ID left in a temporary folder";
            "一時フォルダーに、鍵・パスワード・リファレンス ID を残さない";
        NoNakedKey => "no private key without a password left in a file"; "パスワードのない秘密鍵をファイルに残さない";
        NothingBeside { name: FileName } => "only {name:?}, with nothing half-done beside it";
            "{name:?} だけがあり、作りかけのものが隣にない";
        WholeFile { name: FileName } => "no {name:?} before all of it has come"; "全部届くまでは {name:?} がない";
    }
}

wording! {
    /// What was there instead.
    pub(super) enum Seen {
        Status { status: i32 } => "exit status {status}"; "終了コード {status}";
        Said { said: Bilingual } => "{}, says the person", said.en; "「{}」との答え", said.ja;
        Killed => "killed by the harness"; "ハーネスが強制終了";
        Signal => "ended by a signal"; "シグナルで終了";
        Hung { seconds: u64 } =>
            "still running after {seconds} s, and ended by the harness"; "{seconds} 秒たっても終わらず、ハーネスが終了させた";
        None => "none"; "なし";
        Empty => "an empty file"; "空のファイル";
        Bytes { count: usize } => "{count} bytes"; "{count} バイトのファイル";
        OthersRead => "others can read it"; "ほかの利用者も読める";
        OthersReadFile { name: String } => "others can read {name}"; "{name} をほかの利用者も読める";
        OtherText => "other words"; "別の文";
        SomethingElse => "something else"; "別のもの";
        Opened => "it opens"; "開く";
        Shut { flaw: Flaw } => "it doesn't open: {}", flaw.words().en; "開かない: {}", flaw.words().ja;
        Serial { serial: String } => "the one with the serial number {serial}"; "シリアル番号 {serial} のもの";
        OtherContent => "another content"; "中身が変わっている";
        Gone => "it is gone"; "なくなっている";
        Times { times: usize } => "{times} times"; "{times} 回";
        Looks { looks: usize, gap: u128 } =>
            "{looks} looks, two of them only {gap} ms apart"; "{looks} 回確認し、間が {gap} ミリ秒しかないところがある";
        ThroughIt => "one through it"; "プロキシを通っている";
        Silence => "it says nothing"; "何も伝えていない";
        OtherWords => "other words (see the transcript)"; "別の言葉 (記録を参照)";
        SecretInArguments => "one in the arguments of a process"; "プロセスの引数にある";
        SecretInOutput => "one in the output"; "出力にある";
        Lost => "it is lost"; "失われている";
        NotSoFar => "the command doesn't come so far"; "コマンドがそこまで進まない";
        SecretInAddress { what: String } => "one in the address of {what}"; "{what} の URL にある";
        SecretIn { name: String } => "one in {name}"; "{name} にある";
        KeyIn { name: String } => "one in {name}"; "{name} にある";
        TooEarly { count: u64 } => "{count} bytes at a time when the rest was still to come";
            "残りがまだ届いていないのに、{count} バイトのファイルがある";
    }
}

wording! {
    /// What a transcript tells of a run.
    pub(super) enum Line {
        Run { operation: &'static str } => "run {operation}"; "{operation} を実行";
        Journal { line: Bilingual } => "journal: {}", line.en; "ジャーナル: {}", line.ja;
        JournalTimes { line: Bilingual, times: usize } =>
            "journal: {} ({times} times)", line.en; "ジャーナル: {} ({times} 回)", line.ja;
        JournalMore { left_out: usize } => "journal: … ({left_out} more lines)"; "ジャーナル: … (ほか {left_out} 行)";
        Ended { how: Bilingual } => "→ {}", how.en; "→ {}", how.ja;
    }
}
