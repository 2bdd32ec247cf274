//! What control is asked meanwhile.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bilingual::Verbatim;
use crate::control::{Control, Issue};
use crate::error::Error;
use crate::eyes::{Answer, Content, Page};
use crate::play::{Done, Need, Reader, Skip, Steer, Trouble, True, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::Expected;

pub(super) const STEPS: &[Reader<Scene>] = steps![
    steer IssueNotice, Paper, Clock, Advance, Revoke, Approve, Reject, Hold, MoveOn, Fail, Fault, SaveWorld, LoadWorld, EndSessions;
];

step! {
    /// The registration authority issues a certificate and its notice.
    struct IssueNotice { issue: Issue } "control: issue the notice {:?}", issue.notice; "control: 通知書 {:?} を発行する", issue.notice
}

impl Steer<Scene> for IssueNotice {
    const NEEDS: Need = Need::Notice;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let notice = control.issue(&self.issue).await?;
        scene.known.learn(&self.issue.notice, notice);
        Ok(())
    }
}

step! {
    /// Take the printed notice in hand: a page to read.
    struct Paper { paper: String } "control: print the notice {paper:?}"; "control: 通知書 {paper:?} を印刷する"
}

impl Steer<Scene> for Paper {
    const NEEDS: Need = Need::PrintedNotice;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let (url, html) = control.printed(scene.request_id(&self.paper)?).await?;
        let page = Page::parse(&html, &url, encoding_rs::UTF_8)
            .map_err(|error| Error::broken("the printed notice", error))?;
        scene.came(Ok(Answer { url, status: 200, content: Content::Page(Box::new(page)) }))
    }
}

step! {
    /// Set the clock.
    struct Clock {
        /// RFC 3339, such as `2026-11-24T10:00:00+09:00`
        clock: String,
    }
    "control: set the clock to {clock}"; "control: 時計を {clock} に合わせる"
}

impl Steer<Scene> for Clock {
    const NEEDS: Need = Need::MovesClock;

    async fn steer(&self, control: &Control, _: &mut Scene) -> Done {
        let now = self.clock.parse();
        let now = now.map_err(|_| Error::Scenario(format!("{:?} is no instant", self.clock)))?;
        Ok(control.freeze(now).await?)
    }
}

step! {
    /// Move the clock.
    struct Advance {
        /// Such as `91d`, `5m`, `1s`
        advance: String,
    }
    "control: {advance} go by"; "control: {advance} が過ぎる"
}

impl Steer<Scene> for Advance {
    const NEEDS: Need = Need::MovesClock;

    async fn steer(&self, control: &Control, _: &mut Scene) -> Done {
        Ok(control.advance(&self.advance).await?)
    }
}

step! {
    /// Revoke the certificate of this notice.
    struct Revoke { revoke: String } "control: revoke the certificate of {revoke:?}"; "control: {revoke:?} の証明書を失効させる"
}

impl Steer<Scene> for Revoke {
    const NEEDS: Need = Need::Revocation;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let serial = control.serial(scene.request_id(&self.revoke)?).await?;
        Ok(control.revoke(&serial).await?)
    }
}

step! {
    /// Approve the application for a revocation.
    struct Approve {
        /// The notice whose certificate is meant
        approve: String,
    }
    "control: approve the revocation of {approve:?}"; "control: {approve:?} の失効を承認する"
}

impl Steer<Scene> for Approve {
    const NEEDS: Need = Need::RevocationDecided;

    fn usually_breaks(&self) -> Option<&'static str> {
        Some("REV-005")
    }

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        decide(control, scene, &self.approve, "approve").await
    }
}

step! {
    /// Reject it.
    struct Reject {
        /// The notice whose certificate is meant
        reject: String,
    }
    "control: reject the revocation of {reject:?}"; "control: {reject:?} の失効を却下する"
}

impl Steer<Scene> for Reject {
    const NEEDS: Need = Need::RevocationDecided;

    fn usually_breaks(&self) -> Option<&'static str> {
        Some("REV-005")
    }

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        decide(control, scene, &self.reject, "reject").await
    }
}

