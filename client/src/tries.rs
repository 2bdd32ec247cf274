//! Beginning again, as often as the client's patience allows.

use crate::error::Error;
use crate::terms::breach::Breach;
use crate::terms::patience::Patience;

/// The tries of one walk that have been used up.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    patience: &'a Patience,
    sessions: u32,
    downloads: u32,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(patience: &'a Patience) -> Self {
        Self { patience, sessions: 0, downloads: 0 }
    }

    /// Returns if the walk may begin again after `error`, having waited a little; or gives the error back.
    pub(crate) async fn after(&mut self, error: Error) -> Result<(), Error> {
        match &error {
            Error::Protocol(Breach::SessionLost(_)) => {
                self.sessions += 1;
                if self.sessions >= self.patience.sessions {
                    return Err(Breach::SessionLost(self.sessions).into());
                }
            }
            Error::Protocol(breach) if breach.is_damaged_file() => self.count_download(error)?,
            Error::Transport(transport) if transport.is_interruption() => self.count_download(error)?,
            _ => return Err(error),
        }
        tokio::time::sleep(self.patience.pause).await;
        Ok(())
    }

    fn count_download(&mut self, error: Error) -> Result<(), Error> {
        self.downloads += 1;
        if self.downloads >= self.patience.downloads { Err(error) } else { Ok(()) }
    }
}
