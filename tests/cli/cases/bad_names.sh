# Names, keys, tags and choices.
bad() { echo "# $1"; check_space bad; }
bad "the same name twice" <<'YAML'
x: !UniformFloat [0, 1]
x: !UniformInt [0, 1]
YAML
bad "the same name, nested and dotted" <<'YAML'
net:
  layers: !UniformInt [1, 3]
net.layers: !UniformInt [1, 3]
YAML
bad "an unknown tag" <<<'x: !UniformFlot [0, 1]'
bad "an unknown type" <<<'x: {type: UniformFlaot, lower: 0, upper: 1}'
bad "an unknown key" <<<'x: !UniformFloat {lower: 0, uper: 1}'
bad "no choices" <<<'k: !Categorical []'
bad "the same choice twice" <<<'k: !Categorical [a, b, a]'
bad "weights that do not fit" <<<'k: !Categorical {choices: [a, b], weights: [1]}'
echo "# an unknown key at the top"
printf 'experiment: e\noptimiser: random\nspace: {x: !UniformFloat [0, 1]}\n' >key.yaml
try space check key.yaml
echo "# an unknown optimizer"
printf 'experiment: e\noptimizer: sobbol\nspace: {x: !UniformFloat [0, 1]}\n' >optimizer.yaml
try suggest optimizer.yaml
echo "# an unknown option of an optimizer"
printf 'experiment: e\noptimizer: {name: sobol, scrambel: true}\nspace: {x: !UniformFloat [0, 1]}\n' >option.yaml
try suggest option.yaml
echo "# an unknown placeholder in the command"
printf 'experiment: e\ncommand: echo {y}\nspace: {x: !UniformFloat [0, 1]}\n' >placeholder.yaml
try space check placeholder.yaml
echo "# no space"
printf 'experiment: e\n' >none.yaml
try space check none.yaml
echo "# all errors at once"
check_space many <<'YAML'
a: !UniformFloat [1, 0]
b: !UniformInt [0.5, 2]
c: !Categorical []
YAML
