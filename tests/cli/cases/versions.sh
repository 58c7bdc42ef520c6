# A file whose space has changed makes a new version of it, and says so once.
write_plain plain 'command: echo {x}'
try run plain.yaml -n 3 -q
sed 's/\[0, 1\]/[0, 0.98]/' plain.yaml >narrow.yaml
echo "# looking makes none"
sh_try '$labwatch ls narrow.yaml --format csv | cut -d, -f1,3'
try suggest narrow.yaml --format args
try suggest narrow.yaml --format args
sh_try '$labwatch show plain | grep ^space'
echo "# written differently, it is the same; and back again it is version 1"
sed 's/\[red, green\]/{choices: [red, green]} # both/' narrow.yaml >same.yaml
try suggest same.yaml --format args
try suggest plain.yaml --format args
sh_try '$labwatch show plain | grep ^space'
echo "# a version in which nothing lies"
sed 's/\[red, green\]/[blue, white]/' plain.yaml >blue.yaml
try suggest blue.yaml --format args
echo "# what died is not finished"
write_plain died 'command: sh -c "kill -9 $PPID; sleep 1"'
sh_try '($labwatch run died.yaml -n 1 -q; true) 2>/dev/null; $labwatch run died.yaml -n 2 -q -- echo 1; $labwatch show 9 | grep -e ^failure -e ^status; $labwatch ls died --format csv | cut -d, -f1-3'
sed 's/\[0, 1\]/[0, 0.98]/' died.yaml >narrow.yaml
try suggest narrow.yaml --format args
