#!/usr/bin/env bash
# Builds the program for the platforms that are named, each once, and packs what came of it.
#
#   packaging/build.sh OUT [x86_64-linux] [aarch64-linux] [x86_64-windows]
#
# Needs rustup's cargo and python3, and for x86_64-linux musl-tools, for x86_64-windows mingw-w64 and nasm, for
# aarch64-linux cargo-zigbuild with zig.
set -euo pipefail
out=$(realpath -m "$1")
shift
cd "$(dirname "$0")/.."
[ "$#" -gt 0 ] || set -- "$(uname -m)-linux"
# Where it was built is nobody's business, and makes no difference to the bytes.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
remap="--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$PWD=/obn-ca"
programs=()
for target; do
  build=(build --release --locked --package obn-image)
  case $target in
    "$(uname -m)-linux")
      docker/programs.sh "$out/build/$target"
      programs+=("$target=$out/build/$target/obn-ca")
      continue
      ;;
    aarch64-linux) rust=aarch64-unknown-linux-musl build=(zigbuild "${build[@]:1}") suffix='' ;;
    x86_64-windows) rust=x86_64-pc-windows-gnu suffix=.exe ;;
    *)
      echo "$target: no such platform" >&2
      exit 2
      ;;
  esac
  rustup target list --installed | grep -qx "$rust" || rustup target add "$rust"
  RUSTFLAGS=$remap CARGO_PROFILE_RELEASE_STRIP=symbols cargo "${build[@]}" --target "$rust"
  mkdir -p "$out/build/$target"
  cp "${CARGO_TARGET_DIR:-target}/$rust/release/obn-image$suffix" "$out/build/$target/obn-ca$suffix"
  programs+=("$target=$out/build/$target/obn-ca$suffix")
done
packaging/pack.py "$out" "${programs[@]}"
