//! The ground of the table: worlds that share the keys of a saved one, and what is told of what they answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_tests::{Answer, Browser, Environment, Notice, Pfx};
use serde_json::{Value, json};

/// When everything begins: 10 o'clock in Japan.
pub(crate) const TEN: &str = "2026-11-23T01:00:00Z";
/// Inside the renewal window of the ground's certificates, which end on 2030-02-23.
pub(crate) const RENEWABLE: &str = "2029-12-01T01:00:00Z";
/// The institution of the ground's two certificates.
pub(crate) const CODE: &str = "0110119153";
/// An address that can be written to.
pub(crate) const EMAIL: &str = "a@example.jp";

/// One simulator with a saved world from which others begin: keys are dear, and these are shared.
pub(crate) struct Ground {
    env: Environment,
    saved: Value,
    next: AtomicU32,
}

impl Ground {
    /// The saved world stands still at [`TEN`] and has two certificates of one institution.
    pub(crate) async fn start() -> Arc<Self> {
        let loopback = "127.0.0.1:0".parse().unwrap();
        let files = Some(env!("CARGO_MANIFEST_DIR").into());
        let options = Options {
            renewal_listen: Some(loopback),
            relying_party: Some(loopback),
            files,
            ..Options::for_tests()
        };
        let env = Environment::options(options.seed("profile keys")).await;
        env.control.freeze(TEN).await;
        for terminal in ["one", "two"] {
            let notice = env.control.issue_to(&json!({ "terminal_name": terminal })).await;
            // Its key is made when somebody looks.
            env.control.certificate(&notice.serial).await;
        }
        let saved = env.control.json("/world").await;
        Arc::new(Self { env, saved, next: AtomicU32::new(0) })
    }

    /// A world of its own with this profile (dotted keys of TOML): the saved one, or a fresh one.
    pub(crate) async fn world(&self, profile: &str, fresh: bool) -> Environment {
        let profile = Profile::from_toml(profile).unwrap_or_else(|error| panic!("{profile}: {error}"));
        let profile = serde_json::to_value(profile).unwrap();
        let name = format!("w{}", self.next.fetch_add(1, Ordering::Relaxed));
        if fresh {
            let body = json!({ "listen": "127.0.0.1:0", "seed": "profile keys", "profile": profile });
            let env = self.env.create(&name, body).await;
            env.control.freeze(TEN).await;
            return env;
        }
        let mut saved = self.saved.clone();
        saved["settings"]["profile"] = profile;
        self.env.create(&name, json!({ "listen": "127.0.0.1:0", "file": saved })).await
    }
}

/// One of the two notices of the saved world.
pub(crate) async fn notice(env: &Environment, index: usize) -> Notice {
    serde_json::from_value(env.control.json("/notices").await[index].clone()).unwrap()
}

/// A browser that shows one of the two certificates of the saved world, which nobody has fetched.
pub(crate) async fn terminal(env: &Environment, index: usize) -> Browser {
    env.browser_showing(&identity(env, index).await)
}

/// One of the two certificates of the saved world with its key.
pub(crate) async fn identity(env: &Environment, index: usize) -> Pfx {
    let file = env.control.json("/world").await;
    let material = &file["certificates"][index]["material"];
    let der = |name: &str| BASE64.decode(material[name].as_str().unwrap()).unwrap();
    Pfx::of(vec![der("certificate")], &der("key"))
}

/// DER of the certificate of a notice that is issued now.
pub(crate) async fn issued_certificate(env: &Environment, category: &str) -> Vec<u8> {
    let notice = env.control.issue_to(&json!({ "terminal_name": "new", "category": category })).await;
    env.control.certificate(&notice.serial).await
}

/// `/p/rcd` from the form to its answer, as [`told`] has it.
pub(crate) async fn fetched(env: &Environment) -> String {
    told(&env.browser().download(&notice(env, 0).await, "1234").await)
}

/// `/p/rx` from the form to the last page, by its heading.
pub(crate) async fn applied_for_revocation(env: &Environment) -> String {
    env.browser().apply_for_revocation(&notice(env, 0).await, EMAIL).await.heading()
}

/// What came: the heading of a page, or `file`.
pub(crate) fn what(answer: &Answer) -> String {
    if answer.is_file() { "file".to_owned() } else { answer.page().heading() }
}

/// `file`, or the message that came instead.
pub(crate) fn told(answer: &Answer) -> String {
    if answer.is_file() {
        return "file".to_owned();
    }
    let page = answer.page();
    let messages = page.texts("p.error");
    if messages.is_empty() { page.heading() } else { messages.join("|") }
}

/// `file`, or the first paragraph of the page that came instead, if no message stands beside a field.
pub(crate) fn told_paragraph(answer: &Answer) -> String {
    let told = told(answer);
    if answer.is_file() || told != answer.page().heading() {
        return told;
    }
    answer.page().texts("main p").into_iter().next().unwrap_or_default()
}

/// The value of a header, or `none`.
pub(crate) fn header(answer: &Answer, name: &str) -> String {
    match answer.header(name) {
        "" => "none".to_owned(),
        value => value.to_owned(),
    }
}
