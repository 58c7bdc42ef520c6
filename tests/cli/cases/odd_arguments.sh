# Arguments that are seldom given.
write_plain plain 'command: echo 1'
try --store sqlite:other.db space check plain.yaml
try --store=sqlite:other.db space show plain.yaml --format json
sh_try '$labwatch run plain.yaml -n 1 --max-time 90s -q; $labwatch run plain.yaml -n 2 --max-time 2m -q; $labwatch run plain.yaml -n 3 --max-time 1d -q'
try run plain.yaml -n 3 --max-time 5x
try run plain.yaml -j 5000
try run plain.yaml -j 0
try suggest plain.yaml --template 'a {quality_of_life}'
try rm plain other --all
sh_try 'printf " \n 0.5 \n" | $labwatch observe --config "{\"x\": 0.5, \"kind\": \"red\"}" plain.yaml -'
sh_try 'printf " \n\n" | $labwatch observe --config "{\"x\": 0.25, \"kind\": \"red\"}" plain.yaml -'
try observe plain.yaml 0.5 --config '{"x": 0.5}' --force
try observe plain.yaml 0.5 --config '{"x": 0.5}' --space other
try space convert plain.yaml --to optuna
sh_try '$labwatch space convert plain.yaml --to optuna >optuna.json; $labwatch space convert optuna.json --from optuna --space other'
try optimizers random
echo '# names that no variable has'
cat >names.yaml <<'YAML'
experiment: names
optimizer: random
seed: 1
space:
  2fast: !UniformInt [1, 3]
  größe-x: !Categorical [klein, "sehr groß, größer als jede Spalte, die hier noch Platz hätte"]
  x: !UniformFloat {lower: 0, upper: 1, when: "`2fast` > 5 or `2fast` == 1"}
YAML
sh_try '$labwatch suggest names.yaml -n 3 --format env; $labwatch suggest names.yaml --format args'
sh_try 'COLUMNS=40 $labwatch ls names'
echo '# a filter by what only an older version had'
try observe 8 0.5
sed -i 's/2fast/slow/' names.yaml
sh_try '$labwatch suggest names.yaml --format args 2>&1'
sh_try '$labwatch ls names --format csv --where "config.\`2fast\` >= 1" | cut -d, -f1'
try ls names --where 'config.`3fast` >= 1'
echo '# nothing is searched, and nothing given'
printf 'experiment: nothing\nseed: 1\nspace: {}\n' >nothing.yaml
try suggest nothing.yaml --format yaml
