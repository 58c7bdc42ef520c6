#!/bin/sh
# fixture.sh start|stop FOLDER: the server that tests need, for as long as they run. FOLDER/uri names it:
# LABWATCH_TEST_MONGO_URI where it is set, otherwise mongod where it is on the PATH, otherwise the one of this folder, in
# memory. That one is built in FOLDER/server in any case, for tests that need a server of their own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$2

stop() {
  [ -f "$folder/pid" ] || return 0
  pid=$(cat "$folder/pid")
  rm -f "$folder/pid" "$folder/uri"
  # The number may be somebody else's by now.
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$folder"; then kill "$pid"; fi
}

# wait_for PATTERN FILE: until it is there, as long as the server lives.
wait_for() {
  until grep -q "$1" "$2"; do
    kill -0 "$(cat "$folder/pid")" 2>/dev/null || { cat "$2" >&2 && exit 1; }
    sleep 0.1
  done
}

start_mongod() {
  rm -rf "$folder/data"
  mkdir -p "$folder/data"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  setsid mongod --dbpath "$folder/data" --bind_ip 127.0.0.1 --port "$port" >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  wait_for "Waiting for connections" "$folder/log"
  echo "mongodb://127.0.0.1:$port" >"$folder/uri"
}

start_own() {
  setsid sh "$here/run.sh" "$folder/server" 0 memory >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  wait_for "^ready" "$folder/log"
  echo "mongodb://127.0.0.1:$(sed -n 's/^ready //p' "$folder/log")" >"$folder/uri"
}

case $1 in
start)
  mkdir -p "$folder"
  stop
  rm -f "$folder/log" # or what an earlier server wrote there would be taken for this one's
  : >"$folder/log"
  sh "$here/build.sh" "$folder/server"
  if [ -n "${LABWATCH_TEST_MONGO_URI-}" ]; then
    echo "$LABWATCH_TEST_MONGO_URI" >"$folder/uri"
  elif command -v mongod >/dev/null; then
    start_mongod
  else
    start_own
  fi
  ;;
stop) stop ;;
*) exit 2 ;;
esac
