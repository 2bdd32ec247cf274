//! A world as a file: all of it, keys included, so that a bug report can be a file.

mod check;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{Plan, Settings, StoredCa, World, WorldError, WorldName, new_incarnation};
use crate::authority::{Application, Attempts, Contact, Record, Renewal, RevocationRequest};
use crate::entropy::Entropy;
use crate::faults::{Fault, Faults};
use crate::journal::{Entry, Journal};
use crate::mail::Mail;
use crate::profile::{Profile, ProfileError};
use crate::store::{Material, Transaction};
use crate::terms::RequestId;

const FORMAT: &str = "obn-ca world 1";

/// The whole of a world. Holds private keys: handle it like one.
///
/// One that was read is a world that can be gone on with, whoever wrote it.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "Contents")]
pub struct WorldFile(Contents);

impl TryFrom<Contents> for WorldFile {
    type Error = FileError;

    fn try_from(contents: Contents) -> Result<Self, FileError> {
        check::check(&contents)?;
        Ok(Self(contents))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: Format,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applications: Vec<Application>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<Contact>,
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

/// The version of what follows.
struct Format;

impl Serialize for Format {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let format = String::deserialize(deserializer)?;
        if format == FORMAT { Ok(Self) } else { Err(serde::de::Error::custom(FileError::Format(format))) }
    }
}

/// Why a file is no world.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Made by another version.
    #[error("a world file of format {0:?}; this version reads {FORMAT:?}")]
    Format(String),
    /// A value that can't be.
    #[error("not a world file: {place}: {what}")]
    Content {
        /// The path of the value.
        place: String,
        /// What it must be.
        what: String,
    },
    /// Its profile can't be served.
    #[error("not a world file: profile: {0}")]
    Profile(#[from] ProfileError),
    /// A key that is none.
    #[error("not a world file: {0} is damaged")]
    Damaged(&'static str),
}

impl WorldFile {
    /// The profile that it brings.
    pub fn profile(&self) -> &Profile {
        &self.0.settings.profile
    }

    /// A world with these settings and nothing in it.
    pub(crate) fn of_settings(settings: Settings) -> Self {
        Self(Contents {
            format: Format,
            settings,
            counters: Vec::new(),
            certificates: Vec::new(),
            attempts: Vec::new(),
            journal: Vec::new(),
            faults: Vec::new(),
            renewals: Vec::new(),
            revocations: Vec::new(),
            mails: Vec::new(),
            applications: Vec::new(),
            contacts: Vec::new(),
        })
    }

    /// Gives the world another secret; its CAs stay.
    pub(crate) fn draw_new_secret(&mut self) {
        self.0.settings.master = BASE64.encode(Entropy::system().master());
    }

    /// What to build the world from, under this name.
    pub(crate) fn plan(&self, name: WorldName, journal_capacity: usize) -> Result<Plan, FileError> {
        let Contents { settings, journal, faults, .. } = &self.0;
        Ok(Plan {
            name,
            incarnation: new_incarnation(),
            version: 0,
            faults_on: 0,
            entropy: Entropy::from_master(settings.master()?),
            seeded: settings.seeded,
            profile: settings.profile.clone(),
            clock: settings.clock,
            session_epoch: settings.session_epoch,
            root: Some(settings.tls.clone()),
            ca: settings
                .ca
                .as_ref()
                .map(|ca| StoredCa { key: ca.key.clone(), certificate: ca.certificate.clone() }),
            journal: Journal::resume(journal_capacity, journal.clone()),
            faults: Faults::resume(faults.clone()),
        })
    }

    /// Writes what is in the world into the store.
    pub(crate) async fn fill(
        &self,
        world: &WorldName,
        transaction: &mut Transaction,
    ) -> Result<(), WorldError> {
        for (counter, value) in &self.0.counters {
            transaction.set_counter(world, counter, *value).await?;
        }
        for stored in &self.0.certificates {
            // Checked when the file was read.
            let material = stored.material().unwrap_or_default();
            transaction.insert(world, &stored.record, material.as_ref()).await?;
        }
        for (request_id, attempts) in &self.0.attempts {
            transaction.put_attempts(world, request_id, *attempts).await?;
        }
        for renewal in &self.0.renewals {
            transaction.insert_renewal(world, renewal, None).await?;
        }
        for request in &self.0.revocations {
            transaction.put_revocation(world, request, None).await?;
        }
        for contact in &self.0.contacts {
            transaction.put_contact(world, contact).await?;
        }
        for mail in &self.0.mails {
            transaction.insert_mail(world, mail).await?;
        }
        for application in &self.0.applications {
            transaction.insert_application(world, application, None).await?;
        }
        Ok(transaction.reckon_dues(world).await?)
    }
}

impl Settings {
    fn master(&self) -> Result<[u8; 32], FileError> {
        let master = BASE64.decode(&self.master).ok();
        master.and_then(|master| master.try_into().ok()).ok_or(FileError::Damaged("its secret"))
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
        let keyless = self.look().await?.records_without_key(&self.name).await?;
        for record in keyless {
            self.material(&record.certificate).await?;
        }
        self.read_journal().await?;
        // What is kept as settings stays as the look sees it.
        let _unchanged = self.settings.lock().await;
        let mut look = self.look().await?;
        let faults =
            if self.is_shared() { look.faults(&self.name).await?.faults } else { self.faults.list() };
        let mut certificates = Vec::new();
        for (record, material) in look.whole_records(&self.name).await? {
            let material = material.map(|material| StoredMaterial {
                key: BASE64.encode(material.key),
                certificate: BASE64.encode(material.certificate),
            });
            certificates.push(Stored { record, material });
        }
        Ok(WorldFile(Contents {
            format: Format,
            settings: self.settings(),
            counters: look.counters(&self.name).await?,
            certificates,
            attempts: look.all_attempts(&self.name).await?,
            journal: self.journal.after(0),
            faults,
            renewals: look.renewals(&self.name).await?,
            revocations: look.revocations(&self.name).await?,
            mails: look.mails(&self.name).await?,
            applications: look.applications(&self.name).await?,
            contacts: look.contacts(&self.name).await?,
        }))
    }
}
