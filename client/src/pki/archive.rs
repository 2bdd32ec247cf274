//! What a PFX file holds, opened with its password. Any program may have written it: whatever most of the common ones
//! open is opened here, and a refusal tells the true reason.

use zeroize::Zeroizing;

use crate::pki::ber::{CONTEXT_0, Element, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::kdf::{Effort, Secret};
use crate::pki::layout::{Bag, Content, Pfx, bags, contents, damaged};
use crate::pki::password::Password;
use crate::pki::pbe;
use crate::pki::pfx::{KEY_BAG, SHROUDED_KEY_BAG, name};

pub(crate) const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
pub(crate) const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";

/// All keys and certificates, in the order of the file.
#[derive(Default)]
pub(crate) struct Archive {
    pub(crate) keys: Vec<Key>,
    /// In DER.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// A private key.
pub(crate) struct Key {
    /// PKCS #8, in DER.
    pub(crate) pkcs8: Zeroizing<Vec<u8>>,
    /// The name that importing programs show.
    pub(crate) friendly_name: Option<String>,
}

impl Archive {
    /// Opens a file.
    ///
    /// # Errors
    /// [`IdentityError::WrongPassword`], [`IdentityError::NotPfx`] if it is damaged, or [`IdentityError::Unsupported`].
    pub(crate) fn open(bytes: &[u8], password: &Password) -> Result<Self, IdentityError> {
        let file = Pfx::read(bytes)?;
        let safe = file.safe()?;
        let mut opener = Opener::new(password);
        let fits = match file.mac() {
            None => true,
            Some(mac) => opener.check(mac, &safe)?,
        };
        match (fits, opener.read(&safe)) {
            (true, read) => read.map(|()| opener.archive),
            // The password is right, then, and the MAC or something beneath it is not.
            (false, Ok(())) if opener.decrypted => {
                Err(damaged("it was changed after it was written: its MAC does not fit"))
            }
            (false, _) => Err(IdentityError::WrongPassword),
        }
    }
}

struct Opener {
    /// The one that is tried first, first.
    secrets: Vec<Secret>,
    effort: Effort,
    archive: Archive,
    /// Whether the password has opened anything.
    decrypted: bool,
}

impl Opener {
    fn new(password: &Password) -> Self {
        let (secrets, effort) = (Secret::forms(password), Effort::default());
        Self { secrets, effort, archive: Archive::default(), decrypted: false }
    }

    /// Whether the MAC fits the safe.
    fn check(&mut self, mac: &Element<'_>, safe: &[u8]) -> Result<bool, IdentityError> {
        for index in 0..self.secrets.len() {
            if pbe::fits(mac, safe, &self.secrets[index], &mut self.effort)? {
                self.secrets.swap(0, index);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&mut self, safe: &[u8]) -> Result<(), IdentityError> {
        let safe = Element::first(safe).map_err(damaged)?;
        let mut other = None;
        for content in contents(&safe)? {
            match content {
                Content::Plain(octets) => self.read_bags(&octets)?,
                Content::Encrypted { algorithm, data } => {
                    let octets = self.decrypt(algorithm, &data)?;
                    self.read_bags(&octets)?;
                }
                Content::Other(kind) => other = Some(kind),
            }
        }
        match other {
            Some(kind) if self.archive.keys.is_empty() => Err(IdentityError::Unsupported(name(&kind))),
            _ => Ok(()),
        }
    }

    fn read_bags(&mut self, octets: &[u8]) -> Result<(), IdentityError> {
        let safe_contents = Element::first(octets).map_err(damaged)?;
        for bag in bags(&safe_contents)? {
            match bag.kind.as_str() {
                KEY_BAG => self.keep(&bag, bag.value),
                SHROUDED_KEY_BAG => {
                    let algorithm = bag.value.child(0, SEQUENCE);
                    let data = bag.value.children().get(1).and_then(Element::octet_string);
                    let (algorithm, data) =
                        algorithm.zip(data).ok_or_else(|| damaged("its key is made up differently"))?;
                    let key = self.decrypt(algorithm, &data)?;
                    self.keep(&bag, &Element::first(&key).map_err(damaged)?);
                }
                CERT_BAG => {
                    let kind = bag.value.children().first().and_then(Element::oid);
                    let certificate = bag.value.child(1, CONTEXT_0);
                    let certificate =
                        certificate.and_then(|explicit| explicit.children().first()?.octet_string());
                    match (kind.as_deref(), certificate) {
                        (Some(X509_CERTIFICATE), Some(der)) => {
                            self.archive.certificates.push(der.into_owned())
                        }
                        (Some(X509_CERTIFICATE), None) | (None, _) => {
                            return Err(damaged("a certificate is made up differently"));
                        }
                        (Some(_), _) => {}
                    }
                }
                // Revocation lists, secrets, and whatever else there may be.
                _ => {}
            }
        }
        Ok(())
    }

    fn keep(&mut self, bag: &Bag<'_>, pkcs8: &Element<'_>) {
        let pkcs8 = Zeroizing::new(pkcs8.to_der());
        self.archive.keys.push(Key { pkcs8, friendly_name: bag.friendly_name() });
    }

    fn decrypt(&mut self, algorithm: &Element<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        for secret in &self.secrets {
            if let Some(octets) = pbe::decrypt(algorithm, data, secret, &mut self.effort)?
                && Element::first(&octets).is_ok_and(|element| element.is(SEQUENCE))
            {
                self.decrypted = true;
                return Ok(octets);
            }
        }
        Err(IdentityError::WrongPassword)
    }
}
