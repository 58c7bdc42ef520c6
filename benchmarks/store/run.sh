#!/bin/sh
# run.sh [RUNS]: measures what benchmarks/store/README.md tabulates, on the server that LABWATCH_TEST_MONGO_URI names, otherwise on the
# one of tests/mongo-server, which is started for it. RUNS: of the cold suggestion (100000).
set -eu
cd "$(dirname "$0")/../.."
many=${1:-100000}
cmake -S . -B build/benchmarks -G Ninja -DCMAKE_BUILD_TYPE=Release -DLABWATCH_BUILD_TESTS=OFF -DLABWATCH_BUILD_FUZZERS=OFF \
  -DLABWATCH_BUILD_BENCHMARKS=ON >/dev/null
cmake --build build/benchmarks >/dev/null
bench=build/benchmarks/benchmarks/store/bench_store
measure=build/benchmarks/benchmarks/measure
labwatch=build/benchmarks/bin/labwatch
work=$(mktemp -d /tmp/labwatch-bench.XXXXXX)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"

if [ -z "${LABWATCH_TEST_MONGO_URI-}" ]; then
  sh tests/mongo-server/build.sh build/mongo-server/server
  java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx3g -cp "build/mongo-server/server/classes:build/mongo-server/server/lib/*" \
    Server 0 memory >"$work/log" 2>&1 &
  server=$!
  until grep -q "^ready" "$work/log"; do sleep 0.1; done
  LABWATCH_TEST_MONGO_URI=mongodb://127.0.0.1:$(sed -n 's/^ready //p' "$work/log")
  LABWATCH_BENCH_SERVER=$server
  export LABWATCH_TEST_MONGO_URI LABWATCH_BENCH_SERVER
fi
address=${LABWATCH_TEST_MONGO_URI%%\?*}
address=${address%/}
database=labwatch_bench_$$

echo "# operation | round trips | documents returned | bytes returned"
"$bench" $database trips
echo "# what | workers | a second | attempts for each | ms of CPU for each | ms of the server's CPU for each"
for workers in 1 8 32; do "$bench" $database reserve $workers 640; done
for workers in 1 8; do "$bench" $database pairs $workers 640; done
echo "# a model"
"$bench" $database fits 32 96
echo "# many runs"
"$bench" $database fill 1000
"$bench" $database catch-up 1000
"$bench" $database drop
"$bench" $database experiment >"$work/cold.yaml"
"$bench" $database fill "$many"
"$bench" $database read
for i in first later later; do
  echo "cold suggestion on $many runs, $i: $("$measure" 1 "$labwatch" suggest "$work/cold.yaml" \
    --store "$address/$database?socketTimeoutMS=300000")"
done
du -h "$work"/cache/labwatch/mongodb/*.rows | sed 's/\t.*//; s/^/its file: /'
"$bench" $database drop
echo "# peers | workers | trials | a second | duplicates | lost | ms of CPU"
sh benchmarks/store/peers.sh 8 800
