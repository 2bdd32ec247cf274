//! What control is asked meanwhile.

use serde_json::{Map, Value};

use crate::client::scene::Scene;
use crate::control::{Control, Issue};
use crate::error::Error;
use crate::play::{Done, Reader, Steer, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] =
    steps![steer IssueNotice, Advance, DaysBeforeEnd, Fault, Revoke, ReplaceRoot, ApproveApplication];

step! {
    /// The registration authority issues a certificate and its notice.
    struct IssueNotice { issue: Issue } "the authority issues the notice {:?}", issue.notice
}

impl Steer<Scene> for IssueNotice {
    const NEEDS: &str = "it needs a notice issued";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let notice = control.issue(&self.issue).await?;
        if let Some(reference_id) = notice.get("reference_id").and_then(Value::as_str) {
            scene.secrets.push(reference_id.to_owned());
        }
        scene.known.learn(&self.issue.notice, notice);
        Ok(())
    }
}

step! {
    /// Time goes by.
    struct Advance {
        /// Such as `91d`, `5m`, `1s`
        advance: String,
    }
    "{advance} go by"
}

impl Steer<Scene> for Advance {
    const NEEDS: &str = "it moves the clock";

    async fn steer(&self, _: &Control, scene: &mut Scene) -> Done {
        Ok(scene.stage.advance(scene.duration(&self.advance)?).await?)
    }
}

step! {
    /// It is noon in Japan, so many days before the last day of the notice's certificate or, below zero, after it.
    struct DaysBeforeEnd {
        days_before_end: i64,
        /// The notice
        of: String,
    }
    "it is {days_before_end} days before the end of {of:?}"
}

impl Steer<Scene> for DaysBeforeEnd {
    const NEEDS: &str = "it sets the clock";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let noon = scene.noon(&self.of, self.days_before_end)?;
        Ok(control.freeze(noon).await?)
    }
}

step! {
    /// A fault of the catalogue, or one of the scenario's own, is switched on.
    struct Fault {
        /// As `POST /faults` of the control API takes it: `name`, and where it differs from the catalogue `at`, `match`,
        /// `effect`, `times`
        fault: Map<String, Value>,
    }
    "the fault {} is set", Value::Object(fault.clone())
}

impl Steer<Scene> for Fault {
    const NEEDS: &str = "it needs a fault";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let rule = Value::Object(scene.known.filled(&self.fault)?);
        control.set_fault(&rule).await?;
        Ok(())
    }
}

step! {
    /// The last application for certificates is approved, and its notice comes by post.
    struct ApproveApplication {
        /// By this name the scenario speaks of the notice
        approve_application: String,
    }
    "the last application is approved, and the notice {approve_application:?} comes by post"
}

impl Steer<Scene> for ApproveApplication {
    const NEEDS: &str = "it needs an application approved";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let application = control.applications().await?.pop();
        let number = application.as_ref().and_then(|it| it.get("number")).and_then(Value::as_str);
        let number =
            number.ok_or_else(|| Trouble::halt("an application for certificates", "there is none"))?;
        let approved = control.decide_application(number, "approve", &Value::Object(Map::new())).await?;
        if let Some(arrives) = approved.get("arrives_at").and_then(Value::as_str) {
            let wrong = |error| Error::broken("control tells no time", error);
            control.freeze(arrives.parse().map_err(wrong)?).await?;
        }
        let request_id = approved.pointer("/request_ids/0").and_then(Value::as_str).unwrap_or_default();
        let notice = control.notice(request_id).await?;
        if let Some(reference_id) = notice.get("reference_id").and_then(Value::as_str) {
            scene.secrets.push(reference_id.to_owned());
        }
        scene.known.learn(&self.approve_application, notice);
        Ok(())
    }
}

step! {
    /// The certificate of this notice is revoked.
    struct Revoke { revoke: String } "the certificate of {revoke:?} is revoked"
}

impl Steer<Scene> for Revoke {
    const NEEDS: &str = "it needs a certificate revoked";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        Ok(control.revoke(scene.known.of_notice(&self.revoke, "serial")?).await?)
    }
}

step! {
    /// The site moves to another TLS root. The command goes on with the one that it was given, unless it is given another.
    struct ReplaceRoot { replace_root: True } "the site moves to another TLS root"
}

impl Steer<Scene> for ReplaceRoot {
    const NEEDS: &str = "it replaces the site's TLS root";

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        control.replace_root().await?;
        scene.known.learn("root", scene.stage.root());
        Ok(())
    }
}
