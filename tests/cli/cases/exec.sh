write_plain plain 'command: echo {x}'
sh_try '$labwatch suggest plain.yaml -n 4 --format args >/dev/null; $labwatch observe 4 1'
try exec 1 -q
try exec 2 -- echo 0.5
try exec 3 -q -- sh -c 'exit 2'
try exec 4
try exec 9
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
echo "# a completed run and a failed one; a store that takes no result"
try exec 3
sh_try '$labwatch suggest plain.yaml --format args >/dev/null; trap "" XFSZ; $labwatch exec 5 -q -- sh -c "prlimit --pid \$PPID --fsize=4000:4000; echo 0.25"'
sh_try '$labwatch run plain.yaml -n 5 -q'
sh_try '$labwatch ls plain --format csv | tail -1 | cut -d, -f1-3'
