# What export prints, import takes over: all but the ids, and where a run comes from.
cat >trip.yaml <<'YAML'
experiment: trip
cost: {goal: maximize}
optimizer: random
seed: 1
command: sh -c 'test $1 -lt 7 && echo $1' sh {depth}
runs: 8
space:
  depth: !UniformInt [1, 9]
  seed: !Categorical [a, b]
  result: !UniformFloat [0, 1]
YAML
sh_try '$labwatch run trip.yaml -q 2>/dev/null; $labwatch enqueue trip.yaml'
sh_try 'failed=$($labwatch ls trip --where "failure = crash" -n 1 --format csv | tail -1 | cut -d, -f1); $labwatch retry $failed; $labwatch run trip.yaml -q -- echo 5 2>/dev/null'
sh_try 'printf "depth,seed,result,status,failure\n1,a,0.5,FAILED,memory\n2,b,0.5,TIMEOUT,\n3,a,0.5,INTERRUPTED,\n4,b,0.5,FAILED,nan\n" | $labwatch import trip.yaml -'
sh_try 'printf "depth,seed,config.result,status,failure\n1,a,0.5,FAILED,memory\n2,b,0.5,TIMEOUT,\n3,a,0.5,INTERRUPTED,\n4,b,0.5,FAILED,nan\n" | $labwatch import trip.yaml -'
sh_try '$labwatch export trip >out.csv; cut -d, -f2,4,8,13- out.csv'
sh_try '$labwatch export trip --format json >out.json'
for format in csv json; do
  sh_try "\$labwatch --store sqlite:$format.db import trip.yaml out.$format && \$labwatch --store sqlite:$format.db export trip >again.csv; for file in out again; do cut -d, -f2-6,8- \$file.csv >\$file.cut; done; cmp out.cut again.cut"
done
echo "# a result that is an object"
printf 'experiment: object\ncost: {name: acc}\nspace: {x: !UniformFloat [0, 1]}\n' >object.yaml
sh_try 'echo "{\"acc\": 0.5, \"epoch\": 3}" | $labwatch observe object.yaml --config "{\"x\": 0.5}" -'
sh_try '$labwatch export object.yaml --format json >out.json; $labwatch --store sqlite:object.db import object.yaml out.json; $labwatch --store sqlite:object.db show 1 | grep ^result'
echo "# other ways to write it, and what is wrong"
import() { printf 'depth,config.seed,config.result,result,%s\n1,a,0.5,1,%s\n' "$1" "$2" >one.csv; try --store "sqlite:one.db" import trip.yaml one.csv --again; }
import start_time,duration '2026-11-21 10:00:00,90'
sh_try '$labwatch --store sqlite:one.db export trip --format json | grep -c "\"start_time\": \"2026-11-21T10:00:00.000Z\", \"stop_time\": \"2026-11-21T10:01:30.000Z\", \"duration\": 90.0, \"seed\": [0-9]*, "'
import start_time,stop_time '2026-11-21T10:00:00.5Z,2026-11-21T10:00:00.25Z'
import stop_time 2026-02-31T10:00:00
import start_time yesterday
import duration -1
import seed 2147483648
import attempt 0
import start_time,start_time ,
