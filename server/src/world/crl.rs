//! Publishing the revocation list: signed when somebody asks, and kept as long as it is current.

use std::sync::Arc;

use super::{World, WorldError};
use crate::authority::{Listed, RevocationList};
use crate::journal::{Draft, Kind};
use crate::pki::{CertificateList, RevokedCertificate};
use crate::profile::RelyingList;
use crate::store::REVOKED;

/// A signed list.
#[derive(Debug)]
pub struct PublishedCrl {
    /// What it says.
    pub contents: RevocationList,
    /// Its CRL number. It grows with each new list of a world.
    pub number: u64,
    /// The signed list in the profile's encoding.
    pub bytes: Vec<u8>,
    /// Where the counter of revocations stood, and what was revoked then.
    revoked: (u64, Vec<Listed>),
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
        if let Some(published) = &*published {
            let mut look = self.look().await?;
            let (counted, revoked) = &published.revoked;
            if look.counter(&self.name, REVOKED).await? == *counted
                && published.contents.is_current(look.now(), revoked, &self.profile)
            {
                return Ok(Arc::clone(published));
            }
        }
        let mut command = self.current().await?;
        let now = command.now();
        let revoked = command.revoked(&self.name).await?;
        if let Some(published) = &*published
            && published.contents.is_current(now, &revoked, &self.profile)
        {
            return Ok(Arc::clone(published));
        }
        let counted = command.counter(&self.name, REVOKED).await?;
        let number = command.next(&self.name, "CRL").await?;
        let contents = RevocationList::at(now, &revoked, &self.profile);
        let bytes = ca.sign_crl(&to_sign(&contents, number), &self.profile)?;
        command.note(Draft {
            detail: Some(format!("CRL number {number}, {} revoked", contents.entries.len()).into()),
            ..Draft::new(Kind::Authority, "crl.issued")
        });
        command.finish().await?;
        let list = PublishedCrl { contents, number, bytes, revoked: (counted, revoked) };
        Ok(Arc::clone(published.insert(Arc::new(list))))
    }
}

impl World {
    /// The revocation list that the sites go by that the certificate is for: the one in force, or by the profile the one
    /// that they have fetched before, until its next one is due. `None`: certificates name no list.
    ///
    /// # Errors
    /// As [`crl`](Self::crl).
    pub async fn crl_of_relying_party(&self) -> Result<Option<Arc<PublishedCrl>>, WorldError> {
        if self.profile.crl.path().is_none() {
            return Ok(None);
        }
        if self.profile.relying_party.list == RelyingList::Published {
            return self.crl().await.map(Some);
        }
        let mut fetched = self.fetched_crl.lock().await;
        let now = self.clock.now();
        if let Some(fetched) = &*fetched
            && fetched.contents.is_in_force(now)
        {
            return Ok(Some(Arc::clone(fetched)));
        }
        let list = self.crl().await?;
        Ok(Some(Arc::clone(fetched.insert(list))))
    }
}

fn to_sign(contents: &RevocationList, number: u64) -> CertificateList {
    let revoked = contents.entries.iter().map(|listed| RevokedCertificate {
        serial: listed.serial,
        at: listed.revocation.at,
        reason: listed.revocation.reason,
    });
    CertificateList {
        number,
        this_update: contents.this_update,
        next_update: contents.next_update,
        revoked: revoked.collect(),
    }
}

impl World {
    /// The certificates that are revoked, in the order of issue, and where the counter of revocations stands. `None`: it
    /// stands where it stood.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub(crate) async fn revoked_since(
        &self,
        counted: Option<u64>,
    ) -> Result<Option<(u64, Vec<Listed>)>, WorldError> {
        let mut look = self.look().await?;
        let counter = look.counter(&self.name, REVOKED).await?;
        match counted {
            Some(counted) if counted == counter => Ok(None),
            _ => Ok(Some((counter, look.revoked(&self.name).await?))),
        }
    }
}
