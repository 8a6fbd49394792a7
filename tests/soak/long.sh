#!/bin/sh
# The long soak: seeds in chunks without a defect, then defects drawn at random until each is found.
#   tests/soak/long.sh build/release/tests/soak/soak [FIRST [LAST [VERSION]]]
set -eu
soak=$1
first=${2:-1}
last=${3:-100000}
version=${4:-4}
chunk=10000
status=0
from=$first
while [ "$from" -le "$last" ]; do
    to=$((from + chunk - 1))
    [ "$to" -le "$last" ] || to=$last
    printf 'seeds %s to %s: ' "$from" "$to"
    "$soak" --version "$version" --from "$from" --to "$to" || status=1
    from=$((to + 1))
done
for draw_seed in 1 2 3; do
    echo "20 defects, draw seed $draw_seed:"
    "$soak" --version "$version" --draw 20 --draw-seed "$draw_seed" --from 1 --to 1000 || status=1
done
exit $status
