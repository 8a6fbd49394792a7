#!/bin/sh
# usage: broken.sh MQTTDRILL: every broken scenario gives exit status 2 and a message with file and line, in bounded time, and leaves
# nothing half-written behind.
set -eu
tool=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
cd "$here/broken"
for file in *.lua; do
    expected=$(sed -n '1s/^-- expects: //p' "$file")
    [ -n "$expected" ] || expected="$file"
    status=0
    timeout 60 "$tool" run "$file" --trace "$work/traces" --report json="$work/result.json" >"$work/out" 2>&1 || status=$?
    if [ "$status" -ne 2 ]; then
        echo "$file: exit status $status, expected 2"
        failures=$((failures + 1))
    fi
    if ! grep -qF -- "$expected" "$work/out"; then
        echo "$file: no \"$expected\" in:"
        sed 's/^/    /' "$work/out" | head -n 12
        failures=$((failures + 1))
    fi
    left=$(find "$work" -name '*.partial*')
    if [ -n "$left" ]; then
        echo "$file: left half-written: $left"
        failures=$((failures + 1))
    fi
done
[ "$failures" -eq 0 ] || exit 1
echo "$(ls *.lua | wc -l) broken scenarios, each with its message"
