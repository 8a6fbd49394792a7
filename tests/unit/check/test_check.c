/* The engine: judgements, findings, verdicts; and that many events stay cheap. */
#include "base/random.h"
#include "spec/spec.h"
#include "unit/check/trace_dsl.h"

START_TEST(judgements_stand_in_the_order_of_the_standard) {
    DslOptions options = {0};
    DrillCheck *check = dsl_judge("0 sub up\n", &options);
    size_t at = 0;
    for (size_t i = 0; i < drill_check_judgement_count(check); i++) {
        const DrillJudgement *judgement = drill_check_judgement(check, i);
        while (strcmp(drill_statement_at(at)->id, judgement->statement) != 0) {
            ck_assert_uint_lt(++at, drill_statement_count());
        }
        ck_assert_ptr_nonnull(judgement->oracle);
        ck_assert_int_eq(judgement->exercised == 0, judgement->verdict == DRILL_NOT_EXERCISED);
    }
    ck_assert_uint_gt(drill_check_judgement_count(check), 100);
    drill_check_free(check);
}
END_TEST

START_TEST(a_run_with_nothing_in_it_passes) {
    DslOptions options = {0};
    DrillCheck *check = dsl_judge("", &options);
    ck_assert_int_eq(drill_check_verdict(check), DRILL_PASS);
    drill_check_finish(check);
    ck_assert_uint_eq(drill_check_finding_count(check), 0);
    drill_check_free(check);
}
END_TEST

START_TEST(a_truncated_trace_leaves_what_is_missing_open) {
    DrillCheckOptions options = {.allocator = drill_allocator_malloc(), .version = 4};
    Dsl dsl = {.check = drill_check_new(&options), .far_role = "broker"};
    dsl_add_node(&dsl, "b", "broker");
    dsl_line(&dsl, "0 pub up");
    dsl_line(&dsl, "1 pub > PUBLISH q1 id=1 t hi");
    drill_check_finish(dsl.check);
    ck_assert_int_eq(drill_check_verdict(dsl.check), DRILL_INCONCLUSIVE);
    drill_check_free(dsl.check);
}
END_TEST

START_TEST(failure_outweighs_doubt) {
    expect_fail("0 pub up\n 0.1 pub < HEX d0 01 00\n 1 pub > PUBLISH q1 id=1 t hi\n 2 busy\n",
                "well_formed", "v3:MQTT-3.12.4-1");
}
END_TEST

START_TEST(who_stood_still_accuses_nobody) {
    DrillCheckOptions options = {.allocator = drill_allocator_malloc(), .version = 4};
    Dsl dsl = {.check = drill_check_new(&options), .far_role = "broker"};
    dsl_add_node(&dsl, "b", "broker");
    dsl_line(&dsl, "0 sub up");
    uint64_t stalled_event = dsl.number + 1;
    for (uint64_t i = 0; i < 3; i++) { /* the longest is told of */
        DrillTraceEvent stall = {
            .kind = DRILL_TRACE_OUTSIDE_STALLED, .time_ns = DRILL_NS_PER_S, .number = ++dsl.number};
        stall.values[0].number = (i == 1 ? 61 : 2) * DRILL_NS_PER_S + 5 * DRILL_NS_PER_MS;
        drill_check_event(dsl.check, &stall);
    }
    ck_assert_str_eq(drill_check_excuse(dsl.check, stalled_event), "");
    ck_assert_str_eq(drill_check_excuse(dsl.check, stalled_event + 1),
                     "; but at 1.000 s mqttdrill had stood still for 61.005 s");
    dsl_line(&dsl, "1 sub < PUBLISH q0 nobody asked");
    ck_assert_int_eq(drill_check_verdict(dsl.check), DRILL_INCONCLUSIVE);
    ck_assert_ptr_nonnull(strstr(drill_check_finding(dsl.check, 0)->text, "; but at 1.000 s"));
    dsl_line(&dsl, "2 sub < HEX d0 01 00"); /* that is in the packet */
    ck_assert_int_eq(drill_check_verdict(dsl.check), DRILL_FAIL);
    drill_check_free(dsl.check);
}
END_TEST

START_TEST(after_the_run_settled_nothing_counts) {
    expect_pass("0 sub up\n 1 settled\n 2 sub < PUBLISH q0 nobody asked\n", "");
}
END_TEST

