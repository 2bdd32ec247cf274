//! Handles that are closed when they are dropped.

use std::io;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE};

/// A handle of our own.
#[derive(Debug)]
pub(crate) struct Handle(HANDLE);

// SAFETY: the handles here (jobs, processes, threads, snapshots, tokens) belong to the process, not to a thread.
unsafe impl Send for Handle {}
// SAFETY: as above; the system itself keeps calls apart.
unsafe impl Sync for Handle {}

impl Handle {
    /// What a call answered with; its error if that is none.
    pub(crate) fn of(answer: HANDLE) -> io::Result<Self> {
        match answer.is_null() || answer == INVALID_HANDLE_VALUE {
            true => Err(io::Error::last_os_error()),
            false => Ok(Self(answer)),
        }
    }

    pub(crate) fn raw(&self) -> HANDLE {
        self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nobody else closes it.
        unsafe { CloseHandle(self.0) };
    }
}

/// The error of a call that answers with zero if it fails.
pub(crate) fn done(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
