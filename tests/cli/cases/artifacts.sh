# Files of runs: kept, listed, written out again.
write_plain plain 'command: echo {x}'
sh_try '$labwatch suggest plain.yaml -n 3 --format args >/dev/null'
mkdir plots
printf 'all is well\n' >report.txt
printf '\000\001binary\377' >plots/model.bin
: >empty
try artifact 1 report.txt plots/model.bin empty
sh_try '$labwatch show 1 | tail -4'
try show 1 --file report.txt
sh_try '$labwatch show 1 --file model.bin | cmp - plots/model.bin'
sh_try '$labwatch show 1 --file empty | wc -c'
echo "# another one of the same name takes its place; any name can be given"
printf 'better still\n' >report.txt
try artifact 1 report.txt
try show 1 --file report.txt
try artifact 1 report.txt --name 'the report: naïve π/1.txt'
try show 1 --file 'the report: naïve π/1.txt'
sh_try 'head -c 700000 /dev/zero >large; $labwatch artifact 2 large && $labwatch show 2 --file large | cmp - large'
echo "# after the result, too"
try observe 3 0.5
try artifact 3 report.txt
try show 3 --file report.txt
echo "# what cannot be kept"
try artifact 1 nothing.txt
try artifact 1 plots
try artifact 1 /dev/zero
sh_try 'mkfifo pipe; $labwatch artifact 1 pipe'
try artifact 1 report.txt plots/../report.txt
try artifact 1 report.txt empty --name both
try artifact 1 report.txt --name ''
try artifact 1
try artifact 99 report.txt
try artifact 1 report.txt --experiment other
try rm 3
try artifact 3 report.txt
sh_try '$labwatch show 1 | tail -4'
try show 3 --file report.txt
