# Of what is too large for a run's document, the numbers stay there and the whole becomes a file of the run.
cat >write.sh <<'SH'
{ printf '{"accuracy": 0.5, "note": "short", "large": "'; head -c "$1" /dev/zero | tr '\0' x; printf '"}'; } >"$LABWATCH_RESULT"
SH
write_plain plain 'command: sh write.sh 17000000 {x} {kind}
cost: {name: accuracy, goal: maximize}'
try run plain.yaml -n 1 -q
sh_try '$labwatch show 1 | grep -E "^(status|result)"'
sh_try '$labwatch show 1 --file result.json | wc -c'
sh_try '$labwatch show 1 --format json | wc -c | grep -c "^[0-9]\{1,5\}$"'
sh_try '$labwatch suggest plain.yaml --format args >/dev/null; LABWATCH_RESULT=object sh write.sh 2000000; $labwatch observe 2 - <object'
sh_try '$labwatch show 2 | grep -E "^(status|result)"'
sh_try '$labwatch show 2 --file result.json | cmp - object | head -1; $labwatch show 2 --file result.json | head -c 30; echo'
echo "# the same again is known; another one is refused"
sh_try '$labwatch observe 2 - <object'
sh_try 'sed "s/0.5/0.7/" object | $labwatch observe 2 -'
echo "# no file can be that large"
sh_try '$labwatch run plain.yaml -n 3 -q -- sh -c "truncate -s 65M \$LABWATCH_RESULT; : {x} {kind}"'
echo "# a configuration is in every run, and must be small"
{ echo 'experiment: large'; echo 'space:'; echo '  x: !UniformFloat [0, 1]'; printf '  data: '; head -c 5000000 /dev/zero | tr '\0' x; echo; } >large.yaml
try suggest large.yaml
sh_try '$labwatch ls large --format csv | wc -l'
