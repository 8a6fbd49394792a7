#!/bin/sh
# usage: load.sh MQTTDRILL LOAD CONNECTIONS SECONDS [LIFE-SECONDS]: so many clients through proxy to mosquitto: nothing is lost, nobody is stuck,
# and the proxy's memory does not grow by more than what its trace of the past needs. With LIFE-SECONDS connections end and begin
# again; each that has ended is kept for a minute, so that memory says nothing before that.
set -eu
tool=$1
load=$2
. "$(dirname "$0")/service.sh"
start_broker
start_service proxy --listen 0 --upstream "mqtt://127.0.0.1:$broker_port" --control 0 --link delay=20ms,jitter=5ms --quiet
memory() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$service_pid/status"; }
# The oracles remember every message; everything else must not grow.
world_bytes() { request GET /v1/counters | sed 's/.*"world_bytes":\([0-9]*\).*/\1/'; }
before=$(memory)
"$load" "$port" "$3" "$4" ${5:-} &
running=$!
sleep $(($4 - 2))
middle_bytes=$(world_bytes)
middle=$(memory)
wait "$running" || fail "the load"
wait_until_nobody
after=$(memory)
request GET /v1/counters
echo "resident memory: $before KiB before, $middle KiB 2 s before the end, $after KiB after"
after_bytes=$(world_bytes)
[ -n "${5:-}" ] || [ "$after_bytes" -le $((middle_bytes + middle_bytes / 10 + 1048576)) ] || fail "the world grew from $middle_bytes to $after_bytes bytes"
stop_service
[ "$service_status" -eq 0 ] || fail "exit status $service_status: $(cat "$work/service.out")"
tail -n 1 "$work/service.out"
