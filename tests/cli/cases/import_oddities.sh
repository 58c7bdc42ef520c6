# Tables and lists as other programs write them.
write_plain plain
echo '# a byte order mark, lines that end as on Windows, blank lines, quotes'
printf '\357\273\277x,kind,result\r\n\r\n0.5,"red",1.5\r\n0.25,green,\r\n' >windows.csv
try import plain.yaml windows.csv
printf '\357\273\277x,kind,result\r\n0.5,"red",1.5\r\n\r\n0.25,green,2\r\n' >windows.csv
try import plain.yaml windows.csv
sh_try '$labwatch ls plain --format csv | cut -d, -f1-3,13,14'
echo '# what no table has in it'
printf 'x,kind,result\n0.5,r\0d,1\n' >zero.csv
try import plain.yaml zero.csv
printf 'x\0,kind,result\n0.5,red,1\n' >header.csv
try import plain.yaml header.csv
printf 'x,kind,result\n0.5,r\377d,1\n' >latin.csv
try import plain.yaml latin.csv
printf 'x,kind,quality_of_life_in_percent\n0.5,red,1\n' >unknown.csv
try import plain.yaml unknown.csv
printf 'x,kind,result,status\n0.5,red,1,WONDERFUL\n' >status.csv
try import plain.yaml status.csv
: >empty.csv
try import plain.yaml empty.csv
echo '# a list'
cat >list.json <<'JSON'
[{"config": {"x": 0.75, "kind": "red"}, "cost": 0.5},
 {"config": {"x": 0.875, "kind": "red"}, "result": {"result": 0.25, "n": 3}},
 {"config": {"x": 0.125, "kind": "red"}, "result": 0.375, "results": {"loss": 1}},
 {"config": {"x": 0.0625, "kind": "green"}, "result": null, "status": "FAILED"}]
JSON
try import plain.yaml list.json
sh_try '$labwatch ls plain --format csv | tail -n +4 | cut -d, -f1-4,13,14'
for item in '{"config": {}, "quality_of_life_in_percent": 3}' '{"config": {"x": 1}, "result": "good"}' \
  '{"config": {"x": 1}, "cost": {"a": 1}}' '{"config": {"x": 1}, "result": {"a": 1}}' '{"config": 3, "result": 1}' 3; do
  printf '[%s]' "$item" >item.json
  try import plain.yaml item.json
done
