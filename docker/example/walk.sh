#!/bin/sh
# A certificate's life from a container that knows nothing but the real URLs: issued, downloaded, renewed,
# revoked. What a person or the registration authority would do goes through the simulator's control API.
set -eu
api=http://simulator:8444/api/v1
site=https://cert.obn.managedpki.ne.jp
cd "$(mktemp -d)"
export OBN_URL="$site" OBN_ROOT=root.pem OBN_STORE=certificates OBN_PASSWORD=1234
call() { curl -sS --fail-with-body -H 'Content-Type: application/json' "$@"; }

call "$api/root.pem" -o root.pem
OBN_NOW=$(call "$api/clock" | jq -r .now) && export OBN_NOW

echo '== /p/cert'
obn root --out site.cer

echo '== /p/rcd'
call "$api/notices" -d '{"institution_code":"0110119153","terminal_name":"受付1号機"}' >notice.json
obn download --request-id "$(jq -r .request_id notice.json)" --reference-id "$(jq -r .reference_id notice.json)"

echo '== /p/ru, 1128 days later'
OBN_NOW=$(call "$api/clock/advance" -d '{"by":"1128d"}' | jq -r .now)
obn renew
obn list

echo '== /p/rx'
renewed=$(obn list --json | jq -r '[.. | .request_id? // empty] | last')
obn revoke --yes --request-id "$renewed" --email clinic@example.jp
call "$api/revocations/$renewed/approve" -d '{}' >/dev/null

echo '== the revocation list'
call "$(call "$api/profile" | jq -r .crl.url)" -o list.crl
openssl crl -in list.crl -inform DER -noout -text | grep -A99 'Revoked Certificates'
echo 'The whole way is done.'
