#!/bin/sh
# usage: regenerate.sh MQTTDRILL [FOLDER]: writes reports/, docs/cli.md, docs/regressions.md, docs/diagrams/ and the lists of
# docs/areas (below FOLDER; default: the project's)
# from what the tool prints. tests/docs/compare.sh checks that they are current.
set -eu
tool=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
project=$(cd "$(dirname "$0")/../.." && pwd)
out=${2:-$project}
mkdir -p "$out/reports/lessons" "$out/docs"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$project"
"$tool" run scenarios --quiet --reproducible --trace "$work/traces" --report "json=$out/reports/suite.json" \
    --report "md=$out/reports/suite.md" >/dev/null
# MQTTDRILL_MATRIX: the folder of reports that a run of the matrix has just left.
matrix=${MQTTDRILL_MATRIX:-$work}
[ -n "${MQTTDRILL_MATRIX:-}" ] || "$tool" mutants scenarios --quiet --color never --reproducible \
    --report "md=$matrix/mutants.md" --report "csv=$matrix/mutants.csv" --report "json=$matrix/mutants.json" >/dev/null
cp "$matrix/mutants.md" "$matrix/mutants.csv" "$out/reports/"
# Citations come and go with the sources; who wants them asks the tool.
"$tool" clauses "$out/reports/suite.json" --mutants "$matrix/mutants.json" |
    sed -e "/^    enforced in:/d" -e "s/, [0-9]* enforced//" >"$out/reports/clauses.txt"
for trace in "$work"/traces/lessons/*-3.1.1.jsonl.gz; do
    name=$(basename "$trace" -3.1.1.jsonl.gz)
    for format in dot mmd svg; do "$tool" diagram "$trace" -o "$out/reports/lessons/$name.$format" >/dev/null; done
done
for set in links areas; do sh tests/docs/pictures.sh "$tool" "$set" "$out/docs/diagrams/$set"; done
mkdir -p "$out/docs/areas"
lua5.4 tests/docs/areas.lua make "$tool" "$project" "$out"
lua5.4 tests/mutation/regressions.lua "$tool" "$project" --page "$out/docs/regressions.md" >/dev/null || true
"$tool" help --markdown >"$out/docs/cli.md"
