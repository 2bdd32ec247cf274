#!/usr/bin/env bash
# Writes startup.order again: the functions that a start of the released obn-ca and its first answers
# run. Needs valgrind, perf, nm and curl, and ten minutes. Run it when `cargo bench … -- memory` shows that the
# idle figure has grown.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
order=server/link/startup.order
program=${CARGO_TARGET_DIR:-target}/release/obn-ca
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/ready"

# Names end in a hash of the features that each crate is built with, and the benchmark's own dependencies
# add some: so everything is done once as a user builds it and once as the benchmark does.
builds=('build --release --bin obn-ca' 'bench --no-run --bench simulator')
# shellcheck disable=SC2086 # the words of a cargo command
build() { cargo $1 --package obn-ca; }

# run TOOL start|answers [OPTION…]: the program under a tool, its start alone or with the first answers of portal and
# control.
run() {
  local until=$2
  # shellcheck disable=SC2086 # the words of a command
  $1 "$program" --listen 127.0.0.1:0 --control 127.0.0.1:0 --key-pool 1 "${@:3}" >"$work/ready" 2>/dev/null &
  read -r ready <"$work/ready"
  url() { grep -o "\"$1\":\"[^\"]*" <<<"$ready" | cut -d'"' -f4; }
  if [ "$until" = answers ]; then
    curl -sk -o /dev/null "$(url portal)/p/rcd"
    # Waits until the client CA is there.
    curl -s -o /dev/null --retry 60 "$(url control)/readyz"
  fi
  # Of perf the program is a child, of valgrind it is the process itself.
  pkill -INT -P $! || kill -INT $!
  wait $! || true
}

# Of the names read, those of functions of the program.
functions() {
  nm --defined-only "$program" | awk '$2 ~ /[tT]/ {print $3}' | sort -u >"$work/defined"
  sort -u | comm -12 - "$work/defined"
}

# The functions that one run called, by valgrind.
called() {
  run "valgrind --tool=callgrind --demangle=no --callgrind-out-file=$work/profile --log-file=$work/log" "$@"
  grep -oE '^c?fn=\([0-9]+\) .*' "$work/profile" | sed -E "s/^c?fn=\([0-9]+\) //; s/'[0-9]+\$//" | functions
}

# The functions that one run was the first to call of what lies around them in the file, by page faults. Among them
# are those for instructions that valgrind's processor doesn't have.
faulted() {
  run "perf record -q -e page-faults -c 1 -o $work/faults" "$@"
  perf script --no-demangle -F ip,sym -i "$work/faults" 2>/dev/null | awk '{print $2}' | functions
}

for build in "${builds[@]}"; do
  build "$build"
  for options in '' '--seed order'; do
    # shellcheck disable=SC2086 # none, or two words
    called start $options >>"$work/start"
    # shellcheck disable=SC2086
    called answers $options >>"$work/answers"
  done
done
# The start first, so that who only starts it has nothing else beside it.
sort -u "$work/start" >"$work/first"
sort -u "$work/answers" | comm -13 "$work/first" - | cat "$work/first" - >"$order"

# What valgrind missed, until hardly anything is, since each addition is laid out anew.
for build in "${builds[@]}"; do
  for _ in 1 2 3; do
    build "$build"
    for options in '' '--seed order'; do
      # shellcheck disable=SC2086 # none, or two words
      faulted answers $options
    done | sort -u >"$work/faulted"
    grep -vxFf "$order" "$work/faulted" >"$work/missed" || break
    cat "$work/missed" >>"$order"
  done
done
wc -l "$order"
