#!/bin/sh
# usage: commands.sh MQTTDRILL: every command in the docs works, in a copy of what a reader has.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$project/scenarios" "$project/docs" "$work"
lua5.4 "$here/commands.lua" "$1" "$project" "$work"
