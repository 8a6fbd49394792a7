#!/bin/sh
# usage: proxy.sh MQTTDRILL LOAD: mosquitto's own programs through proxy to mosquitto, with each kind of fault.
set -eu
tool=$1
load=$2
. "$(dirname "$0")/service.sh"
start_broker

# through LINK: a proxy with these settings, its trace kept for the replay.
through() {
    start_service proxy --listen 0 --upstream "mqtt://127.0.0.1:$broker_port" --control 0 --link "$1" --trace "$work/trace.jsonl.gz" --seed 7 --verbose
}

# The proxy stops, no oracle complains, and the recorded run replays.
done_with() {
    stop_service
    case $service_status in 0 | 4) ;; *) fail "$1: exit status $service_status" ;; esac
    ! grep -q "FAIL:" "$work/service.out" || fail "$1: $(grep FAIL: "$work/service.out")"
    "$tool" replay --suite "$here/../../scenarios" --quiet "$work/trace.jsonl.gz" || fail "$1: the replay differs"
    echo "ok: $1"
}

publish() { timeout 20 mosquitto_pub -p "$port" "$@"; }
ms_now() { date +%s%3N; }

# A message gets from one client to the other, both through the proxy; prints how long publishing took, in ms.
round() {
    rm -f "$work/sub.out"
    timeout 30 mosquitto_sub -p "$port" -i "sub-$1" -q "$1" -t "t/$1" -C 1 >"$work/sub.out" 2>&1 &
    sub=$!
    wait_for "sub-$1: received SUBACK" "$work/service.out"
    start=$(ms_now)
    publish -i "pub-$1" -q "$1" -t "t/$1" -m "hello-$1" || fail "publishing at QoS $1"
    took=$(($(ms_now) - start))
    wait "$sub" || fail "the subscriber at QoS $1: $(cat "$work/sub.out")"
    [ "$(cat "$work/sub.out")" = "hello-$1" ] || fail "QoS $1: got $(cat "$work/sub.out")"
}

through delay=0ms
for qos in 0 1 2; do round $qos; done
done_with "nothing in the way, QoS 0, 1, 2"

# SYN, CONNECT and CONNACK, PUBLISH and PUBACK: three round trips.
through latency=100ms,jitter=10ms
round 1
[ "$took" -ge 500 ] || fail "latency: publishing took only $took ms"
done_with "latency"

through bandwidth=20kbit
round 0
head -c 5000 /dev/zero | tr '\0' x >"$work/big"
start=$(ms_now)
publish -q 1 -t big -f "$work/big" || fail "bandwidth: publish"
took=$(($(ms_now) - start))
[ "$took" -ge 1900 ] || fail "bandwidth: 5000 bytes at 20 kbit/s took only $took ms"
done_with "bandwidth"

through loss=20%,delay=5ms
for qos in 1 2; do round $qos; done
done_with "loss: delays, but nothing is missing"

through slicer=10,slicer_delay=2ms
round 2
done_with "slicer"

through slow_close=500ms
round 1
done_with "slow_close"

through timeout=300ms
! publish -q 1 -t t -m x 2>/dev/null || fail "timeout: was published"
done_with "timeout"

through reset_peer=0
! publish -q 1 -t t -m x 2>/dev/null || fail "reset_peer: was published"
done_with "reset_peer"

through limit_data=40
! publish -q 1 -t t -f "$work/big" 2>/dev/null || fail "limit_data: was published"
done_with "limit_data"

through down=true
! publish -q 1 -t t -m x 2>/dev/null || fail "down: was published"
request PUT /v1/link '{"down":"off"}' >/dev/null
publish -q 1 -t t -m x || fail "up again: was not published"
done_with "down, and up again by control"

# A persistent session: the subscriber's connection is cut in front of the PUBREC for its message, the message comes again.
through delay=5ms
timeout 30 mosquitto_sub -p "$port" -i cutting -c -q 2 -t cut/1 -C 1 >"$work/sub.out" 2>&1 &
sub=$!
wait_for "cutting: received SUBACK" "$work/service.out"
request POST /v1/connections/1/cut '{"how":"rst","before":"PUBREC","direction":"c>b"}' >/dev/null
publish -q 2 -t cut/1 -m again
wait "$sub" || fail "cut: the subscriber"
grep -q "again" "$work/sub.out" || fail "cut: nothing arrived"
grep -q "struck: cut before PUBREC c>b rst" "$work/service.out" || fail "the cut did not strike"
done_with "cut at a packet"

through delay=5ms
timeout 30 mosquitto_sub -p "$port" -i parted -q 1 -t part/1 -C 1 >"$work/sub.out" 2>&1 &
sub=$!
wait_for "parted: received SUBACK" "$work/service.out"
request POST /v1/connections/1/partition '{"duration":"1500ms","direction":"b>c"}' >/dev/null
publish -q 1 -t part/1 -m late
start=$(ms_now)
wait "$sub" || fail "partition: the subscriber"
[ $(($(ms_now) - start)) -ge 1000 ] || fail "partition: the message came through it"
done_with "partition of one direction"

through delay=5ms
timeout 30 mosquitto_sub -p "$port" -i deleted -t gone/1 >/dev/null 2>&1 &
sub=$!
wait_for "deleted: received SUBACK" "$work/service.out"
request DELETE /v1/connections/1 >/dev/null
wait_for "deleted: connection 2 is open" "$work/service.out" # it comes back, as the same node
kill "$sub"
done_with "a connection deleted"

kill "$broker_pid"
wait "$broker_pid" 2>/dev/null || true
broker_pid=""
through delay=0ms
! publish -q 1 -t t -m x 2>/dev/null || fail "without a broker it was published"
wait_for "the upstream broker: refused" "$work/service.out"
done_with "no broker there"
