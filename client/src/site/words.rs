//! What a person reads on the pages: labels, buttons, headings, with the spellings that may stand for each.

use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;

/// A label or button of the manual, and what else may be written in its place.
#[derive(Debug)]
pub(crate) struct Words {
    /// As the manual prints it.
    pub(crate) manual: &'static str,
    /// Other spellings, in the other language above all.
    also: &'static [&'static str],
    /// What must not be part of a longer text that contains one of the spellings.
    not: &'static [&'static str],
    normal: OnceLock<Normal>,
}

/// The same as a reader compares it.
#[derive(Debug)]
struct Normal {
    spellings: Vec<String>,
    not: Vec<String>,
}

const fn words(manual: &'static str, also: &'static [&'static str], not: &'static [&'static str]) -> Words {
    Words { manual, also, not, normal: OnceLock::new() }
}

const AGAIN: &[&str] = &["確認", "再入力", "もう一度", "confirm", "again", "repeat", "retype"];
const BACKWARDS: &[&str] =
    &["戻る", "キャンセル", "取消", "取り消", "中止", "cancel", "back", "reset", "クリア"];

pub(crate) static REQUEST_ID: Words = words("リクエストID", &["request id", "request number"], &[]);
pub(crate) static REFERENCE_ID: Words = words("リファレンスID", &["reference id", "reference number"], &[]);
pub(crate) static PASSWORD: Words =
    words("証明書パスワード", &["パスワード", "certificate password", "password", "PIN"], AGAIN);
pub(crate) static PASSWORD_AGAIN: Words = words(
    "証明書パスワード(確認用)",
    &[
        "パスワード(確認用)",
        "パスワード(確認)",
        "パスワード確認",
        "パスワード再入力",
        "confirm password",
        "certificate password (confirm",
        "password (confirm",
        "password again",
        "retype password",
        "確認用",
    ],
    &[],
);
pub(crate) static MAIL: Words = words("メールアドレス", &["mail address", "email", "e-mail"], AGAIN);
pub(crate) static MAIL_AGAIN: Words = words(
    "メールアドレス(確認用)",
    &[
        "メールアドレス(確認)",
        "メールアドレス確認",
        "confirm mail",
        "confirm email",
        "mail address (confirm",
        "email (confirm",
        "e-mail (confirm",
        "確認用",
    ],
    &[],
);

pub(crate) static INSTITUTIONS: Words = words("医療機関等", &["医療機関", "institution"], &[]);
pub(crate) static INSURERS: Words = words("医療保険者等", &["保険者", "insurer"], &[]);
pub(crate) static HOLDER: Words = words(
    "医療機関コードまたは受付番号",
    &["医療機関コード", "保険者番号", "受付番号", "institution code", "insurer number", "insurer's number"],
    &[],
);
pub(crate) static HOLDER_NAME: Words = words(
    "医療機関等の名称",
    &["医療保険者等の名称", "名称", "name of the institution", "name of the insurer"],
    &["端末"],
);
pub(crate) static DEPARTMENT: Words = words("部署名", &["部署", "department"], &[]);
pub(crate) static TELEPHONE: Words = words("電話番号", &["電話", "telephone", "phone"], &[]);
pub(crate) static TERMINAL_NAME: Words = words("端末名称等", &["端末名", "terminal name"], &[]);
pub(crate) static CERTIFICATES: Words = words("発行枚数", &["枚数", "number of certificates"], &[]);
pub(crate) static APPLICATION_NUMBER: Words = words(
    "申請番号",
    &["申請受付番号", "受付番号", "application number", "receipt number"],
    &["医療機関コード", "保険者番号"],
);

pub(crate) static DOWNLOAD: Words = words("ダウンロード", &["download"], BACKWARDS);
pub(crate) static DOWNLOAD_KEY: Words =
    words("Download Key", &["download", "鍵のダウンロード", "ダウンロード"], BACKWARDS);
pub(crate) static ROOT: Words = words("ルート証明書", &["root certificate"], &["インストール", "install"]);
pub(crate) static NEXT: Words = words("次へ", &["next", "進む", "continue"], BACKWARDS);
pub(crate) static APPLY: Words = words("申請", &["申請する", "apply", "submit", "送信"], BACKWARDS);
pub(crate) static SUBMIT: Words = words("Submit", &["送信", "申請", "確定"], BACKWARDS);
pub(crate) static FETCH_KEY: Words =
    words("鍵の取得", &["鍵を取得", "get key", "get the key", "次へ", "next"], BACKWARDS);
pub(crate) static RELOAD: Words = words(
    "最新の状態を表示",
    &[
        "最新",
        "再表示",
        "再読み込み",
        "再読込",
        "ステータス確認",
        "ステータスを更新",
        "証明書ステータスを更新",
        "refresh",
        "reload",
    ],
    &[],
);
pub(crate) static RENEW: Words =
    words("証明書更新申請", &["更新申請", "renewal", "renew certificate", "apply for renewal"], &["更新後"]);
pub(crate) static COLLECT: Words = words("更新後証明書の取得", &["renewed certificate", "collect"], &[]);
pub(crate) static SESSION_LOST: Words =
    words("セッション無効", &["セッションがタイムアウトしました", "session invalid", "session timeout"], &[]);
pub(crate) static STATUS: Words =
    words("証明書ステータス", &["ステータス", "certificate status", "status"], &[]);

/// What a page says that took an application, in whatever words around it.
pub(crate) static ACCEPTED: Words = words(
    "受け付けました",
    &[
        "受付けました",
        "受付ました",
        "受理しました",
        "完了しました",
        "完了です",
        "申請完了",
        "送信完了",
        "受付完了",
        "accepted",
        "received",
        "complete",
    ],
    &["できません", "失敗", "エラー", "not ", "fail", "error"],
);
/// What a page says that did not.
pub(crate) static FAILED: Words =
    words("失敗", &["エラー", "却下", "拒否", "できません", "中止", "failed", "rejected", "error"], &[]);

/// What a page says that did not take an application for renewal: of the application itself, so that the page of a web
/// server on a bad day does not say it.
pub(crate) static NOT_APPLIED: Words = words(
    "申請できません",
    &[
        "申請を受け付けできません",
        "申請を受け付けられません",
        "申請は受け付けられません",
        "申請を受け付けることができません",
        "証明書は更新できません",
        "証明書を更新できません",
        "まだ更新できません",
        "ため更新できません",
        "ため、更新できません",
        "却下",
        "can't be renewed",
        "cannot be renewed",
        "application was rejected",
        "application was not accepted",
    ],
    &[],
);
/// What a page says that leaves it open whether the CA has an application: another time it may be otherwise, or there is
/// one already.
pub(crate) static UNDECIDED: Words = words(
    "しばらく",
    &[
        "時間をおいて",
        "混み合",
        "混雑",
        "集中",
        "メンテナンス",
        "エラー",
        "障害",
        "既に",
        "すでに",
        "済み",
        "busy",
        "later",
        "try again",
        "maintenance",
        "error",
        "already",
    ],
    &[],
);
/// What the list of renewed certificates says of itself, though nothing is on it.
pub(crate) static LIST: Words = words(
    "更新後証明書の取得",
    &[
        "一覧",
        "証明書がありません",
        "証明書はありません",
        "情報がありません",
        "情報はありません",
        "renewed certificate",
        "no certificates",
    ],
    &[],
);

/// How well a text fits; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    Exact,
    Begins,
    Contains,
}

impl Words {
    /// How well `text` says this, if it does.
    pub(crate) fn fit(&self, text: &str) -> Option<Fit> {
        let text = normal(text);
        if text.is_empty() {
            return None;
        }
        let Normal { spellings, not } = self.normal.get_or_init(|| Normal {
            spellings: std::iter::once(&self.manual)
                .chain(self.also)
                .map(|spelling| normal(spelling))
                .collect(),
            not: self.not.iter().map(|stop| normal(stop)).collect(),
        });
        if spellings.contains(&text) {
            return Some(Fit::Exact);
        }
        if not.iter().any(|stop| text.contains(stop)) {
            return None;
        }
        if spellings.iter().any(|spelling| text.starts_with(spelling)) {
            return Some(Fit::Begins);
        }
        spellings.iter().any(|spelling| text.contains(spelling)).then_some(Fit::Contains)
    }
}

/// Whether a button leads back. A person who wants to get on does not press it.
pub(crate) fn leads_back(text: &str) -> bool {
    let text = normal(text);
    BACKWARDS.iter().any(|word| text.contains(&normal(word)))
}

/// A text as a reader compares it: full-width and half-width letters, capitals, blanks and a trailing colon or
/// asterisk make no difference, and neither does バスワード, the slip for パスワード that the manual itself prints.
pub(crate) fn normal(text: &str) -> String {
    let text: String = text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    text.trim_end_matches([':', '*']).trim_end_matches("必須").replace("バスワード", "パスワード")
}
