# What a command leaves in its checkpoint folder is there for the next attempt at the same run.
cat >train.sh <<'SH'
# Counts to 6 and keeps where it is; the first attempt waits at 3.
epoch=$(cat "$1/epoch" 2>/dev/null || echo 0)
echo "attempt begins behind epoch $epoch" >>history
trap 'echo "told to end at epoch $epoch" >>history; exit 0' TERM
while [ "$epoch" -lt 6 ]; do
  epoch=$((epoch + 1))
  echo "$epoch" >"$1/epoch.new" && mv "$1/epoch.new" "$1/epoch"
  if [ "$epoch" -eq 3 ]; then
    touch waits
    while :; do sleep 0.02; done
  fi
done
echo "$epoch"
SH
write_plain plain 'command: sh train.sh {checkpoint} {x} {kind}
runs: 1'
find_folders() { sh_try 'find $XDG_STATE_HOME/labwatch/checkpoints -mindepth 1 | sed "s/.*checkpoints.//; s/-[0-9a-f]*\//-HASH\//; s/-[0-9a-f]*\$/-HASH/" | sort'; }
worker() { "$labwatch" run "$@" -q 2>run.err & worker=$!; until [ -e waits ]; do sleep 0.02; done; rm waits; }
echo "# SIGTERM gives the run back, also when its command ends well; the next attempt goes on"
worker plain.yaml
kill -TERM $worker; wait $worker; echo "exit $?"
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
sh_try 'find $XDG_STATE_HOME/labwatch/checkpoints -name "epoch*" | sed "s/.*checkpoints.//; s/-[0-9a-f]*\//-HASH\//"'
sh_try '$labwatch run plain.yaml -q'
sh_try 'cat history; $labwatch show 1 --format json | grep "\"attempt\""'
echo "# nothing is left of a run that has its result"
find_folders
echo "# killed, and tried again"
sed -e 's/^experiment: .*/experiment: retried/' -e 's/^runs: 1/runs: 1\nretries: 1/' plain.yaml >retried.yaml
: >history
worker retried.yaml
{ kill -9 $worker; wait $worker; } 2>/dev/null
sh_try '$labwatch run retried.yaml -q'
sh_try 'grep begins history'
find_folders
echo "# a folder of one's own, by the file or by the machine; the command sees its path"
mkdir shared other
cat >own.yaml <<'YAML'
experiment: own name
command: sh -c 'echo "$LABWATCH_CHECKPOINT" | sed "s/-[0-9a-f]*\//-HASH\//"; [ -d "$LABWATCH_CHECKPOINT" ] && [ "$1" = "$LABWATCH_CHECKPOINT" ] && echo 1' sh {checkpoint} {x}
checkpoints: shared
space:
  x: !UniformFloat [0, 1]
YAML
sh_try '$labwatch run own.yaml -n 1 -q && $labwatch show 3 --output'
sh_try 'LABWATCH_CHECKPOINTS=other $labwatch run own.yaml -n 2 -q 2>/dev/null && $labwatch show 4 --output'
sh_try 'LABWATCH_CHECKPOINTS=nowhere $labwatch run own.yaml -n 3'
sh_try 'ls shared other; $labwatch show own\ name | grep checkpoints'
echo "# a folder that nobody can write to: a named one must work, the default one need not"
sh_try 'touch file; XDG_STATE_HOME=$PWD/file LABWATCH_SPOOL=spool $labwatch run plain.yaml -n 2 -q -- sh -c "echo \"1\$LABWATCH_CHECKPOINT\"" {x} {kind}'
echo "# what a run has left whose outcome came otherwise is removed"
worker plain.yaml -n 3
kill -TERM $worker; wait $worker
sh_try '$labwatch observe 6 0.5; find $XDG_STATE_HOME/labwatch/checkpoints -name epoch | wc -l'
sh_try '$labwatch run plain.yaml -n 3 -q'
find_folders
sh_try 'printf "experiment: e\ncheckpoints: [a]\nspace: {x: 1}\n" >bad.yaml; $labwatch space check bad.yaml'
try run plain.yaml --grace never
