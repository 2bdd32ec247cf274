//! What control is asked meanwhile.

use serde_json::{Map, Value};

use crate::client::scene::Scene;
use crate::client::wording::{Expected, Seen};
use crate::control::{Control, Issue};
use crate::error::Error;
use crate::play::{Done, Need, Reader, Steer, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] =
    steps![steer IssueNotice, Advance, DaysBeforeEnd, Fault, Revoke, ReplaceRoot, ApproveApplication];

step! {
    /// The registration authority issues a certificate and its notice.
    struct IssueNotice { issue: Issue } "the authority issues the notice {:?}", issue.notice; "認証局が通知書 {:?} を発行する", issue.notice
}

impl Steer<Scene> for IssueNotice {
    const NEEDS: Need = Need::Notice;

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
    "{advance} go by"; "{advance} が過ぎる"
}

impl Steer<Scene> for Advance {
    const NEEDS: Need = Need::MovesClock;

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
    "it is {days_before_end} days before the end of {of:?}"; "{of:?} の有効期限の {days_before_end} 日前になる"
}

impl Steer<Scene> for DaysBeforeEnd {
    const NEEDS: Need = Need::SetsClock;

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
    "the fault {} is set", Value::Object(fault.clone()); "障害 {} を起こす", Value::Object(fault.clone())
}

impl Steer<Scene> for Fault {
    const NEEDS: Need = Need::Fault;

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
    "the last application is approved, and the notice {approve_application:?} comes by post";
    "最後の発行申請が承認され、通知書 {approve_application:?} が郵送で届く"
}

impl Steer<Scene> for ApproveApplication {
    const NEEDS: Need = Need::ApplicationApproved;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let application = control.applications().await?.pop();
        let number = application.as_ref().and_then(|it| it.get("number")).and_then(Value::as_str);
        let number = number.ok_or_else(|| Trouble::halt(Expected::Application, Seen::None))?;
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
    struct Revoke { revoke: String } "the certificate of {revoke:?} is revoked"; "{revoke:?} の証明書が失効する"
}

impl Steer<Scene> for Revoke {
    const NEEDS: Need = Need::Revocation;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        Ok(control.revoke(scene.known.of_notice(&self.revoke, "serial")?).await?)
    }
}

step! {
    /// The site moves to another TLS root. The command goes on with the one that it was given, unless it is given another.
    struct ReplaceRoot { replace_root: True }
    "the site moves to another TLS root"; "サイトが別の TLS のルート証明書に移る"
}

impl Steer<Scene> for ReplaceRoot {
    const NEEDS: Need = Need::NextRoot;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        control.replace_root().await?;
        scene.known.learn("root", scene.stage.root());
        Ok(())
    }
}
