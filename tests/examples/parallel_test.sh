#!/bin/sh
# parallel_test.sh LABWATCH SOURCES: examples/parallel on a MongoDB server. What would start workers elsewhere has a
# stand-in where it is not on this machine; what they start is done as it stands there.
set -eu
labwatch=$1
sources=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/home"
ln -s "$labwatch" "$work/bin/labwatch"
PATH="$work/bin:$PATH"
HOME=$work/home
EPOCH_SECONDS=0.01
export PATH HOME EPOCH_SECONDS
unset LABWATCH_STORE LABWATCH_CHECKPOINTS LABWATCH_SPOOL XDG_STATE_HOME
options=$(expr "$LABWATCH_TEST_MONGO_URI" : '[^?]*?\(.*\)' || true)
address="${LABWATCH_TEST_MONGO_URI%%\?*}/labwatch_test_parallel_$$"

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# begin NAME: a fresh folder with the example, and a fresh place in the store.
begin() {
  name=$1
  cp -r "$sources/examples/parallel" "$work/$name"
  cd "$work/$name"
  (umask 077 && echo "$address?${options:+$options&}collectionPrefix=$name" >"$HOME/.labwatch-store")
}

# All of the budget, no more, none failed, and nothing left behind.
check() {
  "$labwatch" ls parallel --format csv --store "@$HOME/.labwatch-store" >runs.csv
  [ "$(sed 1d runs.csv | grep -c ',COMPLETED,')" -eq 40 ] || fail "$name: not 40 completed runs: $(cat runs.csv)"
  [ "$(sed 1d runs.csv | wc -l)" -eq 40 ] || fail "$name: not 40 runs"
  [ ! -d checkpoints ] || [ -z "$(ls checkpoints)" ] || fail "$name: checkpoints of finished runs are left"
}

# Slurm: sbatch's part is to read the options and to start the script for each task of the array.
sbatch() {
  array=$(sed -n 's/^#SBATCH --array=0-//p' "$1")
  cpus=$(sed -n 's/^#SBATCH --cpus-per-task=//p' "$1")
  tasks=
  for task in $(seq 0 "$array"); do
    SLURM_JOB_ID=$((100 + task)) SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=$cpus SLURM_SUBMIT_DIR=$PWD \
      bash "$1" >"labwatch-100-$task.log" 2>&1 &
    tasks="$tasks $!"
  done
}
begin slurm
bash -n slurm.sh
sbatch slurm.sh
# One task's time is up: Slurm signals the batch shell, which is labwatch by then.
first=${tasks# }
first=${first%% *}
works() { "$labwatch" workers parallel --format csv --store "@$HOME/.labwatch-store" 2>/dev/null | grep -q ",$first,"; }
until works || ! kill -0 "$first" 2>/dev/null; do sleep 0.05; done
kill -TERM "$first" 2>/dev/null || true
for task in $tasks; do
  code=0
  wait "$task" || code=$?
  [ "$code" -eq 0 ] || { [ "$task" = "$first" ] && [ "$code" -eq 130 ]; } || { cat ./*.log >&2 && fail "a task ended with $code"; }
done
check

# GNU parallel, on this machine.
begin parallel
sh -n parallel.sh
LABWATCH_STORE=mongodb://ann:s3cret@db/lab sh parallel.sh : 2>refusal && fail "a password was taken"
grep -q 'use @FILE' refusal || fail "the refusal says nothing"
sh parallel.sh : >log 2>&1 || { cat log >&2 && fail "parallel.sh"; }
check

# Kubernetes: the Job's command as often as it says.
begin kubernetes
LABWATCH_STORE="$(cat "$HOME/.labwatch-store")" python3 "$sources/tests/examples/run_job.py" job.yaml "$PWD" >log 2>&1 ||
  { cat log >&2 && fail "job.yaml"; }
check

# systemd: the units are right, and what they start works.
begin systemd
ln -s "$PWD" "$HOME/tuning"
mkdir units
sed "s#/usr/bin/labwatch#$labwatch#" "labwatch@.service" >"units/labwatch@.service"
if command -v systemd-analyze >/dev/null; then
  cp "units/labwatch@.service" "units/labwatch@1.service" # verify takes no template
  XDG_RUNTIME_DIR=$work systemd-analyze --user verify "units/labwatch@1.service" >verified 2>&1 || { cat verified >&2 && fail "a unit is wrong"; }
  if grep -q 'labwatch@' verified; then cat verified >&2 && fail "a unit is doubtful"; fi
fi
start=$(sed -n 's/^ExecStart=//p' "units/labwatch@.service" | sed "s#%h#$HOME#g")
store=$(sed -n 's/^Environment=//p' "units/labwatch@.service" | sed "s#%h#$HOME#g")
workers=
for i in 1 2 3; do
  # shellcheck disable=SC2086 # words, as systemd splits them
  (cd "$HOME/tuning" && exec env "$store" $start) >"log.$i" 2>&1 &
  workers="$workers $!"
done
for worker in $workers; do
  wait "$worker" || { cat log.* >&2 && fail "a unit's worker"; }
done
check
