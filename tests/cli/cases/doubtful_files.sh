# Files that can be read, but hardly say what was meant.
doubt() { # NAME <<file
  cat >"$1.yaml"
  try space check "$1.yaml" -q
}
x='space: {x: !UniformFloat [0, 1]}'
doubt script <<<"experiment: e
command: sh -c 'echo {x}'
$x"
doubt script_behind <<<"experiment: e
command: env bash -euo pipefail -c 'echo {x} | cat'
$x"
doubt argument <<<"experiment: e
command: sh -c 'echo \$1 {run}' sh {x}
$x"
doubt shadow <<<"experiment: e
command: echo {run}
space: {run: !UniformInt [1, 3]}"
doubt optimizer <<<"experiment: e
optimizer: {name: sobl}
$x"
doubt option <<<"experiment: e
optimizer: {name: grid, level: 3}
$x"
try run optimizer.yaml -- echo '{x}'
doubt number <<<"experiment: e
cost: {regex: 3}
$x"
doubt letters <<<"experiment: e
cost: {regex: 'Accuracy'}
$x"
doubt groupless <<<"experiment: e
cost: {regex: 'Accuracy: [0-9.]+'}
$x"
doubt constants <<<"experiment: e
space: {x: 1}"
doubt quoted <<<"experiment: e
space: {x: '!UniformFloat [0, 1]', y: {z: 'UniformInt(0,1)'}, w: Constant, v: !Categorical ['!Ordinal', a]}"
doubt numbered <<<"experiment: 12
$x"
