#!/bin/sh
# usage: replay.sh MQTTDRILL SUITE: simulated runs, replayed from their traces, have the same digests; a changed trace has not.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" run "$2" --trace "$work" --quiet >/dev/null
"$1" run "$2" --filter "lessons/*" --link delay=100ms,loss=5% --tcp profile=embedded --trace "$work/tcp" --quiet >/dev/null
find "$work" -name '*.jsonl.gz' | LC_ALL=C sort >"$work/list"
[ "$(wc -l <"$work/list")" -ge 10 ] || { echo "too few traces"; exit 1; }
xargs "$1" replay --suite "$2" --quiet <"$work/list"
one=$(head -n 1 "$work/list")
gzip -dc "$one" | sed '2s/"client_id":"/"client_id":"x/; 3s/"client_id":"/"client_id":"x/' >"$work/changed.jsonl"
status=0
"$1" replay --suite "$2" "$work/changed.jsonl" >"$work/out" 2>&1 || status=$?
[ "$status" -eq 5 ] || { echo "a changed trace was replayed with status $status, expected 5"; cat "$work/out"; exit 1; }
echo "$(wc -l <"$work/list") runs replayed with the same digest"
