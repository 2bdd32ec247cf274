//! `/p/s`: the installer of the MPKI client (manual 1.5, 5.4).

use crate::client::Client;
use crate::error::Error;
use crate::site::browser::Answer;
use crate::terms::breach::Breach;
use crate::tries::Tries;

/// The first bytes of a compound file ([MS-CFB] 2.2), which a package of the Windows installer is.
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

impl Client {
    /// Fetches the installer that the site offers, of 16 MiB at most. Whoever keeps the one that was installed sees by
    /// its bytes whether the site has another by now: the site says no version.
    pub async fn installer(&self) -> Result<Vec<u8>, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.installer_once().await {
                Ok(installer) => return Ok(installer),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    async fn installer_once(&self) -> Result<Vec<u8>, Error> {
        match self.visit().open("/p/s").await? {
            Answer::File(bytes) if bytes.starts_with(&COMPOUND_FILE) => Ok(bytes),
            Answer::File(_) => Err(Breach::NotAnInstaller.into()),
            Answer::Page(page) => Err(page.instead_of("インストーラー").into()),
        }
    }
}
