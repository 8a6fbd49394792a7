#!/bin/sh
# usage: usage.sh MQTTDRILL: exit statuses of the contract, and messages that say what was expected.
set -eu
tool=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# check STATUS TEXT ARGUMENTS...
check() {
    wanted=$1
    text=$2
    shift 2
    status=0
    (cd "$here/../.." && "$tool" "$@") >"$work/out" 2>&1 </dev/null || status=$?
    if [ "$status" -ne "$wanted" ] || ! grep -qF -- "$text" "$work/out"; then
        echo "mqttdrill $*: status $status (expected $wanted), or no \"$text\" in:"
        head -n 5 "$work/out" | sed 's/^/    /'
        failures=$((failures + 1))
    fi
}

one=scenarios/qos/qos0_delivered_once.lua
check 0 "2 passed, 0 failed, 0 skipped, 0 inconclusive" run "$one"
check 0 "1 passed, 0 failed, 0 skipped, 0 inconclusive" run "$one" --mqtt 5.0
check 0 "usage: mqttdrill run" run --help
check 0 "usage: mqttdrill COMMAND" --help
check 0 "mqttdrill 0." --version
check 0 "0 of 0 defects caught; without a defect everything passes" mutants "$one" --defect none
check 2 "no such command" nonsense
check 2 "no such option: --nonsense" run --nonsense
check 2 "--seed: expected a whole number" run "$one" --seed x
check 2 "--seed needs a value" run "$one" --seed
check 2 "is given twice" run "$one" --seed 1 --seed 2
check 2 "takes no value" run "$one" --quiet=yes
check 2 "No such file" run nowhere.lua
check 2 "nothing is selected" run --filter no_such_scenario
check 2 "link: no setting" run "$one" --link speed=3
check 2 "delay: expected a duration" run "$one" --link delay=soon
check 2 "tcp: no setting \"nagel\"; there are profile mss nagle" run "$one" --tcp nagel=true
check 2 "tcp: profile: expected linux or ns3 or embedded, got \"bsd\"" run "$one" --tcp profile=bsd
check 2 "tcp: nagle: expected true or false" run "$one" --tcp nagle=perhaps
check 2 "tcp: rto_min is above rto_max" run "$one" --tcp rto_min=9s,rto_max=2s
check 0 "2 passed" run "$one" --tcp profile=embedded,nagle=false,user_timeout=60s
check 2 "there is no \"nonsense\"" run "$one" --defect nonsense
check 2 "expected sim or mqtt://" run "$one" --target telnet://x
check 2 "not there yet" run "$one" --target mqtts://localhost
check 2 "expected 3.1.1 or 5.0" run "$one" --mqtt 4
check 2 "--profile is not there yet" run "$one" --profile x
check 2 "html is not there yet" run "$one" --report html=x
check 2 "no kind \"doc\"" run "$one" --report doc=x
check 2 "cannot write there" run "$one" --report json=/nowhere/x.json
check 2 "expected I/N" run "$one" --shard 3
check 2 "expected auto, always or never" run "$one" --color blue
check 2 "--trace: expected PATH, got nothing" run "$one" --trace ""
check 2 "--filter: expected PATTERN, got nothing" run "$one" --filter=
check 2 "two reports to standard output" run "$one" --report json=- --report tap=-
check 2 "link: delay is there twice" run "$one" --link delay=1ms,loss=1%,delay=2ms
check 2 "tcp: nagle is there twice" run "$one" --tcp nagle=true,nagle=false
check 0 "2 passed" run "$one" --link 'delay=1ms,c>b.delay=2ms'
# Who is interrupted while the broker starts takes it along: the fifo says that it is there.
mkfifo "$work/started"
"$tool" run "$here/../../$one" --spawn "echo \$\$ >$work/started; exec sleep 600; : {port}" >"$work/out" 2>&1 &
run=$!
read -r broker <"$work/started"
kill -TERM "$run"
status=0
wait "$run" || status=$?
if [ "$status" -ne 130 ] || kill -0 "$broker" 2>/dev/null; then
    echo "interrupted while the broker starts: status $status (expected 130), or the broker is left"
    failures=$((failures + 1))
fi
for command in sweep explore shrink report merge probe lesson bench init; do
    check 2 "$command: not there yet" "$command" x
