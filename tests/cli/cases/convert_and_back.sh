# What convert writes is an experiment file, which the space verbs read.
echo '{"x": {"type": "UniformFloat", "lower": 0, "upper": 1}}' >flat.json
cp flat.json 12.json
sh_try '$labwatch space convert flat.json --from sacred | tee flat.yaml'
try space check flat.yaml
sh_try '$labwatch space convert flat.yaml --to sacred >again.json; $labwatch space convert again.json --from sacred >again.yaml; $labwatch space diff flat.yaml again.yaml'
sh_try '$labwatch space convert 12.json --from sacred | $labwatch space check -'
sh_try '$labwatch space convert 12.json --from sacred | head -1; $labwatch space convert - --from sacred <flat.json | head -1; $labwatch space convert flat.yaml --to labwatch | head -1'
