#!/bin/sh
# make_env.sh FOLDER PIP-OPTION-OR-PACKAGE…: a virtual environment in FOLDER, unless it is there whole.
set -eu
folder=$1
shift
[ ! -e "$folder/complete" ] || exit 0
mkdir -p "$folder.tmp" # some packages are larger than /tmp
python3 -m venv "$folder"
TMPDIR=$(cd "$folder.tmp" && pwd) "$folder/bin/pip" install -q "$@"
rm -rf "$folder.tmp"
touch "$folder/complete"
