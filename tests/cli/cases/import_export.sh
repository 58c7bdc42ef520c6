cat >imp.yaml <<'YAML'
experiment: imp
cost: {goal: maximize}
optimizer: random
seed: 1
space:
  kind: !Categorical [svm, tree, "1", 1]
  C: !UniformFloat {lower: 0.001, upper: 1000, log_scale: true, default: 1}
  depth: !UniformInt {lower: 2, upper: 8, when: {kind: tree}}
  data: base
YAML
cat >good.csv <<'CSV'
kind,C,depth,result,status,reason
svm,0.5,,0.75,,
tree,1e2,3,0.5,COMPLETED,
"tree",2,4,,FAILED,"no, ""really"""

svm,1,,nan,,
CSV
try import imp.yaml good.csv
sh_try '$labwatch export imp'
echo "# what was exported can be imported, by CSV and by JSON"
sh_try '$labwatch export imp >out.csv && $labwatch --store sqlite:b.db import imp.yaml out.csv && $labwatch --store sqlite:b.db export imp | cut -d, -f2-5,12- >b.csv; cut -d, -f2-5,12- out.csv | cmp - b.csv'
sh_try '$labwatch export imp --format json >out.json && $labwatch --store sqlite:c.db import imp.yaml out.json && $labwatch --store sqlite:c.db export imp | cut -d, -f2-5,12- | cmp - b.csv'
echo "# errors name their lines, and nothing is recorded"
cat >bad.csv <<'CSV'
kind,C,depth,result
svm,0.5,,0.75
svm,5000,,0.75
svn,0.5,,0.75
tree,0.5,2.5,0.75
svm,0.5,3,0.75
svm,0.5,,high
svm,0.5
svm,0.5,,
CSV
try --store sqlite:d.db import imp.yaml bad.csv
sh_try '$labwatch --store sqlite:d.db ls imp --format csv | wc -l'
try --store sqlite:d.db import imp.yaml bad.csv --skip
bad_csv() { printf "$1" >bad.csv; try import imp.yaml bad.csv; }
bad_csv 'kind,C,dept,result\n'
bad_csv 'kind,C,depth\n'
bad_csv 'kind,kind,result\n'
bad_csv 'kind,C,result\n"svm,0.5,1\n'
bad_csv 'kind,C,result\n"svm"x,0.5,1\n'
bad_csv ''
bad_csv 'kind,C,result\nsvm\377,0.5,1\n'
bad_json() { printf '%s' "$1" >bad.json; try import imp.yaml bad.json; }
bad_json '{'
bad_json '{"config": {}}'
bad_json '[{"config": {"kind": "svm", "C": 1}, "result": 1}, {"confg": {}}, {"config": 3}, 5, {"config": {"kind": "svm"}}]'
try import imp.yaml none.csv
echo "# costs are minimised: the sign is turned for a maximised result"
printf 'kind,C,cost\nsvm,0.25,-0.875\n' >cost.csv
try import imp.yaml cost.csv
sh_try '$labwatch best imp --format csv -n 1 | cut -d, -f3'
echo "# what was imported before is skipped, each run for one row"
try --store sqlite:e.db import imp.yaml good.csv
sh_try '{ cat good.csv; echo "svm,0.5,,0.75,,"; echo "svm,0.5,,0.8,,"; } >more.csv'
try --store sqlite:e.db import imp.yaml more.csv
try --store sqlite:e.db import imp.yaml more.csv
try --store sqlite:e.db import imp.yaml good.csv --again
