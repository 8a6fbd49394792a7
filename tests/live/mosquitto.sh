#!/bin/sh
# usage: mosquitto.sh MQTTDRILL [run's options...]: the suite against Debian's mosquitto, started on a free loopback port.
set -eu
tool=$1
shift
mosquitto=$(command -v mosquitto || ls /usr/sbin/mosquitto 2>/dev/null) || { echo "mosquitto is not installed"; exit 3; }
here=$(cd "$(dirname "$0")" && pwd)
operands=""
case "${1:-}" in "" | --*) operands="$here/../../scenarios" ;; esac
exec "$tool" run $operands "$@" --spawn "sh '$here/start_mosquitto.sh' $mosquitto {port} {dir} {settings}"
