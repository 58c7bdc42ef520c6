# What an experiment's model believes. Digits differ between processors: names, orders and signs are compared.
make() { # NAME OPTIMIZER LINES
  printf 'experiment: %s\noptimizer: %s\nseed: 1\n%s\n' "$1" "$2" "$3" >"$1.yaml"
}
observe() { # FILE N: as many runs, with costs of 10 x^2 + y / 10
  for run in $(seq "$2"); do
    eval "$($labwatch suggest "$1" --format env --prefix p_)"
    $labwatch observe "$LABWATCH_RUN" "$(awk -v x="$p_x" -v y="$p_y" 'BEGIN { print 10 * x ^ 2 + y / 10 }')"
  done
}
plane='space:
  x: !UniformFloat [0, 1]
  y: !UniformFloat [0, 1]'

make few '{name: gp, initial: 4, kernel: rbf, transform: power}' "$plane"
$labwatch suggest few.yaml >/dev/null
try show few --model
$labwatch observe 1 2.5
observe few.yaml 2
try show few --model
observe few.yaml 3
sh_try '$labwatch show few --model | sed -E "s/ +-?[0-9]+[0-9.]*(e-[0-9]+)?( |$)/ N\\2/g"'
sh_try '$labwatch suggest few.yaml >/dev/null; $labwatch suggest few.yaml >/dev/null; $labwatch observe 7 --status crash'
sh_try '$labwatch show few --model | grep -E "^(completed|failed|pending) "'
sh_try 'COLUMNS=14 $labwatch show few --model | sed -n "/^param/,/^$/s/ *[0-9.]* *…$/ …/p"'

echo "# as documents"
sh_try '$labwatch show few --model --format json | sed -E "s/( |: )-?[0-9][^,]*(,?)$/\\1N\\2/"'
sh_try '$labwatch show few --model --format yaml | grep -oE "^[a-z_]+:"'

echo "# conditions, and a result that is maximised"
make high gp 'cost: {goal: maximize, name: accuracy}
runs: 12
command: sh score.sh {kernel} {gamma}
space:
  kernel: !Categorical [rbf, linear]
  gamma: !UniformFloat {lower: 1e-4, upper: 10, log_scale: true, when: {kernel: rbf}}
  data: heart'
echo 'awk -v k=$1 -v g=$2 "BEGIN { print k == \"rbf\" ? 90 - (log(g) + 3) ^ 2 : 80 }"' >score.sh
$labwatch run high.yaml -q 2>/dev/null
sh_try '$labwatch show high --model | grep -E -A1 "^(goal|condition|  config)" | sed -E "s/ +[0-9].*/ N/"'
$labwatch show high --model --format json >high.json
sh_try 'python3 - <<PY
import json
model = json.load(open("high.json"))
best = model["best"]
low, high = best["interval_90"]
print(low <= best["predicted"] <= high, 85 < low < high < 95, 85 < best["result"] <= 90)
print(sorted(p["parameter"] for p in model["parameters"]), all(0 <= p["relevance"] <= 1 for p in model["parameters"]))
PY'

echo "# samples of the hyperparameters"
make many '{name: gp-mcmc, samples: 3, initial: 4}' "$plane"
observe many.yaml 5
sh_try '$labwatch show many --model | grep -E "^(models|parameter)"'

echo "# several spaces"
make two '{name: gp, initial: 2}' 'spaces:
  one: {x: !UniformFloat [0, 1]}
  other: {y: !UniformFloat [0, 1]}'
for space in one one other; do $labwatch suggest two.yaml --space $space --format args; done >two.txt
$labwatch ls two --format csv | cut -d, -f1 | grep -v run | while read -r run; do $labwatch observe "$run" "0.$run"; done
sh_try '$labwatch show two --model | grep -oE "^(space +[a-z]+|[xy] |completed +[0-9]+)"'
sh_try '$labwatch show two --model --space other | grep -oE "^(space +[a-z]+|[xy] |completed +[0-9]+)"'
try show two --model --space three

echo "# no model"
make even sobol "$plane"
$labwatch suggest even.yaml >/dev/null
try show even --model
try show even --model --format json
try show nothing --model
try show 1 --model
try show few --space default
try show few --text --model
