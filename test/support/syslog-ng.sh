#!/bin/sh
# Unpacks Debian's syslog-ng beside the machine's own rsyslog, which it cannot be installed with. Its libraries are installed.
# As root, after apt-get update.
set -eu
cd "$(dirname "$0")/../.."
target=${KEYFUSE_TEST_CACHE:-.cache}/syslog-ng
[ -x "$target/usr/sbin/syslog-ng" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
libraries=
for library in $(apt-cache depends --important syslog-ng-core syslog-ng-mod-http | sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p' | sort -u); do
  dpkg -s "$library" >/dev/null 2>&1 || libraries="$libraries $library"
done
if [ -n "$libraries" ]; then
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $libraries >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
fi
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download syslog-ng-core syslog-ng-mod-http)
for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/root" "$target"
