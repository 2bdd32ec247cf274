//! Words that the service itself uses, which tell nothing about anybody.

use unicode_normalization::UnicodeNormalization;

use crate::pki::prefecture::Prefecture;

/// The longest first, where one begins with another.
const WORDS: &[&str] = &[
    "電子証明書発行通知書",
    "電子証明書",
    "証明書",
    "認証局",
    "共通認証",
    "医療機関等",
    "医療機関",
    "医療保険者等",
    "医療保険者",
    "保険者",
    "保険",
    "訪問看護",
    "ステーション",
    "診療所",
    "医科",
    "歯科",
    "調剤",
    "薬局",
    "病院",
    "医院",
    "クリニック",
    "医療",
    "受付番号",
    "受付",
    "申請者",
    "申請",
    "発行済み",
    "発行要求中",
    "鍵生成中",
    "発行",
    "要求",
    "生成",
    "更新後",
    "更新",
    "失効",
    "取得",
    "ダウンロード",
    "端末",
    "登録",
    "承認",
    "却下",
    "確認",
    "完了",
    "失敗",
    "エラー",
    "処理",
    "待ち",
    "有効",
    "無効",
    "期限",
    "期間",
    "切れ",
    "新規",
    "変更",
    "種別",
    "区分",
    "番号",
    "名称",
    "状態",
    "その他",
    "未設定",
    "未",
    "済み",
    "済",
    "中",
    "前",
    "後",
    "枚",
    "件",
    "日",
    "月",
    "年",
    "可",
    "不",
    "有",
    "無",
    "なし",
    "あり",
    "はい",
    "いいえ",
    "等",
    "の",
    "各",
    "指定",
    "当該",
    "関係",
    "全国",
    "利用",
    "お客",
    "皆",
    "担当",
    "ご",
];

/// Short values by which forms tell what was pressed or chosen.
const VALUES: &[&str] = &[
    "true",
    "false",
    "on",
    "off",
    "yes",
    "no",
    "ok",
    "ja",
    "jp",
    "en",
    "utf-8",
    "shift_jis",
    "euc-jp",
    "submit",
    "confirm",
    "apply",
    "download",
    "next",
    "back",
    "new",
    "renew",
    "renewal",
    "update",
    "revoke",
    "get",
    "post",
    "save",
    "send",
    "cancel",
    "reset",
    "login",
    "logout",
    "start",
    "end",
    "input",
    "edit",
    "show",
    "list",
    "menu",
    "key",
    "collect",
    "fetch",
    "medical",
    "dental",
    "dentistry",
    "pharmacy",
    "dispensing",
    "nursing",
    "visiting-nursing",
    "insurer",
    "institution",
    "checkup",
    "vendor",
    "agent",
    "receiptonline",
    "unspecified",
    "keycompromise",
    "deleted",
    "none",
    "complete",
    "result",
    "search",
    "common name",
    "organization",
    "organizational unit",
    "country",
    "locality",
    "state",
    "subject",
    "issuer",
    "status",
    "serial number",
    "validity",
    "download key",
    "cn",
    "ou",
    "o",
    "c",
    "l",
    "st",
    "request id",
    "reference id",
    "online billing",
    "submit query",
];

/// Whether nothing but the service's words is in a text, or a date or a small number.
pub(super) fn is_public(text: &str) -> bool {
    let text: String = text.nfkc().collect::<String>().trim().to_lowercase();
    if text.is_empty()
        || VALUES.contains(&text.as_str())
        || Prefecture::of_romaji(&text).is_some()
        || text.contains("online billing nw")
        || WORDS.iter().any(|word| word.contains(&text))
        || is_when(&text)
    {
        return true;
    }
    let mut rest = text.as_str();
    while let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
        rest = &rest[word.len()..];
    }
    rest.is_empty()
}

/// Whether it is a sentence, such as a message.
pub(super) fn is_sentence(text: &str) -> bool {
    text.contains('。') || text.contains("ください") || text.contains("ません")
}

/// A date, a time, a span of them, or a number of at most three digits.
fn is_when(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || " -/:.,~〜-年月日時分秒()".contains(letter);
    let letters: String =
        text.replace("jst", "").replace("gmt", "").replace("utc", "").replace("から", "").replace("まで", "");
    let digits = letters.split(|letter: char| !letter.is_ascii_digit());
    let fits = |digits: &str| {
        digits.len() <= 2
            || (digits.len() == 4
                && (digits.starts_with("19") || digits.starts_with("20") || digits.starts_with("21")))
    };
    let is_small = letters.len() <= 3;
    letters.chars().all(is_part)
        && letters.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty()).count()
            != 1
        && digits.clone().all(fits)
        || (is_small && letters.bytes().all(|byte| byte.is_ascii_digit()))
}
