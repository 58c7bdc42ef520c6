#!/bin/sh
# tune.sh [--no-install]: builds labwatch and tunes a support vector machine on real data.
#
# Installs what is missing (Debian or Ubuntu; --no-install only says what that is), and runs again as often as you like: the
# experiment goes on where it was. Its runs are in examples/heart-svm/labwatch.db.
set -eu
cd "$(dirname "$0")/../.."
no_install=${1-}
case $no_install in
'' | --no-install) ;;
*)
  echo "usage: sh examples/heart-svm/tune.sh [--no-install]" >&2
  exit 2
  ;;
esac

. scripts/packages.sh
# shellcheck disable=SC2086 # lists of names
sh scripts/install-packages.sh $no_install "to build labwatch" $build_packages
# shellcheck disable=SC2086
sh scripts/install-packages.sh $no_install "for this example (svm-train)" libsvm-tools

if [ ! -e build/release/bin/labwatch ] || [ -n "${LABWATCH_REBUILD-}" ]; then
  echo "Building labwatch …" >&2
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ cmake --preset release && cmake --build --preset release; } >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
PATH=$PWD/build/release/bin:$PATH

cd examples/heart-svm
if [ ! -s heart_scale ]; then
  # The data comes with liblinear-tools, among the documents that minimal systems leave out: take it from the package itself.
  echo "Fetching the data from the package liblinear-tools …" >&2
  unpacked=$(mktemp -d)
  trap 'rm -rf "$log" "$unpacked"' EXIT
  (cd "$unpacked" && apt-get download -qq liblinear-tools 2>/dev/null && dpkg-deb -x liblinear-tools_*.deb .) || {
    echo "The package liblinear-tools could not be downloaded; run apt-get update and try again." >&2
    exit 1
  }
  data=$(find "$unpacked/usr/share/doc" -name 'heart_scale*' | head -n 1)
  case $data in
  *.gz) gzip -dc "$data" >heart_scale.part ;;
  *) cp "$data" heart_scale.part ;;
  esac
  mv heart_scale.part heart_scale
fi

# The default configuration first, once, to see later what tuning gained.
if ! labwatch ls heart-svm >/dev/null 2>&1; then
  labwatch enqueue heart-svm.yaml --default >/dev/null
fi
labwatch run heart-svm.yaml -j 2
labwatch best heart-svm.yaml -n 5
