#!/bin/sh
# usage: compilers.sh BUILD_FOLDER BUILD_FOLDER...: every build gives the same digest for every scenario, whatever the working
# directory, environment and heap contents.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
suite=$(cd "$here/../../scenarios" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
first=""
for build in "$@"; do
    tool=$(cd "$build" && pwd)/mqttdrill
    name=$(basename "$build")
    mkdir -p "$work/in-$name"
    (
        cd "$work/in-$name"
        MALLOC_PERTURB_=$((${#name} * 17 % 255 + 1)) TZ=Asia/Kathmandu LC_ALL=C.UTF-8 DRILL_NOISE="$name$name" \
            sh "$here/digests.sh" "$tool" "$suite" "$work/$name.digests"
    )
    if [ -z "$first" ]; then
        first="$name"
    elif ! cmp -s "$work/$first.digests" "$work/$name.digests"; then
        echo "digests of $first and $name differ:"
        diff "$work/$first.digests" "$work/$name.digests" | head -n 10
        exit 1
    fi
done
echo "$(wc -l <"$work/$first.digests") scenarios, same digests from: $(for b in "$@"; do basename "$b"; done | tr '\n' ' ')"
