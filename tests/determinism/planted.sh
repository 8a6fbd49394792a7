#!/bin/sh
# usage: planted.sh MQTTDRILL: a tool built with a planted nondeterminism must be found out, with exit status 5.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
status=0
output=$("$1" run "$here/jitter.lua" --repeat 3 2>&1) || status=$?
[ "$status" -eq 5 ] || { printf '%s\n' "$output"; echo "expected exit status 5, got $status"; exit 1; }
case $output in *NONDETERMINISM*first\ difference*) ;; *) echo "the first difference is not shown"; exit 1 ;; esac
echo "the planted nondeterminism was found: exit status 5, and its first difference shown"
