//! What testers wished for on the dashboard, each by the click that it takes; and that everybody can read and reach it.

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::key::Key;
use obn_tests::{Chromium, Environment, Pfx};
use serde_json::json;

use super::dashboard::Person;

impl Person<'_> {
    /// Waits for a file; Chromium names it differently until it is whole.
    async fn file(&self, name: &str) -> PathBuf {
        let path = self.0.path("downloads").join(name);
        for _ in 0..600 {
            if path.is_file() {
                return path;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{name} did not come");
    }

    /// Chooses an option by its value.
    async fn chooses(&self, select: &str, value: &str) {
        self.sees(&format!("{select}/option[@value = '{value}']")).await;
        let select = self.sees(select).await;
        select.select_by_value(value).await.unwrap();
    }

    /// What this script answers on the page.
    async fn measures(&self, script: &str) -> serde_json::Value {
        self.0.client.execute(script, Vec::new()).await.unwrap()
    }
}

#[tokio::test]
async fn an_id_is_copied_the_form_opens_filled_in_and_the_pfx_comes_by_one_click() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    person.presses("notices", "発行する").await;
    person.reads("notices", "202611230000001").await;
    let notice: obn_tests::Notice =
        serde_json::from_value(env.control.json("/notices").await[0].clone()).unwrap();

    person.clicks("//*[@id='notices']//button[starts-with(@aria-label, 'リファレンスIDをコピー')]").await;
    person.sees("//*[@id='done'][normalize-space() = 'コピーしました。']").await;
    let search = person.sees("//*[@id='search']").await;
    search.send_keys(&format!("{}v", char::from(Key::Control))).await.unwrap();
    let pasted = search.prop("value").await.unwrap();
    assert_eq!(pasted.as_deref(), Some(notice.reference_id.as_str()));

    // Up again, where the header covers nothing.
    person.measures("scrollTo(0, 0)").await;
    person.clicks("//*[@id='certificates']//button[normalize-space() = 'PFX']").await;
    let file = std::fs::read(person.file(&format!("{}.p12", notice.request_id)).await).unwrap();
    assert_eq!(Pfx::open(&file, "1234").unwrap().serial, notice.serial);
    // It is no download.
    assert_eq!(env.control.json("/notices").await[0]["downloads"], 0);

    person.measures("scrollTo(0, 0)").await;
    let before = chromium.client.windows().await.unwrap();
    person.presses("notices", "開く").await;
    let opened = loop {
        let now = chromium.client.windows().await.unwrap();
        if let Some(new) = now.into_iter().find(|window| !before.contains(window)) {
            break new;
        }
    };
    chromium.client.switch_to_window(opened).await.unwrap();
    let [id, reference, password] = ["リクエスト ID", "リファレンス ID", "証明書パスワード"]
        .map(|label| format!("//input[@id = //label[normalize-space() = '{label}']/@for]"));
    for (field, value) in [(id, &notice.request_id), (reference, &notice.reference_id)] {
        let field = person.sees(&field).await;
        assert_eq!(field.prop("value").await.unwrap().as_ref(), Some(value));
    }
    // Nothing is left but the password, twice.
    person.sees(&password).await;
    assert_eq!(person.measures("return document.activeElement.id").await, "password");
    let tab = char::from(Key::Tab);
    let typed = format!("0427{tab}0427{}", char::from(Key::Enter));
    chromium.client.active_element().await.unwrap().send_keys(&typed).await.unwrap();
    person.file(&format!("{} (1).p12", notice.request_id)).await;
    assert_eq!(env.control.json("/notices").await[0]["downloads"], 1);
    chromium.end().await;
}

/// The page is the site's for whoever has no key: a made-up one, one of another world, one whose time is over.
#[tokio::test]
async fn without_its_key_the_form_is_empty() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let opened = env.control.order(&format!("/notices/{}/open", notice.request_id)).await;
    let url = opened.json::<serde_json::Value>()["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(env.portal()).unwrap();
    let typed = async |env: &Environment, path: &str| {
        env.browser().open(path).await.form().field("リファレンス ID").value.clone()
    };
    assert_eq!(typed(&env, path).await, notice.reference_id);
    let mut wrong = path.to_owned();
    let last = wrong.pop().unwrap();
    wrong.push(if last == 'A' { 'B' } else { 'A' });
    let cut = &path[..path.len() - 8];
    for path in ["/p/rcd", "/p/rcd?filled", "/p/rcd?filled=", "/p/rcd?filled=202611230000001", cut, &wrong] {
        assert_eq!(typed(&env, path).await, "", "{path}");
    }
    let other = env.create("other", json!({})).await;
    assert_eq!(typed(&other, path).await, "");
    assert_eq!(env.control.order("/notices/202611230000099/open").await.status, 404);
    // The journal has the path alone.
    assert!(!env.control.text("/journal").await.contains("filled"));
}

