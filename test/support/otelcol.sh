#!/bin/sh
# Builds the OpenTelemetry Collector with the parts that the tests speak of (otelcol/main.go). Needs Go, see go.sh.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "${KEYFUSE_TEST_CACHE:-.cache}"
cache=$(cd "${KEYFUSE_TEST_CACHE:-.cache}" && pwd)
cd test/support/otelcol
[ "$cache/otelcol" -nt main.go ] && [ "$cache/otelcol" -nt go.sum ] && exit 0
. ../go.sh
go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$cache/otelcol.new" . 2>"$cache/otelcol.log" || { cat "$cache/otelcol.log"; exit 1; }
mv "$cache/otelcol.new" "$cache/otelcol"
