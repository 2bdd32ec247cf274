//! The certificates that Windows keeps for the person who is signed in (certmgr.msc): 個人, which browsers and the MPKI
//! client look into (manual 1.2 to 1.4, chapter 4), and 信頼されたルート証明機関 (manual 5.3.2).

#[cfg(windows)]
mod signer;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::Arc;

use rustls::sign::SigningKey;

use super::context::Context;
use super::failure::Failure;
use crate::pki::credential::Credential;
use crate::{Certificate, Clock, Identity, Password, UsageError, Validity};

/// Whether a key may leave Windows again: このキーをエクスポート可能にする (manual 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    Exportable,
    Kept,
}

/// A certificate in 個人.
pub(crate) struct Installed {
    pub(crate) certificate: Certificate,
    pub(crate) has_key: bool,
}

/// What there is to do with such a store.
pub(crate) trait UserStore {
    /// All of 個人 that can be read.
    fn certificates(&self) -> io::Result<Vec<Installed>>;
    /// Key and certificate into 個人, and what is above the certificate, its root, to the trusted ones. Windows may ask the
    /// person whether a root is to be trusted.
    fn import(&self, identity: &Identity, keys: Keys) -> io::Result<()>;
    /// A root to the trusted ones.
    fn trust(&self, root: &Certificate) -> io::Result<()>;
    /// The certificate goes from 個人.
    fn remove(&self, certificate: &Certificate) -> io::Result<()>;
    /// It with its key as a PFX file, if the key may leave.
    fn export(&self, certificate: &Certificate, password: &Password) -> io::Result<Vec<u8>>;
    /// What signs with its key, wherever that is kept.
    fn key(&self, certificate: &Certificate) -> io::Result<Arc<dyn SigningKey>>;
}

/// The one of this system.
pub(crate) fn user_store() -> Result<impl UserStore, Failure> {
    #[cfg(windows)]
    return Ok(windows::CurrentUser);
    #[cfg(not(windows))]
    Err::<Nowhere, _>(Failure::usage(
        "--windows-store は Windows でのみ使えます。付けずに実行すると、保管庫(--store)を使います",
        "--windows-store is for Windows only; without it the store (--store) is used",
    ))
}

/// What went wrong with it.
pub(crate) fn failed(error: io::Error) -> Failure {
    Failure::usage(
        format!("Windows の証明書ストアを使えません: {error}"),
        format!("could not use the certificate store of Windows: {error}"),
    )
}

/// The words for what is in it now.
pub(crate) fn installed(context: &Context) -> String {
    context
        .say("Windows の証明書ストアにインストールしました", "installed in the certificate store of Windows")
}

/// The certificates of the common CA, the one that ends first at the front.
pub(crate) fn of_common_ca(store: &impl UserStore) -> Result<Vec<Installed>, Failure> {
    let mut found = store.certificates().map_err(failed)?;
    found.retain(|installed| installed.certificate.is_from_common_ca());
    found.sort_by_key(|installed| installed.certificate.not_after());
    Ok(found)
}

/// The one with this serial number; without one, of those that are valid and have their key the one that ends last.
pub(crate) fn chosen(
    store: &impl UserStore,
    serial: Option<&str>,
    clock: &Clock,
) -> Result<Installed, Failure> {
    let mut found = of_common_ca(store)?;
    match serial {
        Some(serial) => {
            found.retain(|installed| installed.certificate.serial().eq_ignore_ascii_case(serial));
            found.pop().ok_or_else(|| UsageError::NoEntry(serial.to_owned()).into())
        }
        None => {
            found.retain(|installed| {
                installed.has_key && installed.certificate.validity(clock) == Validity::Valid
            });
            found.pop().ok_or_else(|| UsageError::NothingValid.into())
        }
    }
}

/// A certificate of it, to authenticate with, and what becomes of the key of the next one. A key that may leave is taken out;
/// one that may not signs where it is.
pub(crate) fn credential(context: &Context, serial: Option<&str>) -> Result<(Credential, Keys), Failure> {
    let store = user_store()?;
    let Installed { certificate, .. } = chosen(&store, serial, &context.clock)?;
    let password = Password::new(TRANSFER);
    let pfx = store.export(&certificate, &password).ok();
    // A file without the key says that it doesn't leave as well.
    if let Some(identity) = pfx.and_then(|pfx| Identity::from_pfx(&pfx, &password).ok()) {
        return Ok((identity.into(), Keys::Exportable));
    }
    let key = store.key(&certificate).map_err(|error| cannot_sign(&error))?;
    Ok((Credential::Kept { certificate, key }, Keys::Kept))
}

/// Of a file that is never on a disk.
const TRANSFER: &str = "transfer";

fn cannot_sign(error: &io::Error) -> Failure {
    Failure::usage(
        format!(
            "Windows の証明書ストアにある鍵で署名できません: {error}。ブラウザーで更新申請画面(/p/ru)を開いて更新してください"
        ),
        format!(
            "the key in the certificate store of Windows can't sign: {error}; renew in a browser instead, at the page /p/ru"
        ),
    )
}

/// Where there is no such store.
#[cfg(not(windows))]
enum Nowhere {}

#[cfg(not(windows))]
impl UserStore for Nowhere {
    fn certificates(&self) -> io::Result<Vec<Installed>> {
        match *self {}
    }

    fn import(&self, _: &Identity, _: Keys) -> io::Result<()> {
        match *self {}
    }

    fn trust(&self, _: &Certificate) -> io::Result<()> {
        match *self {}
    }

    fn remove(&self, _: &Certificate) -> io::Result<()> {
        match *self {}
    }

    fn export(&self, _: &Certificate, _: &Password) -> io::Result<Vec<u8>> {
        match *self {}
    }

    fn key(&self, _: &Certificate) -> io::Result<Arc<dyn SigningKey>> {
        match *self {}
    }
}