done
check 2 "where to listen?" serve
check 2 "--listen: expected PORT" serve --listen nowhere
check 2 "--listen: expected PORT" serve --listen ::1:1883
check 2 "--mqtt needs a scenario" serve --listen 0 --duration 50ms --mqtt 5.0
check 2 "--filter needs a scenario" serve --listen 0 --duration 50ms --filter x
check 2 "there is no TCP on --transport stream" serve --listen 0 --duration 50ms --transport stream --tcp nagle=true
check 2 "--duration: expected a duration above 0" proxy --listen 0 --upstream mqtt://127.0.0.1:1 --duration 0s
check 2 "loopback only" serve --listen 0 --control 0.0.0.0:0
check 3 "cannot listen there" serve --listen 192.0.2.1:1883
check 2 "broker: no option \"tries\"" serve --listen 0 --broker tries=3
check 2 "broker: retry: expected a duration" serve --listen 0 --broker retry=soon
check 2 "broker: retry is there twice" serve --listen 0 --broker retry=1s,retry=2s
check 2 "is one of the virtual client" serve --listen 0 --defect c-publish-not-resent
check 2 "expected one scenario" serve scenarios/qos --listen 0
check 2 "expected a size" serve --listen 0 --judge-memory much
check 4 "from here on nothing is judged" serve --listen 0 --judge-memory 1 --duration 200ms
check 2 "where is the broker?" proxy --listen 0
check 2 "there is mqttdrill serve" proxy --listen 0 --upstream sim
check 2 "not there yet" proxy --listen 0 --upstream mqtts://localhost
check 2 "--upstream: target: expected" proxy --listen 0 --upstream localhost:1883
check 0 "listening on mqtt://127.0.0.1:" serve --listen 0 --duration 50ms
check 0 "0 failed, 0 inconclusive" proxy --listen localhost:0 --upstream mqtt://127.0.0.1:1 --link preset=geo --duration 50ms
check 3 "cannot be reached" run "$one" --target mqtt://127.0.0.1:1
check 3 "the started broker ended at once" run "$one" --spawn "false {port}"
check 1 "1 failed" run "$one" --mqtt 3.1.1 --defect b-qos0-duplicated
check 0 "defects" defects
check 0 "scenarios" list
check 2 "No such file" trace show nowhere.jsonl
check 2 "where to?" diagram nowhere.jsonl
check 2 "expected a name ending in" diagram nowhere.jsonl -o x.gif
check 2 "No such file" replay nowhere.jsonl
check 0 "v3:MQTT-4.3.3-2" clauses --clause v3:MQTT-4.3.3-2
check 2 "--clause: expected an id like" clauses --clause v3:MQTT-9.9.9-9
check 0 "enforced in: src/mqtt/" clauses --clause v3:MQTT-4.3.3-2
check 0 "judged by: flow" clauses --clause v5:MQTT-3.3.4-9
check 0 "0 without one" clauses --check
check 0 "judged so often: " clauses --clause v3:MQTT-4.3.3-2
check 0 "2 proved by a caught defect" clauses "$here/../../reports/suite.json" --clause v3:MQTT-4.3.3-2 --check \
    --mutants "$here/../golden/report/matrix.json"
check 1 "judged, and no defect proves it" clauses "$here/../../reports/suite.json" --clause v3:MQTT-4.3.3-1 --check \
    --mutants "$here/../golden/report/matrix.json"
check 0 "not judged: about MQTT over WebSocket" clauses --clause v5:MQTT-6.0.0-1
# --link takes the place of the settings of a link, not of the transport that a scenario is about.
check 0 "1 passed" run "$here/../../docs/diagrams/links/mask.lua" --link delay=1ms --trace "$work/datagram"
gzip -dc "$work"/datagram/*.gz | grep -q '"transport":"datagram"' ||
    { echo "--link has changed the transport"; failures=$((failures + 1)); }
# Captures, statistics, diagrams of a trace.
(cd "$here/../.." && "$tool" run "$one" --mqtt 3.1.1 --quiet --level segment --trace "$work/traces") >"$work/out"
trace=$(find "$work/traces" -name '*.jsonl.gz')
check 0 "goodput" trace stats "$trace"
check 0 '"messages": [' trace stats "$trace" --json
check 0 "<svg" trace stats "$trace" --plot -
check 0 "time under way" trace stats "$trace" --plot-link -
check 0 "mqttdrill" trace export "$trace" -o - --format pcapng
check 0 "mqtt" trace export "$trace" -o - --format pcapng --form pdu --side broker
check 2 'there is no "nobody"' trace show "$trace" --client nobody
check 2 'there is no "nobody"' diagram "$trace" -o "$work/run.svg" --client nobody
check 2 "--topic: expected a Topic Filter" diagram "$trace" -o "$work/run.svg" --topic 'a/#/b'
check 2 "not before --from" trace show "$trace" --from 2s --to 1s
check 2 "a time above 0s" trace show "$trace" --to 0s
check 0 "run.end" trace show "$trace" --from 0s --to 1000h
check 2 "expected ip or pdu" trace export "$trace" -o "$work/run.pcapng" --form ethernet
check 2 "expected client, broker or both" trace export "$trace" -o "$work/run.pcapng" --side left
check 2 "no connection of such a client" trace export "$trace" -o "$work/run.pcapng" --client nobody
check 2 "go with pcapng" trace export "$trace" -o "$work/run.csv" --form ip
check 2 "where to?" trace export "$trace" --format pcapng
check 0 "page" diagram "$trace" -o "$work/run.dot" --level segment
check 2 "expected packet or segment" diagram "$trace" -o "$work/run.dot" --level byte
# Options after -- are operands, and values may follow '='.
check 2 "--seed" run -- --seed
check 0 "1 passed" run --seed=7 "$one" --mqtt 3.1.1
# A report on standard output is all there is to parse.
(cd "$here/../.." && "$tool" run "$one" --mqtt 3.1.1 --quiet --report tap=- ) >"$work/out"
grep -q '^1\.\.1' "$work/out" || { echo "no TAP plan on standard output"; failures=$((failures + 1)); }
# What a report's FILE is there already, it stays: a link's target is written, a pipe is written to.
ln -s "$work/target.json" "$work/link.json"
mkfifo "$work/pipe.json"
cat "$work/pipe.json" >"$work/piped.json" &
check 0 "2 passed" run "$one" --report json="$work/link.json" --report json="$work/pipe.json"
[ -L "$work/link.json" ] && [ -s "$work/target.json" ] && [ -p "$work/pipe.json" ] ||
    { echo "a report took the place of a link or a pipe"; failures=$((failures + 1)); kill $!; }
wait $! || true
mkdir "$work/folder"
check 3 "Is a directory" run "$one" --report json="$work/folder"
[ ! -e "$work/folder.partial" ] || { echo "half a report is left over"; failures=$((failures + 1)); }
[ "$failures" -eq 0 ] || exit 1
echo "all as the contract says"
