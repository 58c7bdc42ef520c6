write_plain plain 'command: echo {x}'
try enqueue plain.yaml
try enqueue plain.yaml --default
try enqueue plain.yaml --config '{"x": 0.125}'
try enqueue plain.yaml --config '{"x": 0.125, "y": 1}'
try enqueue plain.yaml --config '{"x": 9}'
try enqueue plain.yaml -n 2 --default
try enqueue plain.yaml -n 2
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
echo "# workers take them first"
sh_try '$labwatch run plain.yaml -n 6 -q 2>/dev/null'
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3'
