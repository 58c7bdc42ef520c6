#!/bin/sh
# architecture_test.sh BUILD SOURCE: takes the optimizer of docs/architecture.md from the page, compiles it as a module on the public
# headers alone, and tunes with it.
set -eu
build=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

awk '/^```c name=labwatch-cautious.c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' \
  "$source/docs/architecture.md" >labwatch-cautious.c
[ -s labwatch-cautious.c ]
# shellcheck disable=SC2046 # flags are words
cc -std=gnu11 -Wall -Wextra -Werror ${CFLAGS-} -shared -fPIC -o labwatch-cautious.so labwatch-cautious.c \
  -I"$source/include" $(pkg-config --cflags gsl libbson-1.0) -L"$build/lib" -llabwatch

cat >experiment.yaml <<YAML
experiment: cautious
command: echo {x}
runs: 12
optimizer: {name: cautious, distance: 0.01}
space:
  x: !UniformFloat {lower: 0, upper: 1, default: 0.25}
YAML
export LABWATCH_MODULES=$work LABWATCH_STORE=sqlite:$work/labwatch.db
"$build/bin/labwatch" run experiment.yaml
"$build/bin/labwatch" ls cautious --format csv >runs.csv
[ "$(($(wc -l <runs.csv) - 1))" -eq 12 ]
"$build/bin/labwatch" show 1 | grep -q '0\.25' # the default first
"$build/bin/labwatch" show 7 --replay
"$build/bin/labwatch" optimizers cautious | grep -q distance
