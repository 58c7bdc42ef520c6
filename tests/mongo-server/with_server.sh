#!/bin/sh
# with_server.sh FOLDER COMMAND…: the command, told of the server that fixture.sh has started.
set -eu
LABWATCH_TEST_MONGO_URI=$(cat "$1/uri")
LABWATCH_TEST_MONGO_SERVER=$1/server
export LABWATCH_TEST_MONGO_URI LABWATCH_TEST_MONGO_SERVER
shift
exec "$@"
