# What a program prints last: a JSON object, a number, or digits that could be two numbers.
tell() { # NAME COST LINE
  printf '%s' "$3" >line
  printf 'experiment: %s\ncommand: cat line\noptimizer: random\nruns: 1\nseed: 1\n%s\nspace: {x: !Categorical [1, 2]}\n' "$1" "$2" >"$1.yaml"
  "$labwatch" run "$1.yaml" >/dev/null 2>&1
  echo "$1: $3"
  "$labwatch" show "$("$labwatch" ls "$1" --format csv | sed -n '2s/,.*//p')" | grep -E '^(result|reason|failure)'
}
tell named 'cost: {name: acc, goal: maximize}' '{"acc": 0.75, "epoch": 12}'
tell missing 'cost: {name: acc}' '{"loss": 0.75, "epoch": 12}'
tell python 'cost: {name: acc}' "{'acc': 0.75, 'epoch': 12}"
tell unnamed '' '{"result": 0.75, "epoch": 12}'
tell other '' '{"loss": 0.75, "epoch": 12}'
tell regex 'cost: {name: acc, regex: "epoch.: ([0-9]+)"}' '{"acc": 0.75, "epoch": 12}'
tell thousands '' 'loss 1,234.5'
tell decimal '' 'loss 0,93'
tell cut 'cost: {regex: "loss ([0-9.]+)"}' 'loss 1,234.5'
tell fields 'cost: {regex: "^[0-9]+,([0-9.]+),"}' '12,0.5,7'
