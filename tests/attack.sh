#!/usr/bin/env bash
# Attacks the simulator as a stranger could, in large numbers, and measures what its users get meanwhile.
#   tests/attack.sh [NAME...]      all attacks, or those of these names
# OBN_CA=PROGRAM takes that program; otherwise the release build is made. OBN_ATTACK_SECONDS is how long each attack lasts.
# Needs python3. Prints a line for each attack and fails if users wait longer than 1 s or memory passes 200 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${OBN_CA:-}" ]; then
  cargo build --release --quiet
  OBN_CA=target/release/obn-ca
fi
# The attacker needs more files than shells usually have.
ulimit -n "$(ulimit -Hn)"
exec python3 tests/attack.py "$OBN_CA" "$@"
