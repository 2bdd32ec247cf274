//! Who holds the notice whose IDs were typed, and the wrong tries that are kept.

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{self, Attempts, Record};
use crate::terms::{ReferenceId, RequestId};

impl World {
    /// The record with these IDs. A wrong try is counted for good, whatever becomes of the rest.
    pub(super) async fn identify<'w>(
        &'w self,
        mut command: Command<'w>,
        request_id: &RequestId,
        reference_id: &ReferenceId,
    ) -> Result<(Command<'w>, Record), WorldError> {
        let attempts = match self.profile.lockout.is_on() {
            true => command.attempts(&self.name, request_id).await?,
            false => Attempts::default(),
        };
        let record = command.record(&self.name, request_id).await?;
        match authority::identify(record, reference_id, attempts, &self.profile, command.now()) {
            Ok(record) => Ok((command, record)),
            Err(no) => {
                if let Some(attempts) = no.attempts {
                    command.put_attempts(&self.name, request_id, attempts).await?;
                    command.finish_unnoted().await?;
                }
                Err(no.refusal.into())
            }
        }
    }

    /// Wrong tries count no more once the right IDs have been of use. Answers whether there was anything to write.
    pub(super) async fn forgive(
        &self,
        command: &mut Command<'_>,
        request_id: &RequestId,
    ) -> Result<bool, WorldError> {
        if self.profile.lockout.is_on() {
            command.put_attempts(&self.name, request_id, Attempts::default()).await?;
        }
        Ok(self.profile.lockout.is_on())
    }
}
