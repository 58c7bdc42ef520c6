# Results that wait in the spool are delivered on demand, also what another machine left behind.
write_plain plain
write_plain other
away='cp labwatch.db kept.db; rm -f labwatch.db*'
back='mv kept.db labwatch.db'
try deliver
sh_try '$labwatch suggest plain.yaml -n 4 --format args >/dev/null; $labwatch suggest other.yaml --format args >/dev/null'
try deliver
sh_try "$away; for i in 1 2; do \$labwatch observe \$i 0.\$i --spool --experiment plain 2>/dev/null; done; \$labwatch observe 5 0.5 --spool --experiment other 2>/dev/null"
echo "# the store is still away"
try deliver
try deliver plain
sh_try "$back; \$labwatch deliver other"
try deliver other
try deliver
try deliver
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3; $labwatch ls other --format csv | cut -d, -f1-3'
echo "# what a machine left behind, whose store had another name"
sh_try "$away; LABWATCH_SPOOL=left \$labwatch observe 3 0.3 --spool --experiment plain 2>/dev/null; LABWATCH_SPOOL=left \$labwatch observe 4 0.4 --spool --experiment gone 2>/dev/null; $back; mkdir new; mv labwatch.db new"
try deliver --spool nowhere
sh_try 'cd new && $labwatch deliver --spool ../left'
sh_try 'cd new && $labwatch deliver --spool ../left --from sqlite:../labwatch.db'
sh_try 'cd new && $labwatch deliver --spool ../left --from "sqlite:$(dirname "$PWD")/labwatch.db"'
sh_try 'cd new && $labwatch ls plain --format csv | cut -d, -f1-3'
echo "# nothing but what is no result"
sh_try 'mkdir -m 700 damaged; echo "{" >damaged/2-bbbbbbbbbbbbbbbb.json; cd new; $labwatch deliver --spool ../damaged; ls ../damaged'
echo "# two results of one run: the first stands; what is no result is set aside"
sh_try 'cd new && for v in 1 2; do (cd ..; LABWATCH_SPOOL=new/own $labwatch observe 4 $v --spool --experiment plain 2>/dev/null); done; ls own | wc -l'
sh_try 'cd new && echo nonsense >own/0-nonsense.json; $labwatch deliver --spool own --from "sqlite:$(dirname "$PWD")/labwatch.db" 2>&1 | sed -E "s/[0-9]+-[0-9a-f]{16}/RESULT/g"'
sh_try 'cd new && $labwatch deliver --spool own; ls own | sed "s/.*[.]//" | sort | uniq -c | tr -s " "'
