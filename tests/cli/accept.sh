#!/bin/sh
# accept.sh LABWATCH [NAME …]: rewrites the golden files of these cases, or of all; review the diff.
labwatch=$1
shift
here=$(dirname "$0")
[ $# -gt 0 ] || set -- $(cd "$here/cases" && ls -- *.sh | sed 's/\.sh$//')
for name in "$@"; do
  bash "$here/run_case.sh" "$labwatch" "$here/cases/$name.sh" --accept
done
