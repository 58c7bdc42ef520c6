# Mistakes in a space that are seldom made: each has its sentence, its place, and nothing else.
check_space empty_condition <<'YAML'
p: !Categorical [a, b]
q: !UniformInt {lower: 1, upper: 2, when: {p: []}}
YAML
check_space numbers <<'YAML'
a: !UniformInt {lower: 1, upper: 5, step: 0}
b: !UniformInt {upper: 5}
c: !Gaussian {mu: 1, sigma: 1e-12, log_scale: true}
d: !Gaussian {mu: 1e308, sigma: 1e308}
e: !UniformFloat {lower: 0, upper: 1, step: 1e-300}
f: !UniformInt {lower: 1, upper: 5, log_scale: !!bool q}
YAML
check_space choices <<'YAML'
a: !Categorical {choices: [a, b], weights: [a, 2]}
b: !Categorical {choices: [a, b], default: "tab\tand bell\a"}
c: !Categorical
  choices: [a, b]
  default: a text that is longer than sixty characters, which is cut at the end of a whole charactör, here or there
YAML
check_space tags <<'YAML'
x: !UniformInt [1, 5]
m: !!map {a: 1}
s: !!seq [1, {a: 2}]
n: !foo [1]
YAML
echo "# a broken parameter is one all the same"
check_space strange_key <<'YAML'
x: !UniformInt {lower: 1, upper: 5, [1]: 3}
YAML
check_space expressions <<'YAML'
x: !UniformInt [1, 5]
a: !Categorical {choices: [a, b], when: 'x in [1, 2'}
b: !Categorical {choices: [a, b], when: 'x in [1 2]'}
c: !Categorical {choices: [a, b], when: 'x in [1, *]'}
d: !Categorical {choices: [a, b], when: "x < 2 \u0007"}
e: !Categorical {choices: [a, b], when: 'x.`y < 2'}
f: !Categorical
  choices: [a, b]
  when: |
    x > 2
    and x < zz
YAML
echo "# constraints that hold together, in one configuration of a million"
cat >narrow.yaml <<'YAML'
experiment: e
space: {x: !UniformInt [1, 1000], y: !UniformInt [1, 1000]}
constraints: [x == 500, y == 500]
YAML
try space check narrow.yaml
try space sample narrow.yaml --format csv
echo "# config and spaces"
cat >base.yaml <<'YAML'
experiment: e
config: {l: [1, 2], p: !UniformInt [1, 2]}
spaces: {"": {x: !UniformInt [1, 5]}, a: {l.2: !UniformInt [1, 2], m: {}, m.n: !UniformInt [1, 2]}}
YAML
try space check base.yaml
printf 'experiment: e\nspaces: [a]\n' >list.yaml
try space check list.yaml
try space check .
