#!/bin/sh
# coverage.sh: builds with coverage, runs the tests, and prints the share of lines that they reach, for each room and the ten files with
# most lines not reached. Needs gcov (comes with gcc).
set -eu
cd "$(dirname "$0")/.."
build=build/coverage
cmake --preset coverage >/dev/null
cmake --build "$build" >/dev/null
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --label-regex 'unit|contract|cli|fuzz' --parallel "$(nproc)" >"$build/tests.log" || tail -n 20 "$build/tests.log"

report=$build/coverage.txt
: >"$report"
for room in base searchspace models optimizers stores assistant cli; do
  # gcov prints "File '…'" and "Lines executed:P% of N" for each source and header; a source counts where it was compiled.
  find "$build/$room" -name '*.gcda' | while read -r data; do
    gcov --no-output --relative-only --source-prefix "$PWD" --object-directory "$(dirname "$data")" "$data" 2>/dev/null
  done | awk -v room="$room" '
    /^File / { file = $2; gsub("\x27", "", file); next }
    /^Lines executed:/ && file ~ "^" room "/[a-z_0-9]+\\.c$" {
      split($0, p, /[:% ]+/); share = p[3]; n = $NF; print room, file, n, n - int(n * share / 100 + 0.5); file = ""
    }'
done | sort -u >"$report"

awk '{ lines[$1] += $3; missed[$1] += $4; all += $3; none += $4 }
  END { for (room in lines) printf "%-12s %6.1f%% of %d lines\n", room, 100 - 100 * missed[room] / lines[room], lines[room]
        if (all) printf "%-12s %6.1f%% of %d lines\n", "together", 100 - 100 * none / all, all }' "$report"
echo "Most lines not reached:"
sort -k4,4nr "$report" | head -n 10 | awk '{ printf "  %4d of %4d  %s\n", $4, $3, $2 }'
