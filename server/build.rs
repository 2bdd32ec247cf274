//! Lays out the released program: what a start runs stands together in the file.
//!
//! The kernel maps a program's pages sixteen at a time around each one that is touched. A start touches
//! 1.4 of the 6.3 MiB of code, but scattered as the linker leaves them these drag in nearly all the rest.
//! `link/startup.order` names them, and the linker puts them side by side: two fifths less resident
//! memory. `link/remake.sh` writes that list again; names that no longer exist are passed over, so a list
//! that has aged costs memory, never a build.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link/startup.order");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    if links_with_lld() && var("PROFILE").is_ok_and(|profile| profile == "release") {
        let folder = var("CARGO_MANIFEST_DIR").expect("cargo sets it");
        for argument in
            [&format!("--symbol-ordering-file={folder}/link/startup.order"), "--no-warn-symbol-ordering"]
        {
            println!("cargo::rustc-link-arg-bin=obn-ca=-Wl,{argument}");
        }
        // At a fixed address: the start then has no 17,000 pointers to correct, on pages of its own.
        println!("cargo::rustc-link-arg-bin=obn-ca=-no-pie");
    }
}

/// Only LLD knows the option. It is this target's own linker, unless somebody has chosen another.
fn links_with_lld() -> bool {
    let chosen = var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| {
        ["linker", "fuse-ld", "link-self-contained"].iter().any(|word| flags.contains(word))
    }) || var("RUSTC_LINKER").is_ok();
    var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu") && !chosen
}
