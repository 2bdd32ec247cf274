//! 電子証明書発行申請: the form of `/p/rcr`, and what becomes of an application.
//!
//! Which words the real form has nobody outside knows, so it is filled in only where control is: no portal is accused
//! because its form is another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, Kind};
use super::form::{Fill, Press};
use super::page::Heading;
use crate::bilingual::Verbatim;
use crate::control::Control;
use crate::error::Error;
use crate::play::{
    Action, Check, Do, Done, Need, Reader, Steer, Trouble, True, Walk, act, look, step, steps,
};
use crate::portal::scene::Scene;
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![
    walk ApplyFor;
    act ApplicationForm, WriteNumber;
    steer ApproveApplication, RefuseApplication, CancelApplication, TakeNotice, RevokeByInquiry;
    look Applied;
];

const FORM: Need = Need::ApplicationForm;
const DECIDES: Need = Need::ApplicationDecided;

/// Which of the two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Applicant {
    /// 医療機関等
    Institution,
    /// 医療保険者等
    Insurer,
}

impl Applicant {
    /// Leads to its form.
    fn button(self) -> &'static str {
        match self {
            Self::Institution => "医療機関等",
            Self::Insurer => "医療保険者等",
        }
    }
}

step! {
    /// Open `/p/rcr` and go to a form.
    struct ApplicationForm { application_form: Applicant }
    "go to the form of /p/rcr for {:?}", application_form; "/p/rcr の{}用の申請書を開く", application_form.button()
}

impl Do<Scene> for ApplicationForm {
    fn needs_control(&self) -> Option<Need> {
        Some(FORM)
    }

    fn usually_breaks(&self) -> Option<&'static str> {
        Some("APL-001")
    }

    async fn run(&self, scene: &mut Scene) -> Done {
        let open = super::tab::Open { open: "/p/rcr".to_owned() };
        open.run(scene).await?;
        Press { press: self.application_form.button().to_owned() }.run(scene).await
    }
}

step! {
    /// Apply for certificates with the usual data, and write the number down.
    struct ApplyFor {
        apply_for: String,
        /// A mail address; otherwise the clinic's
        email: Option<String>,
        /// How many; otherwise one
        certificates: Option<String>,
    }
}

impl Walk<Scene> for ApplyFor {
    const BREAKS: &str = "APL-005";

    fn steps(&self) -> Vec<Action<Scene>> {
        let email = self.email.as_deref().unwrap_or("tanto@clinic.example.jp");
        vec![
            act(ApplicationForm { application_form: Applicant::Institution }),
            fill("医療機関コードまたは受付番号", "0110119153"),
            fill("医療機関等の名称", "札幌中央診療所"),
            fill("部署名", "医事課"),
            fill("電話番号", "011-123-4567"),
            fill("申請者のメールアドレス", email),
            fill("メールアドレス(確認用)", email),
            fill("端末名称等", "受付1号機"),
            fill("発行枚数", self.certificates.as_deref().unwrap_or("1")),
            act(Press { press: "次へ".to_owned() }),
            look(Heading {
                heading: "電子証明書発行申請情報の入力内容確認画面".to_owned()
            }),
            act(Press { press: "申請".to_owned() }),
            look(Answer { answer: Kind::Page }),
            act(WriteNumber { write_number: self.apply_for.clone() }),
        ]
    }
}

fn fill(label: &str, text: &str) -> Action<Scene> {
    act(Fill { fill: label.to_owned(), with: text.to_owned() })
}

step! {
    /// Keep the application number that the page shows, under a name.
    struct WriteNumber { write_number: String }
    "write the application number down as {write_number:?}"; "申請番号を {write_number:?} として書き留める"
}

impl Do<Scene> for WriteNumber {
    fn needs_control(&self) -> Option<Need> {
        Some(FORM)
    }

    fn usually_breaks(&self) -> Option<&'static str> {
        Some("APL-005")
    }

    async fn run(&self, scene: &mut Scene) -> Done {
        let number = scene.page(Expected::PageWithNumber)?.row("申請番号").map(str::to_owned);
        let number = number
            .map_err(|why| Trouble::halt(Expected::Row { label: "申請番号".to_owned() }, why.seen()))?;
        scene.known.learn(&self.write_number, json!({ "application_number": number }));
        Ok(())
    }
}

step! {
    /// The registration authority approves an application.
    struct ApproveApplication {
        /// The name of the number that was written down
        approve_application: String,
    }
    "control: approve the application {approve_application:?}"; "control: 発行申請 {approve_application:?} を承認する"
}

impl Steer<Scene> for ApproveApplication {
    const NEEDS: Need = DECIDES;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        decide(control, scene, &self.approve_application, "approve", &json!({})).await
    }
}

step! {
    /// The registration authority refuses it.
    struct RefuseApplication {
        /// The name of the number that was written down
        refuse_application: String,
        /// Why
        because: Option<String>,
    }
    "control: refuse the application {refuse_application:?}"; "control: 発行申請 {refuse_application:?} を却下する"
}

impl Steer<Scene> for RefuseApplication {
    const NEEDS: Need = DECIDES;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        decide(control, scene, &self.refuse_application, "refuse", &json!({ "reason": self.because })).await
    }
}

