# What show tells of a run that had several attempts and has files, and of an experiment with all its settings.
cat >full.yaml <<'YAML'
experiment: full
command: sh work.sh
cost: {goal: maximize, name: accuracy}
optimizer: {name: grid, levels: 3}
seed: 1
target: 0.95
timeout: 1m
memory: 1G
retries: 2
space:
  x: !UniformFloat [0, 1]
  n: !UniformInt {lower: 1, upper: 9, step: 4}
  g: !Gaussian {mu: 0, sigma: 1, lower: -2}
  k: !Ordinal [small, large]
constraints:
  - x > 0.1 or n < 5
  - k == small or n > 1
YAML
cat >work.sh <<'SH'
case $LABWATCH_RUN in 1) echo broken >&2; exit 3 ;; *) echo '{"accuracy": 0.5, "epochs": 3}' ;; esac
SH
try space show full.yaml
sh_try '$labwatch run full.yaml -n 2 2>/dev/null; test $? -le 1'
try retry 1
try show full
echo '# the second attempt, by hand'
try observe 1 '{"accuracy": 0.25}'
try observe 1 '{"accuracy": 0.75}' --force
try show 1
echo '# a file that another program kept in the run'
sqlite3 labwatch.db "INSERT INTO chunks VALUES (1, CAST('weights' AS BLOB));
  INSERT INTO contents VALUES (1, zeroblob(16), 7, 1, 1, 2);
  INSERT INTO files VALUES (2, 'artifact', 'model.bin', 1), (2, 'source', 'work.sh', 1)"
sh_try '$labwatch show 2 | tail -n 4'
try show 2 --file model.bin
try show 2 --file none.bin
try show 2 --metric none
echo '# a suggestion that is not what would be made again'
write_plain other
sh_try '$labwatch suggest other.yaml -n 2 --format args'
sqlite3 labwatch.db 'UPDATE runs SET config = (SELECT config FROM runs WHERE id = 4) WHERE id = 3'
try show 3 --replay
try show 99 --replay
try show x
