//! How a run goes along: so many plays at a time, and until somebody stops it.

use tokio::sync::watch;

use super::along::Along;

/// So many plays at a time, and until this says stop. A number alone goes on to the end.
#[derive(Clone, Debug)]
pub struct Pace {
    pub(crate) jobs: usize,
    pub(crate) stop: Stop,
    /// Who reads transcripts as they come.
    pub(crate) along: Along,
}

/// Ends a run early. All clones are one.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Pace {
    /// So many plays at a time, and until this says stop.
    pub fn new(jobs: usize, stop: Stop) -> Self {
        Self { jobs, stop, along: Along::default() }
    }

    /// The same, and somebody reads along.
    #[must_use]
    pub fn read_by(self, along: Along) -> Self {
        Self { along, ..self }
    }
}

impl From<usize> for Pace {
    fn from(jobs: usize) -> Self {
        Self::new(jobs, Stop::default())
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// No play begins any more, and those under way are cut short.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether that was said.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said.
    pub(crate) async fn asked(&self) {
        // An error would mean that no sender is left, and this is one.
        let _ = self.0.subscribe().wait_for(|stop| *stop).await;
    }
}
