#!/bin/sh
# kill_test.sh LABWATCH [KILLS]: kills `labwatch run` and `labwatch observe` with SIGKILL at random moments, KILLS times (100), and
# then demands that the database is whole, that no acknowledged result is missing or changed, that ids have no hole, and that the budget
# is met exactly.
set -eu
labwatch=$1
kills=${2:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LABWATCH_STORE="sqlite:$work/labwatch.db" LABWATCH_SPOOL="$work/spool"
unset LABWATCH_MODULES

cat >killed.yaml <<YAML
experiment: killed
command: sh work.sh {x}
runs: 1000000
retries: 1000
lease: 1s
space:
  x: !UniformFloat [0, 1]
YAML
# The cost is the parameter itself, so that every stored result can be checked.
cat >work.sh <<'SH'
echo "$1"
SH
: >acknowledged

random_delay() { # 0.00 … 0.31 s
  byte=$(od -An -N1 -tu1 /dev/urandom)
  printf '0.%02d' $((byte % 32))
}

# An observer: suggests, observes, and notes what was acknowledged. Prints the id before it observes nothing: only exit 0 counts.
cat >observer.sh <<'SH'
while :; do
  id=$("$1" suggest killed.yaml --format json | sed -n 's/.*"run": *\([0-9][0-9]*\).*/\1/p' | head -n 1) || exit 0
  [ -n "$id" ] || continue
  if "$1" observe "$id" "0.$id"; then echo "$id 0.$id" >>acknowledged; fi
done
SH

kill_at_random() { # command…
  setsid "$@" >/dev/null 2>>errors &
  victim=$!
  sleep "$(random_delay)"
  # Too soon, there is no group yet: then it is the process alone.
  kill -9 "-$victim" 2>/dev/null || kill -9 "$victim" 2>/dev/null || true
  wait "$victim" 2>/dev/null || true
}

i=0
while [ $i -lt "$kills" ]; do
  kill_at_random "$labwatch" run killed.yaml -j 2
  kill_at_random sh observer.sh "$labwatch"
  i=$((i + 1))
done

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

[ "$(sqlite3 -cmd '.timeout 10000' labwatch.db 'PRAGMA integrity_check')" = ok ] || fail "integrity_check"

# One line for each id, and no hole.
"$labwatch" ls killed --format csv >ls.csv
tail -n +2 ls.csv | cut -d, -f1 | sort -n >ids
last=$(tail -n 1 ids)
seq 1 "$last" | cmp -s - ids || fail "ids 1 … $last have holes or repeats"

# Every acknowledged result is there, with its value: what observe said with exit 0, and what run said in its lines (with six digits).
observed=$(wc -l <acknowledged)
sed -n 's/^run \([0-9]*\): \([-0-9.e]*\);.*/\1 \2/p' errors >>acknowledged
awk -F '[ ,]' '
  NR == FNR { stored[$1] = $3; next }
  { lost = stored[$1] - $2
    if (stored[$1] == "" || lost * lost > 1e-9 * $2 * $2) { print "run " $1 ": acknowledged " $2 ", stored \"" stored[$1] "\""; exit 1 } }
' ls.csv acknowledged || fail "an acknowledged result is missing or changed"
count=$(wc -l <acknowledged)
[ "$observed" -gt 0 ] && [ "$count" -gt "$observed" ] || fail "nothing was acknowledged: the test tested nothing"

# The budget, exactly: twenty more than there are.
total=$((last + 20))
for id in $(awk -F, 'NR > 1 && $2 == "RUNNING" { print $1 }' ls.csv); do
  "$labwatch" release "$id" >/dev/null 2>&1 || true
done
sleep 1
"$labwatch" run killed.yaml -n "$total" -j 4 >/dev/null 2>>errors
"$labwatch" ls killed --format csv >ls.csv
done_runs=$(awk -F, 'NR > 1 && $2 == "COMPLETED"' ls.csv | wc -l)
all_runs=$(($(wc -l <ls.csv) - 1))
[ "$all_runs" -eq "$total" ] || fail "budget $total, runs $all_runs"
[ "$done_runs" -eq "$total" ] || fail "budget $total, completed $done_runs"
echo "killed $((2 * kills)) times; $count acknowledged results, none lost; $total runs, all completed"
