#!/bin/sh
# coverage.sh: builds with coverage, runs the tests, and prints the share of lines that they reach: of each room, together, and of the
# twenty files with the least. build/coverage/unreached.txt lists every line that no test reaches. Needs gcov (comes with gcc).
#
# Three cases are not run: full_disk and kill would cut off the counts of all others, bad_stores has a user who may not write them. The
# preset keeps gcov from its own execve, which after a vfork makes the parent forget its counts.
set -eu
cd "$(dirname "$0")/.."
build=build/coverage
mkdir -p "$build"
{ cmake --preset coverage && cmake --build "$build"; } >"$build/build.log" 2>&1 || { cat "$build/build.log" && exit 1; }
find "$build" -name '*.gcda' -delete
failed=0
ctest --test-dir "$build" --label-regex 'unit|contract|cli|fuzz' --exclude-regex '^cli\.(full_disk|kill|bad_stores)$' \
  --parallel "$(nproc)" >"$build/tests.log" 2>&1 || { failed=1 && tail -n 20 "$build/tests.log"; }

# gcov prints each source as lines "COUNT:LINE:TEXT": a count of "-" is a line without code, of "#####" one not reached.
: >"$build/unreached.txt"
for room in base searchspace models optimizers stores assistant cli; do
  find "$build/$room" -name '*.gcda' | sort | while read -r data; do
    gcov --stdout --relative-only --source-prefix "$PWD" --object-directory "$(dirname "$data")" "$data" 2>/dev/null
  done | awk -F: -v room="$room" -v unreached="$build/unreached.txt" '
    $2 == 0 && $3 == "Source" { file = $4 ~ "^" room "/[a-z_0-9]+\\.c$" ? $4 : ""; next }
    file == "" || $2 == 0 || $1 ~ /-$/ || seen[file, $2 + 0]++ { next }
    { lines[file]++ }
    $1 ~ /#####$/ { missed[file]++; text = $0; sub(/^[^:]*:[^:]*:/, "", text); print file ":" ($2 + 0) ":" text >>unreached }
    END { for (file in lines) print room, file, lines[file], missed[file] + 0 }'
done >"$build/coverage.txt"

awk 'function show(name, lines, missed) { printf "%-12s %5.1f %% of %5d lines\n", name, 100 - 100 * missed / lines, lines }
  !($1 in lines) { rooms[++n] = $1 }
  { lines[$1] += $3; missed[$1] += $4; all += $3; none += $4 }
  END { for (i = 1; i <= n; i++) show(rooms[i], lines[rooms[i]], missed[rooms[i]])
        if (all) show("together", all, none) }' "$build/coverage.txt"
echo "The files with the least:"
awk '{ printf "%.6f %d %d %s\n", 1 - $4 / $3, $4, $3, $2 }' "$build/coverage.txt" | sort -k1,1n -k2,2nr | head -n 20 |
  awk '{ printf "  %5.1f %%, %3d of %3d lines not reached: %s\n", 100 * $1, $2, $3, $4 }'
exit "$failed"
