//! Whole walks in a real browser.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use obn_tests::{Chromium, Environment, Studio};

use super::person::Person;

/// A client that claims what it doesn't do.
const CLAIMS: &str = "claims = ['sh', '-c', 'exit 0']\n";

impl Person<'_> {
    /// Presses Tab until this holds of what has the focus (JavaScript, `it`).
    async fn tabs_to(&self, what: &str) {
        let there = format!("const it = document.activeElement; return Boolean({what})");
        for _ in 0..120 {
            if self.executes(&there).await == true {
                return;
            }
            self.presses(Key::Tab).await;
        }
        panic!("no way by the keyboard to {what}");
    }

    /// Presses a key, wherever the focus is: what is sent to an element that takes a file would be a file's name.
    async fn presses(&self, key: Key) {
        let value = char::from(key);
        let keys = KeyActions::new("keyboard".to_owned());
        let keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        self.chromium.client.perform_actions(keys).await.unwrap();
    }

    /// Types into what has the focus.
    async fn types(&self, text: &str) {
        self.chromium.client.active_element().await.unwrap().send_keys(text).await.unwrap();
    }
}

#[tokio::test]
async fn a_command_is_chosen_watched_and_judged() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let studio = Studio::start(&(Studio::our_client() + CLAIMS), &[]).await;
    let person = Person { chromium: &chromium, studio: &studio };
    person.opens("/").await;
    person.fits("start").await;
    person.clicks("//select[@name='command']/option[@value='obn']").await;
    person.sees("//input[@name='filter']").await.send_keys("download/walk").await.unwrap();
    person.clicks("//button[contains(@class, 'big')]").await;
    person.sees("//b[@id='count'][. = '1 / 1']").await;
    person.clicks("//li[@id='play-0'][contains(@class, 'good')]//summary").await;
    person.sees("//li[@id='play-0']//pre[contains(., 'rcd.file')]").await;
    person.fits("live").await;
    person.clicks("//a[@id='results']").await;
    person
        .sees("//section[contains(@class, 'summary')]//span[contains(., '確認した範囲で適合') or . = '適合']")
        .await;
    chromium
        .client
        .wait()
        .for_element(fantoccini::Locator::Css("iframe"))
        .await
        .unwrap()
        .enter_frame()
        .await
        .unwrap();
    person.sees("//h1/span[@lang='ja'][. = '共通認証局 クライアント適合性レポート']").await;
    chromium.client.clone().enter_parent_frame().await.unwrap();
    person.fits("results").await;
    let run = studio.runs().pop().unwrap();
    for (file, begins) in [
        ("report.html", "<!DOCTYPE html>"),
        ("report.json", "{"),
        ("report.xml", "<?xml"),
        ("badge.svg", "<svg"),
    ] {
        person.sees(&format!("//a[@href='/runs/{run}/{file}'][@download]")).await;
        let text = studio.control.text(&format!("//runs/{run}/{file}")).await;
        assert!(text.trim_start().starts_with(begins), "{file}: {text}");
    }
    // What was chosen is remembered.
    person.opens("/").await;
    let filter = person.sees("//input[@name='filter']").await.prop("value").await.unwrap();
    assert_eq!(filter.as_deref(), Some("download/walk"));
    person.clicks("//a[@lang='en']").await;
    person.sees("//html[@lang='en']//h2[contains(., 'What is judged?')]").await;
    chromium.end().await;
}

