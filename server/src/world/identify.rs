//! Who holds the notice whose IDs were typed, and the wrong tries that are kept.

use jiff::Timestamp;

use super::{World, WorldError};
use crate::authority::{self, Attempts, Record};
use crate::store::Transaction;
use crate::terms::{ReferenceId, RequestId};

impl World {
    /// The record with these IDs. A wrong try is counted for good, whatever becomes of the rest.
    pub(super) async fn identify(
        &self,
        mut transaction: Transaction,
        request_id: &RequestId,
        reference_id: &ReferenceId,
        now: Timestamp,
    ) -> Result<(Transaction, Record), WorldError> {
        let attempts = match self.profile.lockout.is_on() {
            true => transaction.attempts(&self.name, request_id).await?,
            false => Attempts::default(),
        };
        let record = transaction.record(&self.name, request_id).await?;
        match authority::identify(record, reference_id, attempts, &self.profile, now) {
            Ok(record) => Ok((transaction, record)),
            Err(no) => {
                if let Some(attempts) = no.attempts {
                    transaction.put_attempts(&self.name, request_id, attempts).await?;
                    transaction.commit().await?;
                }
                Err(WorldError::Refused(no.refusal))
            }
        }
    }

    /// Wrong tries count no more once the right IDs have been of use. Answers whether there was anything to write.
    pub(super) async fn forgive(
        &self,
        transaction: &mut Transaction,
        request_id: &RequestId,
    ) -> Result<bool, WorldError> {
        if self.profile.lockout.is_on() {
            transaction.put_attempts(&self.name, request_id, Attempts::default()).await?;
        }
        Ok(self.profile.lockout.is_on())
    }
}
