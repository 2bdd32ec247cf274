#!/usr/bin/env bash
# Throws changed bytes at all that reads strangers' bytes: run.sh [SECONDS [TARGET...]]; otherwise each target for a minute.
# It wants cargo-fuzz, a nightly compiler and g++. What falls is in artifacts/TARGET; `cargo fuzz tmin` makes it smaller.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -eq 0 ] || shift
# What judges the workspace's own code belongs to another compiler.
unset RUSTC_WORKSPACE_WRAPPER
# The versions of everything else.
cp ../../Cargo.lock .
fuzz() { cargo +nightly fuzz "$1" --fuzz-dir "$PWD" "${@:2}"; }

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(fuzz list)
fuzz build
for target in "${targets[@]}"; do
  # A PFX file may ask for ten million rounds, which take a minute with all that is checked here.
  case $target in *_pfx) timeout=150 ;; *) timeout=10 ;; esac
  mkdir -p "corpus/$target"
  printf '\n== %s\n' "$target"
  OBN_FUZZ_SEEDS="$PWD/corpus/$target" fuzz run "$target" -- \
    -max_total_time="$seconds" -timeout="$timeout" -rss_limit_mb=1024 -print_final_stats=1
done
