#!/bin/sh
# docs_are_current.sh LUA SOURCE_DIR: docs/lua.md and docs/mqttdrill.d.lua are what gen_docs.lua makes of the sources.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$2/src/script/gen_docs.lua" "$2/src/script" "$folder"
for name in lua.md mqttdrill.d.lua; do
    cmp "$folder/$name" "$2/docs/$name" || {
        echo "run: $1 src/script/gen_docs.lua src/script docs"
        exit 1
    }
done
