write_plain plain 'command: echo {x}'
sh_try '$labwatch suggest plain.yaml -n 4 --format args >/dev/null; $labwatch observe 4 1'
try exec 1 -q
try exec 2 -- echo 0.5
try exec 3 -q -- sh -c 'exit 2'
try exec 4
try exec 9
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
