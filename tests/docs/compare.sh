#!/bin/sh
# usage: compare.sh MQTTDRILL: reports/, docs/cli.md and docs/diagrams/ are what the tool prints now. Pictures that Graphviz made
# are not compared, the texts they are drawn from are (docs/decisions/0004). And every picture is on a page.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/regenerate.sh" "$1" "$work"
status=0
(cd "$work" && find . -type f | LC_ALL=C sort | while read -r file; do
    case $file in
    *.svg) [ -e "${file%.svg}.dot" ] || echo "$file" ;;
    *) echo "$file" ;;
    esac
done) >"$work.list"
while read -r file; do
    diff -u "$project/$file" "$work/$file" >"$work.diff" 2>&1 || {
        echo "$file is not current (./dev reports makes it anew):"
        head -n 20 "$work.diff"
        status=1
    }
done <"$work.list"
# What is on the pages of docs/areas, docs/areas_are_right checks.
for picture in "$work"/docs/diagrams/areas/*.svg; do
    name=docs/diagrams/areas/$(basename "$picture")
    [ -e "$project/$name" ] || { echo "$name is missing (./dev reports makes it)"; status=1; }
done
for picture in "$work"/docs/diagrams/links/*.svg; do
    name=diagrams/links/$(basename "$picture")
    [ -e "$project/docs/$name" ] || { echo "docs/$name is missing (./dev reports makes it)"; status=1; }
    grep -qF "]($name)" "$project/docs/link-model.md" || { echo "$name is not on docs/link-model.md"; status=1; }
done
[ "$(wc -l <"$work.list")" -ge 50 ] || { echo "too few files were compared"; status=1; }
rm -f "$work.list" "$work.diff"
exit $status
