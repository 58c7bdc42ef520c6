# beat, release, retry, pause, resume, rm.
write_plain plain 'command: echo {x}'
sh_try '$labwatch suggest plain.yaml -n 4 --format args >/dev/null'
try beat 1
try release 1
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
try release 1 2
try observe 3 0.5
try release 3
try retry 3
try observe 4 --status failed
try retry 4
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
try pause plain
try suggest plain
try ls --format csv
try run plain.yaml -n 6 --max-time 1
try resume plain
sh_try '$labwatch run plain.yaml -n 6 -q 2>&1 | head -1'
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
echo "# all of them are removed, or none"
try rm 3 99 4
try rm 3 x
try rm 3 4 3
try rm 3 4 --experiment other
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2 | grep -e 3, -e 4,'
try rm 1 2
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
echo "# ids are never used again"
sh_try '$labwatch suggest plain --format args'
try rm plain
try rm plain --all
try ls plain
try ls
echo "# of several runs, those that can be retried are"
sh_try '$labwatch suggest plain.yaml -n 3 --format args >/dev/null; for run in 8 10; do $labwatch observe $run --status failed; done; $labwatch observe 9 1'
try retry 8 9 10
sh_try '$labwatch ls plain --format csv -n 3 | cut -d, -f1-2'
