#!/bin/sh
# usage: start_mosquitto.sh MOSQUITTO PORT FOLDER [SETTINGS]: runs it in the foreground, for mqttdrill run --spawn. SETTINGS are a
# scenario's, such as receive_maximum=2,maximum_qos=1; what mosquitto has no option for ends it with a line that says so.
set -eu
{
    echo "listener $2 127.0.0.1"
    echo "allow_anonymous true"
    echo "persistence false"
    echo "max_queued_messages 10000"
    echo "log_dest stderr"
    [ "$(id -u)" -ne 0 ] || echo "user root"
} >"$3/mosquitto.conf"
for setting in $(echo "${4:-}" | tr , ' '); do
    value=${setting#*=}
    case $setting in
    receive_maximum=*) echo "max_inflight_messages $value" ;;
    maximum_packet_size=*) echo "max_packet_size $value" ;;
    maximum_qos=*) echo "max_qos $value" ;;
    retain_available=*) echo "retain_available $value" ;;
    server_keep_alive=*) echo "max_keepalive $value" ;;
    refuse_empty_client_id=true) echo "allow_zero_length_clientid false" ;;
    topic_alias_maximum=*) echo "max_topic_alias $value" ;;
    *) echo "mosquitto has no option for ${setting%%=*}" >&2; exit 4 ;;
    esac
done >>"$3/mosquitto.conf"
exec "$1" -c "$3/mosquitto.conf"
