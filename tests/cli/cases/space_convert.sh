cat >s.yaml <<'YAML'
experiment: s
space:
  kind: !Categorical {choices: [svm, tree], default: tree}
  C: !UniformFloat {lower: 0.001, upper: 1000, log_scale: true, default: 1}
  depth: !UniformInt {lower: 2, upper: 8, when: {kind: tree}}
YAML
for format in labwatch configspace configspace-0.6 sacred; do
  try space convert s.yaml --to $format
done
echo "# there and back"
for format in configspace configspace-0.6 sacred; do
  sh_try "\$labwatch space convert s.yaml --to $format >$format.json && \$labwatch space convert --from $format $format.json >back.yaml && \$labwatch space diff s.yaml back.yaml"
done
echo "# what a format cannot express"
try space convert s.yaml --to optuna
try space convert s.yaml --to yml
printf '{"x": {"name": "FloatDistribution", "attributes": {"low": 1, "high": 0, "log": false, "step": null}}}' >bad.json
try space convert bad.json --from optuna
try space convert none.json --from optuna
sh_try 'echo "{" | $labwatch space convert - --from configspace'
echo "# a file's name becomes the experiment's, as far as it can be one"
for name in a.yaml.json b.yml.yaml 7.json 8.yml.json .yaml c.d.json $'e\nf.json'; do
  sed 's/"high": 0/"high": 2/' bad.json >"$name"
  "$labwatch" space convert "$name" --from optuna >named
  head -n 1 named
  "$labwatch" space check named --quiet && echo "reads back"
done
