# Every value of a configuration is told from every other in CSV, and comes back the same.
cat >odd.yaml <<'YAML'
experiment: odd
optimizer: grid
seed: 1
space:
  v: !Categorical ["1", 1, "", null, "null", "true", true, {k: v}, [1, 2], "[1, 2]", "a,b", "a\nb", "é", '"1"', plain, " 2", nan]
  only: !UniformInt {lower: 1, upper: 2, when: {v: plain}}
  "a.b": !Categorical [x, "3"]
  list: [7, !UniformInt {lower: 1, upper: 2, when: {v: plain}}]
  empty: ""
  text: "12"
  deep: {number: 1e-5, list: [a, "b"]}
YAML
sh_try '$labwatch suggest odd.yaml -n 34 --format json >suggested; for i in $(seq 34); do $labwatch observe $i 0.$i; done'
sh_try '$labwatch export odd >a.csv; cut -d, -f1,3,13- a.csv'
sh_try '$labwatch --store sqlite:b.db import odd.yaml a.csv'
values() { "$labwatch" --store "$1" export odd --format json | sed -E 's/.*"config"/"config"/'; }
values sqlite:labwatch.db >a.values; values sqlite:b.db >b.values
sh_try 'cmp a.values b.values'
sh_try '$labwatch --store sqlite:b.db export odd | cut -d, -f13- >b.csv; cut -d, -f13- a.csv | cmp - b.csv'
echo "# columns are those of the space, whatever the runs have"
sh_try '$labwatch export odd --where "id = 0"'
sh_try '$labwatch best odd --format csv -n 1 | head -1'
echo "# what others write is read by the parameter, if it can be only one choice"
cat >vague.yaml <<'YAML'
experiment: vague
space:
  n: !Categorical ["1", "2", 3.0, "3"]
  config.x: !UniformFloat [0, 1]
YAML
printf 'n,config.x,result\n1,0.5,1\n"""2""",0.5,2\n3.0,0.5,3\n"""3""",0.5,4\n' >vague.csv
try import vague.yaml vague.csv
sh_try '$labwatch export vague --format json | grep -o "config.*"'
printf 'n,config.config.x,result\n3,0.5,1\n4,0.5,1\n' >vague.csv
try import vague.yaml vague.csv
