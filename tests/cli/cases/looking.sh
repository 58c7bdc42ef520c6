# best, ls, show, export and their formats.
cat >look.yaml <<'YAML'
experiment: look
cost: {goal: maximize}
optimizer: random
seed: 1
runs: 20
space:
  x: !UniformFloat {lower: 0, upper: 1, default: 0.5}
  deep: {n: !UniformInt [1, 9]}
YAML
try best look.yaml
sh_try '$labwatch suggest look.yaml --default --format args && $labwatch suggest look.yaml -n 4 --format args >/dev/null'
try best look
for i in 1 2 3; do $labwatch observe $i 0.$((4 + i)); done
try observe 4 --status crash --reason 'it broke, "again"'
try best look
try best look -n 1 --format json
try best look -n 1 --format yaml
try best look --format csv -n 2
try best look --where 'config.x > 2'
try ls
try ls --format json
try ls look
try ls look -n 2
try ls look --where 'status = COMPLETED and result > 0.5'
try ls look --where 'config.deep.n >= 1 and not (failure = crash)' -n 1
try ls look --where "reason = 'it broke, \"again\"'"
try ls look --where "start_time > '2000-01-01' and id in [1, 5]"
try ls look --where 'statsu = COMPLETED'
try ls look --where 'status = COMPLETD'
try ls look --where 'status = completed'
try ls look --where 'status ='
try ls look --where 'config.x > ('
try ls look --where ''
try export look
try export look --format json --where 'id = 4'
try show look
try show look --format json
try show look --text
try show 4
sh_try '$labwatch show 1 --format json | grep -E "\"(_id|status|result)\""'
sh_try '$labwatch show 1 --format yaml | grep -E "^(_id|status|result)"'
try show 1 --replay
try show 2 --replay
try show 1 --file none
echo "# narrow and wide"
sh_try 'COLUMNS=30 $labwatch ls look'
sh_try 'COLUMNS=16 $labwatch ls look'
echo "# a command is shown as it can be given again"
printf 'experiment: quoted\ncommand: sh -c '"'"'echo "$1"'"'"' -- {x} "a b" ""\nspace:\n  x: !UniformFloat [0, 1]\n' >quoted.yaml
sh_try '$labwatch suggest quoted.yaml >/dev/null; $labwatch show quoted | grep command'
sh_try '$labwatch optimizers grid --format json | cut -c1-20'
echo "# the columns of experiments add up"
sh_try 'printf "x,result\n0.5,1\n" | $labwatch import quoted.yaml --format csv -; $labwatch release 6; $labwatch ls | grep -E "quoted|runs"'
