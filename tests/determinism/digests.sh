#!/bin/sh
# usage: digests.sh MQTTDRILL SUITE OUTPUT: one line a run, "id (version) digest", of a run of the whole suite.
set -eu
"$1" run "$2" --verbose --color never --jobs 2 >"$3.log" 2>&1 || [ $? -eq 1 ] || { cat "$3.log" >&2; exit 1; }
sed -n 's/^[a-z ]*  *\([^ ]* ([0-9.]*)\).* digest \([0-9a-f]*\)$/\1 \2/p' "$3.log" | LC_ALL=C sort >"$3"
rm -f "$3.log"
[ -s "$3" ] || { echo "digests.sh: no digests came out" >&2; exit 1; }
