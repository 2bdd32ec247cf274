#!/usr/bin/env bash
# Plays programs where nobody has tested them, such as those for another kind of processor by qemu-user: each of the three
# names tells its version, the simulator starts and shows a page, and obn goes its way from the first certificate to a
# renewed one.
#
#   packaging/play.sh FOLDER [RUNNER …]
#   packaging/play.sh dist/build/arm64 qemu-aarch64
#
# FOLDER holds the program with its three names. Needs curl. Tells how long it took until the simulator was ready.
set -euo pipefail
folder=$(realpath "$1")
shift
runner=("$@")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml" | head -n 1)
scratch=$(mktemp -d)
simulator=
cleanup() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
cd "$scratch"

program() {
  local name=$1
  shift
  "${runner[@]}" "$folder/$name" "$@"
}
fail() {
  echo "$1" >&2
  cat log >&2 2>/dev/null || true
  exit 1
}
# The first value of a key in JSON. Reads to the end, or who writes would fail.
value() { grep -o "\"$1\": *\"[^\"]*\"" | cut -d '"' -f 4 | sed -n 1p; }
ask() { curl -sSf --noproxy '*' "$@"; }

for name in obn-ca obn obn-conformance; do
  told=$(program "$name" --version)
  [ "$told" = "$name $version" ] || fail "$name says $told"
done
echo "the three names say $version"

began=$(date +%s%N)
# Not by the function: a shell between would be what is ended.
"${runner[@]}" "$folder/obn-ca" --listen 127.0.0.1:0 --control 127.0.0.1:0 >ready.json 2>log &
simulator=$!
until [ -s ready.json ]; do
  kill -0 "$simulator" 2>/dev/null || fail 'the simulator ended'
  sleep 0.01
done
echo "the simulator was ready after $((($(date +%s%N) - began) / 1000000)) ms"
portal=$(value portal <ready.json) control=$(value control <ready.json)
ask "$control/api/v1/root.pem" -o root.pem
ask --cacert root.pem "$portal/p/rcd" -o page.html
grep -q 証明書パスワード page.html || fail 'this is no page'

echo 2468 >password
obn() {
  OBN_URL=$portal OBN_ROOT=root.pem OBN_STORE=store OBN_NOW=$(ask "$control/api/v1/clock" | value now) \
    program obn --json --poll-interval 0.6 "$@"
}
first=$(obn download --request-id "$(value request_id <ready.json)" --reference-id "$(value reference_id <ready.json)" \
  --password-file password | value serial)
# Into the last 90 days.
ask -H 'Content-Type: application/json' -d '{"by":"1130d"}' "$control/api/v1/clock/advance" -o clock.json
second=$(obn renew --new-password-file password | value serial)
[ -n "$first" ] && [ -n "$second" ] && [ "$first" != "$second" ] || fail "renewed $first, got $second"
count=$(obn list | grep -o '"serial"' | wc -l)
[ "$count" -eq 2 ] || fail "the store has $count certificates"
echo 'obn has downloaded, kept and renewed a certificate'

kill -TERM "$simulator"
status=0
wait "$simulator" || status=$?
simulator=
[ "$status" -eq 0 ] || fail "the simulator ended with $status"
