//! Who does what the terminal says: a person, or what stands for one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, MutexGuard, mpsc};

/// Lines that are typed, and a way to tell what to do.
#[derive(Clone)]
pub struct Guide {
    typed: Arc<Mutex<mpsc::Receiver<String>>>,
    tell: Arc<dyn Fn(&str) + Send + Sync>,
    quit: Arc<AtomicBool>,
}

impl Guide {
    /// A person at a terminal, or what stands for one.
    pub fn new(typed: mpsc::Receiver<String>, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { typed: Arc::new(Mutex::new(typed)), tell: Arc::new(tell), quit: Arc::default() }
    }

    /// Whether nobody is there any more.
    pub(super) fn has_quit(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    pub(super) fn say(&self, text: &str) {
        (self.tell)(text);
    }

    /// What is typed, for as long as one action takes.
    pub(super) async fn typed(&self) -> MutexGuard<'_, mpsc::Receiver<String>> {
        self.typed.lock().await
    }

    /// Nobody is there any more.
    pub(super) fn quits(&self) {
        self.quit.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guide")
    }
}
