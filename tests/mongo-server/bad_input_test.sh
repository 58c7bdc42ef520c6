#!/bin/sh
# bad_input_test.sh LABWATCH: what the command says, and ends with, where the server is not as it should be.
set -eu
labwatch=$1
. "$(dirname "$0")/own_server.sh"
work=$(mktemp -d)
peer=
trap '[ -z "$peer" ] || kill "$peer"; kill_server; rm -rf "$work"' EXIT
cd "$work"
unset LABWATCH_STORE
export LABWATCH_SPOOL="$work/spool"
cat >experiment.yaml <<'YAML'
experiment: heart
command: echo {x}
runs: 3
space:
  x: !UniformFloat [0, 1]
YAML

# ends CODE PART COMMAND…: with that code, that part in its one sentence, and never the password.
ends() {
  wanted=$1
  part=$2
  shift 2
  code=0
  "$labwatch" "$@" >out 2>err || code=$?
  [ "$code" -eq "$wanted" ] || { cat err >&2 && fail "$* ends with $code"; }
  grep -qF "$part" err || { cat err >&2 && fail "$* does not say: $part"; }
  [ "$(grep -c '^labwatch: ' err)" -eq 1 ] || { cat err >&2 && fail "$* says more than one sentence"; }
  if grep -q s3cret err out; then fail "$*: the password is told"; fi
}

# No server: within the time of the address; where that has none, five seconds.
nobody="mongodb://ann:s3cret@127.0.0.1:1/lab"
ends 75 "no MongoDB server for mongodb://127.0.0.1:1/lab was found within 0.3 s; is it running" \
  ls --store "$nobody?serverSelectionTimeoutMS=300"
ends 75 "was found within 0.3 s" run experiment.yaml --store "$nobody?serverSelectionTimeoutMS=300"
begun=$(date +%s)
ends 75 "was found within 5 s" ls --store "$nobody"
[ "$(($(date +%s) - begun))" -ge 4 ] || fail "it did not wait that long"

start_server 0 memory "user=ann:s3cret" "user=bob:s3cret:read"
place=127.0.0.1:$server_port
as() { echo "mongodb://$1:$2@$place/$3?authSource=admin"; }
ends 1 "does not accept the user 'ann' with this password" ls --store "$(as ann s3cret2 lab)"
ends 1 "mostly ?authSource=admin" run experiment.yaml --store "mongodb://ann:s3cret@$place/lab"
ends 1 "wants a user and a password" ls --store "mongodb://$place/lab"
# A database that is not there is one that nothing was written to.
ends 3 "there is nothing of labwatch or Sacred in mongodb://$place/nolab" ls --store "$(as ann s3cret nolab)"
ends 3 "there is nothing of labwatch or Sacred" best heart --store "$(as ann s3cret nolab)"
"$labwatch" run experiment.yaml -q --store "$(as ann s3cret lab)" 2>/dev/null || fail "the right user"
# Who may read looks; who may not write is told which role is missing, before anything is executed.
"$labwatch" best heart --store "$(as bob s3cret lab)" >out 2>err || fail "who may read cannot look"
ends 1 "the user 'bob' may not do this in mongodb://$place/lab; labwatch needs the role readWrite" \
  run experiment.yaml -n 4 --store "$(as bob s3cret lab)" -- touch executed
[ ! -e executed ] || fail "a command was executed for nothing"
ends 1 "the user 'bob' may not do this" suggest experiment.yaml --store "$(as bob s3cret other)"
kill_server

start_server 0 memory version=4.2
ends 2 "older than MongoDB 4.4" ls --store "mongodb://127.0.0.1:$server_port/lab"
ends 2 "older than MongoDB 4.4" run experiment.yaml --store "mongodb://127.0.0.1:$server_port/lab"
# With TLS in the address, but not on the server.
ends 75 "does it speak TLS, as the address says" \
    ls --store "mongodb://127.0.0.1:$server_port/lab?tls=true&serverSelectionTimeoutMS=500"
kill_server

# What answers there is something else.
start_peer() {
  : >peer.out
  python3 "$server_tools/peer.py" "$1" >peer.out 2>peer.err &
  peer=$!
  wait_until grep -q '^ready' peer.out
  at="mongodb://ann:s3cret@127.0.0.1:$(sed -n 's/^ready //p' peer.out)/lab?serverSelectionTimeoutMS=500"
}
stop_peer() {
  kill "$peer"
  wait "$peer" 2>/dev/null || true
  peer=
}
start_peer silent
ends 75 "was found within 0.5 s; is it running, and can it be reached" ls --store "$at"
stop_peer
start_peer nonsense
ends 75 "what answers there is no MongoDB server" ls --store "$at"
ends 75 "may speak no TLS" ls --store "$at&tls=true"
stop_peer
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1 2>/dev/null
start_peer tls
ends 75 "a server with TLS needs tls=true" ls --store "$at"
ends 75 "its certificate is not trusted here: tlsCAFile=FILE" ls --store "$at&tls=true"
ends 75 "does it speak TLS" ls --store "$at&tls=true&tlsCAFile=$work/cert.pem"
ends 75 "TLS" ls --store "$at&tls=true&tlsCAFile=$work/nothing.pem"
stop_peer
