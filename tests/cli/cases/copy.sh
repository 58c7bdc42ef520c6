write_plain
sh_try '$labwatch suggest plain.yaml -n 3 --format args >/dev/null; $labwatch observe 1 0.5; $labwatch log 1 loss=1'
try copy plain --to sqlite:other.db
try --store sqlite:other.db ls plain
try copy plain --to sqlite:other.db
sh_try '$labwatch --store sqlite:other.db show 1 --metric loss | cut -d, -f1,2'
try copy nothing --to sqlite:other.db
try copy plain --to other.db
try copy plain --to sqlite:labwatch.db
