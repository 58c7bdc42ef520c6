#!/bin/sh
# document_examples.sh CHECKER PAGE: every ```yaml block of a page must be an experiment file, or a part of one: what is needed and
# not in it (a name, a space) is added.
set -eu
checker=$1 page=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awk -v folder="$folder" '
    /^```yaml$/ { inside = 1; name = sprintf("%s/line-%04d.yaml", folder, NR); printf "" > name; next }
    /^```$/ && inside { inside = 0; close(name); next }
    inside { print > name }' "$page"

count=0
for file in "$folder"/*.yaml; do
    case $(head -c 1 "$file") in
    '{') ;;
    *)
        grep -q '^experiment:' "$file" || echo 'experiment: example' >> "$file"
        grep -Eq '^spaces?:' "$file" || echo 'space: {x: !UniformFloat [0, 1]}' >> "$file"
        ;;
    esac
    "$checker" "$file"
    count=$((count + 1))
done
echo "$count examples"
test "$count" -gt 0
