//! Scenes: what each promises is what portal and control show. All of them run beside each other in one process.

use obn_tests::{Browser, Environment, Notice, Page, Pfx, Program, run_with};
use serde_json::{Value, json};

/// A world that begins with this scene.
async fn scene(env: &Environment, name: &str) -> Environment {
    env.create(name, json!({ "scene": name })).await
}

async fn notices(world: &Environment) -> Vec<Notice> {
    let mut all = world.control.json("/notices").await;
    for notice in all.as_array_mut().unwrap() {
        notice.as_object_mut().unwrap().remove("renewal");
    }
    serde_json::from_value(all).unwrap()
}

async fn only_notice(world: &Environment) -> Notice {
    let mut all = notices(world).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn statuses(world: &Environment) -> Vec<String> {
    let all = world.control.json("/certificates").await;
    all.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
}

/// The browser of the terminal that has this certificate.
async fn terminal(world: &Environment, notice: &Notice) -> Browser {
    let file = world.control.order(&format!("/certificates/{}/pfx", notice.serial)).await;
    world.browser_showing(&file.pfx("1234"))
}

/// Whole days from today in Japan to the end of this notice's certificate.
async fn days_left(world: &Environment, notice: &Notice) -> i64 {
    let all = world.control.json("/notices").await;
    let found = all.as_array().unwrap().iter().find(|one| one["serial"] == notice.serial.as_str()).unwrap();
    let last: jiff::civil::Date = found["valid_until"].as_str().unwrap().parse().unwrap();
    i64::from((last - today(world).await).get_days())
}

async fn today(world: &Environment) -> jiff::civil::Date {
    let now: jiff::Timestamp = world.control.json("/clock").await["now"].as_str().unwrap().parse().unwrap();
    jiff::tz::offset(9).to_datetime(now).date()
}

async fn typed(world: &Environment, notice: &Notice) -> Page {
    world.browser().download(notice, "1234").await.page()
}

async fn gets_the_file(world: &Environment, notice: &Notice) -> Pfx {
    world.browser().download(notice, "1234").await.pfx("1234")
}

#[tokio::test]
async fn three_terminals_are_in_use_and_the_first_has_15_days_left() {
    let env = Environment::start().await;
    let world = scene(&env, "clinic-3-terminals").await;
    let all = notices(&world).await;
    assert_eq!(statuses(&world).await, ["valid", "valid", "valid"]);
    let mut left = Vec::new();
    for notice in &all {
        left.push(days_left(&world, notice).await);
    }
    assert_eq!(left, [15, 400, 900]);
    // Each has fetched its certificate, once.
    let listed = world.control.json("/notices").await;
    assert!(listed.as_array().unwrap().iter().all(|notice| notice["downloads"] == 1), "{listed}");
    // The first can be renewed, the second not yet.
    assert_eq!(terminal(&world, &all[0]).await.to_confirmation().await.heading(), "証明書更新申請");
    assert_eq!(terminal(&world, &all[1]).await.to_confirmation().await.heading(), "更新を申請できません");
}

#[tokio::test]
async fn a_renewal_opens_today_or_tomorrow() {
    let env = Environment::start().await;
    for (name, heading) in
        [("renewal-opens-today", "証明書更新申請"), ("renewal-opens-tomorrow", "更新を申請できません")]
    {
        let world = scene(&env, name).await;
        let browser = terminal(&world, &only_notice(&world).await).await;
        assert_eq!(browser.to_confirmation().await.heading(), heading, "{name}");
    }
}

#[tokio::test]
async fn a_renewed_terminal_has_two_good_certificates_and_nothing_to_apply_for() {
    let env = Environment::start().await;
    let world = scene(&env, "renewed").await;
    let all = notices(&world).await;
    assert_eq!(statuses(&world).await, ["valid", "valid"]);
    assert_eq!(days_left(&world, &all[0]).await, 15);
    let renewal = &world.control.json("/renewals").await[0];
    assert_eq!((&renewal["status"], &renewal["request_id"]), (&json!("発行済み"), &json!(all[1].request_id)));
    assert_eq!(world.control.json("/notices").await[1]["downloads"], 1);
    let refused = terminal(&world, &all[0]).await.to_confirmation().await;
    assert!(refused.says("すでに更新されています"), "{}", refused.outline());
    assert_eq!(terminal(&world, &all[1]).await.open("/p/ru").await.heading(), "更新申請画面");
}

#[tokio::test]
async fn a_renewal_waits_to_be_collected() {
    let env = Environment::start().await;
    let world = scene(&env, "renewal-to-collect").await;
    let all = notices(&world).await;
    assert_eq!(world.control.json("/notices").await[1]["downloads"], 0);
    let file = terminal(&world, &all[0]).await.collect(&all[1].request_id, "2468").await;
    assert_eq!(file.pfx("2468").serial, all[1].serial);
}

#[tokio::test]
async fn a_renewal_is_stuck_until_control_lets_it_go_on() {
    let env = Environment::start().await;
    let world = scene(&env, "renewal-stuck").await;
    let renewal = world.control.json("/renewals").await[0].clone();
    assert_eq!((&renewal["status"], &renewal["held"]), (&json!("鍵生成中"), &json!(true)));
    let request_id = renewal["request_id"].as_str().unwrap();
    let browser = terminal(&world, &only_notice(&world).await).await;
    browser.open("/p/ru").await;
    let page = browser.open(&format!("/p/ru/status/{request_id}")).await;
    assert_eq!(page.beside("証明書ステータス"), ["鍵生成中"], "{}", page.outline());
    for _ in 0..2 {
        world.control.order(&format!("/renewals/{request_id}/advance")).await;
    }
    assert_eq!(browser.collect(request_id, "2468").await.pfx("2468").serial, notices(&world).await[1].serial);
}

#[tokio::test]
async fn a_renewal_failed_and_can_be_applied_for_again() {
    let env = Environment::start().await;
    let world = scene(&env, "renewal-failed").await;
    assert_eq!(world.control.json("/renewals").await[0]["status"], "発行エラー");
    let browser = terminal(&world, &only_notice(&world).await).await;
    assert_eq!(browser.renew().await.heading(), "送信完了");
}

#[tokio::test]
async fn the_last_day_is_good_and_the_day_after_it_is_not() {
    let env = Environment::start().await;
    for (name, left, status, http) in [("last-day", 0, "valid", 200), ("expired", -1, "expired", 403)] {
        let world = scene(&env, name).await;
        let notice = only_notice(&world).await;
        assert_eq!(days_left(&world, &notice).await, left);
        assert_eq!(statuses(&world).await, [status]);
        assert_eq!(terminal(&world, &notice).await.visit("/p/ru").await.status, http, "{name}");
    }
}

#[tokio::test]
async fn one_certificate_is_revoked_and_the_other_is_not() {
    let env = Environment::start().await;
    let world = scene(&env, "revoked").await;
    assert_eq!(statuses(&world).await, ["revoked", "valid"]);
    let all = notices(&world).await;
    let refused = terminal(&world, &all[0]).await.open("/p/ru").await;
    assert!(refused.says("失効しているため"), "{}", refused.outline());
    assert_eq!(terminal(&world, &all[1]).await.open("/p/ru").await.heading(), "更新申請画面");
}

#[tokio::test]
async fn a_revocation_awaits_its_approval() {
    let env = Environment::start().await;
    let world = scene(&env, "revocation-pending").await;
    assert_eq!(statuses(&world).await, ["valid"]);
    let notice = only_notice(&world).await;
    let again = world.browser().identify(&notice).await;
    assert!(again.says("失効申請はすでに受け付けています"), "{}", again.outline());
    let approved = world.control.order(&format!("/revocations/{}/approve", notice.request_id)).await;
    assert_eq!(approved.json::<Value>()["status"], "approved");
    assert_eq!(statuses(&world).await, ["revoked"]);
    assert_eq!(world.control.json("/mails").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn day_180_hands_out_the_file_and_day_181_does_not() {
    let env = Environment::start().await;
    let last = scene(&env, "day-180").await;
    let notice = only_notice(&last).await;
    assert_eq!(gets_the_file(&last, &notice).await.serial, notice.serial);
    let late = scene(&env, "day-181").await;
    let refused = typed(&late, &only_notice(&late).await).await;
    assert!(refused.says("この証明書のダウンロード期間は終了しました。"), "{}", refused.outline());
}

#[tokio::test]
async fn a_pharmacy_in_tokyo_has_its_own_words_in_the_subject() {
    let env = Environment::start().await;
    let world = scene(&env, "pharmacy-tokyo").await;
    let notice = only_notice(&world).await;
    gets_the_file(&world, &notice).await;
    let certificate = world.control.json(&format!("/certificates/{}", notice.serial)).await;
    let subject = certificate["subject"].as_str().unwrap();
    assert!(subject.contains("OU=tokyo") && subject.contains("OU=pharmacy"), "{subject}");
}

#[tokio::test]
async fn a_vendor_looks_after_three_institutions_in_five_states() {
    let env = Environment::start().await;
    let world = scene(&env, "vendor-3-institutions").await;
    let listed = world.control.json("/notices").await;
    let listed = listed.as_array().unwrap();
    let institutions: std::collections::BTreeSet<_> =
        listed.iter().map(|notice| notice["institution_code"].as_str().unwrap()).collect();
    assert_eq!(institutions.len(), 3);
    // Five terminals, and what one of them was renewed to.
    assert_eq!(listed.len(), 6);
    let statuses = statuses(&world).await;
    assert_eq!(statuses.iter().filter(|status| *status == "expired").count(), 1);
    let unfetched: Vec<_> = listed.iter().filter(|notice| notice["downloads"] == 0).collect();
    assert_eq!(unfetched.len(), 1);
    let notice: Notice = serde_json::from_value(unfetched[0].clone()).unwrap();
    assert_eq!(gets_the_file(&world, &notice).await.serial, notice.serial);
}

#[tokio::test]
async fn an_application_is_under_review() {
    let env = Environment::start().await;
    let world = scene(&env, "application-under-review").await;
    let application = world.control.json("/applications").await[0].clone();
    assert_eq!((&application["status"], &application["certificates"]), (&json!("under_review"), &json!(2)));
    assert!(notices(&world).await.is_empty());
    let number = application["number"].as_str().unwrap();
    world.control.order(&format!("/applications/{number}/approve")).await;
    assert_eq!(notices(&world).await.len(), 2);
}

#[tokio::test]
async fn right_ids_are_locked_out_for_half_an_hour() {
    let env = Environment::start().await;
    let world = scene(&env, "locked-out").await;
    let notice = only_notice(&world).await;
    let refused = typed(&world, &notice).await;
    assert!(refused.says("このリクエスト ID の受付を一時的に停止しています"), "{}", refused.outline());
    assert_eq!(world.control.outcomes_of("refused").await, ["refused.locked_out"]);
    world.control.advance("30m").await;
    assert_eq!(gets_the_file(&world, &notice).await.serial, notice.serial);
}

/// A scene without a test above would be a promise that nobody keeps.
#[tokio::test]
async fn every_scene_is_listed_and_has_a_test_of_its_own() {
    let env = Environment::start().await;
    let listed = env.control.json("/scenes").await;
    let text = include_str!("scenes.rs");
    let readmes = [
        ("en", include_str!("../../../server/README.md")),
        ("ja", include_str!("../../../server/README.ja.md")),
    ];
    for scene in listed.as_array().unwrap() {
        let name = scene["name"].as_str().unwrap();
        assert!(
            text.contains(&format!("(\"{name}\",")) || text.contains(&format!(", \"{name}\")")),
            "{name}"
        );
        for (language, readme) in readmes {
            let row = format!("| `{name}` | {} |", scene[language].as_str().unwrap());
            assert!(readme.contains(&row), "a README lacks {row}");
        }
    }
    assert!(listed.as_array().unwrap().len() >= 12);
}

#[tokio::test]
async fn a_scene_is_of_today_and_its_clock_runs_from_noon() {
    let env = Environment::start().await;
    let world = scene(&env, "day-180").await;
    let clock = world.control.json("/clock").await;
    assert_eq!(clock["mode"], "running");
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let here = jiff::tz::offset(9).to_datetime(now);
    assert_eq!(here.hour(), 12);
    let issued = world.control.json("/notices").await[0]["issued_on"].as_str().unwrap().to_owned();
    let issued: jiff::civil::Date = issued.parse().unwrap();
    assert_eq!((here.date() - issued).get_days(), 180);
}

#[tokio::test]
async fn any_world_goes_back_to_a_scene_and_keeps_its_root_and_its_profile() {
    let env = Environment::with("[session]\nttl = \"7m\"\n").await;
    env.issue().await;
    let root = env.control.text("/root.pem").await;
    let reset = env.control.post("/reset", &json!({ "scene": "locked-out" })).await;
    assert_eq!(reset.status, 204, "{}", reset.summary());
    assert_eq!(env.control.text("/root.pem").await, root);
    let profile = env.control.json("/profile").await;
    assert_eq!((&profile["session"]["ttl"], &profile["lockout"]["attempts"]), (&json!("7m"), &json!(3)));
    assert!(
        typed(&env, &only_notice(&env).await).await.says("このリクエスト ID の受付を一時的に停止しています")
    );
    // A plain reset is an empty world again: this simulator was started without a sample.
    env.control.order("/reset").await;
    assert!(notices(&env).await.is_empty());
}

#[tokio::test]
async fn what_is_no_scene_or_cannot_be_played_leaves_nothing_behind() {
    let env = Environment::start().await;
    let unknown = env.control.post("//api/v1/worlds", &json!({ "name": "a", "scene": "clinic" })).await;
    assert_eq!(unknown.status, 422);
    let detail = unknown.json::<Value>()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("there is no scene \"clinic\"; the scenes are clinic-3-terminals"), "{detail}");
    // Where renewals are closed, nobody can have renewed.
    let body = json!({ "name": "a", "scene": "renewed", "profile": { "renewal": { "window_days": 0 } } });
    let closed = env.control.post("//api/v1/worlds", &body).await;
    assert_eq!(closed.status, 409, "{}", closed.summary());
    let detail = closed.json::<Value>()["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail, "scene: renewed: refused: renewal_not_open");
    assert_eq!(env.control.json("//api/v1/worlds").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_program_starts_with_a_scene_and_a_store_that_has_one_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("a.db").display());
    let arguments = ["--scene", "day-181", "--store", &store];
    let program = Program::start(&arguments).await;
    let first = program.ready.sample_notice.as_ref().unwrap().request_id.clone();
    program.kill().await;
    let program = Program::start(&arguments).await;
    assert_eq!(program.ready.sample_notice.as_ref().unwrap().request_id, first);

    let path = Program::command(&[]).as_std().get_program().to_owned();
    let list = run_with(tokio::process::Command::new(&path).arg("scenes"), "").await.ok();
    assert!(
        list.contains("day-181\n    発行から 181 日目。") && list.contains("\n    The 181st day"),
        "{list}"
    );
    let refused = Program::fail(&["--scene", "day-182"]).await;
    assert!(refused.stderr.contains("there is no scene \"day-182\"; the scenes are"), "{}", refused.stderr);
}
