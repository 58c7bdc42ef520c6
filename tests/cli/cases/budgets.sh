# What is said about a budget: how to go beyond it, what of it failed, and that there is none.
write_plain plain 'runs: 1'
try suggest plain.yaml --format args
try suggest plain.yaml --format args
try suggest plain --format args
try enqueue plain.yaml
sh_try '$labwatch show plain | grep budget'
echo "# a target is no budget"
write_plain target 'target: 1
runs: 1'
sh_try '$labwatch suggest target.yaml >/dev/null; $labwatch observe 2 0.5'
try suggest target.yaml
echo "# all runs are done, but some of them failed"
cat >some.yaml <<'YAML'
experiment: some
optimizer: grid
seed: 1
runs: 3
space: {x: !Ordinal [1, 2, 3]}
YAML
sh_try '$labwatch run some.yaml -q -- sh -c "test \$1 -lt 2 && echo \$1" sh {x} 2>&1 | grep -v ^run'
sh_try '$labwatch retry $($labwatch ls some --where "failure = crash" --format csv -n 1 | tail -1 | cut -d, -f1)'
sh_try '$labwatch run some.yaml -q -- echo {x}'
echo "# no budget at all"
sed -e '/^runs/d' -e 's/: some/: endless/' some.yaml >endless.yaml
try run endless.yaml -- echo {x}
try run endless.yaml --max-time 1h -- echo {x}
echo "# of what uses the budget, queued runs are left to do"
write_plain queued 'runs: 3'
sh_try '$labwatch enqueue queued.yaml -n 2 >/dev/null; $labwatch suggest queued.yaml >/dev/null'
try suggest queued.yaml
sh_try '$labwatch release $($labwatch ls queued --where "status = RUNNING" --format csv | tail -1 | cut -d, -f1)'
try enqueue queued.yaml
