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
for filter in 'C > 0.5' 'config.D > 1' 'config.flga = true' 'config.nothing = 1' 'result' 'config.learning-rate < 1'; do try ls w --where "$filter"; done