#[tokio::test]
async fn a_world_is_made_with_a_scene_saved_and_loaded_and_deleted() {
    let env = Environment::start().await;
    env.issue().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    person.clicks("//*[@id='new']").await;
    person.sees("//dialog[@open]//input").await.send_keys("clinic").await.unwrap();
    person.chooses("//dialog[@open]//select", "revoked").await;
    person.clicks("//dialog[@open]//button[@value='yes']").await;
    person.sees("//*[@id='certificates']//tbody//*[normalize-space() = '失効']").await;
    let clinic = env.control.of_world("clinic");
    assert_eq!(clinic.json("/certificates").await[0]["status"], "revoked");

    person.presses("files", "保存").await;
    let saved = person.file("clinic.world.json").await;

    // What the file holds, in the place of the default world.
    person.chooses("//*[@id='world']", "default").await;
    person.sees("//*[@id='notices']//span[@class='count'][normalize-space() = '1']").await;
    person.sees("//*[@id='load']").await.send_keys(saved.to_str().unwrap()).await.unwrap();
    person.clicks("//dialog[@open]//button[@value='yes']").await;
    person.sees("//*[@id='certificates']//tbody//*[normalize-space() = '失効']").await;
    assert_eq!(env.control.json("/certificates").await, clinic.json("/certificates").await);

    person.chooses("//*[@id='world']", "clinic").await;
    person.presses("files", "削除").await;
    person.clicks("//dialog[@open]//button[@value='yes']").await;
    person.sees("//*[@id='world'][not(option[@value='clinic'])]").await;
    assert_eq!(env.control.json("//api/v1/worlds").await.as_array().unwrap().len(), 1);
    chromium.end().await;
}

#[tokio::test]
async fn a_scene_is_loaded_and_a_key_of_the_profile_is_switched_and_back() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    person.chooses("//form[@id='scene']//select", "renewal-stuck").await;
    person.presses("scenes", "読み込む").await;
    person.clicks("//dialog[@open]//button[@value='yes']").await;
    person.sees("//*[@id='renewals']//*[normalize-space() = '停止中']").await;
    person.sees("//*[@id='renewals']//*[normalize-space() = '鍵生成中']").await;
    chromium.picture("dashboard-scene").await;

    person.presses("profile", "キーを切り替える").await;
    person.sees("//*[@id='switch']//input").await.send_keys("lockout.attempts").await.unwrap();
    person.chooses("//*[@id='key-lockout.attempts']", "1").await;
    person.sees("//*[@id='done'][normalize-space() = '切り替えました。']").await;
    assert_eq!(env.control.json("/profile").await["lockout"]["attempts"], 3);
    chromium.picture("dashboard-keys").await;
    person.presses("switch", "閉じる").await;
    // The world goes on: what was in it is there, and the site locks.
    let notice: obn_tests::Notice =
        serde_json::from_value(env.control.json("/notices").await[0].clone()).unwrap();
    let wrong = obn_tests::Notice { reference_id: "0000000000".to_owned(), ..notice };
    for _ in 0..4 {
        env.browser().download(&wrong, "1234").await;
    }
    assert_eq!(env.control.outcomes_of("refused").await.last().unwrap(), "refused.locked_out");
    person.reads("journal", "ロック中").await;
    person.presses("profile", "既定に戻す").await;
    person.sees("//*[@id='profile']//ul[not(li)]").await;
    assert_eq!(env.control.json("/profile").await["lockout"]["attempts"], 0);
    chromium.end().await;
}

/// Words of Latin letters on the page that no Japanese tester would want translated.
const ENGLISH: &str = r"
    const known = /^(obn-ca|JavaScript|English|JST|UTC|JSON|TLS|PFX|CA|CRL|API|ID|HTTP|POST|GET|CN|OU|C|O|JP|default|https|localhost)$/;
    const ours = (one) => !one.closest('code, script, style, noscript, textarea, option, select, [data-language=en]');
    const texts = [...document.querySelectorAll('body *')].filter(ours).flatMap((one) => [...one.childNodes])
        .filter((one) => one.nodeType === Node.TEXT_NODE && one.parentElement.checkVisibility()).map((one) => one.textContent);
    return texts.flatMap((text) => text.replace(/\S+@\S+/g, '').match(/[A-Za-z][A-Za-z_.-]{1,}/g) ?? []).filter((word) => !known.test(word));
