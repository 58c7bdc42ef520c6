# A command that prints a gigabyte, and one that ignores TERM.
cat >flood.yaml <<'YAML'
experiment: flood
seed: 1
command: sh -c 'true {y}; head -c 1000000000 /dev/zero | tr "\0" "x"; echo; echo 0.5'
runs: 1
space: {y: !UniformFloat [0, 1]}
YAML
try run flood.yaml -q
sh_try '[ $($labwatch show 1 --output | wc -c) -lt 2000000 ]'
cat >deaf.yaml <<'YAML'
experiment: deaf
seed: 1
command: sh -c 'trap "" TERM; true {y}; while :; do sleep 1; done'
runs: 1
timeout: 1s
space: {y: !UniformFloat [0, 1]}
YAML
try run deaf.yaml -q
