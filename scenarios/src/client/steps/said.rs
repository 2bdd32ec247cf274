//! What a client has told, and what it has kept to itself.

use crate::client::scene::{Scene, places};
use crate::eyes::squeeze;
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look Says, KeepsSecrets, KeepsIds];

step! {
    /// What the last run printed has one of these.
    pub(in crate::client) struct Says { says: Vec<String> } "it says {}", says.join(" or ")
}

impl Check<Scene> for Says {
    async fn check(&self, scene: &Scene) -> Done {
        let output = scene.runs.last().map(|ended| squeeze(&ended.output).to_lowercase()).unwrap_or_default();
        for text in &self.says {
            if output.contains(&squeeze(&scene.known.fill(text)?).to_lowercase()) {
                return Ok(());
            }
        }
        let seen = if output.is_empty() { "it says nothing" } else { "other words (see the transcript)" };
        Err(Trouble::check(format!("that it says {}", self.says.join(" or ")), seen))
    }
}

step! {
    /// No run has shown a password, reference ID or key: in arguments, in output, in files that others can read.
    pub(in crate::client) struct KeepsSecrets { keeps_secrets: True } "no secret was shown"
}

impl Check<Scene> for KeepsSecrets {
    async fn check(&self, scene: &Scene) -> Done {
        let shown = |text: &str| scene.secrets.iter().any(|secret| places(text, secret).next().is_some());
        for ended in &scene.runs {
            if ended.arguments.iter().any(|line| shown(line)) {
                let expected = "no password and no reference ID in arguments, which every user can read";
                return Err(Trouble::check(expected, "one in the arguments of a process"));
            }
            if shown(&ended.output) || ended.output.contains("PRIVATE KEY") {
                let expected = "no password, no reference ID and no key in the output";
                return Err(Trouble::check(expected, "one in the output"));
            }
        }
        let made =
            scene.folder.made().map_err(|odd| Trouble::check("a folder to look into", odd.to_string()))?;
        for made in made.into_iter().filter(|made| made.is_open) {
            if made.has_key(&scene.passwords) || shown(&String::from_utf8_lossy(&made.bytes)) {
                let expected = "keys, passwords and reference IDs in files for their owner alone";
                return Err(Trouble::check(expected, format!("others can read {}", made.name)));
            }
        }
        // Where a system doesn't show them nothing is known of them.
        if scene.subject.guide.is_none() && scene.runs.iter().all(|ended| ended.arguments.is_empty()) {
            return Err(Trouble::Skip(
                "the arguments of the command's processes can't be seen here".to_owned(),
            ));
        }
        Ok(())
    }
}

step! {
    /// The IDs of the renewal are told or kept.
    pub(in crate::client) struct KeepsIds { keeps_ids: True } "the IDs of the renewal are told or kept"
}

impl Check<Scene> for KeepsIds {
    async fn check(&self, scene: &Scene) -> Done {
        let made =
            scene.folder.made().map_err(|odd| Trouble::check("a folder to look into", odd.to_string()))?;
        let texts = made.iter().filter(|made| !made.is_open).map(|made| String::from_utf8_lossy(&made.bytes));
        let output = scene.runs.iter().map(|ended| ended.output.as_str().into());
        let texts: Vec<_> = texts.chain(output).collect();
        for renewal in scene.stage.renewals().await? {
            for (what, id) in [("request ID", renewal.request_id), ("reference ID", renewal.reference_id)] {
                if !texts.iter().any(|text| text.contains(&id)) {
                    let expected =
                        format!("the {what} of the renewal, told or in a file for its owner alone");
                    return Err(Trouble::check(expected, "it is lost"));
                }
            }
        }
        Ok(())
    }
}
