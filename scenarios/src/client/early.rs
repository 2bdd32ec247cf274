//! Whether a file appears before it is whole: the site withholds the rest of it until this has looked, so that whatever lies
//! there is not whole, however fast or slow anybody is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use obn_ca::world::World;
use serde_json::json;
use tokio::task::JoinHandle;

use super::log;
use crate::control::Control;
use crate::error::Error;

/// How long a client has to show that it writes as it receives.
const LOOKS: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// Looks while a command runs. Dropped, it looks no longer.
pub(super) struct Early(JoinHandle<Option<u64>>);

impl Early {
    /// Withholds the rest of the file of this outcome, and looks for it under this path as soon as it is on its way.
    pub(super) async fn look(
        world: &Arc<World>,
        control: &Control,
        outcome: &str,
        path: PathBuf,
    ) -> Result<Self, Error> {
        let fault =
            json!({ "name": "withheld", "effect": { "kind": "withhold" }, "match": { "outcome": outcome } });
        let id = control.set_fault(&fault).await?;
        let (world, outcome) = (Arc::clone(world), outcome.to_owned());
        Ok(Self(tokio::spawn(async move {
            let mut journal = world.journal.watch();
            let is_on_its_way = || world.journal.after(0).iter().any(|entry| log::fits(entry, &outcome));
            while !is_on_its_way() {
                journal.changed().await.ok()?;
            }
            let mut seen = None;
            for _ in 0..LOOKS {
                if let Ok(metadata) = path.symlink_metadata() {
                    seen = Some(metadata.len());
                    break;
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            // From here on the rest may come.
            world.faults.remove(id);
            seen
        })))
    }

    /// How many bytes were there too early; nothing if it was not there, or never on its way.
    pub(super) async fn seen(mut self) -> Option<u64> {
        // A command that has ended has all that it waited for, or never asked.
        if !self.0.is_finished() {
            self.0.abort();
        }
        (&mut self.0).await.ok().flatten()
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        self.0.abort();
    }
}
