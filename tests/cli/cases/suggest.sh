write_plain plain 'runs: 5'
try suggest plain.yaml
try suggest plain.yaml -n 2 --format json
try suggest plain --format args
echo "# the default configuration; then the budget is used"
try suggest plain.yaml --default
try suggest plain.yaml
echo "# fewer than asked for"
write_plain few 'runs: 2'
try suggest few.yaml -n 3 --format json
echo "# an exhausted space"
cat >tiny.yaml <<'YAML'
experiment: tiny
seed: 1
optimizer: grid
space:
  kind: !Categorical [a, b]
YAML
try suggest tiny.yaml -n 3 --format json
echo "# names and spaces"
try suggest plian
try suggest plain --space other
try --store sqlite:other.db suggest plain
try ls plain --format csv
echo "# a changed file: the budget takes effect, another goal does not"
write_plain plain 'runs: 6'
try suggest plain.yaml --format args
write_plain plain 'cost: {goal: maximize}'
try suggest plain.yaml
try suggest plain.yaml --new-version --format args
echo "# a name without a letter that a shell knows"
printf 'experiment: letters\nseed: 1\nspace: {学習率: !Categorical [1]}\n' >letters.yaml
try suggest letters.yaml --format env
sh_try '$labwatch suggest letters.yaml --format env --prefix P_ | tail -1'
