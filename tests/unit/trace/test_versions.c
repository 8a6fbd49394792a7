/* Which version a connection speaks: by its CONNECT, by what its client was set to, by the run. */
#include <string.h>

#include "base/arena.h"
#include "trace/trace.h"
#include "unit/suite.h"

static DrillTraceVersions versions_of(DrillVersion run) {
    return (DrillTraceVersions){.allocator = drill_allocator_malloc(), .otherwise = run};
}

static DrillTraceEvent opened(uint64_t conn, uint64_t version) {
    DrillTraceEvent event = {.number = 100, .kind = DRILL_TRACE_CONN_OPEN};
    event.values[0].number = conn;
    event.values[1].number = version;
    return event;
}

static DrillTraceEvent packet(DrillTraceKind kind, uint64_t conn, const char *bytes, size_t size) {
    DrillTraceEvent event = {.number = 100, .kind = kind};
    event.values[0].number = conn;
    event.values[1].bytes = drill_span(bytes, size);
    event.values[2].number = 1;
    return event;
}

#define CONNECT_5 "\x10\x0d\0\4MQTT\5\2\0\x3c\0\0\0"
#define CONNECT_4 "\x10\x0c\0\4MQTT\4\2\0\x3c\0\0"
#define CONNECT_9 "\x10\x0c\0\4MQTT\x9\2\0\x3c\0\0"

static DrillVersion version_of(const DrillTraceVersions *versions, uint64_t conn) {
    DrillTraceEvent event = packet(DRILL_TRACE_MQTT_RECEIVED, conn, "\xc0\0", 2);
    return drill_trace_version(versions, &event);
}

static void note(DrillTraceVersions *versions, DrillTraceEvent event) {
    drill_trace_versions_note(versions, &event);
}

#define SENT(conn, text) packet(DRILL_TRACE_MQTT_SENT, conn, text, sizeof(text) - 1)

START_TEST(the_first_connect_says_it) {
    DrillTraceVersions versions = versions_of(DRILL_MQTT_3_1_1);
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_3_1_1);
    note(&versions, opened(1, DRILL_MQTT_3_1));
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_3_1);
    note(&versions, SENT(1, CONNECT_5));
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_5_0);
    note(&versions, SENT(1, CONNECT_4)); /* a second one is an error, not a change */
    note(&versions, opened(1, DRILL_MQTT_3_1));
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_5_0);
    ck_assert_int_eq(version_of(&versions, 2), DRILL_MQTT_3_1_1);
    ck_assert(drill_trace_versions_have(&versions, DRILL_MQTT_5_0));
    ck_assert(!drill_trace_versions_have(&versions, DRILL_MQTT_3_1_1)); /* only the run does */
    drill_trace_versions_release(&versions);
}
END_TEST

/* Its answer is in the version that it asked for. */
START_TEST(a_malformed_connect_says_it_too) {
    DrillTraceVersions versions = versions_of(DRILL_MQTT_3_1_1);
    note(&versions, SENT(1, "\x10\x0d\0\4MQTT\5\2\0\x3c\x7f\0\0")); /* Property Length 127 */
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_5_0);
    note(&versions, SENT(2, "\x10\x0c\0\4MQTT\3\2\0\x3c\0\0")); /* 3.1 has another name */
    note(&versions, SENT(2, "\x10\xff\xff\xff\xff"));
    note(&versions, SENT(2, "\x10\x08\xff\xffMQTT\5"));
    ck_assert_int_eq(version_of(&versions, 2), DRILL_MQTT_3_1_1);
    drill_trace_versions_release(&versions);
}
END_TEST

START_TEST(what_is_no_version_says_nothing) {
    DrillTraceVersions versions = versions_of(DRILL_MQTT_5_0);
    note(&versions, SENT(1, CONNECT_9));
    note(&versions, SENT(1, "\x10\x0c\0\4MQ"));
    note(&versions, SENT(1, "\x30\x0c\0\4MQTT\4\2\0\x3c\0\0")); /* a PUBLISH */
    note(&versions, opened(1, 0));
    note(&versions, opened(1, 77));
    DrillTraceEvent part = SENT(1, CONNECT_4);
    part.values[2].number = 0;
    note(&versions, part);
    ck_assert_int_eq(version_of(&versions, 1), DRILL_MQTT_5_0);
    drill_trace_versions_release(&versions);
}
END_TEST

/* A damaged file must not cost memory. */
START_TEST(a_number_beyond_all_events_is_none) {
    DrillTraceVersions versions = versions_of(DRILL_MQTT_3_1_1);
    note(&versions, SENT(UINT64_MAX, CONNECT_5));
    note(&versions, SENT(101, CONNECT_5));
    ck_assert_uint_eq(versions.capacity, 0);
    ck_assert_int_eq(version_of(&versions, UINT64_MAX), DRILL_MQTT_3_1_1);
    note(&versions, SENT(100, CONNECT_5));
    ck_assert_int_eq(version_of(&versions, 100), DRILL_MQTT_5_0);
    drill_trace_versions_release(&versions);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/versions");
    TCase *tests = tcase_create("versions");
    tcase_add_test(tests, the_first_connect_says_it);
    tcase_add_test(tests, a_malformed_connect_says_it_too);
    tcase_add_test(tests, what_is_no_version_says_nothing);
    tcase_add_test(tests, a_number_beyond_all_events_is_none);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
