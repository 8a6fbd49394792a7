#!/bin/sh
# usage: compare.sh MQTTDRILL: reports/ and docs/cli.md are what the tool prints now. Pictures are not compared: they depend on
# Graphviz and fonts; the texts they are drawn from are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/regenerate.sh" "$1" "$work"
status=0
(cd "$work" && find . -type f ! -name '*.svg' | LC_ALL=C sort) >"$work.list"
while read -r file; do
    diff -u "$project/$file" "$work/$file" >"$work.diff" 2>&1 || {
        echo "$file is not current (./dev reports makes it anew):"
        head -n 20 "$work.diff"
        status=1
    }
done <"$work.list"
[ "$(wc -l <"$work.list")" -ge 15 ] || { echo "too few files were compared"; status=1; }
rm -f "$work.list" "$work.diff"
exit $status
