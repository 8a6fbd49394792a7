#!/bin/sh
# usage: serve.sh MQTTDRILL LOAD: mosquitto's own programs against the virtual broker.
set -eu
tool=$1
load=$2
. "$(dirname "$0")/service.sh"

with() {
    start_service serve --listen 0 --control 0 --trace "$work/trace.jsonl.gz" --verbose "$@"
}

done_with() {
    stop_service
    [ "$service_status" -eq "${2:-0}" ] || fail "$1: exit status $service_status"
    "$tool" replay --suite "$here/../../scenarios" --quiet "$work/trace.jsonl.gz" || fail "$1: the replay differs"
    echo "ok: $1"
}

publish() { timeout 20 mosquitto_pub -p "$port" "$@"; }
# subscribe NAME ARGUMENTS...: in the background, until it has what it wants; its output is NAME.out.
subscribe() {
    name=$1
    shift
    timeout 20 mosquitto_sub -p "$port" -i "$name" "$@" >"$work/$name.out" 2>&1 &
    sub=$!
    wait_for "$name: received SUBACK" "$work/service.out"
}
expect() {
    wait "$sub" || fail "$1: $(cat "$work/$1.out")"
    [ "$(cat "$work/$1.out")" = "$2" ] || fail "$1: expected \"$2\", got \"$(cat "$work/$1.out")\""
}

with --link delay=5ms
for qos in 0 1 2; do
    subscribe "s$qos" -q $qos -t "a/+/$qos" -C 1
    publish -q $qos -t "a/b/$qos" -m "hello $qos"
    expect "s$qos" "hello $qos"
done
publish -r -q 1 -t state -m kept
subscribe retained -q 1 -t state -C 1
expect retained kept
subscribe mourner -q 1 -t will -C 1
timeout 20 mosquitto_sub -p "$port" -i dying -t none --will-topic will --will-payload gone --will-qos 1 >/dev/null 2>&1 &
dying=$!
wait_for "dying: received SUBACK" "$work/service.out"
pid=$(ps -o pid= --ppid $dying 2>/dev/null || true)
kill -9 ${pid:-$dying}
expect mourner gone
# Away while the message comes; the Session keeps it.
subscribe away -c -q 1 -t stored -E
wait "$sub" || true
publish -q 1 -t stored -m later
timeout 20 mosquitto_sub -p "$port" -i away -c -q 1 -t stored -C 1 >"$work/away.out" &
sub=$!
expect away later
done_with "QoS 0, 1 and 2, a Retained Message, a Will, a Session"

# MQTT 5.0: properties go along, a subscriber takes part in a shared subscription, a Session has an end.
with --link delay=5ms
subscribe five -V 5 -q 2 -t 'v5/#' -C 1 -F '%t %p %P'
publish -V 5 -q 2 -t v5/x -m hello -D publish user-property unit Celsius
expect five "v5/x hello unit:Celsius"
subscribe mixed -q 1 -t mixed -C 1
publish -V 5 -q 1 -t mixed -m "to 3.1.1" -D publish content-type text/plain
expect mixed "to 3.1.1"
subscribe share -V 5 -q 1 -t '$share/g/work' -C 1
publish -V 5 -q 1 -t work -m once
expect share once
subscribe brief -V 5 -c -x 60 -q 1 -t kept5 -E
wait "$sub" || true
publish -V 5 -q 1 -t kept5 -m later
timeout 20 mosquitto_sub -V 5 -p "$port" -i brief -c -x 60 -q 1 -t kept5 -C 1 >"$work/brief.out" &
sub=$!
expect brief later
done_with "MQTT 5.0: properties, both versions together, a shared subscription, session expiry"

with --defect b-qos0-duplicated
subscribe twice -q 0 -t d -C 2
publish -q 0 -t d -m x
expect twice "x
x"
wait_for "FAIL: v3:" "$work/service.out"
done_with "a defect is served, and found" 1

with --broker retry=300ms
subscribe slow -q 1 -t r -C 1
id=$(sed -n 's/.*slow: connection \([0-9]*\) is open/\1/p' "$work/service.out")
request POST "/v1/connections/$id/partition" '{"duration":"700ms","direction":"c>b"}' >/dev/null
publish -q 1 -t r -m resent
expect slow resent
done_with "broker options"

start_service serve "$here/../../scenarios/qos/qos0_delivered_once.lua" --listen 0 --duration 800ms --quiet
service_status=0
wait "$service_pid" || service_status=$?
service_pid=""
[ "$service_status" -eq 0 ] || fail "a scenario: exit status $service_status"
echo "ok: a scenario beside real clients, for a while"

start_service serve --listen "[::1]:0" --report "json=$work/report.json" --report "junit=$work/report.xml"
timeout 10 mosquitto_pub -h ::1 -p "$port" -q 1 -t six -m x || fail "IPv6"
stop_service
grep -q '"schema": *"mqttdrill.result/1"' "$work/report.json" || fail "no result"
grep -q "<testsuite" "$work/report.xml" || fail "no JUnit report"
echo "ok: IPv6, reports"