step! {
    /// The applicant takes it back, by the inquiry of the internet portal.
    struct CancelApplication {
        /// The name of the number that was written down
        cancel_application: String,
        /// It can't be taken back any more
        in_vain: Option<True>,
    }
    "control: cancel the application {cancel_application:?}{}", if in_vain.is_some() { ", in vain" } else { "" };
    "control: 発行申請 {cancel_application:?} を取り消{}", if in_vain.is_some() { "せないことを確かめる" } else { "す" }
}

impl Steer<Scene> for CancelApplication {
    const NEEDS: Need = DECIDES;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let number = scene.known.of_notice(&self.cancel_application, "application_number")?;
        match (control.decide_application(number, "cancel", &json!({})).await, self.in_vain.is_some()) {
            (Err(Error::Refused { status: 409, .. }), true) => Ok(()),
            (Ok(_), true) => Err(Trouble::check(Expected::NoCancelling, Seen::Cancelled)),
            (cancelled, false) => Ok(cancelled.map(|_| ())?),
            (Err(error), true) => Err(error.into()),
        }
    }
}

async fn decide(control: &Control, scene: &Scene, name: &str, decision: &str, body: &Value) -> Done {
    let number = scene.known.of_notice(name, "application_number")?;
    match control.decide_application(number, decision, body).await {
        // The site decided by itself, or never took it.
        Err(error @ Error::Refused { status: 404 | 409, .. }) => {
            Err(Trouble::halt(Expected::Application, Verbatim(error.to_string())))
        }
        decided => Ok(decided.map(|_| ())?),
    }
}

step! {
    /// The notice of an application has come by post: from here on the scenario speaks of it by this name.
    struct TakeNotice {
        take_notice: String,
        /// The name of the application's number
        of: String,
        /// Which of several; otherwise the first
        nth: Option<usize>,
    }
    "control: take the notice {take_notice:?} out of the letter box"; "control: 郵便受けから通知書 {take_notice:?} を取り出す"
}

impl Steer<Scene> for TakeNotice {
    const NEEDS: Need = Need::ApplicationNotice;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let number = scene.known.of_notice(&self.of, "application_number")?;
        let notice = arrived(control, number, self.nth.unwrap_or(1)).await?;
        scene.known.learn(&self.take_notice, notice);
        Ok(())
    }
}

/// The n-th notice of an application, if the post has come.
async fn arrived(control: &Control, number: &str, nth: usize) -> Result<Value, Trouble> {
    let application = control.application(number).await?;
    if application["status"] != "delivered" {
        return Err(Trouble::halt(Expected::PostedNotice, Verbatim(application["status"].to_string())));
    }
    let request_id = application["request_ids"].get(nth.saturating_sub(1)).and_then(Value::as_str);
    let request_id = request_id.ok_or_else(|| {
        Trouble::halt(Expected::Notices { count: nth }, Verbatim(application["request_ids"].to_string()))
    })?;
    Ok(control.notice(request_id).await?)
}

step! {
    /// The applicant applies for a revocation by the inquiry of the internet portal.
    struct RevokeByInquiry {
        /// The notice whose certificate is meant
        revoke_by_inquiry: String,
        /// The name of the application's number
        of: String,
    }
    "control: apply for the revocation of {revoke_by_inquiry:?} by the inquiry";
    "control: 申請状況照会画面から {revoke_by_inquiry:?} の失効を申請する"
}

impl Steer<Scene> for RevokeByInquiry {
    const NEEDS: Need = Need::Inquiry;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let number = scene.known.of_notice(&self.of, "application_number")?;
        let request_id = scene.request_id(&self.revoke_by_inquiry)?;
        Ok(control.revoke_by_inquiry(number, request_id).await?)
    }
}

step! {
    /// An application is like this.
    struct Applied { application: ApplicationExpectation }
    "look at the application {:?}", application.name; "発行申請 {:?} を見る", application.name
}

/// What an application must be.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct ApplicationExpectation {
    /// The name of its number.
    name: String,
    /// `received`, `under_review`, `refused`, `cancelled`, `posted` or `delivered`.
    status: Option<String>,
    /// How many certificates were issued.
    issued: Option<usize>,
}

impl Check<Scene> for Applied {
    fn needs_control(&self) -> Option<Need> {
        Some(DECIDES)
    }

    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.application;
        let number = scene.known.of_notice(&expected.name, "application_number")?;
        let application = scene.steered()?.application(number).await?;
        let seen = application["status"].as_str().unwrap_or_default();
        if let Some(status) = expected.status.as_ref().filter(|status| **status != seen) {
            return Err(Trouble::check(
                Expected::ApplicationIs { status: status.clone() },
                Verbatim(seen.to_owned()),
            ));
        }
        let issued = application["request_ids"].as_array().map_or(0, Vec::len);
        match expected.issued {
            Some(wanted) if wanted != issued => {
                Err(Trouble::check(Expected::Issued { count: wanted }, Seen::Count { count: issued }))
            }
            _ => Ok(()),
        }
    }
}
