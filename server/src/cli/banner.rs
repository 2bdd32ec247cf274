//! What is said when the simulator is ready: a line for programs, and for people a notice to walk on from.

use std::io::{IsTerminal, Write};

use obn_speech::cli::streams::{ascii, print};
use obn_speech::{COLUMNS, Language, width, wrapped};

use crate::Simulator;
use crate::control::NoticeBody;

/// One line of JSON for programs, in ASCII whatever their encoding is; a banner at a terminal.
pub(super) async fn announce(simulator: &Simulator, language: Language) {
    let notice = simulator.sample_notice().await;
    let mut out = std::io::stdout();
    if out.is_terminal() {
        let places = Places {
            portal: simulator.portal_url(),
            control: simulator.control_url(),
            relying_party: simulator.relying_party_url(),
        };
        return print(&banner(&places, notice.as_ref(), language));
    }
    let mut line = serde_json::json!({
        "portal": simulator.portal_url(),
        "control": simulator.control_url(),
        "sample_notice": notice,
    });
    if let Some(http) = simulator.http_url() {
        line["http"] = http.into();
    }
    if let Some(renewal) = simulator.renewal_url() {
        line["renewal"] = renewal.into();
    }
    if let Some(relying_party) = simulator.relying_party_url() {
        line["relying_party"] = relying_party.into();
    }
    let text = ascii(&line.to_string()) + "\n";
    // Whoever doesn't read it misses nothing that control doesn't tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

struct Places {
    portal: String,
    control: String,
    relying_party: Option<String>,
}

/// The lines fit 80 columns.
fn banner(places: &Places, notice: Option<&NoticeBody>, language: Language) -> String {
    let Places { portal, control, relying_party } = places;
    let version = env!("CARGO_PKG_VERSION");
    let mut text = language
        .pick(format!("\nobn-ca {version} を起動しました\n\n"), format!("\nobn-ca {version} is ready\n\n"));
    if let Some(notice) = notice {
        text += &of_notice(notice);
    }
    let mut rows = vec![
        (language.pick("最初に開くページ", "Open first"), format!("{portal}/p/rcd"), ""),
        (
            language.pick("TLS のルート証明書", "TLS root"),
            format!("{control}/api/v1/root.pem"),
            language.pick(
                "(このテスト専用です。ほかでは信頼しないでください)",
                "(for this test only: never trust it elsewhere)",
            ),
        ),
        (language.pick("ダッシュボード", "Dashboard"), format!("{control}/"), ""),
        (language.pick("制御 API", "Control API"), format!("{control}/api/v1/openapi.json"), ""),
    ];
    if let Some(relying_party) = relying_party {
        let with = language.pick("(証明書が必要です)", "(with the certificate)");
        rows.push((language.pick("証明書の利用先", "Log in at"), format!("{relying_party}/"), with));
    }
    text += &table(&rows);
    text + language.pick("\n  Ctrl-C で終了します\n\n", "\n  Ctrl-C ends it.\n\n")
}

/// As it comes by post, which is in Japanese like the pages that ask for what stands in it.
fn of_notice(notice: &NoticeBody) -> String {
    let day = |day: jiff::civil::Date| day.strftime("%Y/%m/%d").to_string();
    let (from, until, download) =
        (day(notice.valid_from), day(notice.valid_until), day(notice.download_until));
    let rows = [
        ("  発行者", notice.issuer.clone(), ""),
        ("  発行元", notice.institution_code.clone(), ""),
        ("  端末名称等", notice.terminal_name.clone(), ""),
        ("  リクエスト ID", notice.request_id.clone(), ""),
        ("  リファレンス ID", notice.reference_id.clone(), ""),
        ("  有効期限", format!("{from} ~ {until}"), ""),
        ("  ダウンロード", format!("{download} まで"), ""),
    ];
    format!("  電子証明書発行通知書(サンプル)\n{}\n", table(&rows))
}

/// What, its value, and a remark that has its own line where both don't fit.
fn table(rows: &[(&str, String, &str)]) -> String {
    let widest = rows.iter().map(|(what, ..)| width(what)).max().unwrap_or_default();
    let indent = " ".repeat(4 + widest);
    let mut text = String::new();
    for (what, value, remark) in rows {
        let first = format!("  {what}{}  ", " ".repeat(widest - width(what)));
        let one = format!("{first}{value} {remark}");
        let fits = width(&one) <= COLUMNS;
        let mut lines = if fits { vec![one] } else { vec![format!("{first}{value}")] };
        if !fits && !remark.is_empty() {
            lines.extend(wrapped(&indent, &indent, remark, COLUMNS));
        }
        lines.iter().for_each(|line| text += &format!("{}\n", line.trim_end()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[tokio::test]
    async fn the_banner_fits_80_columns_in_both_languages() {
        let options = Options { relying_party: Some(([127, 0, 0, 1], 0).into()), ..Options::for_tests() };
        let simulator = Simulator::start(Options { sample: true, ..options }.seed("banner")).await.unwrap();
        let notice = simulator.sample_notice().await.unwrap();
        let places = Places {
            portal: "https://localhost:8443".to_owned(),
            control: "http://127.0.0.1:8444".to_owned(),
            relying_party: Some("https://localhost:8446".to_owned()),
        };
        for language in [Language::Japanese, Language::English] {
            let text = banner(&places, Some(&notice), language);
            for line in text.lines() {
                assert!(width(line) <= COLUMNS, "{line}");
            }
            for word in [notice.request_id.clone(), "https://localhost:8446/".to_owned()] {
                assert!(text.contains(&word), "{word}:\n{text}");
            }
        }
        simulator.stop().await;
    }
}
