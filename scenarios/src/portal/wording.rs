//! What is said of a portal: what must be there, and what is there instead.

use crate::bilingual::{Bilingual, wording};
use crate::eyes::Flaw;

wording! {
    /// What must be there.
    pub(super) enum Expected {
        // What a step stands on.
        Page => "a page"; "ページ";
        PageToRead => "a page to read"; "読めるページ";
        PageWithForm => "a page with a form"; "入力欄のあるページ";
        PageWithButton => "a page with a button"; "ボタンのあるページ";
        PageWithNumber => "a page with an application number"; "申請番号のあるページ";
        PageWithIds => "a page with IDs"; "ID のあるページ";
        PageThatLeadsOn => "a page that leads on"; "先へ進むページ";
        PageToWaitOn => "a page to wait on"; "待つためのページ";
        PageToWatch => "a page to watch"; "見続けるページ";
        PageToReload => "a page to load again"; "読み込み直すページ";
        PageOf { heading: String } => "a page 「{heading}」"; "ページ「{heading}」";
        Answer => "an answer"; "応答";
        File => "a file"; "ファイル";
        FileOrLink => "a file, or a link to one"; "ファイル、またはファイルへのリンク";
        FileOrPage => "a file, or a page that leads to it"; "ファイル、またはそれにつながるページ";
        List => "a revocation list"; "失効リスト";
        // Pages.
        Status { status: u16 } => "the HTTP status {status}"; "HTTP ステータス {status}";
        Text { text: String } => "「{text}」 on the page"; "ページに「{text}」";
        NoText { text: String } => "no 「{text}」 on the page"; "ページに「{text}」がない";
        Heading { heading: String } => "the heading 「{heading}」"; "見出し「{heading}」";
        Field { label: String } => "a field 「{label}」"; "入力欄「{label}」";
        FieldInPlace { label: String } => "the field 「{label}」, in its place"; "決まった位置の入力欄「{label}」";
        FieldHolds { text: String, label: String } => "{text:?} in the field 「{label}」"; "入力欄「{label}」に {text:?}";
        FieldHides { label: String } =>
            "a field 「{label}」 that hides what is typed"; "入力した文字を隠す入力欄「{label}」";
        FieldComplains { label: String } =>
            "a message beside the field 「{label}」"; "入力欄「{label}」の隣のメッセージ";
        Button { words: String } => "a button 「{words}」"; "ボタン「{words}」";
        NoButton { words: String } => "no button 「{words}」"; "ボタン「{words}」がない";
        Row { label: String } => "a row 「{label}」"; "行「{label}」";
        RowReads { text: String, label: String } => "{text:?} beside 「{label}」"; "「{label}」の隣に {text:?}";
        RowInPlace { label: String, text: String } =>
            "the row 「{label}」 {text}, in its place"; "決まった位置の行「{label}」{text}";
        InTime { text: String, seconds: usize } =>
            "「{text}」 after {seconds} seconds"; "{seconds} 秒後までに「{text}」";
        Goes { label: String, goes: String } => "「{label}」 going {goes}"; "「{label}」が {goes} と変わる";
        Tls => "TLS that leads to the trusted root"; "信頼するルート証明書につながる TLS";
        // What the authority has.
        Application => "an application that waits for its decision"; "可否の決定を待つ申請";
        NoCancelling => "an application that can't be cancelled"; "取り消せない申請";
        ApplicationIs { status: String } => "an application that is {status}"; "状態が {status} の申請";
        Issued { count: usize } => "{count} certificates of the application"; "申請の証明書が {count} 枚";
        PostedNotice => "a notice that has come by post"; "郵送で届いた通知書";
        Notices { count: usize } => "{count} notices"; "通知書 {count} 通";
        Login { verdict: Bilingual } => "the certificate is {}", verdict.en; "証明書が{}", verdict.ja;
        Mail => "a mail"; "メール";
        MailTo { to: String } => "a mail to {to}"; "{to} へのメール";
        InMail { part: String } => "{part:?} in the mail"; "メールの中に {part:?}";
        NotInMail { part: String } => "no {part:?} in the mail"; "メールの中に {part:?} がない";
        Mails { count: usize } => "{count} mails"; "メール {count} 通";
        OnNotice { key: &'static str, text: String } => "{key} {text} on the notice"; "通知書の {key} が {text}";
        NoticeBegins { key: &'static str, text: String } =>
            "{key} beginning with {text:?} on the notice"; "通知書の {key} が {text:?} で始まる";
        RequestId => "a request ID of 15 digits"; "15 桁の数字のリクエスト ID";
        ReferenceId => "a reference ID of 10 letters and digits"; "10 文字の英数字のリファレンス ID";
        OwnIds => "IDs of its own"; "ほかと異なる ID";
        // Files.
        Named { name: String } => "the file name {name:?}"; "ファイル名 {name:?}";
        MediaType { mime: String } => "the media type {mime:?}"; "メディアタイプ {mime:?}";
        Installer => "a package of the Windows installer"; "Windows インストーラーのパッケージ";
        NameEnds { endings: Bilingual } => "a file name that ends in {}", endings.en; "{} で終わるファイル名", endings.ja;
        Shut { password: String } => "a PFX file that {password:?} doesn't open"; "{password:?} では開かない PFX ファイル";
        Opens { password: String } =>
            "a PFX file that the password {password:?} opens"; "パスワード {password:?} で開く PFX ファイル";
        Windows81 => "a PFX file that Windows 8.1 can import"; "Windows 8.1 が取り込める PFX ファイル";
        Openssl3 => "a PFX file that OpenSSL 3 opens without its legacy provider";
            "OpenSSL 3 が legacy プロバイダーなしで開く PFX ファイル";
        Certificate => "a certificate in DER"; "DER の証明書";
        Key => "one private key, which belongs to the certificate"; "秘密鍵が 1 つだけあり、証明書に対応する";
        Root => "the certificate of the issuing root inside"; "発行元のルート証明書が入っている";
        OneCertificate => "one certificate of the institution"; "機関の証明書が 1 つ";
        SameAs { other: String } => "the same certificate and key as in {other:?}"; "{other:?} と同じ証明書と鍵";
        OtherKeyThan { other: String } => "another key than in {other:?}"; "{other:?} と異なる鍵";
        // Revocation lists.
        ListPlace => "a place of the list in the certificate"; "証明書の中の失効リストの場所";
        ListInDer => "a revocation list in DER"; "DER の失効リスト";
        SignedList => "a list that the issuing root has signed"; "発行元のルートが署名した失効リスト";
        ListKey => "the key identifier of the issuing root"; "発行元のルートの鍵識別子";
        OnList { name: String } => "the certificate of {name:?} on the list"; "失効リストに {name:?} の証明書がある";
        NotOnList { name: String } => "the certificate of {name:?} not on the list"; "失効リストに {name:?} の証明書がない";
        RevokedAt { at: String } => "revoked at {at}"; "失効日時が {at}";
        Reason { reason: String } => "the reason {reason}"; "失効理由が {reason}";
        ListInForce => "a list that is in force"; "有効期間内の失効リスト";
        NewerList => "a higher number than before, and no earlier date"; "前より大きい番号で、日時が前にならない";
        SameList { other: String } => "the same list as {other:?}"; "{other:?} と同じ失効リスト";
    }
}

wording! {
    /// What is there instead.
    pub(super) enum Seen {
        NoPage => "no page is open"; "ページが開かれていない";
        Page { title: String, text: String } => "the page 「{title}」: {text}"; "ページ「{title}」: {text}";
        StatusAndPage { status: u16, page: Bilingual } => "{status} {}", page.en; "{status} {}", page.ja;
        Headings { headings: String } => "the headings {headings}"; "見出しは {headings}";
        None => "none"; "なし";
        One => "there is one"; "ある";
        ShowsIt => "one that shows it"; "文字がそのまま見える入力欄";
        Cancelled => "it was cancelled"; "取り消された";
        Count { count: usize } => "{count}"; "{count}";
        NoMail => "none went out"; "1 通も送られていない";
        Again { request_id: String } => "{request_id} again"; "同じ {request_id}";
        OtherBytes { count: usize } => "something else of {count} bytes"; "別の {count} バイトのファイル";
        Opened => "one that it opens"; "それで開くもの";
        DoesNotOpen { flaw: Flaw } => "it doesn't open: {}", flaw.words().en; "開かない: {}", flaw.words().ja;
        OtherDoesNotOpen { other: String } => "{other:?} doesn't open"; "{other:?} が開かない";
        Other => "another one"; "別のもの";
        SameKey => "the same key"; "同じ鍵";
        Pem => "one in PEM"; "PEM のもの";
        OnIt { count: usize } => "{count} on it"; "載っているのは {count} 件";
        NumberAfter { now: String, before: String } => "{now} after {before}"; "{before} の次に {now}";
        OtherList => "another"; "別のもの";
    }
}

wording! {
    /// What is added to a transcript.
    pub(super) enum Line {
        Came { what: Bilingual } => "→ {}", what.en; "→ {}", what.ja;
    }
}
