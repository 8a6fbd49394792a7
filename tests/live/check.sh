#!/bin/sh
# usage: check.sh MQTTDRILL: the suite against mosquitto; the failures are the documented ones (known_findings.txt), no more and no
# fewer, nothing is inconclusive, brokers that scenarios configure have started, and each live run, replayed from its trace, gives
# the same digest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
sh "$here/mosquitto.sh" "$1" "$here/../../scenarios" --color never --trace "$work/traces" >"$work/out" 2>&1 || status=$?
case $status in 0 | 1) ;; *) cat "$work/out"; echo "exit status $status"; exit 1 ;; esac
grep -v '^#' "$here/known_findings.txt" | sed 's/ .*//' | LC_ALL=C sort >"$work/expected"
sed -n 's/^fail  *\([^ ]*\) .*/\1/p; s/^inconclusive  *\([^ ]*\) .*/\1/p' "$work/out" | LC_ALL=C sort >"$work/found"
if ! diff "$work/expected" "$work/found"; then
    echo "verdicts differ from known_findings.txt:"
    grep -A 12 '^FAIL' "$work/out" | head -n 80
    exit 1
fi
# A broker that could not be started would take its scenarios along, and nobody would notice.
if grep '^skipped.*: needs a broker with ' "$work/out" | grep -v ': mosquitto has no option for \|server_keep_alive=2: .*Invalid max_keepalive'; then
    echo "mosquitto could not be configured as these scenarios want it"
    exit 1
fi
find "$work/traces" -name '*.jsonl.gz' | LC_ALL=C sort >"$work/list"
xargs "$1" replay --suite "$here/../../scenarios" --quiet <"$work/list"
tail -n 1 "$work/out"
echo "$(wc -l <"$work/list") live runs replayed with the same digest"
