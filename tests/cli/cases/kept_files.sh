# What a run leaves (artifacts) and what it was made with (sources) is kept with it.
cat >train.sh <<'SH'
# The first word says what becomes of the run, the second one is its number.
mkdir -p out "$LABWATCH_ARTIFACTS/plots"
echo "model of run $2" >"out/model-$2.bin"
echo "roc of run $2" >"$LABWATCH_ARTIFACTS/plots/roc.txt"
ln -s /etc/os-release "$LABWATCH_ARTIFACTS/link"
mkfifo "$LABWATCH_ARTIFACTS/pipe"
echo "last words"
[ "$1" = good ] && echo 0.5
SH
mkdir lib && echo 'helper' >lib/a.sh && echo 'helper' >lib/b.sh
cat >kept.yaml <<'YAML'
experiment: kept
command: sh train.sh {how} {run}
artifacts: ['out/model-{run}.*', 'log*.txt']
sources: [train.sh, lib]
optimizer: random
seed: 1
space:
  how: !Categorical [good, bad, '*']
YAML
files() { sh_try "\$labwatch show $1 | sed -n '/^file/,\$p' | tr -s ' ' | cut -d' ' -f1-2"; }
try enqueue kept.yaml --config '{"how": "good"}'
try run kept.yaml -n 1 -q
files 1
try show 1 --file out/model-1.bin
try show 1 --file plots/roc.txt
try show 1 --file lib/b.sh
echo "# a run that failed keeps its files, too; what is missing there is no surprise"
try enqueue kept.yaml --config '{"how": "bad"}'
try run kept.yaml -n 2 -q
files 2
try show kept
echo "# sources are kept as they were when the run began"
echo 'another helper' >lib/a.sh
try enqueue kept.yaml --config '{"how": "good"}'
try run kept.yaml -n 3 -q
try show 1 --file lib/a.sh
try show 3 --file lib/a.sh
echo "# a value is no pattern, and a command may be told where its folder is"
cat >values.yaml <<'YAML'
experiment: values
command: sh -c 'touch "x*" xyz; echo 1 >"$1/one"; echo 1' sh {artifacts} {name}
artifacts: '{name}'
optimizer: random
seed: 1
space:
  name: !Categorical ['x*']
YAML
try run values.yaml -n 1 -q
files 4
echo "# what is missing is said before anything begins"
sed 's/^sources: .*/sources: [train.sh, nowhere.sh]/; s/^experiment: .*/experiment: missing/' kept.yaml >missing.yaml
try run missing.yaml -n 1
echo "# what is wrong in a file"
sh_try 'printf "experiment: e\nartifacts: {a: 1}\nsources: [a, \"\", [b]]\nspace: {x: 1}\n" >bad.yaml; $labwatch space check bad.yaml'
sh_try 'printf "experiment: e\nartifacts: [\"{y}\", \"{run}\", \"{\"]\nspace: {x: 1}\n" >bad.yaml; $labwatch space check bad.yaml'
echo "# more than anybody wants"
cat >many.yaml <<'YAML'
experiment: many
command: sh -c 'cd "$LABWATCH_ARTIFACTS" && seq 1005 | xargs touch; echo {x}'
optimizer: random
seed: 1
space:
  x: !UniformFloat [0, 1]
YAML
sh_try 'TMPDIR=$PWD $labwatch run many.yaml -n 1 -q; $labwatch show 5 | grep -c "artifact "; ls labwatch-*-run-5-* | wc -l; rm -r labwatch-*-run-5-*'
echo "# a worker that is killed while it keeps files leaves none in part"
cat >killed.yaml <<'YAML'
experiment: killed
command: sh -c 'for i in 1 2 3 4 5 6 7 8; do head -c 4000000 /dev/zero | tr "\000" $i >"$LABWATCH_ARTIFACTS/$i"; done; echo {x}'
optimizer: random
seed: 1
retries: 9
space:
  x: !UniformFloat [0, 1]
YAML
for round in 1 2 3 4; do
  "$labwatch" run killed.yaml -n 1 -q 2>/dev/null & worker=$!
  until "$labwatch" show 6 2>/dev/null | grep -q "^$round .*artifact"; do kill -0 $worker 2>/dev/null || break; sleep 0.02; done
  { kill -9 $worker; wait $worker; } 2>/dev/null
done
for i in $("$labwatch" show 6 | sed -n 's/^\([1-8]\) .*artifact.*/\1/p'); do
  [ "$("$labwatch" show 6 --file "$i" | tr -d "$i" | wc -c) $("$labwatch" show 6 --file "$i" | wc -c)" = "0 4000000" ] || echo "$i is not whole"
done
sh_try '$labwatch run killed.yaml -n 1 -q; $labwatch show 6 | grep -c "artifact  4000000"'
