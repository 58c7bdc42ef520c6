write_plain
sh_try '$labwatch suggest plain.yaml -n 9 --format args >/dev/null'
try observe 1 0.25
try observe 2 -0.5
sh_try 'echo 1e-3 | $labwatch observe 3 -'
sh_try 'echo "{\"result\": 2, \"accuracy\": 0.5}" | $labwatch observe 4 -'
try observe 5 '{"accuracy": 0.5, "resutl": 2}'
try observe 5 '{"result": "high"}'
try observe 5 '{"result": 1'
try observe 5 --status failed --reason 'the disk was on fire'
try observe 6 --status timeout
try observe 7 --status interrupted --reason 'the cat'
try observe 8 --status nan
try observe 9 --status filed
try observe 9 0.5 --status failed
try observe 9 0.5 --reason x
sh_try '$labwatch ls plain --format csv | cut -d, -f1-5'
echo "# a run that was made elsewhere"
try observe plain --config '{"x": 0.5, "kind": "red"}' 0.75
try observe plain --config '{"x": 0.5}' 0.75
try observe plain --config '{"x": 2, "kind": "red"}' 0.75
try observe plain --config '{"x": 0.5, "kin": "red"}' 0.75
try observe plain --config '{"x": 0.5' 0.75
try observe plain --config '{"x": 0.5, "kind": "green"}' --status crash
try observe new.yaml --config '{"x": 0.5}' 1
