//! A world as a file: all of it, keys included, so that a bug report can be a file.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{KeptCa, Plan, Settings, World, WorldError, WorldName};
use crate::authority::{Attempts, Record, Renewal, RevocationRequest};
use crate::entropy::Entropy;
use crate::faults::{Fault, Faults};
use crate::journal::{Entry, Journal};
use crate::mail::Mail;
use crate::pki::RsaKey;
use crate::profile::{Profile, ProfileError};
use crate::store::{Material, Transaction};
use crate::terms::RequestId;

const FORMAT: &str = "obn-ca world 1";

/// The whole of a world. Holds private keys: handle it like one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    format: String,
    settings: Settings,
    counters: Vec<(String, u64)>,
    certificates: Vec<Stored>,
    attempts: Vec<(RequestId, Attempts)>,
    journal: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
    #[serde(default)]
    renewals: Vec<Renewal>,
    #[serde(default)]
    revocations: Vec<RevocationRequest>,
    #[serde(default)]
    mails: Vec<Mail>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    record: Record,
    material: Option<StoredMaterial>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMaterial {
    key: String,
    certificate: String,
}

/// Why a file is no world.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not JSON, or not of this shape.
    #[error("not a world file: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Made by another version.
    #[error("a world file of format {0:?}; this version reads {FORMAT:?}")]
    Format(String),
    /// A value that can't be.
    #[error("not a world file: {0}")]
    Content(String),
    /// Its profile can't be served.
    #[error("not a world file: profile: {0}")]
    Profile(#[from] ProfileError),
    /// A key that is none.
    #[error("not a world file: {0} is damaged")]
    Damaged(&'static str),
}

impl WorldFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError::Format`] for the file of another version; [`FileError::Syntax`], [`FileError::Content`],
    /// [`FileError::Profile`] or [`FileError::Damaged`] for one that is no world.
    pub fn from_json(value: serde_json::Value) -> Result<Self, FileError> {
        let format = value.get("format").and_then(|format| format.as_str()).unwrap_or_default();
        if format != FORMAT {
            return Err(FileError::Format(format.to_owned()));
        }
        let file: Self = serde_json::from_value(value)?;
        file.check()?;
        Ok(file)
    }

    /// What serde can't tell. A file may have been changed by hand.
    fn check(&self) -> Result<(), FileError> {
        let wrong = |what: String| Err(FileError::Content(what));
        self.master()?;
        self.settings.profile.check()?;
        if let Err(error) = self.settings.clock.check() {
            return wrong(error.to_string());
        }
        for fault in &self.faults {
            if let Err(error) = fault.rule.check() {
                return wrong(format!("fault {}: {error}", fault.id));
            }
        }
        // Far below the last number there is, so that a world can go on.
        let counts = |number: u64| number < u64::from(u32::MAX);
        if !self.journal.is_sorted_by(|a, b| a.sequence < b.sequence)
            || !self.journal.iter().all(|entry| counts(entry.sequence))
        {
            return wrong("the journal is out of order".to_owned());
        }
        if !self.counters.iter().all(|(_, value)| counts(*value)) {
            return wrong("a counter is too large".to_owned());
        }
        let counted =
            self.counters.iter().find(|(name, _)| name == "certificate").map_or(0, |(_, value)| *value);
        let (mut ids, mut serials) = (HashSet::new(), HashSet::new());
        for stored in &self.certificates {
            let Record { notice, certificate, .. } = &stored.record;
            if let Some(Material { key, certificate }) = stored.material()?
                && !RsaKey::from_pkcs8(key).is_some_and(|key| key.is_certified_by(&certificate))
            {
                return Err(FileError::Damaged("a key"));
            }
            if !ids.insert(&notice.request_id) || !serials.insert(certificate.serial) {
                return wrong(format!("certificate {} is there twice", certificate.serial));
            }
            if certificate.number > counted {
                return wrong(format!("certificate {} was never counted", certificate.serial));
            }
        }
        for renewal in &self.renewals {
            if renewal.number > counted || !serials.contains(&renewal.predecessor) {
                return wrong(format!("renewal {} is of no certificate", renewal.request_id));
            }
        }
        Ok(())
    }

    /// The profile that it brings.
    pub fn profile(&self) -> &Profile {
        &self.settings.profile
    }

    /// A world with these settings and nothing in it.
    pub(crate) fn of_settings(settings: Settings) -> Self {
        Self {
            format: FORMAT.to_owned(),
            settings,
            counters: Vec::new(),
            certificates: Vec::new(),
            attempts: Vec::new(),
            journal: Vec::new(),
            faults: Vec::new(),
            renewals: Vec::new(),
            revocations: Vec::new(),
            mails: Vec::new(),
        }
    }

    /// Gives the world another secret; its CAs stay.
    pub(crate) fn draw_new_secret(&mut self) {
        self.settings.master = BASE64.encode(Entropy::system().master());
    }

    fn master(&self) -> Result<[u8; 32], FileError> {
        let master = BASE64.decode(&self.settings.master).ok();
        master.and_then(|master| master.try_into().ok()).ok_or(FileError::Damaged("its secret"))
    }

    /// What to build the world from, under this name.
    pub(crate) fn plan(&self, name: WorldName, journal_capacity: usize) -> Result<Plan, FileError> {
        let settings = &self.settings;
        Ok(Plan {
            name,
            entropy: Entropy::from_master(self.master()?),
            seeded: settings.seeded,
            profile: settings.profile.clone(),
            clock: settings.clock,
            session_epoch: settings.session_epoch,
            root: Some(settings.tls.clone()),
            ca: settings
                .ca
                .as_ref()
                .map(|ca| KeptCa { key: ca.key.clone(), certificate: ca.certificate.clone() }),
            journal: Journal::resume(journal_capacity, self.journal.clone()),
            faults: Faults::resume(self.faults.clone()),
        })
    }

    /// Writes what is in the world into the store.
    pub(crate) async fn fill(
        &self,
        world: &WorldName,
        transaction: &mut Transaction,
    ) -> Result<(), WorldError> {
        for (counter, value) in &self.counters {
            transaction.set_counter(world, counter, *value).await?;
        }
        for stored in &self.certificates {
            // Checked when the file was read.
            let material = stored.material().unwrap_or_default();
            transaction.insert(world, &stored.record, material.as_ref()).await?;
        }
        for (request_id, attempts) in &self.attempts {
            transaction.put_attempts(world, request_id, *attempts).await?;
        }
        for renewal in &self.renewals {
            transaction.insert_renewal(world, renewal).await?;
        }
        for request in &self.revocations {
            transaction.put_revocation(world, request).await?;
        }
        for mail in &self.mails {
            transaction.insert_mail(world, mail).await?;
        }
        Ok(())
    }
}

impl Stored {
    fn material(&self) -> Result<Option<Material>, FileError> {
        let Some(stored) = &self.material else { return Ok(None) };
        let decode = |text: &str| BASE64.decode(text).map_err(|_| FileError::Damaged("a key"));
        Ok(Some(Material { key: decode(&stored.key)?, certificate: decode(&stored.certificate)? }))
    }
}

impl World {
    /// The whole world as it is now.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] if a key that is still in the making can't be signed.
    pub async fn to_file(self: &Arc<Self>) -> Result<WorldFile, WorldError> {
        self.client_ca().await?;
        // Keys in the making belong to the world as well: elsewhere others would be made.
        for record in self.records().await? {
            self.material(&record.certificate).await?;
        }
        let mut transaction = self.current().await?;
        let mut certificates = Vec::new();
        for record in transaction.records(&self.name).await? {
            let material = transaction.material(&self.name, record.certificate.serial).await?;
            let material = material.map(|material| StoredMaterial {
                key: BASE64.encode(material.key),
                certificate: BASE64.encode(material.certificate),
            });
            certificates.push(Stored { record, material });
        }
        Ok(WorldFile {
            format: FORMAT.to_owned(),
            settings: self.settings(),
            counters: transaction.counters(&self.name).await?,
            certificates,
            attempts: transaction.all_attempts(&self.name).await?,
            journal: self.journal.after(0),
            faults: self.faults.list(),
            renewals: transaction.renewals(&self.name).await?,
            revocations: transaction.revocations(&self.name).await?,
            mails: transaction.mails(&self.name).await?,
        })
    }
}
