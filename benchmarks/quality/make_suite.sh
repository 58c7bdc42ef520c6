#!/bin/sh
# make_suite.sh: builds the problems and run_ours for the peers, in build/quality/cmake, and their data.
set -eu
cd "$(dirname "$0")/../.."
cmake -S . -B build/quality/cmake -G Ninja -DCMAKE_BUILD_TYPE=Release -DLABWATCH_BUILD_TESTS=OFF \
  -DLABWATCH_BUILD_FUZZERS=OFF -DLABWATCH_BUILD_BENCHMARKS=ON >/dev/null
nice cmake --build build/quality/cmake --target quality_problems run_ours >/dev/null
sh benchmarks/quality/make_data.sh
