//! What `schannel` leaves out about certificate stores.

use std::io;

use schannel::RawPointer;
use schannel::cert_store::CertStore;
use windows_sys::Win32::Security::Cryptography::{
    CERT_STORE_CTRL_COMMIT, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CertControlStore,
};

use crate::handle::done;

/// Makes what was added and removed last: a store may keep it to itself until it is told to write it.
///
/// # Errors
/// What the system says.
pub fn commit(store: &CertStore) -> io::Result<()> {
    // SAFETY: a pointer of a store that is borrowed for the call.
    let raw = unsafe { store.as_ptr() };
    // SAFETY: the store is open, and a commit takes no parameter.
    done(unsafe {
        CertControlStore(
            raw.cast(),
            CERT_STORE_CTRL_COMMIT_FORCE_FLAG,
            CERT_STORE_CTRL_COMMIT,
            std::ptr::null(),
        )
    })
}
