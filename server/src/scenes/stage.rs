//! Playing a scene: its acts as commands of the world, one after the other, each on its day.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Span, ToSpan};

use super::{Act, PASSWORD, Scene, Then};
use crate::authority::{Applicant, ApplicationForm, IssueOrder, Record, Refusal};
use crate::clock::Mode;
use crate::terms::{Holder, Pin, ReferenceId, RevocationReason, SubmissionId};
use crate::world::{RenewalOrder, World, WorldError};

/// When things happen that happen on a day: what lies between two days is then a number of whole days.
const NOON: Time = Time::constant(12, 0, 0, 0);
/// Longer than any renewal takes by itself.
const LONG_ENOUGH: SignedDuration = SignedDuration::from_hours(6);
/// Whoever applies for anything in a scene.
const EMAIL: &str = "tanto@clinic.example.jp";
/// No notice has it: they are drawn from all letters and digits.
const WRONG: &str = "0000000000";

/// A world in which a scene is played.
struct Stage<'w> {
    world: &'w Arc<World>,
    today: Date,
    /// What each terminal has, by its name: after a renewal the new one.
    terminals: HashMap<&'static str, Record>,
}

impl Scene {
    /// Plays it in a fresh world that has its [`profile`](Self::profile).
    ///
    /// # Errors
    /// [`WorldError`]; then the world is somewhere in the middle of it.
    pub async fn play(&self, world: &Arc<World>) -> Result<(), WorldError> {
        let today = world.profile.clock.zone.zone().day_of(world.clock.now());
        let mut stage = Stage { world, today, terminals: HashMap::new() };
        for act in self.acts {
            stage.play(*act).await?;
        }
        stage.go_to(today)?;
        // Kept with the world, and told in the journal.
        world.set_clock(None, Some(Mode::Running)).await
    }
}

impl Stage<'_> {
    async fn play(&mut self, act: Act) -> Result<(), WorldError> {
        match act {
            Act::Notice { terminal, holder, day } => self.issue(terminal, holder, self.day(day), None).await,
            Act::Terminal { terminal, holder, ends } => self.install(terminal, holder, self.day(ends)).await,
            Act::Renew { terminal, day, then } => self.renew(terminal, self.day(day), then).await,
            Act::Revoke { terminal, day } => {
                self.go_to(self.day(day))?;
                let serial = self.record(terminal).certificate.serial;
                self.world.revoke(serial, RevocationReason::Unspecified).await.map(drop)
            }
            Act::RequestRevocation { terminal, day } => {
                self.go_to(self.day(day))?;
                let request_id = &self.record(terminal).notice.request_id;
                let email = EMAIL.parse().expect("a mail address");
                self.world.request_revocation(request_id, 0, email, None).await.map(drop)
            }
            Act::Guess { terminal, times } => self.guess(terminal, times).await,
            Act::Apply { terminal, holder, certificates } => self.apply(terminal, holder, certificates).await,
        }
    }

    /// The terminal gets its certificate, which ends on this day, 39 months later by default.
    async fn install(
        &mut self,
        terminal: &'static str,
        holder: &'static str,
        ends: Date,
    ) -> Result<(), WorldError> {
        let months = self.world.profile.certificate.validity_months;
        let issued = ends.saturating_sub(Span::new().try_months(months).unwrap_or_default());
        self.issue(terminal, holder, issued, Some(ends)).await?;
        let Record { notice, .. } = self.record(terminal);
        self.world.download(&notice.request_id, &notice.reference_id, pin()).await.map(drop)
    }

    async fn issue(
        &mut self,
        terminal: &'static str,
        holder: &'static str,
        day: Date,
        valid_until: Option<Date>,
    ) -> Result<(), WorldError> {
        self.go_to(day)?;
        let order = IssueOrder {
            institution_code: code(holder),
            terminal_name: terminal.to_owned(),
            category: None,
            prefecture: None,
            issued_on: None,
            valid_from: None,
            valid_until,
        };
        let (record, _) = self.world.issue(order).await?;
        self.terminals.insert(terminal, record);
        Ok(())
    }

    async fn renew(&mut self, terminal: &'static str, day: Date, then: Then) -> Result<(), WorldError> {
        self.go_to(day)?;
        let shown = self.world.certificate_der(&self.record(terminal).certificate).await?;
        let visitor = self.world.visitor(Some(&shown)).await?;
        let renewal = self.world.renew(&visitor, 0).await?;
        let request_id = &renewal.request_id;
        match then {
            Then::Stuck => self.world.order_renewal(request_id, RenewalOrder::Hold).await.map(drop),
            Then::Failed => self.world.order_renewal(request_id, RenewalOrder::Fail).await.map(drop),
            Then::Issued => {
                self.world.clock.advance(LONG_ENOUGH)?;
                let record = self.world.record(request_id).await?;
                self.terminals.insert(terminal, record);
                Ok(())
            }
            Then::Collected => {
                self.world.clock.advance(LONG_ENOUGH)?;
                self.world.collect(&visitor, request_id, pin()).await?;
                let record = self.world.record(request_id).await?;
                self.terminals.insert(terminal, record);
                Ok(())
            }
        }
    }

    async fn guess(&self, terminal: &'static str, times: u32) -> Result<(), WorldError> {
        self.go_to(self.today)?;
        let request_id = &self.record(terminal).notice.request_id;
        let wrong: ReferenceId = WRONG.parse().expect("ten digits");
        for _ in 0..times {
            match self.world.download(request_id, &wrong, pin()).await {
                Err(WorldError::Refused(Refusal::WrongReferenceId)) | Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn apply(&self, terminal: &str, holder: &str, certificates: u32) -> Result<(), WorldError> {
        let since_friday = match self.today.weekday() {
            Weekday::Saturday => 1,
            Weekday::Sunday => 2,
            _ => 0,
        };
        self.go_to(self.day(-since_friday))?;
        let text = |text: &str| text.parse().expect("a short text");
        let form = ApplicationForm {
            applicant: Applicant::Institution,
            holder: code(holder),
            name: text("すこやか診療所"),
            department: text("事務室"),
            telephone: "011-000-0000".parse().expect("a telephone number"),
            email: EMAIL.parse().expect("a mail address"),
            terminal_name: text(terminal),
            certificates,
        };
        let submission: SubmissionId = "0".repeat(32).parse().expect("32 digits");
        self.world.apply(submission, form).await.map(drop)
    }

    /// Noon of this day, on which the clock stands still. What was due before it happens with the next command.
    fn go_to(&self, day: Date) -> Result<(), WorldError> {
        let noon = self.world.profile.clock.zone.zone().at(day, NOON);
        Ok(self.world.clock.set(Some(noon), Some(Mode::Frozen))?)
    }

    fn day(&self, from_today: i64) -> Date {
        self.today.saturating_add(from_today.days())
    }

    /// What this terminal has.
    fn record(&self, terminal: &str) -> &Record {
        self.terminals.get(terminal).expect("a test plays every scene")
    }
}

fn code(holder: &str) -> Holder {
    holder.parse().expect("a test plays every scene")
}

fn pin() -> Pin {
    PASSWORD.parse().expect("four digits")
}
