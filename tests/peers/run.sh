#!/bin/sh
# run.sh [CTEST OPTION…]: makes the environments of Sacred, Incense and Omniboard, which needs the package registries
# the first time, and compares labwatch with them. Fails if an environment cannot be made.
set -eu
cd "$(dirname "$0")/../.."
. scripts/packages.sh
# shellcheck disable=SC2086 # lists of names
sh scripts/install-packages.sh "to compare labwatch with its peers" $build_packages $test_packages
build=build/peers
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DLABWATCH_WERROR=ON -DLABWATCH_TEST_PEERS=ON
cmake --build "$build" --target labwatch_command lw_module_mongodb lw_module_sqlite
exec ctest --test-dir "$build" --output-on-failure --label-regex peers "$@"
