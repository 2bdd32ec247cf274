//! What one authenticates with.

use std::fmt;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};

use crate::pki::certificate::Certificate;
use crate::pki::identity::{Identity, IdentityError};

/// A certificate with a key that signs for it: an [`Identity`], or one whose key stays where it is kept.
#[derive(Clone)]
pub(crate) enum Credential {
    /// The key is at hand.
    Identity(Identity),
    /// Something else signs.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the command line alone knows such keys"))]
    Kept {
        /// Of the key.
        certificate: Certificate,
        /// What signs.
        key: Arc<dyn SigningKey>,
    },
}

impl Credential {
    pub(crate) fn certificate(&self) -> &Certificate {
        match self {
            Self::Identity(identity) => identity.certificate(),
            Self::Kept { certificate, .. } => certificate,
        }
    }

    /// What TLS shows when it is asked.
    pub(crate) fn resolver(&self) -> Result<Arc<dyn ResolvesClientCert>, IdentityError> {
        let (chain, key) = match self {
            Self::Identity(identity) => {
                let key = any_supported_type(&identity.tls_key()).map_err(|_| IdentityError::UnusableKey)?;
                (identity.tls_chain(), key)
            }
            Self::Kept { certificate, key } => {
                (vec![CertificateDer::from(certificate.der().to_vec())], Arc::clone(key))
            }
        };
        Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
    }

    /// Whether its signatures do for TLS 1.3, which wants PSS of RSA keys.
    pub(crate) fn does_for_tls_1_3(&self) -> bool {
        match self {
            Self::Identity(_) => true,
            Self::Kept { key, .. } => key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).is_some(),
        }
    }
}

impl From<Identity> for Credential {
    fn from(identity: Identity) -> Self {
        Self::Identity(identity)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("certificate", self.certificate()).finish_non_exhaustive()
    }
}