START_TEST(one_rule_does_not_flood) {
    DrillCheckOptions options = {.allocator = drill_allocator_malloc(), .version = 4};
    Dsl dsl = {.check = drill_check_new(&options), .far_role = "broker"};
    dsl_add_node(&dsl, "b", "broker");
    dsl_line(&dsl, "0 sub up");
    for (int i = 0; i < 100; i++) {
        dsl_line(&dsl, "1 sub < PUBLISH q0 nobody asked");
    }
    ck_assert_uint_eq(drill_check_finding_count(dsl.check), 20);
    ck_assert_uint_ge(dsl_exercised(dsl.check, "v3:MQTT-3.3.2-3"), 100);
    drill_check_free(dsl.check);
}
END_TEST

START_TEST(each_connection_is_judged_by_its_own_version) {
    expect_fail5("0 sub up\n 1 sub < PUBLISH q0 nobody asked\n", "subscription", "v5:MQTT-3.3.2-3");
    expect_fail5("0 old up v=4\n 0 sub up\n 1 old < PUBLISH q0 nobody asked\n", "subscription",
                 "v3:MQTT-3.3.2-3");
    expect_fail("0 new up v=5\n 1 new > PUBLISH q1 id=1 t hi\n", "qos1", "v5:MQTT-3.3.4-1");
    expect_pass("0 new up v=5\n 0 sub up\n 0.1 sub subscribes t:1\n 1 new > PUBLISH q1 id=1 t hi\n"
                "1 new < PUBACK 1\n 1 sub < PUBLISH q1 id=1 t hi\n 1 sub > PUBACK 1\n",
                "v5:MQTT-4.3.2-4");
    /* What it sends before CONNECT has arrived is read as 5.0 already. */
    expect_pass("0 new open\n 0 new >! CONNECT v=5\n 0 new >! SUBSCRIBE 1 t:0n\n 0 new cut\n", "");
    /* It speaks no 5.0, and says so in the form of 3.1.1. */
    expect_pass("0 new open\n 0 new > CONNECT v=5\n 0 new < HEX 20 02 00 01\n 0 new kick\n", "");
    expect_pass("0 new open\n 0 new > CONNECT v=5\n 0 new < HEX 20 02 00 01\n", "");
    expect_fail("0 new open\n 0 new > CONNECT v=5\n 0 new < HEX 20 02 00 00\n", "well_formed",
                "v5:MQTT-2.2.2-1");
    /* A client of another version on a 3.1.1 run: CONNECT with level 3. */
    expect_pass("0 raw open\n 0 raw > HEX 10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61\n"
                "0 raw < CONNACK\n 1 raw > PUBLISH q1 id=1 t hi\n",
                "");
}
END_TEST

START_TEST(the_documentation_lists_every_oracle_and_statement) {
    FILE *file = fopen(DRILL_SOURCE_DIR "/docs/oracles.md", "r");
    ck_assert_ptr_nonnull(file);
    static char text[1 << 16];
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    for (size_t o = 0; o < drill_oracle_count(); o++) {
        const DrillOracleInfo *info = drill_oracle_info(o);
        char heading[64];
        (void)snprintf(heading, sizeof heading, "\n## %s: ", info->name);
        char *section = strstr(text, heading);
        ck_assert_msg(section != NULL, "docs/oracles.md has no section on %s", info->name);
        char *end = strstr(section + 1, "\n## ");
        for (size_t s = 0; info->statements[s] != NULL; s++) {
            ck_assert_ptr_nonnull(drill_statement_find(dsl_text(info->statements[s]).bytes));
            char *found = strstr(section, info->statements[s] + strlen("v3:MQTT-"));
            ck_assert_msg(found != NULL && (end == NULL || found < end),
                          "docs/oracles.md: %s does not list %s", info->name, info->statements[s]);
        }
    }
}
END_TEST

START_TEST(every_testable_statement_is_judged_or_has_a_reason) {
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const DrillStatement *statement = drill_statement_at(i);
        bool judged = false;
        for (size_t o = 0; o < drill_oracle_count(); o++) {
            const DrillOracleInfo *info = drill_oracle_info(o);
            for (size_t s = 0; info->statements[s] != NULL; s++) {
                judged = judged || strcmp(info->statements[s], statement->id) == 0;
            }
        }
        bool excused = drill_oracle_unjudged(statement->id) != NULL;
        if (strcmp(statement->testable, "not-observable") != 0) {
            ck_assert_msg(judged != excused, "%s: %s", statement->id,
                          judged ? "judged, and has a reason not to be" : "neither");
        }
    }
}
END_TEST

