#!/bin/sh
# usage: mutants_trace.sh MQTTDRILL: mutants --trace keeps the traces of runs without a defect that did not pass, live those of their
# brokers too, whole, and says where; and nothing else.
set -eu
tool=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
complain() {
    echo "$*"
    failures=$((failures + 1))
}

# scenario FILE MORE: expects a message that nobody sends. So the row without a defect is wrong.
scenario() {
    cat >"$work/suite/$1.lua" <<LUA
return scenario { title = "A message that nobody sends arrives", clauses = { "v5:MQTT-3.1.4-5" }, versions = { "5.0" }, $2
                  run = function(t)
  local c = t:client("c")
  c:connect()
  c:subscribe("t")
  c:$3
end }
LUA
}
never='expect { topic = "t", within = "100ms" }'
mkdir -p "$work/suite/inner"
scenario inner/never "" "$never"
scenario alone "broker = { receive_maximum = 5 }," "$never"
scenario passes "" "disconnect()"

# keeps NAME FILES OPTIONS...: runs, and compares what lies there with FILES.
keeps() {
    name=$1
    wanted=$2
    shift 2
    status=0
    "$tool" mutants "$work/suite" --defect none --trace "$work/$name" "$@" >"$work/$name.out" 2>&1 || status=$?
    found=$(cd "$work/$name" 2>&1 && find . ! -type d -printf "%P\n" -o -empty -printf "%P/\n" | sort | xargs)
    [ "$found" = "$wanted" ] || complain "$name: found \"$found\", expected \"$wanted\""
    for file in $wanted; do
        [ "$file" != / ] || continue
        grep -qxF "    $work/$name/$file" "$work/$name.out" || complain "$name: does not name $file"
        "$tool" replay "$work/$name/$file" --suite "$work/suite" >"$work/replay.out" 2>&1 || complain "$file: $(cat "$work/replay.out")"
    done
    [ "$failures" -eq 0 ] || head -n 40 "$work/$name.out"
}
keeps live "alone-5.0.broker.jsonl.gz alone-5.0.jsonl.gz broker.5.0.jsonl.gz inner/never-5.0.jsonl.gz" --live
[ "$status" -eq 1 ] || complain "live: exit status $status, expected 1"
keeps sim "alone-5.0.jsonl.gz inner/never-5.0.jsonl.gz"
[ "$status" -eq 1 ] || complain "sim: exit status $status, expected 1"
keeps good "/" --live --filter passes
[ "$status" -eq 0 ] || complain "good: exit status $status, expected 0"

echo >"$work/file"
status=0
"$tool" mutants "$work/suite" --trace "$work/file" >"$work/out" 2>&1 || status=$?
[ "$status" -eq 3 ] && grep -qF "cannot write below" "$work/out" || complain "a file for a folder: status $status, $(cat "$work/out")"
[ "$failures" -eq 0 ] || exit 1
echo "traces of what did not pass, and no others"
