//! Beginning again, as often as the client's patience allows.

use std::time::Duration;

use crate::error::Error;
use crate::terms::breach::Breach;
use crate::terms::patience::Patience;

/// What a site may ask for at most, before it is looked at again.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The looks at something that changes in its own time.
#[derive(Debug)]
pub(crate) struct Looks<'a> {
    patience: &'a Patience,
    left: u32,
}

impl<'a> Looks<'a> {
    /// So many, each after a wait.
    pub(crate) fn new(patience: &'a Patience, most: u32) -> Self {
        Self { patience, left: most }
    }

    /// Waits for the next one, as long as the site asks for within bounds. `false` if there is none left. A wait that is
    /// longer than usual takes the place of as many looks, so that all of them take no longer.
    pub(crate) async fn wait(&mut self, asked: Option<Duration>) -> bool {
        if self.left == 0 {
            return false;
        }
        let usual = self.patience.poll_interval;
        let wait = asked.unwrap_or_default().min(LONGEST_WAIT).max(usual);
        let looks = wait.as_secs_f64() / usual.max(Duration::from_millis(100)).as_secs_f64();
        self.left = self.left.saturating_sub((looks.ceil() as u32).max(1));
        tokio::time::sleep(wait).await;
        true
    }
}

/// The tries of one walk that have been used up.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    patience: &'a Patience,
    sessions: u32,
    downloads: u32,
    /// What was wrong with a file that came.
    damage: Option<Error>,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(patience: &'a Patience) -> Self {
        Self { patience, sessions: 0, downloads: 0, damage: None }
    }

    /// Returns if the walk may begin again after `error`, having waited a little; or gives the error back. That a CA has
    /// no second file is no error of its own: what was wrong with the first one is.
    pub(crate) async fn after(&mut self, error: Error) -> Result<(), Error> {
        match &error {
            Error::Protocol(Breach::SessionLost(_)) => {
                self.sessions += 1;
                if self.sessions >= self.patience.sessions {
                    return Err(self.damage.take().unwrap_or(Breach::SessionLost(self.sessions).into()));
                }
            }
            Error::Protocol(breach) if breach.is_damaged_file() => {
                self.downloads += 1;
                if self.downloads >= self.patience.downloads {
                    return Err(error);
                }
                self.damage = Some(error);
            }
            Error::Transport(transport) if transport.is_interruption() => {
                self.downloads += 1;
                if self.downloads >= self.patience.downloads {
                    return Err(error);
                }
            }
            _ => return Err(self.damage.take().unwrap_or(error)),
        }
        tokio::time::sleep(self.patience.pause).await;
        Ok(())
    }
}
