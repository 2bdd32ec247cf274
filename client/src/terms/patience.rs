//! How long the client waits and how often it tries, before it gives up.

use std::time::Duration;

use crate::error::Error;
use crate::terms::breach::Breach;

/// How patient a [`Client`](crate::Client) is. Nothing that the CA has refused is ever tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long making a connection may take.
    pub connect: Duration,
    /// How long one answer may take.
    pub answer: Duration,
    /// How often a file is fetched if it arrives broken, at least once.
    pub downloads: u32,
    /// How often a walk through the pages is begun if the session is lost on the way, at least once.
    pub sessions: u32,
    /// How long to wait before one of those is tried again.
    pub pause: Duration,
    /// How long to wait before the status of a renewal is looked at again.
    pub poll_interval: Duration,
    /// How often the status is looked at before [`Breach::NotIssuedInTime`](crate::Breach::NotIssuedInTime).
    pub polls: u32,
    /// How often the list of 更新後証明書の取得 is looked at for an application that was cut off so early that nobody
    /// knows whether it reached the CA. Only then is it made again.
    pub searches: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            downloads: 3,
            sessions: 3,
            pause: Duration::from_secs(1),
            poll_interval: Duration::from_secs(2),
            polls: 300,
            searches: 30,
        }
    }
}

impl Patience {
    /// Waits between two looks at a status.
    pub(crate) async fn poll(&self) {
        tokio::time::sleep(self.poll_interval).await;
    }
}

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
