#!/bin/sh
# secrets_test.sh LABWATCH: a password is in no list of processes, sentence, run, or file that labwatch writes, however
# it was given.
set -eu
labwatch=$1
. "$(dirname "$0")/own_server.sh"
work=$(mktemp -d)
trap 'kill_server; rm -rf "$work"' EXIT
cd "$work"
mkdir secret written
unset LABWATCH_STORE LABWATCH_SPOOL
export XDG_STATE_HOME="$work/written/state"
password='Zq%409x-Hush'      # as it stands in an address; the word itself has an @
plain='Zq@9x-Hush'
start_server 0 "$work/secret/data" "user=ann:$plain"
hosts=127.0.0.1:$server_port
options='authSource=admin'
url="mongodb://ann:$password@$hosts/lab?$options"
(umask 077 && echo "$url" >secret/url && echo "$plain" >secret/password)

cat >experiment.yaml <<'YAML'
experiment: quiet
command: sh -c 'env | grep ^LABWATCH_ >>written/environment; until [ -e written/go ]; do sleep 0.02; done; echo "$1"' sh {x}
optimizer: random
runs: 100
space:
  x: !UniformFloat [0, 1]
YAML

# Everything that is written, shown in a list of processes, or in a run.
search() {
  tr '\0' ' ' <"/proc/$1/cmdline" >>written/processes
  for id in $("$labwatch" ls quiet --format csv --store @secret/url | sed -n 's/^\([0-9]*\),.*/\1/p'); do
    "$labwatch" show "$id" --format json --store @secret/url >>written/runs
  done
  "$labwatch" show quiet --format json --store @secret/url >>written/runs
  if grep -rqF -e "$plain" -e "$password" -e Hush written; then grep -rF -e Hush written >&2 && fail "$2: a password is told"; fi
}

# works HOW COMMAND…: takes a run with it, while everything is searched; then the same with a store that goes away.
n=0
works() {
  how=$1
  shift
  n=$((n + 1))
  rm -f written/go
  "$@" run experiment.yaml -n "$n" >>written/out 2>>written/err &
  worker=$!
  wait_until grep -q "LABWATCH_RUN=$n\$" written/environment
  search "$worker" "$how"
  touch written/go
  wait "$worker" || { cat written/err >&2 && fail "$how: it did not work"; }
}

: >written/environment
works "in a file" "$labwatch" --store @secret/url
grep -q "^LABWATCH_STORE=@$work/secret/url\$" written/environment || fail "the command is not told of the file"
works "by a variable" env LABWATCH_STORE=@secret/url "$labwatch"
works "in a file of its own" "$labwatch" --store "mongodb://ann@$hosts/lab?$options&passwordFile=$work/secret/password"
grep -c passwordFile written/environment >/dev/null || fail "the command is not told of the password's file"

# In the open: only the environment of its own commands has it, which nobody else can read.
n=$((n + 1))
rm -f written/go
"$labwatch" run experiment.yaml -n "$n" --store "$url" >>written/out 2>>written/err &
worker=$!
wait_until grep -q "LABWATCH_RUN=$n\$" written/environment
grep -v LABWATCH_STORE= written/environment >written/rest
mv written/rest written/environment
search "$worker" "on the command line"
grep -q "mongodb://$hosts/lab" written/processes || fail "the list of processes does not even have the address"

# The store goes away: sentences, spool.
kill_server
touch written/go
spooled() { [ "$(find written/state -path '*spool*' -name '*.json' | wc -l)" -eq 1 ]; }
wait_until spooled
kill -9 "$worker"
wait "$worker" 2>/dev/null || true
"$labwatch" ls --store "$url" 2>>written/err && fail "the server is away"
"$labwatch" deliver --store "$url" 2>>written/err && fail "the server is away"
start_server "$server_port" "$work/secret/data" "user=ann:$plain"
"$labwatch" deliver --store @secret/url 2>>written/err || fail "the spool of the same store under another spelling"
"$labwatch" ls --store "mongodb://ann:${password}2@$hosts/lab?$options" 2>>written/err && fail "a wrong password is right"
"$labwatch" copy quiet --store @secret/url --to "$url&nonsense=$password" 2>>written/err && fail "an unknown option"
search $$ "when it went away"

# What is wrong with a file of that kind.
refused() {
  code=0
  "$labwatch" ls --store "$1" 2>refusal || code=$?
  [ "$code" -eq 2 ] || { cat refusal >&2 && fail "$1 ends with $code"; }
  grep -qF "$2" refusal || { cat refusal >&2 && fail "$1 is not refused with: $2"; }
  if grep -qF Hush refusal; then fail "$1: a password is told"; fi
}
chmod 640 secret/url secret/password
refused @secret/url "others can read or change it (mode 640): chmod 600 it"
refused "mongodb://ann@$hosts/lab?passwordFile=secret/password" "others can read or change it"
chmod 600 secret/url secret/password
refused @secret/nothing "cannot read 'secret/nothing'"
refused @secret "is no regular file"
refused @secret/password "must have the URL of a store in it"
refused "mongodb://ann:$password@$hosts/lab?passwordFile=secret/password" "goes with a user without a password"
refused "mongodb://$hosts/lab?passwordFile=secret/password" "goes with a user without a password"
(umask 077 && printf 'one\ntwo\n' >secret/two && : >secret/empty && printf 'mongo:%s' "$plain" >secret/odd)
refused @secret/two "must have one line"
refused @secret/empty "must have one line"
refused @secret/odd "must have the URL of a store in it"
