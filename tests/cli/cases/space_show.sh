cat >net.yaml <<'YAML'
experiment: net
config: {epochs: 10, data: base}
spaces:
  small:
    optimizer: !Categorical {choices: [sgd, adam, "on"], weights: [3, 1, 1]}
    rate: !UniformFloat {lower: 1e-5, upper: 1e-1, log_scale: true, default: 1e-3}
    momentum: !UniformFloat {lower: 0, upper: 1, step: 0.25, when: {optimizer: sgd}}
    net:
      layers: !UniformInt [1, 4]
      size: !Ordinal [16, 32, 64]
    noise: !Gaussian {mu: 0, sigma: 1}
    data: small one
  large:
    rate: !UniformFloat [0, 1]
constraints:
  - "net.layers * net.size <= 128"
YAML
sed -i '/^constraints/,$d' net.yaml
try space check net.yaml
try space check net.yaml --quiet
try space show net.yaml
try space show net.yaml --space large
try space show net.yaml --space larg
try space show net.yaml --format json
try space show net.yaml --format yaml
echo "# what is printed reads back"
sh_try '{ echo "experiment: again"; $labwatch space show net.yaml --format yaml; } >again.yaml && $labwatch space diff net.yaml again.yaml'
echo "# a narrow terminal"
sh_try 'COLUMNS=50 $labwatch space show net.yaml'
echo "# from standard input"
sh_try '$labwatch space check - <net.yaml'
echo "# defaults, also of what is not active by default"
sh_try '$labwatch space show - <<YAML
experiment: defaults
space:
  kind: !Categorical [none, "007", some]
  x: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: {kind: some}}
  y: !UniformFloat {lower: 0, upper: 1, default: 0.125, when: {kind: some}}
  n: !UniformInt {lower: 1, upper: 9, when: {kind: some}}
  c: !Categorical {choices: [1e3, two], when: {kind: some}}
  g: !Gaussian {mu: 2, sigma: 1, when: {kind: some}}
  full: !Constant {value: yes, when: {kind: some}}
YAML'
