//! One certificate in a [`Store`](crate::Store).

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Error, FileAction};
use crate::pki::certificate::Certificate;
use crate::pki::identity::Identity;
use crate::store::files::{read_own, read_own_text, write_private};
use crate::terms::identifiers::{ReferenceId, RequestId};

const PFX: &str = "identity.p12";
const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
/// What the other files do not say.
pub(crate) const METADATA: &str = "entry.json";
/// All of them, in the order in which they may give way to others of the same certificate and key.
pub(crate) const FILES: [&str; 4] = [KEY, CERTIFICATE, PFX, METADATA];

/// A certificate in the store. Its key is read only when asked for.
#[derive(Clone)]
pub struct Entry {
    name: String,
    folder: PathBuf,
    metadata: Metadata,
    certificate: Certificate,
}

/// Where a certificate came from, as far as that is known. A PFX file does not say.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The request ID of the notice or of the renewal.
    pub request_id: Option<RequestId>,
    /// The reference ID, without which nobody can revoke the certificate.
    pub reference_id: Option<ReferenceId>,
    /// The name of the entry that it renews.
    pub renews: Option<String>,
}

/// `entry.json`.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Metadata {
    pub(crate) version: u32,
    pub(crate) request_id: Option<String>,
    #[serde(default)]
    pub(crate) reference_id: Option<ReferenceId>,
    pub(crate) serial: String,
    /// The name of the entry that this one renews.
    pub(crate) renews: Option<String>,
    pub(crate) added: Timestamp,
}

impl Entry {
    pub(crate) fn read(folder: PathBuf, name: String) -> Result<Self, Error> {
        let damaged = |path: &Path, reason: String| {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, reason);
            Error::file(FileAction::Read, path, source)
        };
        let path = folder.join(METADATA);
        let metadata = serde_json::from_str(&read_own_text(&path)?)
            .map_err(|error| damaged(&path, error.to_string()))?;
        let path = folder.join(CERTIFICATE);
        let certificate = Certificate::from_der_or_pem(&read_own(&path)?)
            .map_err(|error| damaged(&path, error.to_string()))?;
        Ok(Self { name, folder, metadata, certificate })
    }

    /// The name in the store.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder that holds its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The request ID under which the CA knows it, if that is known.
    pub fn request_id(&self) -> Option<&str> {
        self.metadata.request_id.as_deref()
    }

    /// The reference ID, if that is known. A revocation asks for it.
    pub fn reference_id(&self) -> Option<&ReferenceId> {
        self.metadata.reference_id.as_ref()
    }

    /// The name of the entry that this one renews.
    pub fn renews(&self) -> Option<&str> {
        self.metadata.renews.as_deref()
    }

    /// When it was put into the store.
    pub fn added(&self) -> Timestamp {
        self.metadata.added
    }

    /// Key, certificate and chain.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if its files can't be read, [`Error::InFile`] if they don't hold a key and its certificate.
    pub fn identity(&self) -> Result<Identity, Error> {
        let text = |name: &str| read_own_text(&self.folder.join(name));
        let key = zeroize::Zeroizing::new(text(KEY)?);
        Identity::from_pem(&key, &text(CERTIFICATE)?)
            .map_err(|error| Error::in_file(self.folder.join(CERTIFICATE), error))
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The PFX file under the password that it came with.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it can't be read.
    pub fn pfx(&self) -> Result<Vec<u8>, Error> {
        read_own(&self.folder.join(PFX))
    }
}

impl Metadata {
    /// Writes an entry's files into `folder`.
    pub(crate) fn write_with(&self, identity: &Identity, pfx: &[u8], folder: &Path) -> Result<(), Error> {
        write_private(&folder.join(PFX), pfx)?;
        write_private(&folder.join(KEY), identity.key_pem().as_bytes())?;
        write_private(&folder.join(CERTIFICATE), identity.certificates_pem().as_bytes())?;
        let json = serde_json::to_vec_pretty(self).expect("the metadata are plain text");
        write_private(&folder.join(METADATA), &json)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}
