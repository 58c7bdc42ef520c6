cat >run.yaml <<'YAML'
experiment: run
seed: 1
command: "echo result: {x}"
optimizer: grid
runs: 3
space:
  x: !Ordinal [1, 2, 3, 4]
YAML
try run run.yaml
echo "# again: its budget is used"
try run run.yaml
echo "# more, by another command; then the space is exhausted"
try run run.yaml -n 9 -q -- sh -c 'echo $((10 * {x}))'
sh_try '$labwatch ls run --format csv | cut -d, -f1-3'
echo "# no budget: exhausted is what was asked for"
sed -e 's/^runs.*//' -e 's/: run/: all/' run.yaml >all.yaml
try run all.yaml -q
echo "# no command"
write_plain
try run plain.yaml
try run plain.yaml -- echo '{y}'
try run plain.yaml --max-time 1
echo "# environment"
cat >env.yaml <<'YAML'
experiment: env
seed: 1
runs: 1
command: sh -c 'echo $LABWATCH_RUN $LABWATCH_SLOT ${{#LABWATCH_SEED}}; cat "$LABWATCH_CONFIG" >config.json; basename "$LABWATCH_STORE"; echo 7 >"$LABWATCH_RESULT"'
space: {x: !UniformFloat [0, 1]}
YAML
try run env.yaml -q
sh_try '$labwatch show 9 --output; cat config.json'
