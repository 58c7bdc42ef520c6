#!/bin/sh
# run.sh [--no-install] [CTEST OPTION…]: installs what is missing, builds with assertions, runs every test.
set -eu
cd "$(dirname "$0")/.."
no_install=
if [ "${1-}" = --no-install ]; then
  no_install=--no-install
  shift
fi

. scripts/packages.sh
# shellcheck disable=SC2086 # lists of names
sh scripts/install-packages.sh $no_install "to build labwatch and run its tests" $build_packages $test_packages

build=build/tests
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DLABWATCH_WERROR=ON
cmake --build "$build"
exec ctest --test-dir "$build" --output-on-failure --parallel "$(nproc)" "$@"
