//! `obn-ca`, `obn` and `obn-conformance` in one file that does what its name says, so that the image holds
//! what they share once: with the harness comes the simulator anyway.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

/// The static program's C library has one lock for all memory, and whoever holds it holds up all the others.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program(std::env::args_os().next())()
}

/// The program of this name; the simulator, if it is none of ours.
fn program(called: Option<OsString>) -> fn() -> ExitCode {
    let called = called.unwrap_or_default();
    // The stem, so that `obn.exe` is the client.
    match Path::new(&called).file_stem().and_then(OsStr::to_str) {
        Some("obn") => obn_client::cli::main,
        Some("obn-conformance") => obn_conformance::cli::main,
        _ => obn_ca::cli::main,
    }
}
