#!/usr/bin/env bash
# Builds the static program for Linux, one file with three names, into the folder OUT/amd64 or OUT/arm64, as Docker calls
# them. The Dockerfile, packaging/build.sh and CI all call it.
#
#   docker/programs.sh OUT [amd64|arm64]
#
# Needs rustup's cargo, and for this machine's own kind Debian's musl-tools. For the other kind it needs python3 with pip,
# which gets the C compiler, zig, into target/zig unless cargo-zigbuild is there.
set -euo pipefail
out=$(realpath -m "$1")
case ${2:-$(uname -m)} in
  amd64 | x86_64) kind=x86_64 folder=$out/amd64 ;;
  arm64 | aarch64) kind=aarch64 folder=$out/arm64 ;;
  *)
    echo "$2: it is amd64 or arm64" >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/.."
target=$kind-unknown-linux-musl
rustup target list --installed | grep -qx "$target" || rustup target add "$target"
# For a small file: not position-independent, since nothing else is in its address space; equal functions are
# one, which LLD, Rust's own linker, can do; no symbols, since the image has no debugger.
# Where it was built is nobody's business, and makes no difference to the bytes.
built=${CARGO_TARGET_DIR:-$PWD/target}
flags="-C relocation-model=static --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/obn-ca"
case $built in
  "$PWD"/* | [!/]*) ;;
  *) flags+=" --remap-path-prefix=$built=/obn-ca/target" ;;
esac
build=build
if [ "$kind" = "$(uname -m)" ]; then
  lld=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
  flags+=" -C link-arg=-fuse-ld=lld -C link-arg=-B$lld -C link-arg=-Wl,--icf=all"
else
  build=zigbuild
  # These versions, since another compiler makes other bytes.
  if ! command -v cargo-zigbuild >/dev/null; then
    [ -x target/zig/bin/cargo-zigbuild ] ||
      python3 -m pip install --quiet --target target/zig cargo-zigbuild==0.24.1 ziglang==0.17.1
    export PATH="$PATH:$PWD/target/zig/bin" PYTHONPATH="$PWD/target/zig${PYTHONPATH:+:$PYTHONPATH}"
  fi
fi
RUSTFLAGS=$flags CARGO_PROFILE_RELEASE_STRIP=symbols cargo "$build" --release --locked --package obn-image --target "$target"
mkdir -p "$folder"
install -m 0755 "$built/$target/release/obn-image" "$folder/obn-ca"
ln -sf obn-ca "$folder/obn"
ln -sf obn-ca "$folder/obn-conformance"
