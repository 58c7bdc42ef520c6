write_plain
try space sample plain.yaml -n 3
try space sample plain.yaml -n 3 --format json
try space sample -n3 --format=csv plain.yaml --seed 7
try space sample plain.yaml -n -1
try space sample plain.yaml --seed x
cat >never.yaml <<'YAML'
experiment: never
space:
  x: !UniformFloat [0, 1]
  y: !UniformFloat [0, 1]
constraints: ["x + y > 1.9999999999"]
YAML
echo "# nothing satisfies the constraint, or hardly anything"
try space sample never.yaml
