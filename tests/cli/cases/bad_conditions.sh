# Conditions and constraints.
bad() { echo "# $1"; check_space bad; }
bad "an unknown parameter" <<'YAML'
kind: !Categorical [a, b]
x: !UniformFloat {lower: 0, upper: 1, when: {kinf: a}}
YAML
bad "a value that the parent cannot take" <<'YAML'
kind: !Categorical [adam, sgd]
x: !UniformFloat {lower: 0, upper: 1, when: {kind: adm}}
YAML
bad "a cycle" <<'YAML'
a: !Categorical {choices: [1, 2], when: {b: 1}}
b: !Categorical {choices: [1, 2], when: {a: 1}}
YAML
bad "depends on itself" <<<'a: !Categorical {choices: [1, 2], when: {a: 1}}'
bad "a float as parent" <<'YAML'
x: !UniformFloat [0, 1]
y: !UniformFloat {lower: 0, upper: 1, when: {x: 0.5}}
YAML
constrained() {
  echo "# $1"
  printf 'experiment: e\nspace:\n  a: !UniformInt [1, 9]\n  b: !UniformInt [1, 9]\nconstraints:\n  - "%s"\n' "$2" >constrained.yaml
  try space check constrained.yaml
}
constrained "does not parse" 'a + * b'
constrained "an open bracket" '(a < b'
constrained "names nothing" 'a < bb'
constrained "divides by zero" 'a / 0 < 3'
constrained "never holds" 'a > 9'
constrained "never holds, with two parameters" 'a + b > 18'
constrained "no condition" 'a + b'
constrained "chained" '1 < a < 5'
constrained "holds for the default" 'a <= b'