";

#[tokio::test]
async fn the_japanese_page_has_no_english_in_it_not_even_in_its_errors() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    env.control.fault(&json!({ "name": "maintenance", "times": 1 })).await;
    env.browser().get("/p/rcd").await;
    env.browser().download(&notice, "1234").await;
    env.browser().download(&notice, "123").await;
    env.browser().apply_for_revocation(&notice, "tanto@clinic.example.jp").await;
    env.browser().apply_for_certificates("tanto@clinic.example.jp").await;
    env.browser().get("/crl.crl").await;
    env.browser().get("/nothing/there").await;
    env.control.delete("/sessions").await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    person.reads("journal", "失効申請の受付").await;
    person.reads("journal", "発行申請の受付").await;
    assert_eq!(person.measures(ENGLISH).await, json!([]));

    let code = person.sees("//*[@id='issue']//input[@name='institution_code']").await;
    code.clear().await.unwrap();
    code.send_keys("123").await.unwrap();
    person.presses("notices", "発行する").await;
    person.sees("//*[@id='toast'][contains(text(), '医療機関コードは 10 桁')]").await;
    let by = person.sees("//*[@id='advance']//input").await;
    by.send_keys("soon").await.unwrap();
    person.presses("clock", "進める").await;
    person.sees("//*[@id='toast'][contains(text(), '91d')]").await;
    person.clicks("//*[@id='new']").await;
    person.sees("//dialog[@open]//input").await.send_keys("default").await.unwrap();
    person.clicks("//dialog[@open]//button[@value='yes']").await;
    person.sees("//*[@id='toast'][contains(text(), '同じ名前のワールド')]").await;
    chromium.end().await;
}

