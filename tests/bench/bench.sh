#!/bin/sh
# Prints the benchmark tables of one build: the event queue, then simulated messages.
# usage: sh tests/bench/bench.sh BUILD_FOLDER
set -eu
build=${1:?usage: bench.sh BUILD_FOLDER}
echo "Event queue: million events per CPU second"
"$build/tests/bench/bench_queue"
echo
echo "Messages: thousand per CPU second (payload 64 bytes; 20 messages under way, or one per publisher)"
# In the build folder: a trace file is written there for a moment.
cd "$build/tests/bench"
./bench_messages
