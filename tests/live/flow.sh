#!/bin/sh
# usage: flow.sh MQTTDRILL LOAD [MEBIBYTES KIB-PER-5-MS]: a proxy between ends that do not take turns. A slow reader holds the fast
# writer back through the simulated connection, and the proxy's memory stays small; one direction's end is not the other's; a recorded
# run replays.
set -eu
tool=$1
load=$2
size=${3:-32}
rate=${4:-256}
. "$(dirname "$0")/service.sh"
peers=$(dirname "$load")/peers
upstream=$("$request_tool" free-port)
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$service_pid/status"; }

# between OPTIONS...: a proxy to the port where peers will listen. Nothing is judged: peers is no broker.
between() { start_service proxy --listen 0 --upstream "mqtt://127.0.0.1:$upstream" --judge-memory 0 --quiet "$@"; }
play() { timeout 200 "$peers" "$port" "$upstream" "$@" || fail "$transport: $*"; }

for transport in tcp stream; do
    for direction in "c>b" "b>c"; do
        between --transport $transport --link delay=5ms
        before=$(peak)
        play flow "$direction" "$size" "$rate"
        after=$(peak)
        [ $((after - before)) -le 8192 ] || fail "$transport $direction: the proxy's memory grew from $before to $after KiB"
        stop_service
        [ "$service_status" -eq 0 ] || fail "$transport $direction: exit status $service_status"
        echo "ok: $transport $direction: $size MiB past a slow reader; $before KiB of memory at first, $after KiB at most"
    done
    for direction in "c>b" "b>c"; do
        between --transport $transport --link delay=5ms --trace "$work/trace.jsonl.gz"
        play half "$direction"
        play flow "$direction" 24 1024
        stop_service
        [ "$service_status" -eq 0 ] || fail "$transport $direction: exit status $service_status"
        "$tool" replay --quiet "$work/trace.jsonl.gz" || fail "$transport $direction: the replay differs"
        [ "$(gzip -dc "$work/trace.jsonl.gz" | grep -c '"outside.writable"')" -ge 2 ] || fail "the reader was never too slow"
        echo "ok: $transport $direction: one end says its end first; replays"
    done
done
status=0
"$tool" proxy --listen 0 --upstream "mqtt://127.0.0.1:$upstream" --transport datagram >"$work/datagram.out" 2>&1 || status=$?
[ "$status" -eq 2 ] || fail "--transport datagram: exit status $status"
grep -q "real programs talk TCP" "$work/datagram.out" || fail "--transport datagram"
echo "ok: datagrams are refused"
