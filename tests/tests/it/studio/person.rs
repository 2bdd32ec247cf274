//! Somebody who sits at the pages.

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;
use obn_tests::{Chromium, Studio};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a page of a guided run shows of the task.
const TASK: &str = r"
    const guided = document.getElementById('guided');
    const all = (selector, use) => [...(guided?.querySelectorAll(selector) ?? [])].map(use);
    return {
        number: guided?.dataset.number ?? '',
        is_to_be_ended: all('button[value=ended]', () => 0).length > 0,
        is_over: !document.getElementById('results').hidden,
        values: all('code[data-name]', (one) => [one.dataset.name, one.textContent]),
        files: all('a[data-name]', (one) => [one.dataset.name, one.getAttribute('href'), one.download]),
        output: all('code[data-file]', (one) => one.dataset.file)[0] ?? null,
        judges_words: all('textarea[data-judged=true]', () => 0).length > 0,
        play: all('.where code', (one) => one.textContent)[0] ?? '',
        action: all('#task', (one) => one.textContent)[0] ?? '',
    };
";

/// What it shows.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    pub(super) number: String,
    pub(super) is_to_be_ended: bool,
    pub(super) is_over: bool,
    values: Vec<(String, String)>,
    files: Vec<(String, String, String)>,
    pub(super) output: Option<String>,
    pub(super) judges_words: bool,
    /// Scenario and case.
    pub(super) play: String,
    action: String,
}

/// How a program ended, as a person sees it.
pub(super) struct Ended {
    pub(super) button: &'static str,
    pub(super) words: String,
    /// Where the file is, if one came of it.
    pub(super) file: Option<PathBuf>,
}

pub(super) struct Person<'a> {
    pub(super) chromium: &'a Chromium,
    pub(super) studio: &'a Studio,
}

impl Person<'_> {
    pub(super) async fn opens(&self, path: &str) {
        self.chromium.client.goto(&format!("{}{path}", self.studio.url)).await.unwrap();
    }

    /// Waits for what this XPath finds.
    pub(super) async fn sees(&self, path: &str) -> Element {
        let wait = self.chromium.client.wait().at_most(Duration::from_secs(60));
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(super) async fn clicks(&self, path: &str) {
        self.sees(path).await.click().await.unwrap();
    }

    pub(super) async fn executes(&self, script: &str) -> Value {
        self.chromium.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Whether all of the page is within its width.
    pub(super) async fn fits(&self, name: &str) {
        self.chromium.picture(&format!("studio-{name}")).await;
        let widths = self.executes("const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]").await;
        assert_eq!(widths[0], widths[1], "{name}");
    }

    /// Waits for a task that is not this one, or for the end.
    pub(super) async fn next_task(&self, last: &str) -> Shown {
        self.sees(&format!(
            "//*[@id='guided'][@data-number != '{last}']//form[@class='answers'] | //a[@id='results'][not(@hidden)]"
        ))
        .await;
        serde_json::from_value(self.executes(TASK).await).unwrap()
    }

    /// Has our own client do a task in this folder; ends it when the page says so.
    pub(super) async fn does(&self, task: &Shown, folder: &TempDir) -> Ended {
        let mut command = tokio::process::Command::new("sh");
        command.arg(Studio::adapter()).env_clear().env("PATH", Studio::path()).current_dir(folder.path());
        command.env("HOME", folder.path()).env("TMPDIR", folder.path()).kill_on_drop(true).process_group(0);
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.env("OBN_ACTION", action(&task.action));
        for (name, value) in &task.values {
            let value = match (name.as_str(), value.as_str()) {
                ("OBN_CONFIRM", "はい") => "yes",
                ("OBN_CONFIRM", "いいえ") => "no",
                (_, value) => value,
            };
            command.env(name, value);
        }
        for (variable, href, name) in &task.files {
            let path = folder.path().join(name);
            std::fs::write(&path, self.studio.control.get(&format!("/{href}")).await.body).unwrap();
            command.env(variable, path);
        }
        let file = task.output.as_ref().map(|name| folder.path().join(name));
        if let Some(file) = &file {
            command.env("OBN_OUTPUT", file);
        }
        let child = command.spawn().unwrap();
        let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?)).unwrap();
        let ended = tokio::select! {
            ended = child.wait_with_output() => ended.unwrap(),
            _ = self.sees("//button[@value='ended']") => {
                // The first of them is gone with what waited for it.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                return Ended { button: "ended", words: String::new(), file: None };
            }
        };
        let button = match ended.status.code() {
            Some(0) => "done",
            Some(1) => "refused",
            Some(77) => "unsupported",
            _ => "failed",
        };
        let words = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
        let file = file.filter(|file| button == "done" && file.metadata().is_ok_and(|file| file.len() > 0));
        Ended { button, words: words.into_owned(), file }
    }

    /// Says how a task ended, with the mouse.
    pub(super) async fn answers(&self, task: &Shown, ended: &Ended) {
        if let Some(file) = &ended.file {
            let field = self.sees("//input[@id='file']").await;
            field.send_keys(file.to_str().unwrap()).await.unwrap();
            if !task.judges_words {
                return;
            }
            self.sees("//*[@class='taken']").await;
        }
        let write =
            "const field = document.querySelector('#guided textarea'); if (field) field.value = arguments[0]";
        self.chromium.client.execute(write, vec![json!(ended.words)]).await.unwrap();
        self.clicks(&format!("//*[@id='guided']//button[@value='{}']", ended.button)).await;
    }
}

/// What is meant by the words of the page.
fn action(title: &str) -> &'static str {
    [
        ("発行を申請", "apply"),
        ("発行申請", "apply"),
        ("ログイン", "login"),
        ("ルート証明書を取得", "root"),
        ("更新後の証明書を取得", "collect"),
        ("証明書を取得", "download"),
        ("証明書を更新", "renew"),
        ("失効", "revoke"),
        ("お知らせ", "notices"),
        ("証明書の一覧", "list"),
        ("インストーラー", "installer"),
        ("古い証明書", "remove"),
        ("強制終了", "killed"),
    ]
    .into_iter()
    .find(|(words, _)| title.contains(words))
    .unwrap_or_else(|| panic!("{title:?}"))
    .1
}
