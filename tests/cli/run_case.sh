#!/usr/bin/env bash
# run_case.sh LABWATCH CASE.sh [--accept]
#
# Runs a case in a directory of its own, and compares its transcript with CASE.golden. In a case
#
#     try space check svm.yaml
#
# calls `labwatch space check svm.yaml` and prints the line, its standard output, its standard error behind "! ", and its exit status,
# unless it is 0. `sh_try 'LINE'` does so with a line for the shell, where $labwatch is the command.
#
# In a golden file [...] stands for any text in a line, and alone on a line for any lines. Times are written TIME, the
# directory DIR. --accept writes the golden file anew, and keeps its lines that still match.
set -u
labwatch=$(realpath -e "$1") || exit 1
case=$(realpath "$2")
accept=${3-}
golden=${case%.sh}.golden
here=$(dirname "$(realpath "$0")")

unset LABWATCH_STORE LABWATCH_SPOOL LABWATCH_MODULES COLUMNS
export LC_ALL=C.UTF-8 TZ=UTC labwatch
directory=$(mktemp -d)
trap 'chmod -R u+rwx "$directory"; rm -rf "$directory"' EXIT
mkdir "$directory/in" "$directory/state"
export XDG_STATE_HOME=$directory/state
cd "$directory/in" || exit 1

shown() { # the words of a command line as one would type them
  local word line=
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./:=,+%@-]+$ ]]; then line+=" $word"; else line+=" '${word//\'/\'\\\'\'}'"; fi
  done
  printf '%s' "$line"
}

report() { # exit status
  cat "$directory/stdout"
  sed 's/^/! /' "$directory/stderr"
  if [ "$1" -ne 0 ]; then echo "[exit $1]"; fi
  return 0
}

try() {
  echo "\$ labwatch$(shown "$@")"
  "$labwatch" "$@" >"$directory/stdout" 2>"$directory/stderr"
  report $?
}

sh_try() {
  echo "\$ $1"
  bash -c "set -o pipefail; $1" >"$directory/stdout" 2>"$directory/stderr"
  report $?
}

# spaces NAME <<YAML: writes NAME.yaml with this as its `space:`, and checks it.
check_space() {
  { echo 'experiment: e'; echo 'space:'; sed 's/^/  /'; } >"$1.yaml"
  try space check "$1.yaml"
}

# An experiment with two parameters, whose results are observed by hand.
write_plain() {
  cat >"${1:-plain}.yaml" <<YAML
experiment: ${1:-plain}
optimizer: random
seed: 1
${2-}
space:
  x: !UniformFloat [0, 1]
  kind: !Categorical [red, green]
YAML
}

# shellcheck source=/dev/null
(source "$case") >"$directory/raw" 2>&1
sed -E -e "s#$directory/in#DIR#g" -e "s#$directory#TOP#g" \
  -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z/TIME/g' "$directory/raw" >"$directory/transcript"

touch "$directory/empty"
expected=$golden
[ -e "$golden" ] || expected=$directory/empty
if awk -f "$here/match.awk" "$expected" "$directory/transcript" >"$directory/merged"; then
  exit 0
fi
if [ "$accept" = --accept ]; then
  cp "$directory/merged" "$golden"
  echo "accepted: $golden"
  exit 0
fi
diff -u "$expected" "$directory/merged"
exit 1
