#!/usr/bin/env bash
# Writes startup.order again: the functions that a start of the released obn-ca and its first answers
# run, by valgrind's callgrind. Needs valgrind, nm and curl. Run it when `cargo bench … -- memory` shows
# that the idle figure has grown.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
program=${CARGO_TARGET_DIR:-target}/release/obn-ca
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/ready"

# Appends the functions of one run: of the start alone, or with the first answers of portal and control.
run() {
  valgrind --tool=callgrind --demangle=no --callgrind-out-file="$work/profile" --log-file="$work/log" \
    "$program" --listen 127.0.0.1:0 --control 127.0.0.1:0 --key-pool 1 >"$work/ready" 2>/dev/null &
  read -r ready <"$work/ready"
  url() { grep -o "\"$1\":\"[^\"]*" <<<"$ready" | cut -d'"' -f4; }
  if [ "$1" = answers ]; then
    curl -sk -o /dev/null "$(url portal)/p/rcd"
    # Waits until the client CA is there.
    curl -s -o /dev/null --retry 60 "$(url control)/readyz"
  fi
  kill -INT $!
  wait $! || true
  grep -oE '^c?fn=\([0-9]+\) .*' "$work/profile" | sed -E "s/^c?fn=\([0-9]+\) //; s/'[0-9]+\$//" | sort -u >"$work/run"
  nm --defined-only "$program" | awk '$2 ~ /[tT]/ {print $3}' | sort -u >"$work/defined"
  comm -12 "$work/run" "$work/defined" >>"$work/$1"
}

# Names end in a hash of the features that each crate is built with, and the benchmark's own dependencies
# add some: so once as a user builds it and once as the benchmark does.
for build in 'build --release --bin obn-ca' 'bench --no-run --bench simulator'; do
  # shellcheck disable=SC2086 # the words of a cargo command
  cargo $build --package obn-ca
  run start
  run answers
done
# The start first, so that who only starts it has nothing else beside it.
sort -u "$work/start" >"$work/first"
sort -u "$work/answers" | comm -13 "$work/first" - | cat "$work/first" - >server/link/startup.order
wc -l server/link/startup.order
