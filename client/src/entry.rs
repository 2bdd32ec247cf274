//! One certificate in a [`Store`](crate::Store).

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::error::{Error, FileAction};
use crate::files::read_file;
use crate::identity::Identity;

/// A certificate in the store. Its key is read only when asked for.
#[derive(Clone, Debug)]
pub struct Entry {
    name: String,
    folder: PathBuf,
    metadata: Metadata,
    certificate: Certificate,
}

/// `entry.json`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Metadata {
    pub(crate) version: u32,
    pub(crate) request_id: Option<String>,
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
        let path = folder.join("entry.json");
        let metadata =
            serde_json::from_slice(&read_file(&path)?).map_err(|error| damaged(&path, error.to_string()))?;
        let path = folder.join("certificate.pem");
        let certificate = Certificate::from_der_or_pem(&read_file(&path)?)
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

    /// The name of the entry that this one renews.
    pub fn renews(&self) -> Option<&str> {
        self.metadata.renews.as_deref()
    }

    /// When it was put into the store.
    pub fn added(&self) -> Timestamp {
        self.metadata.added
    }

    /// Key, certificate and chain.
    pub fn identity(&self) -> Result<Identity, Error> {
        let text = |name: &str| {
            Ok::<_, Error>(String::from_utf8_lossy(&read_file(&self.folder.join(name))?).into_owned())
        };
        let key = zeroize::Zeroizing::new(text("key.pem")?);
        Ok(Identity::from_pem(&key, &text("certificate.pem")?)?)
    }

    /// The PFX file under the password that it came with.
    pub fn pfx(&self) -> Result<Vec<u8>, Error> {
        read_file(&self.folder.join("identity.p12"))
    }
}