/* What a thousand more messages cost does not depend on how many came before: counted in
 * allocations, because time is not the same on every machine. */
static size_t allocations;

static void *counting_resize(void *context, void *block, size_t old_size, size_t new_size) {
    (void)context;
    allocations += new_size != 0;
    DrillAllocator real = drill_allocator_malloc();
    return real.resize(real.context, block, old_size, new_size);
}

START_TEST(cost_per_message_is_steady) {
    DrillAllocator counting = {counting_resize, NULL};
    DrillCheckOptions options = {.allocator = counting, .version = 4};
    Dsl dsl = {.check = drill_check_new(&options), .far_role = "broker"};
    dsl_add_node(&dsl, "b", "broker");
    dsl_line(&dsl, "0 sub up");
    dsl_line(&dsl, "0 sub subscribes t:1");
    dsl_line(&dsl, "0 pub up");
    size_t spent[4] = {0};
    for (size_t round = 0; round < 4; round++) {
        size_t before = allocations;
        for (unsigned i = 0; i < 1000; i++) {
            char line[64];
            (void)snprintf(line, sizeof line, "1 pub > PUBLISH q1 id=1 t same%u", i % 10);
            dsl_line(&dsl, line);
            dsl_line(&dsl, "1 pub < PUBACK 1");
            (void)snprintf(line, sizeof line, "1 sub < PUBLISH q1 id=1 t same%u", i % 10);
            dsl_line(&dsl, line);
            dsl_line(&dsl, "1 sub > PUBACK 1");
        }
        spent[round] = allocations - before;
    }
    dsl_end(&dsl, false, "finished");
    drill_check_finish(dsl.check);
    ck_assert_int_eq(drill_check_verdict(dsl.check), DRILL_PASS);
    ck_assert_uint_le(spent[3], spent[1] + spent[1] / 10);
    drill_check_free(dsl.check);
}
END_TEST

/* Any order of events is judged without falling over: traces may be cut, edited or somebody else's.
 */
static const char *const random_verbs[] = {
    "open",
    "up",
    "up clean=0",
    "up clean=0 sp=1",
    "up clean=0 id=x will=w,gone,1,1 ka=5",
    "close",
    "cut",
    "kick",
    "vanish",
    "gone",
    "half",
    "outside",
    "crash",
    "held PUBACK",
    "faulted",
    "struck",
    "app connect",
    "app publish q1 t a",
    "app publish q2 t b",
    "app delivered q2 t a",
    "app delivered q1 t a",
    "> CONNECT",
    "< CONNACK",
    "< CONNACK code=2",
    "< CONNACK sp=1",
    "> PUBLISH q0 t a",
    "> PUBLISH q1 id=1 t a",
    "> PUBLISH q1 id=1 dup retain t a",
    "> PUBLISH q2 id=2 t b",
    "> PUBLISH q2 id=2 dup t b",
    "> PUBLISH q1 id=3 retain t -",
    "< PUBLISH q0 t a",
    "< PUBLISH q0 retain t a",
    "< PUBLISH q1 id=1 t a",
    "<! PUBLISH q1 id=1 t a",
    "< PUBLISH q1 id=1 dup retain t a",
    "< PUBLISH q2 id=2 t b",
    "< PUBLISH q2 id=3 dup t b",
    "< PUBLISH q0 $SYS/x y",
    "< PUBLISH q0 w gone",
    "> PUBACK 1",
    "< PUBACK 1",
    "> PUBREC 2",
    "< PUBREC 2",
    "<! PUBREC 2",
    "> PUBREL 2",
    "< PUBREL 2",
    "> PUBCOMP 2",
    "< PUBCOMP 2",
    "> SUBSCRIBE 5 t:1 #:2",
    "< SUBACK 5 1 2",
    "< SUBACK 5 128",
    "> UNSUBSCRIBE 6 t",
    "< UNSUBACK 6",
    "> PINGREQ",
    "< PINGRESP",
    "> DISCONNECT",
    "> HEX c1 00",
    "< HEX d0 01 00",
    "> HEX 30 7f",
    "> HEX 00",
    "subscribes t:2",
    "subscribes +:1 w:1",
    "up v=5 receive_maximum=1 topic_alias_maximum=2 session_expiry_interval=3 clean=0",
    "up v=5 id=x will=w,gone,1,1 will.will_delay_interval=5 session_expiry_interval=9 clean=0 sp=1",
    ("up v=5 maximum_packet_size=30 authentication_method=m ack.topic_alias_maximum=2 "
     "ack.maximum_qos=1 ack.retain_available=0 ack.receive_maximum=1"),
    "subscribes t:2n",
    "> SUBSCRIBE 5 $share/g/t:1",
    "> SUBSCRIBE 7 t:1rh2",
    "< SUBACK 7 1",
};
/* Only said where the version is 5.0. */
static const char *const random_verbs_5[] = {
    "> DISCONNECT code=4",
    "< DISCONNECT code=0x8e",
    "> AUTH code=0x19 authentication_method=m",
    "< AUTH code=0x18 authentication_method=m",
    "> PUBLISH q1 id=1 topic_alias=1 message_expiry_interval=2 user_property=a:b t a",
    "> PUBLISH q1 id=1 topic_alias=1 - a",
    "> PUBLISH q2 id=2 content_type=x retain t b",
    "< PUBLISH q1 id=4 topic_alias=1 subscription_identifier=3 t a",
    "< PUBLISH q2 id=5 topic_alias=2 - b",
    "> PUBACK 1 code=0x97",
    "< PUBACK 1 code=0x97 reason_string=no",
    "< PUBREC 2 code=0x83",
    "> PUBREC 2 code=0x83",
    "> SUBSCRIBE 8 subscription_identifier=3 t:1",
    "< UNSUBACK 6 0x11",
};
static const char *const random_nodes[] = {"one", "two", "raw"};
static const char *const random_roles[] = {"broker", "gateway", NULL};

