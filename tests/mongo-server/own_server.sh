# shellcheck shell=sh
# own_server.sh, read by a test: a server of its own, beside the one that all share.
server_tools=$(cd "$(dirname "$0")" && pwd)
server_pid=

# start_server PORT FILE|memory [OPTION…]: see src/Server.java. Sets server_pid and server_port.
start_server() {
  : >server.out
  : "$LABWATCH_TEST_MONGO_SERVER"
  sh "$server_tools/run.sh" "$LABWATCH_TEST_MONGO_SERVER" "$@" >server.out 2>server.err &
  server_pid=$!
  until grep -q '^ready' server.out; do
    kill -0 "$server_pid" 2>/dev/null || fail "the server does not start: $(cat server.err)"
    sleep 0.05
  done
  server_port=$(sed -n 's/^ready //p' server.out)
}

# As when the machine under it goes down.
kill_server() {
  kill -9 "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

worker= # the process that a test waits for

# wait_until COMMAND…: as long as the worker, if there is one, lives.
wait_until() {
  until "$@"; do
    [ -z "$worker" ] || kill -0 "$worker" 2>/dev/null || fail "the worker ended before: $*"
    sleep 0.05
  done
}
