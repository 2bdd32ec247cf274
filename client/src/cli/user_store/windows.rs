//! The store `CurrentUser` of Windows.

use std::io;
use std::sync::Arc;

use rustls::sign::SigningKey;
use schannel::cert_context::CertContext;
use schannel::cert_store::{CertAdd, CertStore, Memory, PfxImportOptions};

use super::signer::Kept;
use super::{Installed, Keys, TRANSFER, UserStore};
use crate::{Certificate, Identity, Password, PfxProfile};

const PERSONAL: &str = "My";
const TRUSTED_ROOTS: &str = "Root";

pub(super) struct CurrentUser;

impl UserStore for CurrentUser {
    fn certificates(&self) -> io::Result<Vec<Installed>> {
        let store = CertStore::open_current_user(PERSONAL)?;
        let found = store.certs().filter_map(|context| {
            let certificate = Certificate::from_der(context.to_der()).ok()?;
            // Silent: nobody is asked for a card or a password only to be listed.
            let has_key = context.private_key().silent(true).acquire().is_ok();
            Some(Installed { certificate, has_key })
        });
        Ok(found.collect())
    }

    fn import(&self, identity: &Identity, keys: Keys) -> io::Result<()> {
        let pfx = identity.to_pfx(&Password::new(TRANSFER), PfxProfile::TripleDesSha1);
        let pfx = pfx.map_err(io::Error::other)?;
        let mut options = PfxImportOptions::new();
        // "All extended properties", which manual 1.2 also wants, are those of a file; this one is of our own making, and
        // has none.
        options.password(TRANSFER).exportable_private_key(keys == Keys::Exportable);
        let file = options.import(&pfx)?;
        let own = file.certs().find(|context| context.to_der() == identity.certificate().der());
        let own = own.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the certificate is lost"))?;
        let mut personal = CertStore::open_current_user(PERSONAL)?;
        personal.add_cert(&own, CertAdd::ReplaceExisting)?;
        obn_windows::commit(&personal)?;
        identity.chain().iter().filter(|above| above.is_self_issued()).try_for_each(|root| self.trust(root))
    }

    fn trust(&self, root: &Certificate) -> io::Result<()> {
        let mut roots = CertStore::open_current_user(TRUSTED_ROOTS)?;
        // Who is trusted already needs no question.
        if roots.certs().any(|context| context.to_der() == root.der()) {
            return Ok(());
        }
        roots.add_cert(&CertContext::new(root.der())?, CertAdd::ReplaceExisting)?;
        obn_windows::commit(&roots)
    }

    fn remove(&self, certificate: &Certificate) -> io::Result<()> {
        let store = CertStore::open_current_user(PERSONAL)?;
        let found = store.certs().find(|context| context.to_der() == certificate.der());
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not there"))?.delete()?;
        obn_windows::commit(&store)
    }

    fn export(&self, certificate: &Certificate, password: &Password) -> io::Result<Vec<u8>> {
        let store = CertStore::open_current_user(PERSONAL)?;
        let found = store.certs().find(|context| context.to_der() == certificate.der());
        let found = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not there"))?;
        let mut alone = Memory::new()?.into_store();
        alone.add_cert(&found, CertAdd::Always)?;
        alone.export_pkcs12(password.expose())
    }

    fn key(&self, certificate: &Certificate) -> io::Result<Arc<dyn SigningKey>> {
        let store = CertStore::open_current_user(PERSONAL)?;
        let found = store.certs().find(|context| context.to_der() == certificate.der());
        let found = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not there"))?;
        Ok(Arc::new(Kept::new(obn_windows::SigningKey::of(&found)?)))
    }
}
