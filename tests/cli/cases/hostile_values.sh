# Values and names that try to break out of eval and xargs. Each one would make a file called broken.
cat >hostile.yaml <<'YAML'
experiment: hostile
optimizer: grid
space:
  v: !Categorical
    - "$(touch broken)"
    - "`touch broken`"
    - "'; touch broken; '"
    - "\"; touch broken; \""
    - "a\ntouch broken\n"
    - "\\'; touch broken #"
    - "--help"
    - "-rf /tmp/none"
    - "*"
    - "~"
    - "a  b\tc"
    - "\\"
    - "!touch"
    - "trailing "
    - ""
    - "ä€😀"
    - "${IFS}touch${IFS}broken"
    - "|touch broken&"
  "odd name; touch broken": 1
  "=x": 2
YAML
# Writes its arguments, each on a line, with newlines made visible.
cat >show_words <<'SH'
#!/bin/sh
for word in "$@"; do printf '<%s>' "$word" | tr '\n' '@'; echo; done
SH
chmod +x show_words

echo "# eval in every shell there is: the variable is the value, and nothing else happens"
for shell in dash bash; do
  command -v $shell >/dev/null || continue
  $labwatch --store sqlite:$shell.db suggest hostile.yaml --format json -n 18 | sed 's/.*"v": \(".*"\), "odd.*/\1/' >wanted
  i=0
  while [ $i -lt 18 ]; do
    i=$((i + 1))
    # shellcheck disable=SC2016
    $shell -c 'eval "$($1 --store sqlite:eval.$2.db suggest hostile.yaml --format env)" && printf "%s" "$v" >value && printf "%s %s\n" "$odd_name__touch_broken" "$_x" >>constants' - "$labwatch" $shell
    python3 -c 'import json; print(json.dumps(open("value").read(), ensure_ascii=False))' >>got.$shell
  done
  sort got.$shell >got.sorted
  sort wanted >wanted.sorted
  cmp got.sorted wanted.sorted && echo same
done
sort -u constants
echo "# xargs: each word is the value, and nothing else happens"
sh_try '$labwatch --store sqlite:args.db suggest hostile.yaml --format args -n 18 | xargs -n 4 ./show_words | grep "^<--v=" | sort'
sh_try '$labwatch --store sqlite:args2.db suggest hostile.yaml --format args --template "{v} end" -n 18 | xargs -n 2 ./show_words | grep -v "<end>" | sort'
sh_try 'ls broken'
echo "# variables that the shell or the system reads are refused before anything is reserved"
for name in PATH path IFS LD_PRELOAD ENV BASH_ENV PS4 HOME PYTHONPATH LABWATCH_STORE PROMPT_COMMAND UID LC_ALL; do
  printf 'experiment: %s\nspace:\n  %s: !UniformFloat [0, 1]\n' "e-$name" "$name" >"$name.yaml"
  try suggest $name.yaml --format env
done
sh_try '$labwatch suggest PATH.yaml --format env --prefix P_ | cut -d= -f1'
try suggest PATH.yaml --format env --prefix LD_
try suggest PATH.yaml --format env --prefix 'a b'
try suggest PATH.yaml --format env --prefix '$(x)'
echo "# two names that would be one variable"
cat >same.yaml <<'YAML'
experiment: same
space:
  a-b: !UniformFloat [0, 1]
  a_b: !UniformFloat [0, 1]
YAML
try suggest same.yaml --format env
sh_try '$labwatch ls'
echo "# what is printed for people cannot move the cursor"
printf 'experiment: esc\nseed: 1\noptimizer: grid\nspace:\n  v: !Categorical ["\\e[2J\\e]0;x\\a"]\n  "n\\e[1m": 1\n' >esc.yaml
try suggest esc.yaml
try observe 2 0.5
try best esc --all
try ls esc --all
try show esc
sh_try '$labwatch suggest "$(printf "\033[2Jx")"'