async fn decide(control: &Control, scene: &Scene, notice: &str, decision: &str) -> Done {
    match control.decide_revocation(scene.request_id(notice)?, decision).await {
        // The site decided by itself, or never took the application.
        Err(error @ Error::Refused { status: 404 | 409, .. }) => {
            Err(Trouble::halt(Expected::Application, Verbatim(error.to_string())))
        }
        decided => Ok(decided?),
    }
}

step! {
    /// Keep a renewal in its status.
    struct Hold {
        /// The name of the IDs that were written down
        hold: String,
    }
    "control: hold the renewal {hold:?}"; "control: 更新 {hold:?} を止めておく"
}

impl Steer<Scene> for Hold {
    const NEEDS: Need = Need::Renewal;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        match control.steer_renewal(scene.request_id(&self.hold)?, "hold").await {
            Err(Error::Refused { status: 409, .. }) => Err(Trouble::Skip(Skip::RenewalIsIssuedAtOnce)),
            held => Ok(held?),
        }
    }
}

step! {
    /// Move a renewal on to its next status.
    struct MoveOn {
        /// The name of the IDs that were written down
        move_on: String,
    }
    "control: move the renewal {move_on:?} on"; "control: 更新 {move_on:?} を先へ進める"
}

impl Steer<Scene> for MoveOn {
    const NEEDS: Need = Need::Renewal;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        Ok(control.steer_renewal(scene.request_id(&self.move_on)?, "advance").await?)
    }
}

step! {
    /// Let a renewal fail.
    struct Fail {
        /// The name of the IDs that were written down
        fail: String,
    }
    "control: let the renewal {fail:?} fail"; "control: 更新 {fail:?} を失敗させる"
}

impl Steer<Scene> for Fail {
    const NEEDS: Need = Need::Renewal;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        Ok(control.steer_renewal(scene.request_id(&self.fail)?, "fail").await?)
    }
}

step! {
    /// Switch a fault on. One that never strikes is a mistake of the scenario.
    struct Fault { fault: FaultSetting } "control: switch on the fault {:?}", fault.name; "control: 障害 {:?} を起こす", fault.name
}

/// A fault of the simulator's catalogue, and where it strikes.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct FaultSetting {
    /// Its name in the catalogue.
    name: String,
    /// At which outcome in the words of the journal, such as `ru.accepted`.
    outcome: Option<String>,
    /// At which path, or its beginning and `*`.
    path: Option<String>,
    /// How often; otherwise as the catalogue says.
    times: Option<u32>,
}

impl Steer<Scene> for Fault {
    const NEEDS: Need = Need::Fault;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let FaultSetting { name, outcome, path, times } = &self.fault;
        let mut body = json!({ "name": name, "match": {} });
        for (key, value) in [("outcome", outcome), ("path", path)] {
            if let Some(value) = value {
                body["match"][key] = json!(value);
            }
        }
        if let Some(times) = times {
            body["times"] = json!(times);
        }
        scene.faults.push(control.set_fault(&body).await?);
        Ok(())
    }
}

step! {
    /// Save the whole world.
    struct SaveWorld { save_world: True } "control: save the world"; "control: サイトの状態を保存する"
}

impl Steer<Scene> for SaveWorld {
    const NEEDS: Need = Need::World;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        scene.world = Some(control.world().await?);
        Ok(())
    }
}

step! {
    /// Put the saved world back in place, as after a restart.
    struct LoadWorld { load_world: True } "control: put the saved world in place"; "control: 保存したサイトの状態に戻す"
}

impl Steer<Scene> for LoadWorld {
    const NEEDS: Need = Need::World;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let world = scene.world.as_ref();
        let world = world.ok_or_else(|| Error::Scenario("no world was saved".to_owned()))?;
        Ok(control.load_world(world).await?)
    }
}

step! {
    /// End all sessions.
    struct EndSessions { end_sessions: True } "control: end all sessions"; "control: すべてのセッションを終わらせる"
}

impl Steer<Scene> for EndSessions {
    const NEEDS: Need = Need::Sessions;

    async fn steer(&self, control: &Control, _: &mut Scene) -> Done {
        Ok(control.end_sessions().await?)
    }
}
