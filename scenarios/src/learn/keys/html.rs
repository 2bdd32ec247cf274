//! `html.*`, `site.*`: encoding, layout, labels, and what the site says of itself.

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["html.charset"], shown_by: Record::Download, read: charset },
    Reader { keys: &["html.layout"], shown_by: Record::Download, read: layout },
    Reader { keys: &["html.labels"], shown_by: Record::Download, read: labels },
    Reader { keys: &["site.start_page"], shown_by: Record::Download, read: start },
    Reader { keys: &["site.says_simulated"], shown_by: Record::Download, read: simulated },
];

fn charset(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, _) in evidence.of_site() {
        let Some(encoding) = exchange.encoding() else { continue };
        match encoding.name() {
            "UTF-8" => book.see("html.charset", "utf-8", &exchange.place),
            "Shift_JIS" => book.see("html.charset", "shift_jis", &exchange.place),
            "EUC-JP" => book.see("html.charset", "euc-jp", &exchange.place),
            other => book.cannot_say(
                &format!("画面の文字コードは {other} です。"),
                &format!("Pages are encoded in {other}."),
            ),
        }
    }
}

fn layout(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site() {
        let in_row: Vec<_> = page::fields(page).map(|field| field.in_row).collect();
        match (in_row.iter().any(|it| *it), in_row.iter().all(|it| *it)) {
            _ if in_row.is_empty() => {}
            (true, true) => book.see("html.layout", "table", &exchange.place),
            (false, _) => book.see("html.layout", "stacked", &exchange.place),
            (true, false) => book.cannot_say(
                &format!("「{}」の項目は、一部だけが表の中にあります。", exchange.kind.name()),
                &format!("Only some fields of 「{}」 are in a table.", exchange.kind.name()),
            ),
        }
    }
}

/// A label as printed, without blanks, in full width, with katakana in half width.
const LABELS: [[&str; 4]; 6] = [
    ["リクエスト ID", "リクエストID", "リクエストＩＤ", "ﾘｸｴｽﾄID"],
    ["リファレンス ID", "リファレンスID", "リファレンスＩＤ", "ﾘﾌｧﾚﾝｽID"],
    ["証明書パスワード", "証明書パスワード", "証明書パスワード", "証明書ﾊﾟｽﾜｰﾄﾞ"],
    [
        "証明書パスワード(確認用)",
        "証明書パスワード(確認用)",
        "証明書パスワード（確認用）",
        "証明書ﾊﾟｽﾜｰﾄﾞ(確認用)",
    ],
    ["申請者のメールアドレス", "申請者のメールアドレス", "申請者のメールアドレス", "申請者のﾒｰﾙｱﾄﾞﾚｽ"],
    ["メールアドレス(確認用)", "メールアドレス(確認用)", "メールアドレス（確認用）", "ﾒｰﾙｱﾄﾞﾚｽ(確認用)"],
];
const STYLES: [&str; 4] = ["as_printed", "no_blank", "full_width", "half_width"];

fn labels(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site() {
        let shown: Vec<&String> = page::fields(page).flat_map(|field| field.labels.first()).collect();
        let known: Vec<_> = LABELS
            .iter()
            .filter_map(|row| Some((row, *shown.iter().find(|label| crate::eyes::same(label, row[0]))?)))
            .collect();
        let fits = |style: usize| known.iter().all(|(row, label)| row[style] == label.as_str());
        let styles: Vec<_> = (0..STYLES.len()).filter(|style| fits(*style)).collect();
        match styles.as_slice() {
            _ if known.is_empty() => {}
            [style] => book.see("html.labels", STYLES[*style], &exchange.place),
            [] => {
                let labels: Vec<_> = known.iter().map(|(_, label)| format!("「{label}」")).collect();
                book.cannot_say(
                    &format!("項目名の表記は {} です。", labels.join(" ")),
                    &format!("Labels are set as {}.", labels.join(" ")),
                );
            }
            _ => {}
        }
    }
}

fn start(evidence: &Evidence<'_>, book: &mut Book) {
    let at_root = |path: &str| path == "/";
    for exchange in evidence.exchanges.iter().filter(|it| at_root(it.path()) && it.is_get()) {
        let is_portal = evidence
            .of_site()
            .any(|(other, _)| other.authority() == exchange.authority() && other.path().starts_with("/p/"));
        match (exchange.kind, exchange.status) {
            (Kind::Start, _) => book.see("site.start_page", true, &exchange.place),
            (_, 404) if is_portal => book.see("site.start_page", false, &exchange.place),
            _ => {}
        }
    }
}

/// Only our simulator says so. Where it doesn't, that may have two reasons, of which dn.mode is one.
fn simulated(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site() {
        if page.text.lines().any(|line| line == "シミュレーターの画面 (obn-ca)") {
            book.see("site.says_simulated", true, &exchange.place);
        }
    }
}
