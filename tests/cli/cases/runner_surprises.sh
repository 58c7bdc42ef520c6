# What a program can do to the runner that executes it.
write_script() { # NAME RUNS: its lines are read from standard input
  printf 'experiment: %s\noptimizer: random\nseed: 1\nruns: %s\ncommand: sh %s.sh\nspace:\n  x: !UniformFloat [0, 1]\n' \
    "$1" "$2" "$1" >"$1.yaml"
  cat >"$1.sh"
}
echo "# it removes the files that were made for it"
write_script tidy 2 <<'SH'
rm -rf "$(dirname "$LABWATCH_CONFIG")"
echo 1
SH
sh_try '$labwatch run tidy.yaml 2>/dev/null'
sh_try '$labwatch ls tidy --format csv | cut -d, -f1-3'
echo "# it removes its run, reports on it itself, or gives it back"
write_script removes 1 <<'SH'
[ "$LABWATCH_RUN" -gt 3 ] || $labwatch rm "$LABWATCH_RUN"
echo 0.5
SH
try run removes.yaml
write_script reports 1 <<'SH'
$labwatch observe "$LABWATCH_RUN" 0.75 && echo 0.5
SH
try run reports.yaml
write_script returns 1 <<'SH'
$labwatch release "$LABWATCH_RUN" && echo 0.5
SH
try run returns.yaml
echo "# its result lies as deep as can be kept, and deeper"
write_script deep 2 <<'SH'
depth=$((98 + LABWATCH_RUN % 2))
nested() { for _ in $(seq $depth); do printf "$1"; done; }
{ printf '{"result": 0.5, "d": '; nested '['; printf 1; nested ']'; printf '}'; } >"$LABWATCH_RESULT"
SH
write_script deeper 1 <<'SH'
{ printf '{"result": 0.5, "d": '; for _ in $(seq 100); do printf '['; done; } >"$LABWATCH_RESULT"
SH
sh_try '$labwatch run deep.yaml 2>/dev/null'
try run deeper.yaml
echo "# its result file has everything but the result, or is none"
write_script others 1 <<'SH'
echo '{"n": 3, "a": 1, "b": 1, "c": 3, "d": 4, "e": 5}' >"$LABWATCH_RESULT"
SH
try run others.yaml
write_script folder 1 <<'SH'
mkdir "$LABWATCH_RESULT"
echo 0.5
SH
try run folder.yaml
write_script words 1 <<'SH'
echo "no number: $(printf '%0400d' 0 | sed 's/0/ä/g')"
SH
try run words.yaml
echo "# more at a time than there are files to open: what cannot start now does later"
write_script many 20 <<'SH'
sleep 0.3
test "$1" = "$LABWATCH_SEED" && echo 1
SH
sed -i 's/many.sh/many.sh {seed}/' many.yaml
sh_try 'ulimit -n 24; $labwatch run many.yaml -j 20 2>/dev/null'
sh_try '$labwatch ls --format csv'
echo "# a configuration that chooses a program, but none that is there"
cat >chooses.yaml <<'YAML'
experiment: chooses
optimizer: grid
seed: 1
runs: 3
command: "{program} 1"
space:
  program: !Categorical [echo, "", /nowhere/to/be/found]
YAML
try run chooses.yaml
echo "# an argument that is longer than the system takes"
{
  printf 'experiment: long\nruns: 1\ncommand: "true {t}"\nspace:\n  t: !Categorical\n    - '
  printf '%0200000d\n' 0
} >long.yaml
try run long.yaml
try ls long
