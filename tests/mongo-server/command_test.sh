#!/bin/sh
# command_test.sh LABWATCH: the command on a MongoDB server: several processes share one budget, one of them
# is killed, and every verb works.
set -eu
labwatch=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
options=$(expr "$LABWATCH_TEST_MONGO_URI" : '[^?]*?\(.*\)' || true)
LABWATCH_STORE="${LABWATCH_TEST_MONGO_URI%%\?*}/labwatch_test_command_$$?${options:+$options&}collectionPrefix=team"
LABWATCH_SPOOL=$work/spool
export LABWATCH_STORE LABWATCH_SPOOL

fail() {
  echo "$1" >&2
  exit 1
}

cat >experiment.yaml <<YAML
experiment: shared
command: sh -c 'sleep 0.02; echo {x}'
optimizer: tpe
runs: 40
retries: 2
lease: 5s
space:
  x: !UniformFloat [0, 1]
YAML

workers=
for i in 1 2 3 4; do
  "$labwatch" run experiment.yaml -j 2 >"$i.out" 2>"$i.err" &
  workers="$workers $!"
done
sleep 0.4
set -- $workers
kill -9 "$1" 2>/dev/null || true
for worker in "$2" "$3" "$4"; do
  wait "$worker" || { cat ./*.err >&2 && fail "a worker failed"; }
done
wait "$1" 2>/dev/null || true
# One that is older is of another process that once had the same number.
[ -z "$(find /dev/shm -name "mongoc-$1" -newer experiment.yaml)" ] || fail "a killed worker leaves a file in /dev/shm"

"$labwatch" ls shared --format csv >runs.csv
[ "$(($(wc -l <runs.csv) - 1))" -eq 40 ] || fail "not exactly 40 runs: $(cat runs.csv)"
[ "$(grep -c COMPLETED runs.csv)" -eq 40 ] || fail "not all are completed: $(cat runs.csv)"
"$labwatch" best shared -n 1 >/dev/null
"$labwatch" show 17 --replay >/dev/null || fail "a suggestion cannot be made again"
"$labwatch" log 17 loss=0.5 --step 3
"$labwatch" show 17 | grep -q loss || fail "a metric is not shown"
"$labwatch" copy shared --to sqlite:copy.db
[ "$("$labwatch" ls shared --store sqlite:copy.db --format csv | wc -l)" -eq 41 ] || fail "the copy is not whole"
"$labwatch" rm shared --all
"$labwatch" best shared 2>/dev/null && fail "it is still there"

LABWATCH_STORE="mongodb://ann:s3cret@127.0.0.1:1/lab?serverSelectionTimeoutMS=200"
code=0
"$labwatch" ls 2>away.err || code=$?
[ "$code" -eq 75 ] || fail "without a server it ends with $code"
if grep -q s3cret away.err; then fail "the password is told"; fi
