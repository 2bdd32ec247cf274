//! Certificates with their keys, handed out as PKCS #12.

use super::command::Command;
use super::{World, WorldError, blocking};
use crate::authority::{self, Record, Refusal};
use crate::faults::Occasion;
use crate::journal::{Draft, Kind};
use crate::pki::{self, Bundle};
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
        let password_tag = self.password_tag(request_id, &pin);

        // Decide first, so that nobody makes the CA work with wrong IDs; then prepare the file;
        // then decide again in the command that counts the download.
        let command = self.current().await?;
        let now = command.now();
        let (mut command, record) = self.identify(command, request_id, reference_id).await?;
        let record = authority::download(record, password_tag, &self.profile, now)?;
        self.check_place(&mut command, request_id).await?;
        drop(command);
        let material = self.material(&record.certificate).await?;
        let file = self.pfx(&record, material, pin).await?;

        let mut command = self.begin_at(now).await?;
        let current = command.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let record = authority::download(current, password_tag, &self.profile, now)?;
        command.update(&self.name, &record).await?;
        self.forgive(&mut command, request_id).await?;
        command.note(Draft::of("downloaded", &record));
        command.finish().await?;
        Ok(file)
    }

    /// A certificate with its key, as a terminal that has fetched it would have it: no download, and bound to none of
    /// its rules.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is no such certificate.
    pub async fn export(&self, serial: Serial, pin: Pin) -> Result<PfxFile, WorldError> {
        let record = self.record_by_serial(serial).await?;
        let material = self.material(&record.certificate).await?;
        let file = self.pfx(&record, material, pin).await?;
        let exported = Draft { kind: Kind::Control, ..Draft::of("pfx.exported", &record) };
        self.write(self.clock.now(), exported).await?;
        Ok(file)
    }

    /// Refuses what has its own place to be handed out: the renewals, unless the profile says otherwise.
    async fn check_place(&self, command: &mut Command<'_>, request_id: &RequestId) -> Result<(), WorldError> {
        let anywhere = self.profile.renewal.download_at_rcd;
        if !anywhere && command.renewal(&self.name, request_id).await?.is_some() {
            return Err(Refusal::HandedOutAtRenewal.into());
        }
        Ok(())
    }

    pub(super) async fn pfx(
        &self,
        record: &Record,
        material: Material,
        pin: Pin,
    ) -> Result<PfxFile, WorldError> {
        let mut material = material;
        if !self.strike(&Occasion::File(&record.notice.request_id)).await.is_empty()
            && let Some(last) = material.certificate.last_mut()
        {
            // The signature stands at the end.
            *last ^= 1;
        }
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
}
