//! The word that it is time to end, and the wait until all have.

use std::time::Duration;

use tokio::sync::watch;

/// How long answers that are under way at the end are waited for, in real time.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Tells listeners and connections that it is time to end.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A new one, with the handle that triggers it by sending `true` or by going away.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Waits until all that holds one has ended. Whoever doesn't within [`GRACE`] is cut off.
    pub async fn finished(sender: &watch::Sender<bool>) {
        let _ = tokio::time::timeout(GRACE, sender.closed()).await;
    }

    /// Waits until it is time.
    pub async fn wait(&mut self) {
        // An error means that the handle is gone, which means the same.
        let _ = self.0.wait_for(|end| *end).await;
    }
}
