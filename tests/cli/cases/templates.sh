cat >t.yaml <<'YAML'
experiment: t
optimizer: random
seed: 1
space:
  name: !Categorical ["it's \"a\" $(name)"]
  n: !UniformInt [1, 9]
  net: {size: 7}
YAML
try suggest t.yaml --template 'train -n {n} --size={net.size} {{braces}} run {run} seed {seed}'
try suggest t.yaml --template '{name}'
try suggest t.yaml --template 'a  {name} x{n}' --format args
try suggest t.yaml --template '{nam}'
try suggest t.yaml --template '{'
try suggest t.yaml --template '}'
try suggest t.yaml --template '{n}' --format json
try suggest t.yaml --format yaml --prefix P_
echo "# nothing was reserved for what was wrong"
sh_try '$labwatch ls t --format csv | cut -d, -f1,2'
