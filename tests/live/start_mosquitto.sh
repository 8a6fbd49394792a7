#!/bin/sh
# usage: start_mosquitto.sh MOSQUITTO PORT FOLDER: runs it in the foreground, for mqttdrill run --spawn.
set -eu
{
    echo "listener $2 127.0.0.1"
    echo "allow_anonymous true"
    echo "persistence false"
    echo "max_queued_messages 10000"
    echo "log_dest stderr"
    [ "$(id -u)" -ne 0 ] || echo "user root"
} >"$3/mosquitto.conf"
exec "$1" -c "$3/mosquitto.conf"
