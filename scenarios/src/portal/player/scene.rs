//! Setting the scene through control, and asking it at the end.

use serde_json::{Value, json};

use super::{Done, Player, Trouble, halt};
use crate::portal::{Action, FaultSetting};

impl Player<'_> {
    pub(super) async fn set_scene(&mut self, action: &Action) -> Done {
        let decision = matches!(action, Action::Approve(_) | Action::Reject(_));
        let undecidable = ["control answers 404", "control answers 409"];
        self.set(action).await.map_err(|error| match error {
            // The site decided by itself, or never took the application.
            error if decision && undecidable.iter().any(|answer| error.starts_with(answer)) => {
                halt("an application that waits for its decision".to_owned(), error)
            }
            error => Trouble::Broken(error),
        })
    }

    async fn set(&mut self, action: &Action) -> Result<(), String> {
        let control = self.stage.control.as_ref().ok_or("this step needs a control API")?;
        match action {
            Action::Issue(issue) => {
                let notice = control.issue(issue).await?;
                self.notices.insert(issue.notice.clone(), notice);
                Ok(())
            }
            Action::Clock(instant) => {
                let now = instant.parse().map_err(|_| format!("{instant:?} is no instant"))?;
                control.freeze(now).await
            }
            Action::Advance(duration) => control.advance(duration).await,
            Action::Revoke(name) => control.revoke(&control.serial(self.request_id(name)?).await?).await,
            Action::Approve(name) => control.decide_revocation(self.request_id(name)?, "approve").await,
            Action::Reject(name) => control.decide_revocation(self.request_id(name)?, "reject").await,
            Action::Hold(name) => control.steer_renewal(self.request_id(name)?, "hold").await,
            Action::MoveOn(name) => control.steer_renewal(self.request_id(name)?, "advance").await,
            Action::Fail(name) => control.steer_renewal(self.request_id(name)?, "fail").await,
            Action::Fault(fault) => {
                let id = control.set_fault(&fault_body(fault)).await?;
                self.faults.push(id);
                Ok(())
            }
            Action::SaveWorld => {
                self.world = Some(control.world().await?);
                Ok(())
            }
            Action::LoadWorld => {
                let world = self.world.as_ref().ok_or("no world was saved")?;
                control.load_world(world).await
            }
            Action::EndSessions => control.end_sessions().await,
            other => Err(format!("this is nothing to set: {other}")),
        }
    }

    fn request_id(&self, name: &str) -> Result<&str, String> {
        let notice = self.notices.get(name).ok_or_else(|| format!("nothing is known of {name:?}"))?;
        let request_id = notice.get("request_id").and_then(Value::as_str);
        request_id.ok_or_else(|| format!("{name:?} has no request ID"))
    }

    /// A fault that never struck: the scenario has tested nothing.
    pub(super) async fn idle_faults(&self) -> Result<(), String> {
        let Some(control) = self.stage.control.as_ref().filter(|_| !self.faults.is_empty()) else {
            return Ok(());
        };
        let idle = control.idle_faults(&self.faults).await?;
        if idle.is_empty() { Ok(()) } else { Err(format!("the fault {} never struck", idle.join(", "))) }
    }

    /// What the site itself says of the play; nothing where nobody can ask.
    pub(super) async fn journal(&self) -> Vec<String> {
        let Some(control) = &self.stage.control else { return Vec::new() };
        control.last_records().await
    }
}

fn fault_body(fault: &FaultSetting) -> Value {
    let mut body = json!({ "name": fault.name, "match": {} });
    for (key, value) in [("outcome", &fault.outcome), ("path", &fault.path)] {
        if let Some(value) = value {
            body["match"][key] = json!(value);
        }
    }
    if let Some(times) = fault.times {
        body["times"] = json!(times);
    }
    body
}
