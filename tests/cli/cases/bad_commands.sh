# Commands that fail in every way.
failing() { # name command…
  printf 'experiment: %s\ncommand: %s\nruns: 1\nseed: 1\n%s\nspace: {x: !Constant 1, y: !UniformFloat [0, 1]}\n' "$1" "$2" "${3-}" >"$1.yaml"
  try run "$1.yaml" -q
}
failing not-found 'no-such-command-anywhere {y}'
failing not-there './nothing {y}'
touch plain.txt
failing not-executable './plain.txt {y}'
failing folder './ {y}'
failing exit-3 "sh -c 'echo {y}; exit 3'"
failing crash "sh -c 'true {y}; kill -SEGV \$\$'"
failing killed "sh -c 'true {y}; kill -KILL \$\$'"
failing no-number "sh -c 'true {y}; echo none'"
failing silent "true {y}"
failing nan "sh -c 'true {y}; echo nan'"
failing infinite "sh -c 'true {y}; echo inf'"
failing no-match "sh -c 'true {y}; echo 5'" 'cost: {regex: "loss = ([0-9.]+)"}'
echo "# children that stay do not hold it up"
failing stays "sh -c 'true {y}; sleep 60 & echo 1'"
echo "# an endless child is ended"
failing endless "sh -c 'true {y}; sleep 60'" 'timeout: 1s'
sh_try '$labwatch ls --format csv | cut -d, -f1-4'
