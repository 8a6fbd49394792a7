#!/bin/sh
# usage: pictures.sh MQTTDRILL SET FOLDER: draws what docs/diagrams/SET/pictures.txt lists into FOLDER (an absolute path): plots as
# .svg, diagrams as .svg and the .dot text that Graphviz draws them from.
set -eu
tool=$1
out=$3
cd "$(dirname "$0")/../.."
here=docs/diagrams/$2
mkdir -p "$out"
traces=$(mktemp -d)
trap 'rm -rf "$traces"' EXIT
grep -v '^#' "$here/pictures.txt" | while read -r name kind scenario link options; do
    case $scenario in
    */*) file=scenarios/$scenario.lua ;;
    *) file=$here/$scenario.lua ;;
    esac
    level=segment
    [ "$kind" != packets ] || level=packet
    rm -rf "${traces:?}/run"
    set -- "$file" --quiet --reproducible --level "$level" --trace "$traces/run"
    [ "$link" = - ] || set -- "$@" --link "$link"
    "$tool" run "$@" >"$traces/said" || { cat "$traces/said"; exit 1; }
    # Of a scenario for both versions the run in 3.1.1.
    trace=$(find "$traces/run" -name '*.jsonl.gz' | LC_ALL=C sort | head -n 1)
    if [ "$kind" = plot ]; then
        "$tool" trace stats "$trace" --plot-link "$out/$name.svg" >/dev/null
        continue
    fi
    for format in dot svg; do
        # shellcheck disable=SC2086 # options are words
        "$tool" diagram "$trace" --level "$level" $options -o "$out/$name.$format" >"$traces/said"
        grep -q '1 page' "$traces/said" || { echo "$name: more than one page"; exit 1; }
    done
done
