#!/bin/sh
# Prints the benchmark tables of one build, beside ns-3's when Debian's libns3-dev is installed. docs/bench.md explains
# them. usage: sh tests/bench/bench.sh BUILD_FOLDER [queue|rearm|clients|messages]
set -eu
build=${1:?usage: bench.sh BUILD_FOLDER [queue|rearm|clients|messages]}
part=${2:-all}
here=$(dirname "$0")

# Fails when ns-3 was not found at configure time: then its rows are missing.
cmake --build "$build" --target bench_ns3 >"$build/bench_ns3.log" 2>&1 ||
    echo "bench: ns-3's programs are not built; see $build/bench_ns3.log" >&2

status=0
if [ "$part" != messages ]; then
    lua5.4 "$here/bench.lua" "$build/tests/bench" "$part" || status=1
fi
if [ "$part" = all ] || [ "$part" = messages ]; then
    echo "Messages: thousand per CPU second (payload 64 bytes; 20 messages under way, or one per publisher)"
    # In the build folder: a trace file is written there for a moment.
    cd "$build/tests/bench"
    ./bench_messages || status=1
fi
exit "$status"
