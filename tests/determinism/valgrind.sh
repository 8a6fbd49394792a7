#!/bin/sh
# usage: valgrind.sh MQTTDRILL SUITE: three scenarios without a single complaint, every allocation a malloc of its own.
set -eu
for scenario in qos/qos2_lost_pubrec session/resume_inflight_order retained/replaced; do
    [ -e "$2/$scenario.lua" ] || { echo "no scenario $scenario"; exit 1; }
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --trace-children=yes \
        "$1" run "$2/$scenario.lua" --malloc --jobs 1 --quiet --timeout 300s
done
