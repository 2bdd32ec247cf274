//! Publishing the revocation list: signed when somebody asks, and kept as long as it is current.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{World, WorldError};
use crate::authority::{Listed, RevocationList};
use crate::journal::{Draft, Kind};
use crate::pki::{CertificateList, RevokedCertificate};
use crate::profile::RelyingList;
use crate::store::{CrlUse, REVOKED, StoreError, View};

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

/// A list as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredCrl {
    contents: RevocationList,
    number: u64,
    bytes: String,
    counted: u64,
}

/// The counter of lists.
const NUMBER: &str = "CRL";

impl World {
    /// The revocation list in force at this moment.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] if the list can't be signed.
    pub async fn crl(&self) -> Result<Arc<PublishedCrl>, WorldError> {
        let ca = self.client_ca().await?;
        // Held until the end, so that one list has one number.
        let mut published = self.crl.lock().await;
        let mut look = self.look().await?;
        self.read_published(&mut look, &mut published).await?;
        if let Some(published) = &*published {
            let (counted, revoked) = &published.revoked;
            if look.counter(&self.name, REVOKED).await? == *counted
                && published.contents.is_current(look.now(), revoked, &self.profile)
            {
                return Ok(Arc::clone(published));
            }
        }
        drop(look);
        let mut command = self.current().await?;
        let now = command.now();
        let revoked = command.revoked(&self.name).await?;
        // Another process may have signed one since.
        self.read_published(&mut command, &mut published).await?;
        if let Some(published) = &*published
            && published.contents.is_current(now, &revoked, &self.profile)
        {
            return Ok(Arc::clone(published));
        }
        let counted = command.counter(&self.name, REVOKED).await?;
        let number = command.next(&self.name, NUMBER).await?;
        let contents = RevocationList::at(now, &revoked, &self.profile);
        let bytes = ca.sign_crl(&to_sign(&contents, number), &self.profile)?;
        command.note(Draft {
            detail: Some(format!("CRL number {number}, {} revoked", contents.entries.len()).into()),
            ..Draft::new(Kind::Authority, "crl.issued")
        });
        let list = PublishedCrl { contents, number, bytes, revoked: (counted, revoked) };
        command.put_crl(&self.name, CrlUse::Published, &list.to_json()).await?;
        command.finish().await?;
        Ok(Arc::clone(published.insert(Arc::new(list))))
    }

    /// Has in memory the list that was published last: by this process, by another one, or before a restart.
    async fn read_published(
        &self,
        view: &mut View,
        published: &mut Option<Arc<PublishedCrl>>,
    ) -> Result<(), WorldError> {
        let is_last = match published {
            None => false,
            Some(_) if !self.is_shared() => true,
            Some(published) => published.number == view.counter(&self.name, NUMBER).await?,
        };
        if !is_last {
            *published = self.read_crl(view, CrlUse::Published).await?;
        }
        Ok(())
    }

    async fn read_crl(
        &self,
        view: &mut View,
        r#use: CrlUse,
    ) -> Result<Option<Arc<PublishedCrl>>, WorldError> {
        let Some(stored) = view.crl(&self.name, r#use).await? else { return Ok(None) };
        let unreadable = |error: &dyn std::fmt::Display| StoreError::Unreadable(format!("a CRL: {error}"));
        let stored: StoredCrl = serde_json::from_str(&stored).map_err(|error| unreadable(&error))?;
        let StoredCrl { contents, number, bytes, counted } = stored;
        let bytes = BASE64.decode(bytes).map_err(|error| unreadable(&error))?;
        // As long as the counter stands, the same ones are revoked as then.
        let revoked = view.revoked(&self.name).await?;
        Ok(Some(Arc::new(PublishedCrl { contents, number, bytes, revoked: (counted, revoked) })))
    }

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
        let is_in_force = |list: &Option<Arc<PublishedCrl>>| {
            list.as_ref().is_some_and(|it| it.contents.is_in_force(self.clock.now()))
        };
        if !is_in_force(&fetched) {
            let mut look = self.look().await?;
            *fetched = self.read_crl(&mut look, CrlUse::Fetched).await?;
        }
        if !is_in_force(&fetched) {
            let list = self.crl().await?;
            let mut command = self.begin().await?;
            command.put_crl(&self.name, CrlUse::Fetched, &list.to_json()).await?;
            command.finish_unnoted().await?;
            *fetched = Some(list);
        }
        Ok(fetched.clone())
    }
}

impl PublishedCrl {
    fn to_json(&self) -> String {
        let stored = StoredCrl {
            contents: self.contents.clone(),
            number: self.number,
            bytes: BASE64.encode(&self.bytes),
            counted: self.revoked.0,
        };
        serde_json::to_string(&stored).expect("a list has a form in JSON")
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
