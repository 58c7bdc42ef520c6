# What is told of parameters that are new, and of all that can change.
cat >a.yaml <<'YAML'
experiment: e
space:
  x: !UniformFloat {lower: 1, upper: 10, log_scale: true, default: 2}
  g: !Gaussian {mu: 0, sigma: 1, lower: -3}
  k: !Categorical {choices: [a, b], weights: [1, 3], default: b}
  n: !UniformInt {lower: 1, upper: 9, step: 2, when: k == a}
  l: [1, 2]
  m: {a: 1}
  c: 3
constraints: [x > 2 or n < 5]
YAML
printf 'experiment: e\nspace:\n  q: !UniformInt [1, 2]\n' >b.yaml
cat >c.yaml <<'YAML'
experiment: e
space:
  x: !UniformFloat {lower: 1, upper: 11, default: 3}
  g: !Gaussian {mu: 1, sigma: 2, upper: 3}
  k: !Ordinal {choices: [a, b, c]}
  n: !UniformInt {lower: 1, upper: 9, when: k == b}
  l: {a: 1}
  m: [1]
  c: '3'
constraints: [x > 3 or n < 5]
YAML
try space diff b.yaml a.yaml
try space diff a.yaml b.yaml
try space diff a.yaml c.yaml
try space diff c.yaml a.yaml