START_TEST(random_histories_do_no_harm) {
    DrillStream stream = drill_stream(1, "check/random");
    for (uint64_t run = 0; run < 600; run++) {
        DrillCheckOptions options = {
            .allocator = drill_allocator_malloc(), .version = 4, .paced = run % 2 == 1};
        Dsl dsl = {
            .check = drill_check_new(&options), .lenient = true, .far_role = random_roles[run % 3]};
        if (dsl.far_role != NULL) {
            dsl_add_node(&dsl, "b", dsl.far_role);
        }
        for (uint32_t i = 0; i < 120; i++) {
            uint64_t verb = drill_stream_below(stream, run, i * 3, DRILL_ARRAY_COUNT(random_verbs));
            uint64_t node =
                drill_stream_below(stream, run, i * 3 + 1, DRILL_ARRAY_COUNT(random_nodes));
            char line[320];
            const char *what = random_verbs[verb];
            if (drill_stream_below(stream, run, i * 3 + 2, 3) == 1) {
                if (dsl_node(&dsl, random_nodes[node])->version == DRILL_MQTT_5_0) {
                    what = random_verbs_5[verb % DRILL_ARRAY_COUNT(random_verbs_5)];
                }
            }
            (void)snprintf(line, sizeof line, "%u.5 %s %s", (unsigned)i, random_nodes[node], what);
            if (drill_stream_below(stream, run, i * 3 + 2, 100) == 0) {
                (void)snprintf(line, sizeof line, "%u.5 broker down keep=%u", (unsigned)i,
                               (unsigned)(node % 2));
            }
            dsl_line(&dsl, line);
        }
        dsl_end(&dsl, false, "finished");
        drill_check_finish(dsl.check);
        ck_assert_uint_gt(drill_check_finding_count(dsl.check), 0);
        drill_check_free(dsl.check);
    }
}
END_TEST

DSL_MAIN("check/check", judgements_stand_in_the_order_of_the_standard,
         a_run_with_nothing_in_it_passes, a_truncated_trace_leaves_what_is_missing_open,
         failure_outweighs_doubt, who_stood_still_accuses_nobody,
         after_the_run_settled_nothing_counts, one_rule_does_not_flood,
         each_connection_is_judged_by_its_own_version,
         the_documentation_lists_every_oracle_and_statement,
         every_testable_statement_is_judged_or_has_a_reason, cost_per_message_is_steady,
         random_histories_do_no_harm)
