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

# gcov prints each source as lines "COUNT:LINE:TEXT": a count of "-" is a line without code, of "#####" one not reached. Some
# sources are compiled into a module, too: what either reaches is reached.
rooms="base searchspace models optimizers stores assistant cli"
for room in $rooms; do find "$build/$room" -name '*.gcda'; done | while read -r data; do
  gcov --stdout --relative-only --source-prefix "$PWD" --object-directory "$(dirname "$data")" "$data" 2>/dev/null
done | awk -F: -v rooms="$rooms" -v unreached="$build/unreached.unsorted" '
  BEGIN { gsub(" ", "|", rooms); source = "^(" rooms ")/([a-z_0-9]+/)*[a-z_0-9]+\\.c$"; printf "" >unreached }
  $2 == 0 && $3 == "Source" { file = $4 ~ source ? $4 : ""; next }
  file == "" || $2 == 0 || $1 ~ /-$/ { next }
  { line = file ":" ($2 + 0) }
  !(line in text) { lines[file]++; text[line] = $0; sub(/^[^:]*:[^:]*:/, "", text[line]) }
  $1 !~ /#####$/ && !(line in reached) { reached[line]; hit[file]++ }
  END { for (line in text) if (!(line in reached)) print line ":" text[line] >unreached
        for (file in lines) { room = file; sub("/.*", "", room); print room, file, lines[file], lines[file] - hit[file] } }
' >"$build/coverage.txt"
sort -t: -k1,1 -k2,2n "$build/unreached.unsorted" >"$build/unreached.txt"

awk -v rooms="$rooms together" '
  { lines[$1] += $3; missed[$1] += $4; lines["together"] += $3; missed["together"] += $4 }
  END { n = split(rooms, room, " ")
        for (i = 1; i <= n; i++)
          printf "%-12s %5.1f %% of %5d lines\n", room[i], 100 - 100 * missed[room[i]] / lines[room[i]], lines[room[i]] }
' "$build/coverage.txt"
echo "The files with the least:"
awk '{ printf "%.6f %d %d %s\n", 1 - $4 / $3, $4, $3, $2 }' "$build/coverage.txt" | sort -k1,1n -k2,2nr | head -n 20 |
  awk '{ printf "  %5.1f %%, %3d of %3d lines not reached: %s\n", 100 * $1, $2, $3, $4 }'
exit "$failed"
