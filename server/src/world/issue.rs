//! Issuing: what the registration authority does after its examination.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rand_core::Rng;

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{self, Drawn, IssueOrder, Issued, Record};
use crate::journal::Draft;
use crate::profile::RequestNumbers;
use crate::terms::{IdentifierError, RequestId};

/// A certificate that was issued.
pub(super) struct Issue {
    pub(super) record: Record,
    /// What the registration authority should hear although it went through.
    warning: Option<&'static str>,
    /// Whether its key is there.
    has_key: bool,
}

impl World {
    /// Issues a certificate: what the registration authority does after its examination.
    ///
    /// Answers with what the CA knows now and with a warning, if there is one. The key may still be
    /// in the making; it is there before the first download.
    ///
    /// # Errors
    /// [`WorldError`]; then no number was given out.
    pub async fn issue(
        self: &Arc<Self>,
        order: IssueOrder,
    ) -> Result<(Record, Option<&'static str>), WorldError> {
        let mut command = self.begin().await?;
        let now = command.now();
        let Issue { record, warning, has_key } = self.carry_out(&mut command, order, now).await?;
        command.finish().await?;
        if !has_key {
            let (world, certificate) = (Arc::clone(self), record.certificate.clone());
            tokio::spawn(async move {
                if let Some(_turn) = world.unhurried().await
                    && let Err(error) = world.material(&certificate).await
                {
                    world.failed_later(&error, "no key could be made");
                }
            });
        }
        Ok((record, warning))
    }

    /// Carries out an order as part of a command, as of this moment.
    pub(super) async fn carry_out(
        &self,
        command: &mut Command<'_>,
        order: IssueOrder,
        at: Timestamp,
    ) -> Result<Issue, WorldError> {
        let day = order.issued_on.unwrap_or(self.profile.clock.zone.zone().day_of(at));
        let drawn = self.draw(command, day).await?;
        let Issued { record, warning } = authority::issue(order, drawn, &self.profile, at)?;
        let material = self.ready_material(&record.certificate)?;
        command.insert(&self.name, &record, material.as_ref()).await?;
        command.note_at(at, Draft::of("issued", &record));
        Ok(Issue { record, warning, has_key: material.is_some() })
    }

    /// Draws for a new certificate with a request ID of this day. If the command isn't finished, nothing of it is given
    /// out.
    pub(super) async fn draw(&self, command: &mut Command<'_>, day: Date) -> Result<Drawn, WorldError> {
        let number = command.next(&self.name, "certificate").await?;
        let request_id = self.next_request_id(command, day, number).await?;
        Ok(Drawn::new(number, request_id, |what| self.entropy.seed(what, number)))
    }

    /// A request ID that nothing has: another scheme, or a loaded world, may have left some behind.
    async fn next_request_id(
        &self,
        command: &mut Command<'_>,
        day: Date,
        number: u64,
    ) -> Result<RequestId, WorldError> {
        let mut random = self.entropy.stream("request ID", number);
        let mut tries = 0;
        loop {
            let of_day = match self.profile.ids.request_numbers {
                RequestNumbers::Daily => command.next(&self.name, &format!("request ID {day}")).await?,
                RequestNumbers::Running => command.next(&self.name, "request ID").await?,
                // With ten million numbers a day, a free one is found at once unless the day is full.
                RequestNumbers::Random if tries == 1_000 => return Err(IdentifierError::Exhausted.into()),
                RequestNumbers::Random => u64::from(random.next_u32() % 10_000_000),
            };
            tries += 1;
            let id = RequestId::new(day, of_day)?;
            if command.record(&self.name, &id).await?.is_none()
                && command.renewal(&self.name, &id).await?.is_none()
            {
                return Ok(id);
            }
        }
    }
}

/// What the sample notice was applied for: the manual's own institution.
pub fn sample_application() -> IssueOrder {
    IssueOrder {
        institution_code: "0110119153".parse().expect("ten digits"),
        terminal_name: "受付1号機".to_owned(),
        category: None,
        prefecture: None,
        issued_on: None,
        valid_from: None,
        valid_until: None,
    }
}
