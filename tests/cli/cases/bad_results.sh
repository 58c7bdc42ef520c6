write_plain
write_plain other
sh_try '$labwatch suggest plain.yaml -n 6 --format args >/dev/null && $labwatch suggest other.yaml >/dev/null'
echo "# not finite: recorded as failures"
try observe 1 nan
try observe 2 inf
try observe 3 -inf
try observe 4 1e999
echo "# nothing that could be recorded"
try observe 5 ''
try observe 5 '   '
sh_try '$labwatch observe 5 - </dev/null'
try observe 5 high
try observe 5 0.5x
try observe 5 '[1]'
try observe 5 '{"result": NaN}'
try observe 5 0,5
sh_try '$labwatch ls plain --format csv | cut -d, -f1-4'
echo "# two results for one run"
try observe 5 0.5
try observe 5 0.5
try observe 5 0.50
try observe 5 0.6
try observe 5 --status failed
sh_try '$labwatch ls plain --format csv | grep ^5, | cut -d, -f1-3'
try observe 5 0.6 --force
sh_try '$labwatch show 5 | grep -E "^(result|note)"'
echo "# unknown run, run of another experiment, removed run"
try observe 99 1
try observe 7 1 --experiment plain
try observe 7 1 --experiment other
try rm 6
try observe 6 1
try show 6
try beat 99
try release 99
try retry 99
try exec 99
try log 99 a=1
try show 99
echo "# what is refused is not said to be recorded"
sh_try '$labwatch observe plain.yaml --config "{\"x\": 0.5, \"kind\": \"red\"}" 1; $labwatch observe 5 nan'
