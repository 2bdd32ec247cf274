//! Publishing the revocation list: signed when somebody asks, and kept as long as it is current.

use std::sync::Arc;

use super::{World, WorldError};
use crate::authority::RevocationList;
use crate::journal::{Draft, Kind};
use crate::pki::{CertificateList, RevokedCertificate};

/// A signed list.
#[derive(Debug)]
pub struct PublishedCrl {
    /// What it says.
    pub list: RevocationList,
    /// Its CRL number. It grows with each new list of a world.
    pub number: u64,
    /// The signed list in the profile's encoding.
    pub bytes: Vec<u8>,
}

impl World {
    /// The revocation list in force at this moment.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] if the list can't be signed.
    pub async fn crl(&self) -> Result<Arc<PublishedCrl>, WorldError> {
        let ca = self.client_ca().await?;
        // Held until the end, so that one list has one number.
        let mut published = self.crl.lock().await;
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let revoked = transaction.revoked(&self.name).await?;
        if let Some(published) = &*published
            && published.list.is_current(now, &revoked, &self.profile)
        {
            return Ok(Arc::clone(published));
        }
        let number = transaction.next(&self.name, "CRL").await?;
        let list = RevocationList::at(now, &revoked, &self.profile);
        let bytes = ca.sign_crl(&to_sign(&list, number), &self.profile)?;
        transaction.commit().await?;
        self.journal.write(
            now,
            Draft {
                detail: Some(format!("CRL number {number}, {} revoked", list.entries.len()).into()),
                ..Draft::new(Kind::Authority, "crl.issued")
            },
        );
        Ok(Arc::clone(published.insert(Arc::new(PublishedCrl { list, number, bytes }))))
    }
}

fn to_sign(list: &RevocationList, number: u64) -> CertificateList {
    let revoked = list.entries.iter().map(|listed| RevokedCertificate {
        serial: listed.serial,
        at: listed.revocation.at,
        reason: listed.revocation.reason,
    });
    CertificateList {
        number,
        this_update: list.this_update,
        next_update: list.next_update,
        revoked: revoked.collect(),
    }
}