/// The contrast of each text with what is behind it (WCAG 2.2, 1.4.3), where it is less than 4.5.
const FAINT: &str = r"
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const over = (front, back) => { const [r, g, b, a = 1] = front; return [r, g, b].map((one, at) => one * a + back[at] * (1 - a)); };
    const behind = (one) => {
        const layers = [];
        for (let at = one; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
        return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
    };
    const light = (color) => {
        const [r, g, b] = color.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = [];
    for (const one of document.querySelectorAll('body *')) {
        if (!one.checkVisibility() || ![...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())) continue;
        const style = getComputedStyle(one), back = behind(one), front = over(channels(style.color), back);
        let opacity = 1;
        for (let at = one; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
        const [dark, bright] = [light(over([...front, opacity], back)), light(back)].sort((a, b) => a - b);
        const contrast = (bright + 0.05) / (dark + 0.05);
        if (contrast < 4.5) faint.push(`${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}: ${contrast.toFixed(2)}`);
    }
    return faint;
";

/// What can be scrolled and isn't reached by the Tab key.
const UNREACHED: &str = r"
    const scrolls = (one) => ['auto', 'scroll'].includes(getComputedStyle(one).overflowY);
    const areas = [...document.querySelectorAll('main *')].filter((one) => scrolls(one) && one.tagName !== 'TEXTAREA');
    if (!areas.length) return ['there is nothing to scroll'];
    return areas.filter((one) => one.tabIndex !== 0 || !one.getAttribute('aria-label')).map((one) => one.closest('section').id);
";

/// What of the open dialog is cut off at the window's edge.
const CUT_OFF: &str = r"
    const dialog = document.querySelector('dialog[open]');
    const edge = dialog.getBoundingClientRect();
    const within = (one) => { const box = one.getBoundingClientRect(); return box.right <= edge.right + 0.5 && box.left >= edge.left - 0.5; };
    const out = [...dialog.querySelectorAll('*:not(option, wbr)')].filter((one) => !within(one)).map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`);
    return edge.left < 8 || edge.right > innerWidth - 8 ? ['the dialog itself', ...out] : out;
";

#[tokio::test]
async fn everything_can_be_read_and_reached_by_keyboard_and_no_dialog_is_cut_off() {
    let env = Environment::start().await;
    let reset = env.control.post("/reset", &json!({ "scene": "vendor-3-institutions" })).await;
    assert_eq!(reset.status, 204);
    env.control.fault(&json!({ "name": "line_drops_in_pfx" })).await;
    for width in [Some(1280), None] {
        let chromium = match width {
            Some(_) => Chromium::start(&env).await,
            None => Chromium::on_a_phone(&env).await,
        };
        let Some(chromium) = chromium else { return };
        if let Some(width) = width {
            chromium.client.set_window_size(width, 900).await.unwrap();
        }
        let person = Person(&chromium);
        person.opens(&env).await;
        person.reads("journal", "証明書を発行").await;
        person.sees("//*[@id='certificates']//button[normalize-space() = '失効させる']").await;
        // Rows that just came fade in.
        person.measures("document.getAnimations().forEach((one) => one.finish())").await;
        assert_eq!(person.measures(FAINT).await, json!([]), "{width:?}");
        assert_eq!(person.measures(UNREACHED).await, json!([]), "{width:?}");
        let of_cells = "return document.querySelectorAll('tr.fresh').length > 0 && document.getAnimations().every((one) => one.effect.target.tagName === 'TR')";
        env.control.advance("1s").await;
        person.sees("//*[@id='journal']//tr[contains(@class, 'fresh')]").await;
        assert_eq!(person.measures(of_cells).await, true, "{width:?}");
        person.presses("certificates", "失効させる").await;
        assert_eq!(person.measures(CUT_OFF).await, json!([]), "{width:?}");
        chromium.picture(&format!("dashboard-dialog-{}", width.unwrap_or(390))).await;
        person.presses("ask", "キャンセル").await;
        person.presses("profile", "キーを切り替える").await;
        assert_eq!(person.measures(CUT_OFF).await, json!([]), "{width:?}");
        chromium.end().await;
    }
}

#[tokio::test]
async fn control_hands_out_a_pfx_whatever_the_site_would_say() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    env.control.revoke(&notice).await;
    env.control.freeze("2031-01-01T00:00:00Z").await;
    let path = format!("/certificates/{}/pfx", notice.serial);
    let file = env.control.post(&path, &json!({ "password": "9876" })).await;
    assert_eq!(file.file().0, format!("{}.p12", notice.request_id));
    assert_eq!(file.pfx("9876").serial, notice.serial);
    assert_eq!(env.control.order(&path).await.pfx("1234").serial, notice.serial);
    for (body, status) in [(json!({ "password": "987" }), 422), (json!({ "pin": "9876" }), 422)] {
        assert_eq!(env.control.post(&path, &body).await.status, status, "{body}");
    }
    let missing = "/certificates/00000000000000000000000000000001/pfx";
    assert_eq!(env.control.order(missing).await.status, 404);
    assert_eq!(env.control.outcomes_of("pfx").await, ["pfx.exported", "pfx.exported"]);
    assert!(!env.control.text("/journal").await.contains("9876"));
}

#[tokio::test]
async fn a_world_goes_on_with_another_profile_and_a_bad_one_changes_nothing() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let before = env.pfx(&notice).await.serial;
    let root = env.control.text("/root.pem").await;
    let patch = async |body: serde_json::Value| {
        env.control.call(reqwest::Method::PATCH, "/profile", Some(&body)).await
    };
    let changed =
        patch(json!({ "download": { "redownload": "once" }, "http": { "server": "Apache" } })).await;
    assert_eq!(changed.json::<serde_json::Value>()["download"]["redownload"], "once");
    let page = env.browser().get("/p/rcd").await;
    assert_eq!(page.header("server"), "Apache");
    let refused = env.browser().download(&notice, "1234").await.page();
    assert!(refused.says("すでに取得済み"), "{}", refused.outline());
    assert_eq!(env.control.text("/root.pem").await, root);
    // The journal goes on, without a gap.
    let outcomes = env.control.outcomes().await;
    let at = |word: &str| outcomes.iter().position(|outcome| outcome == word).unwrap();
    assert!(
        at("issued") < at("profile.set") && at("profile.set") < at("refused.already_downloaded"),
        "{outcomes:?}"
    );
    for (body, told) in [
        (json!({ "lock": { "attempts": 3 } }), "profile: unknown field `lock`"),
        (json!({ "session": { "ttl": "0s" } }), "profile: session.ttl: must be"),
        (json!({ "client_auth": { "mode": "split" } }), "start the simulator with --renewal-listen"),
        (json!([]), "profile: not an object"),
    ] {
        let refused = patch(body.clone()).await;
        assert_eq!(refused.status, 422, "{body}");
        let detail = refused.json::<serde_json::Value>()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told), "{detail}");
    }
    let back = patch(json!({ "download": { "redownload": "allowed" } })).await;
    assert_eq!(back.status, 200);
    assert_eq!(env.pfx(&notice).await.serial, before);
    assert_eq!(env.browser().get("/p/rcd").await.header("server"), "Apache");
}
