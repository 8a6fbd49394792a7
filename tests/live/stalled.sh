#!/bin/sh
# usage: stalled.sh MQTTDRILL LOAD: who stood still accuses nobody.
set -eu
tool=$1
load=$2
. "$(dirname "$0")/service.sh"

mkdir "$work/suite"
cat >"$work/suite/told.lua" <<'EOF'
return scenario{ id = "told", title = "Fails when it is told to", topics = "absolute", versions = { "3.1.1" },
  run = function(t)
    local c = t:client("c")
    c:connect()
    c:subscribe("told")
    c:expect{ topic = "told", within = "60s" }
    t:fail("it was told to")
  end,
}
EOF

# told NAME: sets $run and $child, when the scenario waits to be told.
told() {
    start_service serve --listen 0 --verbose
    "$tool" run --target "mqtt://127.0.0.1:$port" --trace "$work/$1" "$work/suite" >"$work/$1.out" 2>&1 &
    run=$!
    wait_for "sent SUBACK" "$work/service.out"
    child=$(ps -o pid= --ppid "$run")
}

# tell NAME STATUS
tell() {
    timeout 20 mosquitto_pub -p "$port" -t told -m now
    status=0
    wait "$run" || status=$?
    stop_service
    [ "$status" -eq "$2" ] || fail "$1: expected exit status $2, got $status"
}

told moving
tell moving 1
has "it was told to" "$work/moving.out" || fail "the failure is not told"
if has "stood still" "$work/moving.out"; then fail "nothing stood still"; fi

told stalled
# Not a wait for something: this is how long it stands still.
kill -STOP $child
sleep 2
kill -CONT $child
tell stalled 4
has "it was told to; but at .* mqttdrill had stood still for" "$work/stalled.out" || fail "the stall is not told"
trace=$(find "$work/stalled" -name "*.jsonl.gz")
zcat "$trace" | grep -q '"outside.stalled"' || fail "the stall is not in the trace"
"$tool" replay --suite "$work/suite" --quiet "$trace" || fail "the replay differs"
echo "ok: who stood still accuses nobody"
