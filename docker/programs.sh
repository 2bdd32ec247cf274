#!/usr/bin/env bash
# Builds the static program for the image into the folder OUT: one file with three names. Needs rustup's
# cargo and Debian's musl-tools; the Dockerfile and CI both call it.
#
#   docker/programs.sh OUT
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
target=$(uname -m)-unknown-linux-musl
rustup target list --installed | grep -qx "$target" || rustup target add "$target"
# For a small file: not position-independent, since nothing else is in its address space; equal functions are
# one, which LLD, Rust's own linker, can do; no symbols, since the image has no debugger.
lld=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
export RUSTFLAGS="-C relocation-model=static -C link-arg=-fuse-ld=lld -C link-arg=-B$lld -C link-arg=-Wl,--icf=all"
CARGO_PROFILE_RELEASE_STRIP=symbols cargo build --release --locked --package obn-image --target "$target"
mkdir -p "$out"
install -m 0755 "${CARGO_TARGET_DIR:-target}/$target/release/obn-image" "$out/obn-ca"
ln -sf obn-ca "$out/obn"
ln -sf obn-ca "$out/obn-conformance"
