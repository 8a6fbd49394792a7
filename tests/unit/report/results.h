/* A fixed suite result with every verdict and with text that every format must escape. */
#ifndef TESTS_UNIT_REPORT_RESULTS_H
#define TESTS_UNIT_REPORT_RESULTS_H

#include "report/result.h"

static const DrillFinding results_findings[] = {
    {.statement = "v3:MQTT-4.3.3-2",
     .verdict = DRILL_FAIL,
     .oracle = "qos2",
     .text = "expected one delivery of \"a<b>&c|d\" # here, got 2\nsecond line with \\ and `ticks`",
     .packets = {17, 41},
     .packet_count = 2,
     .time_ns = 6452000000},
    {.statement = "",
     .verdict = DRILL_FAIL,
     .oracle = "script",
     .text = "expect{count=1}: got 2 ]]> \x1b[31m",
     .time_ns = 7},
};
static const DrillFinding results_late[] = {
    {.statement = "v3:MQTT-3.1.2-24",
     .verdict = DRILL_INCONCLUSIVE,
     .oracle = "keepalive",
     .text = "closed 9 s after it was due: 100% late, perhaps the machine",
     .packets = {3},
     .packet_count = 1,
     .time_ns = 5},
};
static const char *const results_exercised[] = {"v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2",
                                                "v3:MQTT-3.3.1-1"};
static const DrillJudgement results_judgements[] = {
    {.statement = "v3:MQTT-4.3.3-1", .oracle = "qos2", .verdict = DRILL_PASS, .exercised = 7},
    {.statement = "v3:MQTT-4.3.3-2", .oracle = "qos2", .verdict = DRILL_FAIL, .exercised = 2},
};
static const char *const results_packets[] = {"#17  0.850 s broker --> publisher PUBREC id=7",
                                              "#41  6.333 s <&> \"x\""};

static const DrillReportScenario results_scenarios[] = {
    {.id = "retained/replaced",
     .version = "3.1.1",
     .title = "A retained message is replaced",
     .seed = 1,
     .verdict = DRILL_PASS,
     .digest = "00ff",
     .virtual_ns = 1500000000,
     .wall_ns = 2000000,
     .events = 40,
     .exercised = results_exercised,
     .exercised_count = 3,
     .reproduce = "mqttdrill run scenarios/retained/replaced.lua --mqtt 3.1.1 --seed 1",
     .message = ""},
    {.id = "qos/qos2_lost_pubrec",
     .version = "3.1.1",
     .title = "QoS 2: a PUBREC that never arrives <does> not duplicate the message",
     .seed = 18446744073709551615u,
     .verdict = DRILL_FAIL,
     .digest = "ab12",
     .virtual_ns = 16700000000,
     .wall_ns = 3000000,
     .events = 120,
     .findings = results_findings,
     .finding_count = 2,
     .exercised = results_exercised,
     .exercised_count = 2,
     .judgements = results_judgements,
     .judgement_count = 2,
     .reproduce = "mqttdrill run 'scenarios/qos/qos2_lost_pubrec.lua' --seed 18446744073709551615",
     .message = "",
     .last_packets = results_packets,
     .last_packet_count = 2},
    {.id = "qos/shared",
     .version = "5.0",
     .title = "Shared",
     .seed = 1,
     .verdict = DRILL_SKIPPED,
     .digest = "",
     .reproduce = "mqttdrill run scenarios/qos/shared.lua",
     .message = "needs shared_subscriptions, which the target lacks # really"},
    {.id = "keepalive/late",
     .version = "3.1.1",
     .title = "Late",
     .seed = 2,
     .verdict = DRILL_INCONCLUSIVE,
     .digest = "cd",
     .virtual_ns = 9000000000,
     .wall_ns = 9100000000,
     .events = 12,
     .findings = results_late,
     .finding_count = 1,
     .reproduce = "mqttdrill run scenarios/keepalive/late.lua --seed 2",
     .message = ""},
};

static const DrillReport results_report = {.tool = "0.1.0",
                                           .target_kind = "mqtt",
                                           .target_url = "mqtt://127.0.0.1:1883",
                                           .target_name = "127.0.0.1:1883",
                                           .profile = NULL,
                                           .wall_ns = 12345678901,
                                           .scenarios = results_scenarios,
                                           .count = 4};

#endif
