# A disk that is full: here a limit on the size of files.
write_plain
sh_try '$labwatch suggest plain.yaml -n 2 --format args >/dev/null'
sh_try 'trap "" XFSZ; ulimit -f 1; $labwatch observe 1 0.5'
echo "# nothing is lost, and it goes on"
sh_try 'sqlite3 labwatch.db "PRAGMA integrity_check"'
try observe 1 0.5
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
