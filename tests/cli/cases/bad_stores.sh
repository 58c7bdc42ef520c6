# Stores that are not there, or cannot be used. What needs another user than root runs as nobody.
write_plain
as_user() { # root is asked by no permissions
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}
export -f as_user
try ls
try ls plain
try observe 1 0.5
try --store labwatch.db ls
try --store sqlte:labwatch.db ls
try --store sqlite: ls
try --store sqlite:no/such/folder/x.db suggest plain.yaml
sh_try '$labwatch suggest plain.yaml >/dev/null'
echo "# truncated"
sh_try 'head -c 3000 labwatch.db >short.db; $labwatch --store sqlite:short.db ls'
sh_try 'head -c 50 labwatch.db >shorter.db; $labwatch --store sqlite:shorter.db ls'
echo "# not a database"
sh_try 'echo "this is no database, as everybody can see at once" >text.db; $labwatch --store sqlite:text.db ls'
echo "# another program's database"
sh_try 'sqlite3 foreign.db "create table a(b)"; $labwatch --store sqlite:foreign.db ls'
sh_try 'sqlite3 foreign.db "create table if not exists a(b)"; $labwatch --store sqlite:foreign.db suggest plain.yaml'
echo "# read-only"
# The build may lie where nobody but its owner can read.
mkdir -p everyone/bin && cp "$labwatch" everyone/bin && cp -a "$(dirname "$labwatch")/../lib" everyone/
sh_try 'chmod 755 .. . && mkdir ro && cp labwatch.db ro/ && chmod 444 ro/labwatch.db && chmod 555 ro && as_user everyone/bin/labwatch --store sqlite:ro/labwatch.db observe 1 0.5'
echo "# a directory"
sh_try 'mkdir folder.db; $labwatch --store sqlite:folder.db ls'
echo "# locked for longer than the timeout"
sh_try '(echo "begin exclusive;"; sleep 12) | sqlite3 labwatch.db & sleep 0.5; $labwatch observe 1 0.5; code=$?; kill %1 2>/dev/null; exit $code'
echo "# and then it works"
try observe 1 0.5
