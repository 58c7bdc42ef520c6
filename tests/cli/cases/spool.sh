# A result whose store is away is kept, and delivered by the next worker.
write_plain plain 'command: echo 1'
sh_try '$labwatch suggest plain.yaml --format args >/dev/null'
try observe 1 0.5 --spool
try observe 1 0.5 --spool --experiment other
sh_try '(echo "begin exclusive;"; sleep 12) | sqlite3 labwatch.db & sleep 0.5; $labwatch observe 1 0.25 --spool --experiment plain; code=$?; kill %1 2>/dev/null; exit $code'
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
sh_try '$labwatch run plain.yaml -n 2 -q 2>/dev/null'
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
echo "# the disk with the store is not there"
sh_try 'cp labwatch.db kept.db; rm -f labwatch.db*; $labwatch observe 2 0.125 --spool --experiment plain'
sh_try '$labwatch observe 2 0.125'
