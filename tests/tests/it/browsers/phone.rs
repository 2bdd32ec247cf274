//! What people look at fits a phone: nothing sticks out to the right.

use fantoccini::Locator;
use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_tests::{AT_ONCE, Chromium, Environment, Program, run};

/// What ends to the right of the width of a small phone. Chromium's windows are no narrower than 500 pixels, and no page
/// looks at widths between these two, so the body alone is made as narrow.
const STICKS_OUT: &str = r"
    document.body.style.cssText = 'width: 360px; margin: 0; box-sizing: border-box';
    const out = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > 360.5);
    return out.map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 80)}`);
";

pub(super) async fn fits(chromium: &Chromium, name: &str) {
    let out = chromium.client.execute(STICKS_OUT, Vec::new()).await.unwrap();
    chromium.picture(&format!("phone-{name}")).await;
    assert_eq!(out, serde_json::json!([]), "{name}");
}

#[tokio::test]
async fn pages_notice_dashboard_and_reports_fit_a_phone() {
    let options = Options::for_tests().profile(Profile::from_toml(AT_ONCE).unwrap());
    let env = Environment::options(Options { relying_party: Some(options.control), ..options }).await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let client = &chromium.client;
    client.set_window_size(500, 900).await.unwrap();

    let notice = env.issue().await;
    for path in ["/p/rcr", "/p/rcr/institution", "/p/rcd", "/p/rx", "/p/ru"] {
        client.goto(&(env.simulator.portal_url() + path)).await.unwrap();
        fits(&chromium, &path.replace('/', "-")).await;
    }

    client.goto(&env.simulator.relying_party_url().unwrap()).await.unwrap();
    fits(&chromium, "relying-party").await;

    let control = env.simulator.control_url();
    client.goto(&format!("{control}/api/v1/notices/{}/print", notice.request_id)).await.unwrap();
    fits(&chromium, "notice").await;

    client.goto(&format!("{control}/")).await.unwrap();
    let serial = format!("//*[@id='journal']//code[normalize-space() = '{}']", notice.serial);
    for there in ["//*[@id='certificates']//td[@class='actions']/button", &serial] {
        client.wait().for_element(Locator::XPath(there)).await.unwrap();
    }
    fits(&chromium, "dashboard").await;

    let report = chromium.path("report.html");
    let [_, _, (_, harness)] = Program::all();
    let report_there = report.display().to_string();
    let arguments = ["portal", "--filter", "rcd/", "--level", "core", "--html", &report_there];
    run(harness.to_str().unwrap(), &arguments).await.ok();
    for language in ["ja", "en"] {
        client.goto(&format!("file://{report_there}?{language}#{language}")).await.unwrap();
        fits(&chromium, &format!("report-{language}")).await;
    }
    chromium.end().await;
}
