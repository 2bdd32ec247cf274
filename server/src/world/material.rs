//! Keys and signed certificates: made once, in the background or when they are needed.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::{World, WorldError, blocking};
use crate::authority::Certificate;
use crate::pki::{ClientCa, EndEntity, PkiError, RsaKey};
use crate::store::Material;
use crate::terms::Serial;

impl World {
    /// DER of a certificate; waits for its key.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn certificate_der(&self, certificate: &Certificate) -> Result<Vec<u8>, WorldError> {
        Ok(self.material(certificate).await?.certificate)
    }

    /// The key and the signed certificate; makes them if they are not there yet.
    pub(super) async fn material(&self, certificate: &Certificate) -> Result<Material, WorldError> {
        if let Some(material) = self.stored_material(certificate.serial).await? {
            return Ok(material);
        }
        let ca = self.client_ca().await?;
        let serial = certificate.serial;
        let turn = Arc::clone(self.makers().entry(serial).or_default());
        let _one_at_a_time = turn.lock().await;
        if let Some(material) = self.stored_material(serial).await? {
            return Ok(material);
        }
        let (keys, number) = (self.keys.clone(), certificate.number);
        let key = blocking(move || keys.make(number)).await;
        let material = self.sign(&ca, certificate, key)?;
        let mut command = self.begin().await?;
        command.put_material(&self.name, serial, &material).await?;
        // The first one stays, and another process may have been faster.
        let kept = if self.is_shared() { command.material(&self.name, serial).await? } else { None };
        command.finish_unnoted().await?;
        // Whoever still waits for a turn, or comes later, finds it in the store.
        self.makers().remove(&serial);
        Ok(kept.unwrap_or(material))
    }

    fn makers(&self) -> std::sync::MutexGuard<'_, HashMap<Serial, Arc<Mutex<()>>>> {
        self.making.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn stored_material(&self, serial: Serial) -> Result<Option<Material>, WorldError> {
        let (mut view, head) = self.store.look_at(&self.name).await?;
        if let Some(head) = head {
            Box::pin(self.agree_with(&head, &mut view)).await?;
        }
        let material = view.material(&self.name, serial).await?;
        self.check_there()?;
        Ok(material)
    }

    /// The same if it can be had at once: the CA is there, and a key lies in stock. Otherwise it is made later.
    pub(super) fn ready_material(&self, certificate: &Certificate) -> Result<Option<Material>, PkiError> {
        // Without the CA nothing can be signed, and a key must not be drawn in vain.
        let Some(ca) = self.ca.get() else { return Ok(None) };
        self.keys.ready(certificate.number).map(|key| self.sign(ca, certificate, key)).transpose()
    }

    fn sign(&self, ca: &ClientCa, certificate: &Certificate, key: RsaKey) -> Result<Material, PkiError> {
        let end_entity = EndEntity {
            serial: certificate.serial,
            subject: &certificate.subject,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        };
        let signed = ca.sign(&end_entity, &key, &self.profile)?;
        Ok(Material { key: key.pkcs8().to_vec(), certificate: signed })
    }
}
