#!/bin/sh
# usage: control.sh MQTTDRILL LOAD: the control interface: what it answers, and what it refuses.
set -eu
tool=$1
load=$2
. "$(dirname "$0")/service.sh"
start_service serve --listen 0 --control 0
timeout 30 mosquitto_sub -p "$port" -i watched -q 1 -t x >/dev/null 2>&1 &
watched=$!
wait_for "watched: connection 1 is open" "$work/service.out"

# refuses STATUS FIELD METHOD PATH [BODY]
refuses() {
    status=$1
    field=$2
    shift 2
    ! "$request_tool" "$control_port" "$@" >"$work/answer" || fail "$* was carried out"
    grep -q "\"field\":\"$field\"" "$work/answer" || fail "$*: no field $field in $(cat "$work/answer")"
    raw_status=$(printf '%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" "$(printf %s "${3:-}" | wc -c)" "${3:-}" |
        "$request_tool" "$control_port" raw | head -n 1 || true)
    case $raw_status in "HTTP/1.1 $status "*) ;; *) fail "$*: expected $status, got $raw_status" ;; esac
}
# raw STATUS TEXT: the bytes of a request, with printf's escapes.
raw() {
    printf "$2" | "$request_tool" "$control_port" raw >"$work/answer" || true
    grep -q "^HTTP/1.1 $1 " "$work/answer" || fail "expected $1 for $2, got $(head -n 1 "$work/answer")"
}

request GET /v1/connections | grep -q '"id":1,"client":"watched","real":true,"state":"open"' || fail "connections: $(cat "$work/answer")"
request GET /v1/connections/1 | grep -q '"c>b":{"packets":2' || fail "a connection: $(cat "$work/answer")"
request GET /v1/counters | grep -q '"accepted":1' || fail "counters: $(cat "$work/answer")"
request PUT /v1/link '{"delay":"10ms","b>c.jitter":"1ms"}' | grep -q '"b>c":{"delay":"10 *ms","jitter":"1 *ms"}' || fail "link: $(cat "$work/answer")"
request GET /v1/link | grep -q '"c>b":{"delay":"10 *ms"}' || fail "default link: $(cat "$work/answer")"
request PUT /v1/connections/1/link '{"delay":"off","c>b.loss":"1%"}' | grep -q '"c>b":{"loss":' || fail "link of one: $(cat "$work/answer")"
request PUT /v1/link '{"preset":"3g"}' | grep -q '"rate"' || fail "preset: $(cat "$work/answer")"
request POST /v1/connections/1/cut '{"before":"PUBACK","nth":3}' >/dev/null
request POST /v1/partition '{"duration":"10ms"}' >/dev/null

refuses 404 path GET /v2/connections
refuses 405 method POST /v1/counters
refuses 404 id GET /v1/connections/99
refuses 404 path GET /v1/connections/x
refuses 400 body PUT /v1/link '{"delay":'
refuses 400 body PUT /v1/link '[1]'
refuses 400 speed PUT /v1/link '{"speed":1}'
refuses 400 delay PUT /v1/link '{"delay":"soon"}'
refuses 400 delay PUT /v1/link '{"delay":[1]}'
refuses 400 body PUT /v1/link '{"delay":"1ms","delay":"2ms"}'
refuses 400 how POST /v1/connections/1/cut '{"how":"gently"}'
refuses 400 after POST /v1/connections/1/cut '{"before":"PUBACK","after":"PUBACK"}'
refuses 400 before POST /v1/connections/1/cut '{"before":"PUBLISHED"}'
refuses 400 nth POST /v1/connections/1/cut '{"before":"PUBACK","nth":0}'
refuses 400 direction POST /v1/connections/1/partition '{"duration":"1s","direction":"up"}'
refuses 400 duration POST /v1/partition '{}'
refuses 400 colour POST /v1/partition '{"duration":"1s","colour":1}'
request GET /v1/link >"$work/link.after"

raw 400 'NONSENSE\r\n\r\n'
raw 400 'GET /v1/link?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n'
raw 400 'GET /v1/link HTTP/1.1\r\n\r\n'
raw 505 'GET /v1/link HTTP/2\r\nHost: localhost\r\n\r\n'
raw 403 'GET /v1/link HTTP/1.1\r\nHost: evil.example\r\n\r\n'
raw 403 'GET /v1/link HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n'
raw 403 'GET /v1/link HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n'
raw 200 'GET /v1/link HTTP/1.1\r\nHost: localhost:80\r\nOrigin: http://localhost:3000\r\n\r\n'
raw 413 'PUT /v1/link HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n'
raw 501 'PUT /v1/link HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
raw 400 'PUT /v1/link HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'
raw 400 'GET /v1/link HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n'
long=$(head -c 9000 /dev/zero | tr '\0' x)
raw 414 "GET /$long HTTP/1.1\r\nHost: localhost\r\n\r\n"
raw 431 "GET /v1/link HTTP/1.1\r\nHost: localhost\r\nX: $long\r\n\r\n"

# Many at once.
i=0
askers=""
while [ $i -lt 20 ]; do
    "$request_tool" "$control_port" GET /v1/connections >/dev/null &
    askers="$askers $!"
    i=$((i + 1))
done
for asker in $askers; do
    wait "$asker" || fail "one of twenty at once was not answered"
done
# Somebody who dribbles is cut off after 10 s, and hinders nobody meanwhile.
start=$(date +%s)
head -c 100000 /dev/zero | tr '\0' x | sed 's/^/GET \//' | "$request_tool" "$control_port" raw 100 >"$work/slow.out" 2>&1 &
slow=$!
sleep 1
request GET /v1/counters >/dev/null
wait "$slow" || true
took=$(($(date +%s) - start))
[ "$took" -le 15 ] || fail "the slow one lasted $took s"
[ ! -s "$work/slow.out" ] || grep -q "HTTP/1.1 408 " "$work/slow.out" || fail "the slow one: $(head -n 1 "$work/slow.out")"
kill "$watched" 2>/dev/null || true
request POST /v1/stop >/dev/null
service_status=0
wait "$service_pid" || service_status=$?
service_pid=""
[ "$service_status" -eq 0 ] || [ "$service_status" -eq 4 ] || fail "exit status $service_status"
echo "the control interface does as docs/proxy.md says"
