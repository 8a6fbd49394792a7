# Sourced by the tests of serve and proxy: starts and stops a broker and a service, asks its control interface.
# Needs $tool (mqttdrill); sets $work, $port, $control_port, $broker_port, $service_pid.
work=$(mktemp -d)
service_pid=""
broker_pid=""
here=$(cd "$(dirname "$0")" && pwd)
request_tool=$(dirname "$load")/request

finish() {
    [ -z "$service_pid" ] || kill -9 "$service_pid" 2>/dev/null || true
    [ -z "$broker_pid" ] || kill "$broker_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "FAILED: $*"
    [ ! -f "$work/service.out" ] || tail -n 5 "$work/service.out" | sed 's/^/    /'
    for output in "$work"/*.out; do
        [ "$output" = "$work/service.out" ] || sed "s|^|    $(basename "$output"): |" "$output" | head -n 5
    done
    exit 1
}

# wait_until COMMAND...: until it succeeds; false after 10 s. The other side is a process of its own that nothing here can step.
wait_until() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.05
    done
}

has() { grep -q -- "$1" "$2" 2>/dev/null; }

wait_for() { wait_until has "$1" "$2" || fail "no \"$1\" in $(basename "$2"): $(cat "$2" 2>/dev/null)"; }

has_nobody() { "$request_tool" "$control_port" GET /v1/connections | grep -q '"connections":\[\]'; }

# The service has seen the end of every connection.
wait_until_nobody() { wait_until has_nobody || fail "connections are left"; }

# A mosquitto on a port that was free a moment ago.
start_broker() {
    mosquitto=$(command -v mosquitto || ls /usr/sbin/mosquitto)
    mkdir "$work/broker"
    broker_port=$("$request_tool" free-port)
    sh "$here/start_mosquitto.sh" "$mosquitto" "$broker_port" "$work/broker" >"$work/broker.out" 2>&1 &
    broker_pid=$!
    wait_for "running" "$work/broker.out"
}

start_service() {
    rm -f "$work/service.out" # what an earlier service said must not be read as this one's
    "$tool" "$@" >"$work/service.out" 2>&1 &
    service_pid=$!
    wait_for "listening on" "$work/service.out"
    port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$work/service.out")
    case " $* " in *" --control "*)
        wait_for "control on" "$work/service.out"
        control_port=$(sed -n 's/^control on .*:\([0-9]*\)$/\1/p' "$work/service.out") ;;
    esac
}

# With SIGTERM; sets $service_status.
stop_service() {
    kill "$service_pid"
    service_status=0
    wait "$service_pid" || service_status=$?
    service_pid=""
}

# request METHOD PATH [BODY]: prints the answer, fails if it is not 200.
request() {
    "$request_tool" "$control_port" "$@" >"$work/answer" || fail "$*: $(cat "$work/answer")"
    cat "$work/answer"
}
