# --where: its names, and what is wrong with a filter.
cat >w.yaml <<'YAML'
experiment: w
seed: 1
space:
  C: !UniformFloat [0, 1]
  learning-rate: !UniformFloat [0, 1]
  flag: !Categorical [true, false]
YAML
sh_try '$labwatch suggest w.yaml >/dev/null && $labwatch observe 1 0.5'
for filter in 'run = 1' 'seed > 0' 'config.`learning-rate` <= 1' '`config.learning-rate` <= 1' 'start_time > 2026-11-20' \
    'start_time > 2020-01-01T10:00:00Z' 'config.flag or not config.flag'; do
  sh_try "\$labwatch ls w --format csv --where '$filter' | cut -d, -f1"
done
sh_try "\$labwatch ls w --format csv --where 'start_time < 2020-01-01' | cut -d, -f1"
sh_try "\$labwatch ls w --format csv --where 'start_time > \"2000\" and start_time > \"2000-11\"' | cut -d, -f1"
for filter in 'C > 0.5' 'config.D > 1' 'config.flga = true' 'config.nothing = 1' 'result' 'config.learning-rate < 1' 'learning-rate < 1' 'config.`learning-rat` < 1' 'config.rate < 1' 'not (' 'config.`learning-rate` < 1 and (' \
    '`config.learning-rate` < 1 and (' 'reason = "learning-rate" and ('; do try ls w --where "$filter"; done
echo "# lists and mappings are values; a field named twice has one"
cat >m.yaml <<'YAML'
experiment: m
seed: 1
space:
  x: !Categorical [{"a": 1, "b": [2, "c d"]}, [1, 2], plain]
YAML
sh_try 'for x in "{\"a\": 1, \"b\": [2, \"c d\"]}" "[1, 2]" "\"plain\""; do $labwatch enqueue m.yaml --config "{\"x\": $x}" >/dev/null; done'
for filter in 'config.x = {"a": 1, "b": [2, "c d"]}' 'config.x = [1,2]' 'config.x = [2, 1]' 'config.x = "[1,2]"' \
    'config.x != [1, 2]' 'config.x != null' 'config.x = config.x' 'config.x in [[1, 2], plain]'; do
  sh_try "\$labwatch ls m --format csv --where '$filter' | cut -d, -f1"
done
echo "# every name that the help lists is one"
sh_try '$labwatch ls --help | sed -n "/^names in/,/^example/p" | grep "^  [a-z]" | cut -c 3-25 | grep -v labwatch | tr -d "," | tr " " "\n" | grep . | sed s/config.NAME/config.C/ | while read -r name; do $labwatch ls w --where "$name != 0 or run = 1" --format csv | cut -d, -f1 | grep -vx -e run -e 1; done; true'
