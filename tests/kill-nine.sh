#!/usr/bin/env bash
# Ends obn-ca and obn by kill -9 at random moments of issuing, downloading, renewing and collecting, and looks after each
# kill whether all is there that was acknowledged. Prints how far it is, and exits with 0 if nothing was lost.
#
#   tests/kill-nine.sh [--servers N] [--clients N] [--seed N]     usual: 1000, 300, 1
set -euo pipefail
cd "$(dirname "$0")/.."
export OBN_KILL_NINE_SERVERS=1000 OBN_KILL_NINE_CLIENTS=300 OBN_KILL_NINE_SEED=1
while [ $# -gt 0 ]; do
  case "$1" in
    --servers) OBN_KILL_NINE_SERVERS=$2 ;;
    --clients) OBN_KILL_NINE_CLIENTS=$2 ;;
    --seed) OBN_KILL_NINE_SEED=$2 ;;
    *) echo "usage: tests/kill-nine.sh [--servers N] [--clients N] [--seed N]" >&2; exit 2 ;;
  esac
  shift 2
done
cargo test --workspace --test it durability::kill_nine -- --ignored --nocapture --test-threads 1
