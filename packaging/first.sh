#!/usr/bin/env bash
# From nothing to the first .p12 by archive, by pip and by npm, on a Debian that has no Rust: tells the seconds for each.
#
#   packaging/first.sh PACKAGES DEBIAN.tar
#
# PACKAGES is what packaging/build.sh has made; DEBIAN.tar a root with curl, such as debootstrap makes (.ci/run makes
# target/debian.tar). Needs root, for the chroot; what the way by pip or npm needs is installed into it before the clock runs.
set -euo pipefail
packages=$(realpath "$1")
tar=$(realpath "$2")
root=$(mktemp -d)
cleanup() {
  mountpoint -q "$root/proc" && umount "$root/proc"
  rm -rf "$root"
}
trap cleanup EXIT
tar -C "$root" -xf "$tar"
mount -t proc proc "$root/proc"
echo '127.0.0.1 localhost' >"$root/etc/hosts"
# Where this machine has its packages from.
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
for settings in sources.list sources.list.d apt.conf.d trusted.gpg.d; do
  [ ! -e "/etc/apt/$settings" ] || cp -a "/etc/apt/$settings" "$root/etc/apt/"
done
mkdir "$root/packages"
# Those for this machine, of all that may be there.
kind=$(uname -m)
case $kind in
  aarch64) npm=arm64 ;;
  *) npm=x64 ;;
esac
cp "$packages"/obn-ca-*-"$kind"-linux.tar.gz "$packages"/obn_ca-*manylinux*_"$kind".*.whl "$packages"/obn-ca-linux-"$npm"-*.tgz \
  "$packages"/obn-ca-[0-9]*.tgz "$root/packages/"

inside() { chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
! inside sh -c 'command -v cargo rustc cc' >/dev/null || { echo 'this root has a compiler' >&2; exit 2; }

# What the README has one do once the programs are there; $1 is what stands in front of their names.
cat >"$root/walk" <<'END'
set -eu
before=$1
${before}obn-ca >ready.json 2>ready.log &
simulator=$!
trap 'kill $simulator 2>/dev/null; wait $simulator 2>/dev/null || :' EXIT
until curl -sf http://127.0.0.1:8444/readyz >/dev/null; do kill -0 $simulator; sleep 0.05; done
notice=$(curl -s http://127.0.0.1:8444/api/v1/notices)
value() { echo "$notice" | grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }
curl -s http://127.0.0.1:8444/api/v1/root.pem -o root.pem
echo 1234 | ${before}obn download --url https://localhost:8443 --root root.pem --request-id "$(value request_id)" \
  --reference-id "$(value reference_id)" --password-file - --out clinic.p12 >/dev/null
[ -s clinic.p12 ]
END

# NAME, what has to be there first, and the commands.
way() {
  local name=$1 first=$2 commands=$3 began
  inside sh -ec "$first" >/dev/null 2>&1 || { echo "$name: skipped, since it couldn't be prepared: $first"; return 0; }
  began=$(date +%s.%N)
  inside sh -ec "mkdir /$name && cd /$name && $commands" >"$root/$name.log" 2>&1 || { cat "$root/$name.log" >&2; exit 1; }
  echo "$name: $(echo "$(date +%s.%N) $began" | awk '{printf "%.1f", $1 - $2}') s"
}

# A clone of the root has no `apt` indices.
refresh='apt-get update -q && apt-get install -y -q --no-install-recommends'
way archive true 'tar -xzf /packages/obn-ca-*-linux.tar.gz --strip-components 1 && sh /walk ./'
way pip "$refresh python3-venv" 'python3 -m venv venv && venv/bin/pip install -q --no-index /packages/*.whl && sh /walk venv/bin/'
way npm "$refresh nodejs npm" 'npm install --offline --silent /packages/*.tgz && sh /walk node_modules/.bin/'
