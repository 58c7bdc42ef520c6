#!/bin/sh
# environment.sh NAME FOLDER: makes the environment of a peer (sacred, incense, omniboard) in FOLDER/NAME, unless it is
# there already, from the package registries. Says loudly if it cannot be made, and fails.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)/$name
sum=$(cat "$0" "$here/requirements.txt" | cksum)
[ "$(cat "$folder/made" 2>/dev/null || true)" = "$sum" ] && exit 0

cannot() {
  echo "== The environment of $name cannot be made: $1." >&2
  echo "== Nothing was compared with $name." >&2
  exit 1
}

# Lines of requirements.txt behind "# NAME", up to the next such line.
requirements() {
  awk -v name="$name" '/^#/ {wanted = $2 == name; next} wanted' "$here/requirements.txt"
}

rm -rf "$folder"
mkdir -p "$folder"
case $name in
omniboard)
  command -v npm >/dev/null || cannot "there is no npm (Node.js 20)"
  # shellcheck disable=SC2046 # a list of words
  (cd "$folder" && npm install --no-audit --no-fund --loglevel=error $(requirements)) || cannot "npm failed"
  ;;
*)
  python3 -m venv "$folder" || cannot "python3 -m venv failed"
  requirements | "$folder/bin/pip" install --quiet --disable-pip-version-check -r /dev/stdin || cannot "pip failed"
  ;;
esac
echo "$sum" >"$folder/made"
