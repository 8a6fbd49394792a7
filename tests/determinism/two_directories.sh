#!/bin/sh
# usage: two_directories.sh MQTTDRILL SUITE
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/one/deep/down" "$work/two"
cp -r "$2" "$work/two/scenarios"
(cd "$work/one/deep/down" && MALLOC_PERTURB_=90 TZ=UTC LC_ALL=C sh "$here/digests.sh" "$1" "$2" "$work/a")
(cd "$work/two" && MALLOC_PERTURB_=165 TZ=Asia/Tokyo LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 NOISE="$(pwd)" \
    sh "$here/digests.sh" "$1" scenarios "$work/b")
if ! diff "$work/a" "$work/b"; then
    echo "the digests depend on directory or environment"
    exit 1
fi
echo "$(wc -l <"$work/a") scenarios, same digests"
