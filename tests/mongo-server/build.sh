#!/bin/sh
# build.sh FOLDER: builds the server for tests there, unless it is there already. Needs JDK 17 and Maven.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
sum=$(cat "$here/pom.xml" "$here"/src/*.java | cksum)
if [ "$(cat "$folder/built" 2>/dev/null || true)" != "$sum" ]; then
  mvn -B -q -f "$here/pom.xml" "-Dfolder=$folder" compile dependency:copy-dependencies \
    "-DoutputDirectory=$folder/lib" -DincludeScope=runtime >&2
  echo "$sum" >"$folder/built"
fi
