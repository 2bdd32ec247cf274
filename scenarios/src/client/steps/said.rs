//! What a client has told, and what it has kept to itself.

use crate::bilingual::Bilingual;
use crate::client::proxy;
use crate::client::scene::{Scene, places};
use crate::client::wording::{Expected, Seen};
use crate::eyes::squeeze;
use crate::play::{Check, Done, Reader, Skip, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look Says, KeepsProxyPassword, KeepsSecrets, KeepsIds];

step! {
    /// What the last run printed has one of these.
    pub(in crate::client) struct Says { says: Vec<String> }
    "it must say {}", any_of(says).en; "{} と伝えることを確かめる", any_of(says).ja
}

impl Check<Scene> for Says {
    async fn check(&self, scene: &Scene) -> Done {
        let output = scene.runs.last().map(|ended| squeeze(&ended.output).to_lowercase()).unwrap_or_default();
        for text in &self.says {
            if output.contains(&squeeze(&scene.known.fill(text)?).to_lowercase()) {
                return Ok(());
            }
        }
        let seen = if output.is_empty() { Seen::Silence } else { Seen::OtherWords };
        Err(Trouble::check(Expected::Says { words: any_of(&self.says) }, seen))
    }
}

step! {
    /// No run has shown a password, reference ID or key: in arguments, in output, in files that others can read.
    pub(in crate::client) struct KeepsSecrets { keeps_secrets: True }
    "no secret must have been shown"; "秘密を漏らしていないことを確かめる"
}

step! {
    /// No run has shown the proxy's password: in arguments, in output, in files that others can read, in temporary ones.
    pub(in crate::client) struct KeepsProxyPassword { keeps_proxy_password: True }
    "the proxy's password must not be shown"; "プロキシのパスワードを見せていないことを確かめる"
}

impl Check<Scene> for KeepsProxyPassword {
    async fn check(&self, scene: &Scene) -> Done {
        let shown = |text: &str| places(text, proxy::PASSWORD).next().is_some();
        no_run_shows(scene, shown, shown)?;
        for made in scene.made()? {
            if shown(&String::from_utf8_lossy(&made.bytes)) {
                return Err(Trouble::check(Expected::NothingInTemporary, Seen::SecretIn { name: made.name }));
            }
        }
        arguments_were_seen(scene)
    }
}

impl Check<Scene> for KeepsSecrets {
    async fn check(&self, scene: &Scene) -> Done {
        let shown = |text: &str| scene.secrets.iter().any(|secret| places(text, secret).next().is_some());
        no_run_shows(scene, shown, |output| shown(output) || output.contains("PRIVATE KEY"))?;
        let made = scene.made()?;
        for made in made.into_iter().filter(|made| made.is_open) {
            if made.has_key(&scene.passwords) || shown(&String::from_utf8_lossy(&made.bytes)) {
                return Err(Trouble::check(
                    Expected::SecretFilesPrivate,
                    Seen::OthersReadFile { name: made.name },
                ));
            }
        }
        arguments_were_seen(scene)
    }
}

/// Looks at what others on the machine see of each run.
fn no_run_shows(scene: &Scene, in_argument: impl Fn(&str) -> bool, in_output: impl Fn(&str) -> bool) -> Done {
    for ended in &scene.runs {
        if ended.arguments.iter().any(|line| in_argument(line)) {
            return Err(Trouble::check(Expected::NoSecretInArguments, Seen::SecretInArguments));
        }
        if in_output(&ended.output) {
            return Err(Trouble::check(Expected::NoSecretInOutput, Seen::SecretInOutput));
        }
    }
    Ok(())
}

/// Where a system doesn't show them nothing is known of them.
fn arguments_were_seen(scene: &Scene) -> Done {
    if scene.subject.guide.is_none() && scene.runs.iter().all(|ended| ended.arguments.is_empty()) {
        return Err(Trouble::Skip(Skip::NoArguments));
    }
    Ok(())
}

step! {
    /// The IDs of the renewal are told or kept.
    pub(in crate::client) struct KeepsIds { keeps_ids: True }
    "the IDs of the renewal must be told or kept"; "更新の ID を伝えるか保存していることを確かめる"
}

impl Check<Scene> for KeepsIds {
    async fn check(&self, scene: &Scene) -> Done {
        let made = scene.made()?;
        let texts = made.iter().filter(|made| !made.is_open).map(|made| String::from_utf8_lossy(&made.bytes));
        let output = scene.runs.iter().map(|ended| ended.output.as_str().into());
        let texts: Vec<_> = texts.chain(output).collect();
        for renewal in scene.stage.renewals().await? {
            let ids = [
                (Expected::RequestIdKept, renewal.request_id),
                (Expected::ReferenceIdKept, renewal.reference_id),
            ];
            for (expected, id) in ids {
                if !texts.iter().any(|text| text.contains(&id)) {
                    return Err(Trouble::check(expected, Seen::Lost));
                }
            }
        }
        Ok(())
    }
}

fn any_of(words: &[String]) -> Bilingual {
    Bilingual::any_of(words.iter().map(|words| Bilingual::same(&format!("「{words}」"))))
}
