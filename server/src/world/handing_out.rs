//! Keys and certificates: made, and handed out as PKCS #12.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::{World, WorldError, blocking};
use crate::authority::{self, Certificate, Record};
use crate::control::journal::Draft;
use crate::pki::{self, Bundle, ClientCa, EndEntity, PkiError, RsaKey};
use crate::store::Material;
use crate::terms::{Pin, ReferenceId, RequestId, Serial};

/// The file that `/p/rcd` and `/p/ru` hand out.
#[derive(Debug)]
pub struct PfxFile {
    /// What it is called.
    pub name: String,
    /// PKCS #12.
    pub bytes: Vec<u8>,
    /// The certificate inside.
    pub serial: Serial,
}

impl World {
    /// Hands out a certificate with its key, encrypted with the password that the user chose.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn download(
        &self,
        request_id: &RequestId,
        reference_id: &ReferenceId,
        pin: Pin,
    ) -> Result<PfxFile, WorldError> {
        let now = self.clock.now();
        let password_tag = self.password_tag(request_id, &pin);

        // Decide first, so that nobody makes the CA work with wrong IDs; then prepare the file;
        // then decide again in the transaction that counts the download.
        let transaction = self.current().await?;
        let (mut transaction, record) = self.identify(transaction, request_id, reference_id, now).await?;
        let record = authority::download(record, password_tag, &self.profile, now);
        let record = record.map_err(WorldError::Refused)?;
        self.check_handing_out(&mut transaction, request_id).await?.map_err(WorldError::Refused)?;
        drop(transaction);
        let material = self.material(&record.certificate).await?;
        let file = self.pfx(&record, material, pin).await?;

        let mut transaction = self.begin().await?;
        let current = transaction.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let record = authority::download(current, password_tag, &self.profile, now);
        let record = record.map_err(WorldError::Refused)?;
        transaction.update(&self.name, &record).await?;
        self.forgive(&mut transaction, request_id).await?;
        transaction.commit().await?;
        self.journal.write(now, Draft::of("downloaded", &record));
        Ok(file)
    }

    pub(super) async fn pfx(
        &self,
        record: &Record,
        material: Material,
        pin: Pin,
    ) -> Result<PfxFile, WorldError> {
        let keys = &self.profile.pfx;
        let fill = |text: &str| {
            text.replace("{request_id}", record.notice.request_id.as_str())
                .replace("{institution_code}", record.notice.institution_code.as_str())
                .replace("{serial}", &record.certificate.serial.to_string())
        };
        let root = match keys.include_root {
            true => Some(self.client_ca().await?),
            false => None,
        };
        let salt = self
            .entropy
            .seed(&format!("PFX {}", record.certificate.serial), u64::from(record.downloads.count));
        let (friendly_name, csp_name) = (fill(&keys.friendly_name), keys.csp_name.clone());
        let (profile, iterations) = (keys.profile, keys.iterations);
        let bytes = blocking(move || {
            use rand_core::SeedableRng;
            let bundle = Bundle {
                key: &material.key,
                certificate: &material.certificate,
                root: root.as_ref().map(|ca| ca.certificate()),
                friendly_name: &friendly_name,
                csp_name: &csp_name,
                profile,
                iterations,
            };
            pki::encode_pfx(&bundle, &pin, &mut rand_chacha::ChaCha20Rng::from_seed(salt))
        })
        .await?;
        Ok(PfxFile { name: fill(&keys.file_name), bytes, serial: record.certificate.serial })
    }

    /// A keyed hash of a password. Four digits can be guessed from it by whoever has the world's
    /// secret, who has the keys anyway.
    fn password_tag(&self, request_id: &RequestId, pin: &Pin) -> authority::PasswordTag {
        use aws_lc_rs::hmac;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.entropy.seed("passwords", 0));
        let tag = hmac::sign(&key, format!("{request_id} {}", pin.reveal()).as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&tag.as_ref()[..16]);
        authority::PasswordTag(short)
    }

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
        let mut transaction = self.begin().await?;
        transaction.put_material(&self.name, serial, &material).await?;
        transaction.commit().await?;
        // Whoever still waits for a turn, or comes later, finds it in the store.
        self.makers().remove(&serial);
        Ok(material)
    }

    fn makers(&self) -> std::sync::MutexGuard<'_, HashMap<Serial, Arc<Mutex<()>>>> {
        self.making.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn stored_material(&self, serial: Serial) -> Result<Option<Material>, WorldError> {
        Ok(self.begin().await?.material(&self.name, serial).await?)
    }

    pub(super) fn sign(
        &self,
        ca: &ClientCa,
        certificate: &Certificate,
        key: RsaKey,
    ) -> Result<Material, PkiError> {
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
