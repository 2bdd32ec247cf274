//! 電子証明書発行申請: an application for certificates at `/p/rcr`, from its acceptance to the notices in the post.
//!
//! Received, under review, then refused, cancelled, or approved; what is approved is issued and posted at the same
//! moment, and arrives some business days later. The 180 days of the download run from the issue.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IssueOrder, Refusal, business_days_after};
use crate::profile::{Approval, Profile};
use crate::terms::{
    ApplicationNumber, Category, EmailAddress, Holder, RequestId, ShortText, SubmissionId, Telephone,
};

/// An application that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// 申請番号
    pub number: ApplicationNumber,
    /// The confirmation page that it was sent from.
    pub submission: SubmissionId,
    /// What was written into the form.
    pub form: ApplicationForm,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How far it is.
    pub course: ApplicationCourse,
}

/// Which of the two forms was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Applicant {
    /// 医療機関等
    Institution,
    /// 医療保険者等
    Insurer,
}

/// The form, each field well read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationForm {
    /// Which form.
    pub applicant: Applicant,
    /// Whose certificates they will be.
    pub holder: Holder,
    /// 名称
    pub name: ShortText,
    /// 部署名
    pub department: ShortText,
    /// 電話番号
    pub telephone: Telephone,
    /// メールアドレス
    pub email: EmailAddress,
    /// 端末名称等. The same on every notice.
    pub terminal_name: ShortText,
    /// 発行枚数
    pub certificates: u32,
}

/// How far an application is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApplicationCourse {
    /// Nobody has looked at it: it came on a day without business.
    Received,
    /// 審査中
    UnderReview {
        /// Since when.
        since: Timestamp,
    },
    /// Turned down.
    Refused {
        /// When.
        at: Timestamp,
        /// Why, in words.
        reason: Option<ShortText>,
    },
    /// Taken back by the applicant.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// Issued, and the notices are on their way.
    Posted {
        /// When.
        at: Timestamp,
        /// Request IDs of the notices.
        request_ids: Vec<RequestId>,
    },
    /// The notices are there.
    Delivered {
        /// When.
        at: Timestamp,
        /// When they were issued and posted.
        posted_at: Timestamp,
        /// Request IDs of the notices.
        request_ids: Vec<RequestId>,
    },
}

/// An application's state in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStatus {
    /// Not looked at.
    Received,
    /// Being looked at.
    UnderReview,
    /// Turned down.
    Refused,
    /// Taken back.
    Cancelled,
    /// Issued, on its way.
    Posted,
    /// Issued, and in the applicant's hands.
    Delivered,
}

/// What time brings about next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStep {
    /// The next business day begins.
    BeginReview,
    /// With `application.review = "auto"`.
    Approve,
    /// The post comes.
    Deliver,
}

/// What a tester has happen to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationDecision {
    /// The registration authority approves it.
    Approve,
    /// It turns it down, for this reason.
    Refuse(Option<ShortText>),
    /// The applicant takes it back.
    Cancel,
}

impl Application {
    /// An application that comes in at this moment. On a business day the review begins at once.
    pub fn accept(
        number: ApplicationNumber,
        submission: SubmissionId,
        form: ApplicationForm,
        profile: &Profile,
        now: Timestamp,
    ) -> Self {
        let today = profile.clock.zone.zone().day_of(now);
        let course = match business_days_after(today, 0) == today {
            true => ApplicationCourse::UnderReview { since: now },
            false => ApplicationCourse::Received,
        };
        Self { number, submission, form, accepted_at: now, course }
    }

    /// Its state.
    pub fn status(&self) -> ApplicationStatus {
        match self.course {
            ApplicationCourse::Received => ApplicationStatus::Received,
            ApplicationCourse::UnderReview { .. } => ApplicationStatus::UnderReview,
            ApplicationCourse::Refused { .. } => ApplicationStatus::Refused,
            ApplicationCourse::Cancelled { .. } => ApplicationStatus::Cancelled,
            ApplicationCourse::Posted { .. } => ApplicationStatus::Posted,
            ApplicationCourse::Delivered { .. } => ApplicationStatus::Delivered,
        }
    }

