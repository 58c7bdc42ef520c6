write_plain a
write_plain b
try space diff a.yaml b.yaml
cat >b.yaml <<'YAML'
experiment: b
space:
  kind: !Categorical [green, red]
  x: !UniformFloat [0, 2]
  n: !UniformInt [1, 3]
YAML
try space diff a.yaml b.yaml
try space diff a.yaml none.yaml
try space diff a.yaml
