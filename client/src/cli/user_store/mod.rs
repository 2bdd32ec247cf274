//! The certificates that Windows keeps for the person who is signed in (certmgr.msc): 個人, which browsers and the MPKI
//! client look into (manual 1.2 to 1.4, chapter 4), and 信頼されたルート証明機関 (manual 5.3.2).

#[cfg(windows)]
mod windows;

use std::io;

use super::context::Context;
use super::failure::Failure;
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

/// A certificate of it with its key.
pub(crate) fn identity(context: &Context, serial: Option<&str>) -> Result<Identity, Failure> {
    let store = user_store()?;
    let Installed { certificate, .. } = chosen(&store, serial, &context.clock)?;
    let password = Password::new(TRANSFER);
    let pfx = store.export(&certificate, &password).map_err(|error| cannot_leave(&error))?;
    let identity = Identity::from_pfx(&pfx, &password).map_err(|error| cannot_leave(&error))?;
    Ok(identity)
}

/// Of a file that is never on a disk.
const TRANSFER: &str = "transfer";

fn cannot_leave(error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(
        format!("Windows が鍵を渡しません(エクスポートできない鍵は、ブラウザーで更新してください): {error}"),
        format!(
            "Windows doesn't hand out the key (renew in a browser if it was installed as not exportable): {error}"
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
}