    /// Request IDs of its notices, once they are issued.
    pub fn request_ids(&self) -> &[RequestId] {
        match &self.course {
            ApplicationCourse::Posted { request_ids, .. }
            | ApplicationCourse::Delivered { request_ids, .. } => request_ids,
            _ => &[],
        }
    }

    /// What happens next without anybody's doing, and when. `None`: it waits for a person, or is at its end.
    pub fn due(&self, profile: &Profile) -> Option<(Timestamp, ApplicationStep)> {
        let after = |moment, days| business_moment(moment, days, profile);
        match self.course {
            ApplicationCourse::Received => Some((after(self.accepted_at, 0), ApplicationStep::BeginReview)),
            ApplicationCourse::UnderReview { since } if profile.application.review == Approval::Auto => {
                Some((after(since, profile.application.review_days), ApplicationStep::Approve))
            }
            ApplicationCourse::Posted { at, .. } => Some((arrival(at, profile), ApplicationStep::Deliver)),
            _ => None,
        }
    }

    /// When that is.
    pub fn comes_due(&self, profile: &Profile) -> Option<Timestamp> {
        self.due(profile).map(|(due, _)| due)
    }

    /// When its notices arrive, or arrived. `None` before they are posted.
    pub fn arrives_at(&self, profile: &Profile) -> Option<Timestamp> {
        match self.course {
            ApplicationCourse::Posted { at, .. } => Some(arrival(at, profile)),
            ApplicationCourse::Delivered { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The review begins.
    pub fn begin_review(self, at: Timestamp) -> Self {
        match self.course {
            ApplicationCourse::Received => {
                Self { course: ApplicationCourse::UnderReview { since: at }, ..self }
            }
            _ => self,
        }
    }

    /// What the registration authority orders when it approves: as many certificates as were asked for.
    ///
    /// # Errors
    /// [`Refusal::ApplicationDecided`].
    pub fn orders(&self, profile: &Profile, at: Timestamp) -> Result<Vec<IssueOrder>, Refusal> {
        self.check_open()?;
        let ApplicationForm { applicant, holder, terminal_name, certificates, .. } = &self.form;
        // A 受付番号 doesn't tell who has it, but the form does.
        let category = match (holder, applicant) {
            (Holder::Reception(_), Applicant::Insurer) => Some(Category::Insurer),
            _ => None,
        };
        let order = IssueOrder {
            institution_code: holder.clone(),
            terminal_name: terminal_name.to_string(),
            category,
            prefecture: None,
            issued_on: Some(profile.clock.zone.zone().day_of(at)),
            valid_from: None,
            valid_until: None,
        };
        Ok((0..*certificates).map(|_| order.clone()).collect())
    }

    /// The certificates are issued, and their notices posted.
    ///
    /// # Errors
    /// [`Refusal::ApplicationDecided`].
    pub fn post(self, request_ids: Vec<RequestId>, at: Timestamp) -> Result<Self, Refusal> {
        self.check_open()?;
        Ok(Self { course: ApplicationCourse::Posted { at, request_ids }, ..self })
    }

    /// The post comes.
    pub fn deliver(self, at: Timestamp) -> Self {
        match self.course {
            ApplicationCourse::Posted { at: posted_at, request_ids } => {
                let course = ApplicationCourse::Delivered { at, posted_at, request_ids };
                Self { course, ..self }
            }
            _ => self,
        }
    }

    /// Turns it down.
    ///
    /// # Errors
    /// [`Refusal::ApplicationDecided`].
    pub fn refuse(self, reason: Option<ShortText>, at: Timestamp) -> Result<Self, Refusal> {
        self.check_open()?;
        Ok(Self { course: ApplicationCourse::Refused { at, reason }, ..self })
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`Refusal::ApplicationDecided`].
    pub fn cancel(self, at: Timestamp) -> Result<Self, Refusal> {
        self.check_open()?;
        Ok(Self { course: ApplicationCourse::Cancelled { at }, ..self })
    }

    fn check_open(&self) -> Result<(), Refusal> {
        match self.status() {
            ApplicationStatus::Received | ApplicationStatus::UnderReview => Ok(()),
            _ => Err(Refusal::ApplicationDecided),
        }
    }
}

fn arrival(posted_at: Timestamp, profile: &Profile) -> Timestamp {
    // Without a way to go they are there at once, on whatever day.
    match profile.application.delivery_days {
        0 => posted_at,
        days => business_moment(posted_at, days, profile),
    }
}

/// So many business days after a moment: with that day's begin, or at once if it is the same day.
fn business_moment(moment: Timestamp, days: i64, profile: &Profile) -> Timestamp {
    let zone = profile.clock.zone.zone();
    zone.start_of(business_days_after(zone.day_of(moment), days)).max(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRIDAY: &str = "2026-11-27T15:00:00+09:00";
    const SATURDAY: &str = "2026-11-28T15:00:00+09:00";

    fn application(now: &str, profile: &Profile) -> Application {
        let form = ApplicationForm {
            applicant: Applicant::Institution,
            holder: "0110119153".parse().unwrap(),
            name: "札幌中央診療所".parse().unwrap(),
            department: "医事課".parse().unwrap(),
            telephone: "011-123-4567".parse().unwrap(),
            email: "tanto@clinic.example.jp".parse().unwrap(),
            terminal_name: "受付1号機".parse().unwrap(),
            certificates: 2,
        };
        let number = ApplicationNumber::new("2026-11-27".parse().unwrap(), 1);
        let submission = "0".repeat(32).parse().unwrap();
        Application::accept(number, submission, form, profile, now.parse().unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_review_begins_at_once_on_a_business_day_and_with_the_next_one_otherwise() {
        let profile = Profile::default();
        assert_eq!(application(FRIDAY, &profile).status(), ApplicationStatus::UnderReview);
        let received = application(SATURDAY, &profile);
        assert_eq!(received.status(), ApplicationStatus::Received);
        let monday = at("2026-11-30T00:00:00+09:00");
        assert_eq!(received.due(&profile), Some((monday, ApplicationStep::BeginReview)));
    }

    #[test]
    fn nobody_decides_by_itself_unless_the_profile_says_so() {
        let mut profile = Profile::default();
        assert_eq!(application(FRIDAY, &profile).due(&profile), None);
        profile.application.review = Approval::Auto;
        let tuesday = at("2026-12-01T00:00:00+09:00");
        assert_eq!(application(FRIDAY, &profile).due(&profile), Some((tuesday, ApplicationStep::Approve)));
        profile.application.review_days = 0;
        let due = application(FRIDAY, &profile).due(&profile);
        assert_eq!(due, Some((at(FRIDAY), ApplicationStep::Approve)));
    }

    #[test]
    fn notices_arrive_business_days_after_they_were_posted() {
        let mut profile = Profile::default();
        let posted = application(FRIDAY, &profile).post(Vec::new(), at(FRIDAY)).unwrap();
        let tuesday = at("2026-12-01T00:00:00+09:00");
        assert_eq!(posted.due(&profile), Some((tuesday, ApplicationStep::Deliver)));
        profile.application.delivery_days = 0;
        assert_eq!(posted.arrives_at(&profile), Some(at(FRIDAY)));
        assert_eq!(posted.deliver(at(FRIDAY)).status(), ApplicationStatus::Delivered);
    }

    #[test]
    fn as_many_certificates_are_ordered_as_were_asked_for() {
        let profile = Profile::default();
        let orders = application(FRIDAY, &profile).orders(&profile, at(FRIDAY)).unwrap();
        assert_eq!(orders.len(), 2);
        assert!(orders.iter().all(|order| order.terminal_name == "受付1号機"));
    }

    #[test]
    fn what_is_decided_stays_so() {
        let profile = Profile::default();
        let now = at(FRIDAY);
        let open = application(FRIDAY, &profile);
        let decided = [
            open.clone().refuse(None, now).unwrap(),
            open.clone().cancel(now).unwrap(),
            open.post(Vec::new(), now).unwrap(),
        ];
        for decided in decided {
            let no = Err(Refusal::ApplicationDecided);
            assert_eq!(decided.clone().refuse(None, now), no);
            assert_eq!(decided.clone().cancel(now), no);
            assert_eq!(decided.clone().post(Vec::new(), now), no);
            assert_eq!(decided.orders(&profile, now).unwrap_err(), Refusal::ApplicationDecided);
        }
    }
}
