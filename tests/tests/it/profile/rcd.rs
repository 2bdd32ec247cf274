//! Time, sessions, IDs, tries and windows at /p/rcd.

use serde_json::json;

use super::support::{CODE, Notice, Site, download, notice};
use super::table::{Row, look, turn};

const LATE: &str =
    "この証明書のダウンロード期間は終了しました。証明書が必要な場合は、あらためて発行を申請してください。";
const LOCKED: &str = "続けて誤った入力があったため、このリクエスト ID の受付を一時的に停止しています。しばらくしてからやり直してください。";
const WRONG: &str = "リクエスト ID またはリファレンス ID に誤りがあります。発行通知書をご確認のうえ、もう一度入力してください。";
const TAKEN: &str = "この証明書はすでに取得済みです。";
const OTHER_PASSWORD: &str = "初めて取得したときと同じ証明書パスワードを入力してください。";
const ID_FORMAT: &str = "リクエスト ID は15桁の半角数字で入力してください。";
const CHECK_DIGIT: &str = "the institution code's check digit is wrong";

pub(crate) fn rows() -> Vec<Row> {
    let ten_days = format!("file, {LATE}");
    let lockout = "lockout.attempts = 3";
    vec![
        Row::new("clock.zone", "\"UTC\"", look!(day_at_four_utc), "2026-11-24", "2026-11-23"),
        Row::new(
            "session.ttl",
            "\"5m\"",
            look!(idle),
            "300 s: page, 899 s: page, 900 s: セッション無効",
            "300 s: セッション無効, 899 s: セッション無効, 900 s: セッション無効",
        ),
        Row::new("ids.request_numbers", "\"running\"", look!(numbers), "1 1", "1 2"),
        Row::new("ids.request_numbers", "\"random\"", look!(small_numbers), "small", "large"),
        Row::new("ids.reference_id_case_sensitive", "false", look!(other_case), WRONG, "file"),
        Row::new("lockout.attempts", "3", look!(after_three_wrong_tries), "file", LOCKED),
        Row::new("lockout.duration", "\"1h\"", look!(half_an_hour_after_a_lock), "file", LOCKED)
            .with(lockout),
        Row::new("download.window_days", "10", look!(days_ten_and_eleven), "file, file", &ten_days),
        Row::new(
            "download.window_inclusive",
            "false",
            look!(last_days),
            &format!("file, file, {LATE}"),
            &format!("file, {LATE}, {LATE}"),
        ),
        Row::new(
            "download.allow_late",
            "true",
            look!(last_days),
            &format!("file, file, {LATE}"),
            "file, file, file",
        ),
        Row::new(
            "download.redownload",
            "\"once\"",
            look!(three_times),
            "file, file, file",
            &format!("file, {TAKEN}, {TAKEN}"),
        ),
        Row::new(
            "download.redownload",
            "\"same_password_only\"",
            look!(three_times),
            "file, file, file",
            &format!("file, file, {OTHER_PASSWORD}"),
        ),
        Row::new(
            "input.normalise",
            "\"fold\"",
            look!(typed_in_other_ways),
            &format!("file, {ID_FORMAT}, {ID_FORMAT}"),
            "file, file, file",
        ),
        Row::new(
            "input.normalise",
            "\"none\"",
            look!(typed_in_other_ways),
            &format!("file, {ID_FORMAT}, {ID_FORMAT}"),
            &format!("{ID_FORMAT}, {ID_FORMAT}, {ID_FORMAT}"),
        ),
        Row::new(
            "maintenance.windows",
            "[\"2026-11-23T10:00/2026-11-23T11:00\"]",
            look!(ten_to_eleven),
            "200 200",
            "503 200",
        ),
        Row::new(
            "dn.validate_cn",
            "\"warn\"",
            look!(wrong_check_digit),
            "201 null",
            &format!("201 \"{CHECK_DIGIT}\""),
        ),
        Row::new("dn.validate_cn", "\"strict\"", look!(wrong_check_digit), "201 null", "422 null"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_issuing_and_fetching_turn() {
    turn(rows()).await;
}

async fn issue(site: &Site, day: Option<&str>) -> Notice {
    let mut body = json!({ "institution_code": CODE, "terminal_name": "new" });
    if let Some(day) = day {
        body["issued_on"] = json!(day);
    }
    notice(&site.issue(body).await)
}

async fn day_at_four_utc(site: Site) -> String {
    site.at("2026-11-23T16:00:00Z").await;
    let body = site.issue(json!({ "institution_code": CODE, "terminal_name": "new" })).await;
    body["issued_on"].as_str().unwrap().to_owned()
}

async fn idle(site: Site) -> String {
    let mut seen = Vec::new();
    for seconds in [300, 899, 900] {
        let browser = site.browser();
        let page = browser.open("/p/rcd").await;
        site.advance(&format!("{seconds}s")).await;
        let answer = browser.submit(&page, &[]).await.what();
        let answer = if answer == "セッション無効" { answer } else { "page".to_owned() };
        seen.push(format!("{seconds} s: {answer}"));
    }
    seen.join(", ")
}

/// The numbers of the first notices of two days, beginning at the first.
async fn numbers(site: Site) -> String {
    let mut numbers = Vec::new();
    for day in ["2026-12-01", "2026-12-02"] {
        let notice = issue(&site, Some(day)).await;
        numbers.push(notice.request_id[8..].parse::<u32>().unwrap());
    }
    format!("1 {}", numbers[1] - numbers[0] + 1)
}

async fn small_numbers(site: Site) -> String {
    let number: u32 = issue(&site, Some("2026-12-01")).await.request_id[8..].parse().unwrap();
    if number < 100 { "small" } else { "large" }.to_owned()
}

async fn other_case(site: Site) -> String {
    let mut notice = site.notice(0).await;
    notice.reference_id = notice.reference_id.to_ascii_lowercase();
    site.browser().fetch(&notice, "1234").await.told()
}

async fn lock(site: &Site) -> Notice {
    let right = site.notice(0).await;
    let wrong = Notice { reference_id: "AAAAAAAAA1".to_owned(), ..right.clone() };
    for _ in 0..3 {
        site.browser().fetch(&wrong, "1234").await;
    }
    right
}

async fn after_three_wrong_tries(site: Site) -> String {
    let right = lock(&site).await;
    site.browser().fetch(&right, "1234").await.told_paragraph()
}

async fn half_an_hour_after_a_lock(site: Site) -> String {
    let right = lock(&site).await;
    site.advance("30m").await;
    site.browser().fetch(&right, "1234").await.told_paragraph()
}

async fn on_days(site: &Site, moments: &[&str]) -> String {
    let notice = site.notice(0).await;
    let mut seen = Vec::new();
    for moment in moments {
        site.at(moment).await;
        seen.push(site.browser().fetch(&notice, "1234").await.told_paragraph());
    }
    seen.join(", ")
}

async fn days_ten_and_eleven(site: Site) -> String {
    // The window is counted when the notice is issued.
    let notice = issue(&site, None).await;
    let mut seen = Vec::new();
    for moment in ["2026-12-03T14:59:59Z", "2026-12-03T15:00:00Z"] {
        site.at(moment).await;
        seen.push(site.browser().fetch(&notice, "1234").await.told_paragraph());
    }
    seen.join(", ")
}

/// The 180th day is 2027-05-22.
async fn last_days(site: Site) -> String {
    on_days(&site, &["2027-05-21T14:59:59Z", "2027-05-22T14:59:59Z", "2027-05-22T15:00:00Z"]).await
}

async fn three_times(site: Site) -> String {
    let notice = site.notice(0).await;
    let mut seen = Vec::new();
    for password in ["1234", "1234", "5678"] {
        seen.push(site.browser().fetch(&notice, password).await.told_paragraph());
    }
    seen.join(", ")
}

/// With blanks around it, in full width, and with hyphens.
async fn typed_in_other_ways(site: Site) -> String {
    let notice = site.notice(0).await;
    let id = &notice.request_id;
    let full_width: String = id.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let mut seen = Vec::new();
    for typed in [format!(" {id} "), full_width, format!("{}-{}", &id[..8], &id[8..])] {
        let browser = site.browser();
        let page = browser.open("/p/rcd").await;
        seen.push(browser.submit(&page, &download(&typed, &notice.reference_id, "1234")).await.told());
    }
    seen.join(", ")
}

async fn ten_to_eleven(site: Site) -> String {
    let during = site.browser().open("/p/rcd").await.status;
    site.at("2026-11-23T02:00:00Z").await;
    format!("{} {}", during.as_u16(), site.browser().open("/p/rcd").await.status.as_u16())
}

async fn wrong_check_digit(site: Site) -> String {
    let body = json!({ "institution_code": "0110119154", "terminal_name": "new" });
    let (status, body) = site.call("POST", "/notices", body).await;
    format!("{} {}", status.as_u16(), body["warning"])
}