#[tokio::test]
async fn guided_by_keyboard_alone_on_a_phone() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::on_a_phone(&env).await else { return };
    let studio = Studio::start("", &[]).await;
    let person = Person { chromium: &chromium, studio: &studio };
    person.opens("/").await;
    assert_eq!(person.executes("return innerWidth").await, 390);
    person.fits("phone-start").await;
    person.tabs_to("it.name === 'first'").await;
    person.presses(Key::Enter).await;
    let mut task = person.next_task("").await;
    let mut tasks = 0;
    while !task.is_over {
        person.fits(&format!("phone-task-{tasks}")).await;
        tasks += 1;
        let folder = tempfile::tempdir().unwrap();
        let ended = person.does(&task, &folder).await;
        if let Some(file) = &ended.file {
            person.tabs_to("it.id === 'file'").await;
            person.types(file.to_str().unwrap()).await;
        }
        if ended.file.is_none() || task.judges_words {
            person.tabs_to("it.name === 'words'").await;
            person.types(&ended.words).await;
            person.tabs_to(&format!("it.value === '{}'", ended.button)).await;
            person.presses(Key::Enter).await;
        }
        task = person.next_task(&task.number).await;
    }
    assert_eq!(tasks, 3);
    person.sees("//b[@id='count'][. = '3 / 3']").await;
    person.tabs_to("it.id === 'results'").await;
    person.presses(Key::Enter).await;
    person.sees("//section[contains(@class, 'summary')]//p[contains(., '合格 3 ・ 失敗 0')]").await;
    person.fits("phone-results").await;
    person.opens("/runs").await;
    person.fits("phone-runs").await;
    chromium.end().await;
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let studio = Studio::start("", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let person = Person { chromium: &chromium, studio: &studio };
    person.opens("/").await;
    person.clicks("//button[@name='first']").await;
    let task = person.next_task("").await;
    let ended = person.does(&task, &folder).await;
    person.answers(&task, &ended).await;
    person.next_task(&task.number).await;
    person.clicks("//form[@id='stop']/button").await;
    person.clicks("//a[@id='results'][not(@hidden)]").await;
    person
        .sees("//section[contains(@class, 'summary')]//p[contains(., '合格 1 ・ 失敗 0 ・ 未実施 2')]")
        .await;
    person.clicks("//button[contains(., '続きを実施する (2)')]").await;
    let mut task = person.next_task("").await;
    while !task.is_over {
        let folder = tempfile::tempdir().unwrap();
        let ended = person.does(&task, &folder).await;
        person.answers(&task, &ended).await;
        task = person.next_task(&task.number).await;
    }
    person.sees("//b[@id='count'][. = '2 / 2']").await;
    person.clicks("//a[@id='results']").await;
    person.sees("//section[contains(@class, 'summary')]//p[. = '合格 3 ・ 失敗 0']").await;
    chromium.end().await;
}

#[tokio::test]
async fn two_runs_are_compared_and_what_failed_is_played_again() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let studio = Studio::start(&(Studio::our_client() + CLAIMS), &[]).await;
    let person = Person { chromium: &chromium, studio: &studio };
    for command in ["claims", "obn"] {
        person.opens("/").await;
        person.clicks(&format!("//select[@name='command']/option[@value='{command}']")).await;
        person.executes("document.querySelector('[name=filter]').value = 'root/walk'").await;
        person.clicks("//button[contains(@class, 'big')]").await;
        person.clicks("//a[@id='results'][not(@hidden)]").await;
        person.sees("//section[contains(@class, 'summary')]").await;
    }
    person.clicks("//a[contains(@href, '/compare')]").await;
    person.sees("//li[contains(@class, 'good')][strong = '1']").await;
    person.sees("//section[contains(@class, 'good')]//code[. = 'client/root/walk']").await;
    person.fits("compare").await;
    // The other way round the failure is new.
    let runs = studio.runs();
    person.opens(&format!("/compare?old={}&new={}", runs[1], runs[0])).await;
    person.sees("//section[contains(@class, 'bad')]//code[. = 'client/root/walk']").await;
    person.opens(&format!("/runs/{}", runs[0])).await;
    person.clicks("//button[contains(., '失敗したものだけもう一度')]").await;
    person.sees("//b[@id='count'][. = '1 / 1']").await;
    person.sees("//*[@id='failed'][. = '失敗 1']").await;
    chromium.end().await;
}
