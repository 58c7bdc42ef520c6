#!/bin/sh
# run.sh [RUNS…]: measures what benchmarks/README.md tabulates, on this machine, side by side with `optuna ask` in a virtual
# environment of its own (build/optuna). Prints a Markdown table. RUNS: histories of the cold suggestion (1000 100000).
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 1000 100000

cmake -S . -B build/benchmarks -G Ninja -DCMAKE_BUILD_TYPE=Release -DLABWATCH_BUILD_TESTS=OFF -DLABWATCH_BUILD_FUZZERS=OFF \
  -DLABWATCH_BUILD_BENCHMARKS=ON >/dev/null
cmake --build build/benchmarks >/dev/null
bin=$PWD/build/benchmarks/benchmarks
labwatch=$PWD/build/benchmarks/bin/labwatch
work=$(mktemp -d "${LABWATCH_BENCH_DIR:-/var/tmp}/labwatch-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
here=$PWD

cell() { # "cpu_ms MIN MEDIAN MAX rss_mb MAX" as two cells
  echo "$1" | awk '{ printf "%s (%s … %s) ms | %s MB", $3, $2, $4, $6 }'
}
experiment() { # optimizer
  cat <<YAML
experiment: cold-$1
optimizer: $1
seed: 1
space:
  learning_rate: !UniformFloat [1e-5, 1, log_scale]
  momentum: !UniformFloat [0, 0.99]
  weight_decay: !UniformFloat [1e-8, 1e-2, log_scale]
  dropout: !UniformFloat [0, 0.7]
  layers: !UniformInt [1, 12]
  width: !UniformInt [16, 2048, log_scale]
YAML
}

echo "| what | CPU of the whole process, median (min … max) | memory |"
echo "| --- | --- | --- |"
for runs in "$@"; do
  for optimizer in random sobol; do
    experiment $optimizer >"$work/$optimizer.yaml"
    "$bin/fill_store" "$work/$optimizer.yaml" "sqlite:$work/$optimizer-$runs.db" "$runs"
    measured=$("$bin/measure" 40 "$labwatch" suggest "$work/$optimizer.yaml" --store "sqlite:$work/$optimizer-$runs.db")
    echo "| labwatch suggest, $optimizer, $runs finished runs | $(cell "$measured") |"
  done
done

cat >"$work/echo.yaml" <<YAML
experiment: echo
command: echo {x}
runs: 1000
optimizer: random
space:
  x: !UniformFloat [0, 1]
YAML
cd "$work"
measured=$("$bin/measure" 1 "$labwatch" run echo.yaml -j 2 --store "sqlite:$work/echo.db")
true_cpu=$("$bin/measure" 200 echo 1)
echo "| labwatch run -j 2, 1,000 runs of \`echo\` (children included) | $(cell "$measured") |"
echo "| one \`echo 1\` alone | $(cell "$true_cpu") |"

cd "$here"
if [ ! -x build/optuna/bin/optuna ]; then
  python3 -m venv build/optuna && build/optuna/bin/pip install -q "optuna==5.0.0"
fi
optuna="build/optuna/bin/optuna"
space='{"learning_rate": {"name": "FloatDistribution", "attributes": {"low": 1e-5, "high": 1.0, "log": true}},
 "momentum": {"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 0.99}},
 "weight_decay": {"name": "FloatDistribution", "attributes": {"low": 1e-8, "high": 0.01, "log": true}},
 "dropout": {"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 0.7}},
 "layers": {"name": "IntDistribution", "attributes": {"low": 1, "high": 12}},
 "width": {"name": "IntDistribution", "attributes": {"low": 16, "high": 2048, "log": true}}}'
build/optuna/bin/python benchmarks/fill_optuna.py "sqlite:///$work/optuna.db" 1000
measured=$("$bin/measure" 10 "$optuna" ask --storage "sqlite:///$work/optuna.db" --study-name cold --sampler RandomSampler --search-space "$space")
echo "| optuna ask, RandomSampler, 1000 finished trials | $(cell "$measured") |"

echo
echo "| in process | |"
echo "| --- | --- |"
echo "| suggest and observe by the assistant, memory store, \`random\`, 10 parameters | $("$bin/bench_pairs" 300000 | awk '/assistant/ { print $2 }') a CPU second |"
echo "| suggest_configuration and update alone | $("$bin/bench_pairs" 300000 | awk '/optimizer/ { print $2 }') a CPU second |"
echo "| samples of a space of 1,000 parameters with conditions | $("$bin/bench_samples" 5000 | awk '{ print $2 }') a CPU second |"
echo "| reading an experiment file of 10,000 lines | $("$bin/bench_read" 10000 | awk '{ print $2 }') ms |"
