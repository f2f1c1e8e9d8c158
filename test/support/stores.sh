#!/bin/sh
# Brings the secret stores that the tests speak of: builds HashiCorp Vault (vault/main.go; needs Go, see go.sh) and installs moto, which
# is AWS Secrets Manager to its client, from PyPI (with pip; where that is not, as root on Debian). Vault takes some minutes at first.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "${KEYFUSE_TEST_CACHE:-.cache}"
cache=$(cd "${KEYFUSE_TEST_CACHE:-.cache}" && pwd)
cd test/support/vault
if ! [ -d "$cache/moto-5.2.1" ]; then
  python3 -m pip --version >/dev/null 2>&1 ||
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-pip >/dev/null; }
  rm -rf "$cache/moto.new"
  python3 -m pip install -qqq --root-user-action=ignore --target "$cache/moto.new" moto==5.2.1 flask==3.1.3 flask-cors==6.0.5
  mv "$cache/moto.new" "$cache/moto-5.2.1"
fi
[ "$cache/vault" -nt main.go ] && [ "$cache/vault" -nt go.sum ] && exit 0
. ../go.sh
go build -tags minimal -trimpath -buildvcs=false -ldflags='-s -w' -o "$cache/vault.new" . 2>"$cache/vault.log" || { cat "$cache/vault.log"; exit 1; }
mv "$cache/vault.new" "$cache/vault"
