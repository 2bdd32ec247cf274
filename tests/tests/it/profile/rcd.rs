//! Time, sessions, IDs, tries and windows at /p/rcd.

use obn_tests::{Environment, Notice};
use serde_json::{Value, json};

use super::ground::{notice, told, told_paragraph, what};
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
        Row::new(
            "session.same_browser",
            "\"begins_anew\"",
            look!(after_a_session),
            "セッション無効, closed: 証明書の取得画面",
            "証明書の取得画面, closed: 証明書の取得画面",
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

async fn issue(env: &Environment, day: Option<&str>) -> Notice {
    let mut body = json!({ "terminal_name": "new" });
    if let Some(day) = day {
        body["issued_on"] = json!(day);
    }
    env.control.issue_to(&body).await
}

async fn day_at_four_utc(env: Environment) -> String {
    env.control.freeze("2026-11-23T16:00:00Z").await;
    issue(&env, None).await.issued_on
}

async fn idle(env: Environment) -> String {
    let mut seen = Vec::new();
    for seconds in [300, 899, 900] {
        let browser = env.browser();
        let form = browser.open("/p/rcd").await.form();
        env.control.advance(&format!("{seconds}s")).await;
        let answer = what(&browser.press(&form, "ダウンロード").await);
        let answer = if answer == "セッション無効" { answer } else { "page".to_owned() };
        seen.push(format!("{seconds} s: {answer}"));
    }
    seen.join(", ")
}

/// What the first page is for a browser whose session ended, as it is and after it was closed.
async fn after_a_session(env: Environment) -> String {
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    env.control.advance("1d").await;
    assert_eq!(what(&browser.press(&form, "ダウンロード").await), "セッション無効");
    let same = browser.open("/p/rcd").await.heading();
    format!("{same}, closed: {}", browser.fresh().open("/p/rcd").await.heading())
}

/// The numbers of the first notices of two days, beginning at the first.
async fn numbers(env: Environment) -> String {
    let mut numbers = Vec::new();
    for day in ["2026-12-01", "2026-12-02"] {
        let notice = issue(&env, Some(day)).await;
        numbers.push(notice.request_id[8..].parse::<u32>().unwrap());
    }
    format!("1 {}", numbers[1] - numbers[0] + 1)
}

async fn small_numbers(env: Environment) -> String {
    let number: u32 = issue(&env, Some("2026-12-01")).await.request_id[8..].parse().unwrap();
    if number < 100 { "small" } else { "large" }.to_owned()
}

async fn other_case(env: Environment) -> String {
    let mut notice = notice(&env, 0).await;
    notice.reference_id = notice.reference_id.to_ascii_lowercase();
    told(&env.browser().download(&notice, "1234").await)
}

async fn lock(env: &Environment) -> Notice {
    let right = notice(env, 0).await;
    let wrong = Notice { reference_id: "AAAAAAAAA1".to_owned(), ..right.clone() };
    for _ in 0..3 {
        env.browser().download(&wrong, "1234").await;
    }
    right
}

async fn after_three_wrong_tries(env: Environment) -> String {
    let right = lock(&env).await;
    told_paragraph(&env.browser().download(&right, "1234").await)
}

async fn half_an_hour_after_a_lock(env: Environment) -> String {
    let right = lock(&env).await;
    env.control.advance("30m").await;
    told_paragraph(&env.browser().download(&right, "1234").await)
}

async fn on_days(env: &Environment, moments: &[&str]) -> String {
    let notice = notice(env, 0).await;
    let mut seen = Vec::new();
    for moment in moments {
        env.control.freeze(moment).await;
        seen.push(told_paragraph(&env.browser().download(&notice, "1234").await));
    }
    seen.join(", ")
}

async fn days_ten_and_eleven(env: Environment) -> String {
    // The window is counted when the notice is issued.
    let notice = issue(&env, None).await;
    let mut seen = Vec::new();
    for moment in ["2026-12-03T14:59:59Z", "2026-12-03T15:00:00Z"] {
        env.control.freeze(moment).await;
        seen.push(told_paragraph(&env.browser().download(&notice, "1234").await));
    }
    seen.join(", ")
}

/// The 180th day is 2027-05-22.
async fn last_days(env: Environment) -> String {
    on_days(&env, &["2027-05-21T14:59:59Z", "2027-05-22T14:59:59Z", "2027-05-22T15:00:00Z"]).await
}

async fn three_times(env: Environment) -> String {
    let notice = notice(&env, 0).await;
    let mut seen = Vec::new();
    for password in ["1234", "1234", "5678"] {
        seen.push(told_paragraph(&env.browser().download(&notice, password).await));
    }
    seen.join(", ")
}

/// With blanks around it, in full width, and with hyphens.
async fn typed_in_other_ways(env: Environment) -> String {
    let notice = notice(&env, 0).await;
    let id = &notice.request_id;
    let full_width: String = id.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let mut seen = Vec::new();
    for typed in [format!(" {id} "), full_width, format!("{}-{}", &id[..8], &id[8..])] {
        let browser = env.browser();
        let form = browser.open("/p/rcd").await.form().ids(&typed, &notice.reference_id).password("1234");
        seen.push(told(&browser.press(&form, "ダウンロード").await));
    }
    seen.join(", ")
}

async fn ten_to_eleven(env: Environment) -> String {
    let during = env.browser().get("/p/rcd").await.status;
    env.control.freeze("2026-11-23T02:00:00Z").await;
    format!("{} {}", during.as_u16(), env.browser().get("/p/rcd").await.status.as_u16())
}

async fn wrong_check_digit(env: Environment) -> String {
    let body = json!({ "institution_code": "0110119154", "terminal_name": "new" });
    let answer = env.control.post("/notices", &body).await;
    format!("{} {}", answer.status.as_u16(), answer.json::<Value>()["warning"])
}
