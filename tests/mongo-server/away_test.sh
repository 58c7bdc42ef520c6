#!/bin/sh
# away_test.sh LABWATCH: the server goes away while workers work: for a moment, for longer, and when a result is ready.
# A result is in the spool before anything else is taken, and is delivered once, by whomever.
set -eu
labwatch=$1
. "$(dirname "$0")/own_server.sh"
work=$(mktemp -d)
trap 'kill_server; rm -rf "$work"' EXIT
cd "$work"
export LABWATCH_SPOOL="$work/spool" XDG_STATE_HOME="$work/state"
start_server 0 "$work/data"
LABWATCH_STORE="mongodb://127.0.0.1:$server_port/lab?socketTimeoutMS=2000"
export LABWATCH_STORE
cat >experiment.yaml <<'YAML'
experiment: heart
command: sh -c 'touch begun-$1; until [ -e "go-$1" ]; do sleep 0.02; done; echo "$1.5"' sh {run} {x}
optimizer: random
lease: 10m
space:
  x: !UniformFloat [0, 1]
YAML

spooled() { [ "$(find spool -name '*.json' 2>/dev/null | wc -l)" -eq "${1:-1}" ]; }
told() { grep -q "$1" "$2"; }
results() { "$labwatch" ls heart --format csv | sed 1d | cut -d, -f1-3 | tr '\n' ' '; }
expect() { [ "$(results)" = "$1" ] || fail "the runs are $(results), and not $1"; }
worker() { # OUTPUT OPTION…
  output=$1
  shift
  "$labwatch" run experiment.yaml "$@" 2>"$output" &
  worker=$!
}

# For a moment, while nothing is asked of it: nobody notices.
worker first -n 2
wait_until [ -e begun-1 ]
kill_server
start_server "$server_port" "$work/data"
touch go-1
wait_until [ -e begun-2 ]
if told away first; then cat first >&2 && fail "a moment was noticed"; fi

# At the moment of a result: it is in the spool, and nothing else was taken; the worker says so once, goes on, and delivers.
kill_server
touch go-2
wait_until spooled
[ "$(find . -name 'begun-*' | wc -l)" -eq 2 ] || fail "something was taken before the result was safe"
sleep 1
start_server "$server_port" "$work/data"
wait "$worker" || { cat first >&2 && fail "the worker failed"; }
expect "1,COMPLETED,1.5 2,COMPLETED,2.5 "
spooled 0 || fail "the result was not delivered"
[ "$(grep -c 'the store is away' first)" -eq 1 ] || { cat first >&2 && fail "not told once"; }
told 'results wait in the spool meanwhile' first
told '1 result of the spool was delivered' first
told 'the store is back' first

# The server hangs without going away: no reply comes.
worker hanging -n 3
wait_until [ -e begun-3 ]
kill -STOP "$server_pid"
touch go-3
wait_until spooled
kill -CONT "$server_pid"
wait "$worker" || { cat hanging >&2 && fail "the worker failed"; }
expect "1,COMPLETED,1.5 2,COMPLETED,2.5 3,COMPLETED,3.5 "

# The worker dies, too, and its machine does not come back: somebody who can read its disk delivers, as often as he likes.
worker dead -n 5 -j 2
wait_until [ -e begun-4 ]
wait_until [ -e begun-5 ]
kill_server
touch go-4 go-5
wait_until spooled 2
kill -9 "$worker"
wait "$worker" 2>/dev/null || true
mv spool left
code=0
"$labwatch" deliver --spool left 2>deliver || code=$?
[ "$code" -eq 75 ] || { cat deliver >&2 && fail "deliver ends with $code while the store is away"; }
start_server "$server_port" "$work/data"
[ "$("$labwatch" workers heart --format csv | grep -c ',gone$')" -eq 2 ] || fail "the dead worker is not told"
cp -r left twice
"$labwatch" deliver --spool left 2>deliver &
first=$!
"$labwatch" deliver --spool twice 2>>deliver || fail "two at once"
wait "$first" || fail "two at once"
"$labwatch" deliver heart --spool left 2>deliver || fail "nothing is left to deliver"
told 'nothing waits' deliver || { cat deliver >&2 && fail "something was left"; }
expect "1,COMPLETED,1.5 2,COMPLETED,2.5 3,COMPLETED,3.5 4,COMPLETED,4.5 5,COMPLETED,5.5 "
if "$labwatch" show 4 | grep -qi late; then fail "what was delivered twice counts as another result"; fi
"$labwatch" workers heart 2>&1 | grep -q 'nobody works' || fail "somebody still works"

# SIGTERM, as Slurm and spot machines send it: the run goes back as the same one, and the next attempt goes on.
cat >train.yaml <<'YAML'
experiment: train
command: sh -c 'echo "$2" >>"$1/seen"; n=$(wc -l <"$1/seen"); touch "attempt-$n"; [ "$n" -eq 3 ] || while :; do sleep 0.02; done; echo "$n"' sh {checkpoint} {x}
optimizer: random
runs: 1
space:
  x: !UniformFloat [0, 1]
YAML
for attempt in 1 2; do
  "$labwatch" run train.yaml -q 2>term &
  worker=$!
  wait_until [ -e "attempt-$attempt" ]
  kill -TERM "$worker"
  code=0
  wait "$worker" || code=$?
  [ "$code" -eq 130 ] || { cat term >&2 && fail "after SIGTERM it ends with $code"; }
  "$labwatch" ls train --format csv | grep -q '^6,QUEUED' || fail "the run is not in the queue"
done
"$labwatch" run train.yaml -q 2>term || fail "the third attempt failed"
[ "$("$labwatch" ls train --format csv | sed 1d | cut -d, -f1-3)" = 6,COMPLETED,3.0 ] || fail "it did not go on"
