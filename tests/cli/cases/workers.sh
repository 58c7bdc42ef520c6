# Who works on what.
write_plain plain 'command: sh -c "touch started-$1; while [ ! -e go ]; do sleep 0.02; done; echo 1" -- {run}
lease: 1h'
# What differs from one machine to the next.
cat >hide.sed <<SED
/^ *host +pid|^$(hostname) /s/ +/ /g
s/^$(hostname)([ ,])/HOST\1/
s/"$(hostname)"/"HOST"/
s/: $(hostname)\$/: HOST/
s/^HOST [0-9]+ ([0-9]+ [0-9]+ )/HOST PID \1/
s/^HOST,[0-9]+/HOST,PID/
s/("pid":|pid:) [0-9]+/\1 PID/
SED
sh_try '$labwatch suggest plain.yaml --format args >/dev/null'
try workers plain
echo "# a worker with two commands, and a lease without a process"
sh_try '$labwatch suggest plain.yaml --lease 1h --format args >/dev/null'
$labwatch run plain.yaml -n 4 -j 2 -q 2>run.err & worker=$!
until [ -e started-3 ] && [ -e started-4 ]; do sleep 0.02; done
sh_try "\$labwatch workers plain | sed -E -f hide.sed"
sh_try "\$labwatch workers plain --format csv | sed -E -f hide.sed"
sh_try "\$labwatch workers plain --format json | sed 1,2d | sed -E -f hide.sed"
sh_try "\$labwatch workers plain --format yaml | sed -n 6,12p | sed -E -f hide.sed"
echo "# the worker is killed: the next one finds that its runs died, and nobody works then"
{ kill -9 $worker; wait $worker; } 2>/dev/null
sh_try "\$labwatch workers plain 2>/dev/null | sed -E -f hide.sed | grep gone"
touch go
sh_try '$labwatch release 2; $labwatch run plain.yaml -n 4 -q 2>/dev/null; $labwatch workers plain'
sh_try '$labwatch workers plain --format csv'
try workers nobody
try workers
