#!/usr/bin/env bash
# Builds the program for the platforms that are named, each once, and packs what came of it.
#
#   packaging/build.sh OUT [x86_64-linux] [aarch64-linux] [x86_64-windows]
#
# Needs rustup's cargo and python3; what docker/programs.sh says for Linux, and mingw-w64 and nasm for x86_64-windows.
set -euo pipefail
out=$(realpath -m "$1")
shift
cd "$(dirname "$0")/.."
[ "$#" -gt 0 ] || set -- "$(uname -m)-linux"
programs=()
for target; do
  case $target in
    x86_64-linux) folder=amd64 program=obn-ca ;;
    aarch64-linux) folder=arm64 program=obn-ca ;;
    x86_64-windows) folder=windows program=obn-ca.exe ;;
    *)
      echo "$target: no such platform" >&2
      exit 2
      ;;
  esac
  if [ "$folder" != windows ]; then
    docker/programs.sh "$out/build" "$folder"
  else
    rust=x86_64-pc-windows-gnu
    rustup target list --installed | grep -qx "$rust" || rustup target add "$rust"
    # Where it was built is nobody's business, and makes no difference to the bytes.
    RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/obn-ca" \
      CARGO_PROFILE_RELEASE_STRIP=symbols cargo build --release --locked --package obn-image --target "$rust"
    mkdir -p "$out/build/$folder"
    cp "${CARGO_TARGET_DIR:-target}/$rust/release/obn-image.exe" "$out/build/$folder/$program"
  fi
  programs+=("$target=$out/build/$folder/$program")
done
packaging/pack.py "$out" "${programs[@]}"
