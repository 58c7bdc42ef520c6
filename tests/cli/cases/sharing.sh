# Eight workers at once share a budget exactly.
write_plain plain 'command: echo {x}'
sh_try 'for i in 1 2 3 4 5 6 7 8; do $labwatch run plain.yaml -n 60 -q 2>>err & done; wait; $labwatch ls plain --format csv | cut -d, -f2 | sort | uniq -c | tr -s " "'
sh_try '$labwatch ls plain --format csv | sed 1d | cut -d, -f1 | sort -n | tr "\n" " "'
