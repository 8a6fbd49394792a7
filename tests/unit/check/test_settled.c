/* What is settled takes little memory, and nothing is forgotten that a late packet can ask for. */
#include <stdarg.h>

#include "base/arena.h"
#include "trace_dsl.h"

static DrillBuffer script = {0};

static const char *written(void) {
    return drill_buffer_cstring(&script);
}

/* `format` gets the number of the message up to three times. */
static void add(unsigned from, unsigned to, const char *format) {
    script.allocator = drill_allocator_malloc();
    char line[512];
    for (unsigned i = from; i <= to; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(line, sizeof line, format, i, i, i, i, i, i, i, i);
#pragma GCC diagnostic pop
        drill_buffer_put_string(&script, line);
    }
}

static void begin(const char *text) {
    script.allocator = drill_allocator_malloc();
    drill_buffer_clear(&script);
    drill_buffer_put_string(&script, text);
}

static void end(const char *text) {
    drill_buffer_put_string(&script, text);
}

#define PUBLISHED_1 "1 pub > PUBLISH q1 id=%u t m%u\n 1 pub < PUBACK %u\n"
#define PUBLISHED_2                                                                                \
    "1 pub > PUBLISH q2 id=%u t m%u\n 1 pub < PUBREC %u\n 1 pub > PUBREL %u\n 1 pub < PUBCOMP "    \
    "%u\n"

START_TEST(a_finished_exchange_is_remembered) {
    begin("0 pub up\n");
    add(1, 100, PUBLISHED_1);
    end("2 pub < PUBACK 1\n"); /* one acknowledgement too many does no harm */
    expect_pass(written(), "v3:MQTT-4.3.2-2");
    begin("0 pub up\n");
    add(1, 100, PUBLISHED_1);
    end("2 pub > PUBLISH q1 id=1 dup t m1\n 2 pub < PUBACK 1\n");
    expect_fail(written(), "qos1", "v3:MQTT-4.3.2-1");
    begin("0 pub up\n");
    add(1, 100, PUBLISHED_2);
    end("2 pub > PUBREL 1\n 2 pub < PUBCOMP 1\n");
    expect_fail(written(), "qos2", "v3:MQTT-4.3.3-1");
    /* The identifier is free for another message. */
    begin("0 pub up\n");
    add(1, 100, PUBLISHED_2);
    end("2 pub > PUBLISH q2 id=1 t new\n 2 pub < PUBREC 1\n 2 pub > PUBREL 1\n"
        " 2 pub < PUBCOMP 1\n");
    expect_pass(written(), "v3:MQTT-4.3.3-1");
}
END_TEST

START_TEST(a_finished_exchange_of_a_session_that_is_over) {
    begin("0 pub up\n");
    add(1, 100, PUBLISHED_1);
    end("2 pub cut\n 3 pub up\n 4 pub > PUBLISH q1 id=1 dup t m1\n 4 pub < PUBACK 1\n");
    expect_fail(written(), "dup", "v3:MQTT-4.3.2-1");
}
END_TEST

START_TEST(an_exchange_that_passed_its_application_by) {
    begin("0 sub up\n 0 sub app connect\n 0 sub subscribes t:2\n 0 rawp up\n");
    add(1, 100,
        "1 rawp > PUBLISH q2 id=%u t m%u\n 1 rawp < PUBREC %u\n 1 rawp > PUBREL %u\n"
        " 1 rawp < PUBCOMP %u\n");
    add(1, 1,
        "2 sub < PUBLISH q2 id=%u t m%u\n 2 sub > PUBREC %u\n 2 sub < PUBREL %u\n 2 sub > "
        "PUBCOMP %u\n");
    add(2, 100,
        "2 sub < PUBLISH q2 id=%u t m%u\n 2 sub app delivered q2 t m%u\n 2 sub > PUBREC %u\n"
        " 2 sub < PUBREL %u\n 2 sub > PUBCOMP %u\n");
    expect_fail(written(), "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

#define PAIR "0 rawp up clean=0\n 0 sub up\n"
/* One message a second, all of them acknowledged and delivered. */
#define AT_0 "%u rawp > PUBLISH q0 t m%u\n %u.1 sub < PUBLISH q0 t m%u\n"
#define AT_1                                                                                       \
    "%u rawp > PUBLISH q1 id=%u t m%u\n %u rawp < PUBACK %u\n %u.1 sub < PUBLISH q1 id=%u t m"     \
    "%u\n"
#define TAKEN_1 " %u.2 sub > PUBACK %u\n"
#define AT_2                                                                                       \
    "%u rawp > PUBLISH q2 id=%u t m%u\n %u rawp < PUBREC %u\n %u rawp > PUBREL %u\n %u rawp < "    \
    "PUBCOMP "
#define REST_2  "%u\n %u.1 sub < PUBLISH q2 id=%u t m%u\n %u.2 sub > PUBREC %u\n"
#define TAKEN_2 " %u.3 sub < PUBREL %u\n %u.3 sub > PUBCOMP %u\n"

/* The packets of one message do not fit one format. */
static void add_each(unsigned from, unsigned to, const char *const *formats) {
    for (unsigned i = from; i <= to; i++) {
        for (size_t f = 0; formats[f] != NULL; f++) {
            add(i, i, formats[f]);
        }
    }
}

static const char *const at_1[] = {AT_1, TAKEN_1, NULL};
static const char *const at_2[] = {AT_2, REST_2, TAKEN_2, NULL};

START_TEST(one_copy_too_many_of_a_settled_message) {
    begin(PAIR "0.1 sub subscribes t:2\n");
    add(1, 200, AT_0);
    expect_pass(written(), "v3:MQTT-4.3.1-1");
    end("300 sub < PUBLISH q0 t m1\n");
    expect_fail(written(), "qos0", "v3:MQTT-4.3.1-1");
    begin(PAIR "0.1 sub subscribes t:2\n");
    add_each(1, 200, at_1);
    expect_pass(written(), "v3:MQTT-4.5.0-1");
    end("300 sub < PUBLISH q1 id=7 dup t m1\n 300 sub > PUBACK 7\n");
    expect_fail(written(), "qos1", "v3:MQTT-4.3.2-1");
    begin(PAIR "0.1 sub subscribes t:2\n");
    add_each(1, 200, at_2);
    expect_pass(written(), "v3:MQTT-4.3.3-2");
    end("300 sub < PUBLISH q2 id=7 t m1\n 300 sub > PUBREC 7\n");
    expect_fail(written(), "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(a_settled_message_is_not_for_a_newer_session) {
    begin(PAIR "0 new up\n 0.1 sub subscribes t:1\n");
    add_each(1, 200, at_1);
    end("300 new subscribes t:1\n 300 new < PUBLISH q1 id=1 t m1\n 300 new > PUBACK 1\n");
    expect_fail(written(), "delivery", "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(a_settled_payload_that_is_published_again) {
    begin(PAIR "0.1 sub subscribes t:1\n");
    add_each(1, 200, at_1);
    end("300 rawp > PUBLISH q1 id=1 t m1\n 300 rawp < PUBACK 1\n"
        "300 sub < PUBLISH q1 id=1 t m1\n 300 sub > PUBACK 1\n");
    expect_pass(written(), "v3:MQTT-4.6.0-6");
    end("301 sub < PUBLISH q0 t m1\n");
    expect_fail(written(), "qos0", "v3:MQTT-4.3.1-1");
}
END_TEST

START_TEST(messages_that_look_the_same) {
    begin(PAIR "0.1 sub subscribes t:0\n");
    add(1, 200, "%u rawp > PUBLISH q0 t x\n %u.1 sub < PUBLISH q0 t x\n");
    expect_pass(written(), "v3:MQTT-4.3.1-1");
    end("300 sub < PUBLISH q0 t x\n");
    expect_fail(written(), "qos0", "v3:MQTT-4.3.1-1");
    /* One never came: any of them may be the one. */
    begin(PAIR "0.1 sub subscribes t:0\n 0.1 rawp > PUBLISH q0 t x\n");
    add(1, 200, "%u rawp > PUBLISH q0 t x\n %u.1 sub < PUBLISH q0 t x\n");
    end("300 sub < PUBLISH q0 t x\n");
    expect_pass(written(), "v3:MQTT-4.3.1-1");
}
END_TEST

#define RETAINED                                                                                   \
    "%u rawp > PUBLISH q1 id=%u retain t m%u\n %u rawp < PUBACK %u\n %u.1 sub < PUBLISH q0 t "     \
    "m%u\n"

START_TEST(a_settled_retained_message) {
    begin(PAIR "0.1 sub subscribes t:0\n");
    add(1, 200, RETAINED);
    end("300 sub subscribes t:0\n");
    char *before = strdup(written());
    end("300 sub < PUBLISH q0 retain t m200\n");
    expect_pass(written(), "v3:MQTT-3.3.1-6");
    begin(before);
    end("300 sub < PUBLISH q0 retain t m3\n");
    expect_fail(written(), "retained", "v3:MQTT-3.3.1-5");
    free(before);
    /* The SUBSCRIBE came while it was retained: its answer may take its time. */
    begin(PAIR "0.1 sub subscribes t:0\n");
    add(1, 3, RETAINED);
    end("3.5 sub subscribes t:0\n");
    add(4, 200, RETAINED);
    before = strdup(written());
    end("300 sub < PUBLISH q0 retain t m3\n");
    expect_pass(written(), "v3:MQTT-3.3.1-6");
    begin(before);
    end("300 sub < PUBLISH q0 retain t m2\n");
    expect_fail(written(), "retained", "v3:MQTT-3.3.1-5");
    free(before);
}
END_TEST

START_TEST(a_second_copy_through_an_overlapping_subscription) {
    for (unsigned messages = 200; messages <= 2000; messages *= 10) {
        begin(PAIR "0.1 sub subscribes t:0 +:0\n");
        add(1, messages, AT_0);
        end("3000 sub < PUBLISH q0 t m1\n");
        expect_pass(written(), "v3:MQTT-4.3.1-1");
        end("3000 sub < PUBLISH q0 t m1\n");
        expect_fail(written(), "qos0", "v3:MQTT-4.3.1-1");
    }
}
END_TEST

/* ---- what is not settled, however old ---- */

#define OTHERS "0 rawq up clean=0\n 0.1 sub subscribes t:1 u:0\n"
#define NOISE  "%u rawq > PUBLISH q0 u m%u\n %u.1 sub < PUBLISH q0 u m%u\n"

/* Published and delivered, so that the one before is not the latest of its stream. */
#define NEXT(time, id, payload)                                                                    \
    time " rawp > PUBLISH q1 id=" id " t " payload "\n " time " rawp < PUBACK " id "\n " time      \
         " sub < PUBLISH q1 id=" id " t " payload "\n " time " sub > PUBACK " id "\n"

START_TEST(a_message_that_a_new_subscription_may_have_caught) {
    begin(PAIR OTHERS "0 late up\n 1 rawp > PUBLISH q1 id=1 t x\n 1.1 late subscribes t:1\n"
                      "1.2 rawp < PUBACK 1\n 1.3 sub < PUBLISH q1 id=1 t x\n 1.4 sub > PUBACK 1\n"
                      "1.4 late > UNSUBSCRIBE 7 t\n 1.4 late < UNSUBACK 7\n" NEXT("1.5", "2", "y")
                          NEXT("1.6", "3", "z"));
    add(2, 200, NOISE);
    end("300 late < PUBLISH q1 id=1 t x\n 300 late > PUBACK 1\n");
    expect_pass(written(), "");
}
END_TEST

START_TEST(a_message_that_has_not_come_yet) {
    begin(PAIR OTHERS "1 rawp > PUBLISH q1 id=1 t x\n 1 rawp < PUBACK 1\n"
                      "1.5 rawq > PUBLISH q0 t y\n");
    add(2, 1200, NOISE);
    expect_fail(written(), "delivery", "v3:MQTT-4.5.0-1");
    end("1300 sub < PUBLISH q1 id=1 t x\n 1300 sub > PUBACK 1\n");
    expect_pass(written(), "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(what_a_member_of_a_group_left_behind) {
    /* It goes to one that was no member yet, and may have ceased to be one. */
    begin("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n"
          "1 pub > PUBLISH q1 id=1 t m1\n 1 pub < PUBACK 1\n 1.5 c subscribes $share/g/t:1\n"
          "1.6 a cut\n 2 c > UNSUBSCRIBE 7 $share/g/t\n 2 c < UNSUBACK 7 0\n");
    add(2, 100, "%u pub > PUBLISH q1 id=%u t m%u\n %u pub < PUBACK %u\n");
    end("300 c < PUBLISH q1 id=1 t m1\n 300 c > PUBACK 1\n");
    expect_pass5(written(), "");
    end("301 c < PUBLISH q1 id=2 t m50\n");
    expect_fail5(written(), "subscription", "v5:MQTT-3.10.4-2");
}
END_TEST

START_TEST(the_message_that_the_next_must_not_overtake) {
    uint64_t newer[2];
    for (unsigned i = 0; i < 2; i++) {
        begin(PAIR OTHERS "1 rawp > PUBLISH q0 t x\n 1 rawp > PUBLISH q0 t y\n"
                          "1.1 sub < PUBLISH q0 t y\n 1.5 rawq > PUBLISH q0 t z\n");
        add(2, i == 0 ? 2 : 200, NOISE);
        end("300 sub < PUBLISH q0 t x\n");
        DslOptions options = {0};
        DrillCheck *check = dsl_judge(written(), &options);
        ck_assert_uint_gt(drill_check_finding_count(check), 0);
        const DrillFinding *finding = drill_check_finding(check, 0);
        ck_assert_str_eq(finding->statement, "v3:MQTT-4.6.0-6");
        newer[i] = finding->packets[1];
        drill_check_free(check);
    }
    ck_assert_uint_eq(newer[0], newer[1]);
}
END_TEST

START_TEST(what_is_retained_still) {
    begin(PAIR OTHERS "1 rawp > PUBLISH q1 id=1 retain t x\n 1 rawp < PUBACK 1\n"
                      "1.1 sub < PUBLISH q1 id=1 t x\n 1.1 sub > PUBACK 1\n" NEXT("1.2", "2", "y")
                          NEXT("1.3", "3", "z"));
    add(2, 200, NOISE);
    end("300 sub subscribes t:1\n");
    expect_fail(written(), "retained", "v3:MQTT-3.8.4-3");
    end("300 sub < PUBLISH q1 id=1 retain t x\n 300 sub > PUBACK 1\n");
    expect_pass(written(), "v3:MQTT-3.8.4-3");
}
END_TEST

START_TEST(a_subscribe_that_was_answered_long_ago) {
    begin(PAIR OTHERS "0 late up\n 1 rawp > PUBLISH q1 id=1 retain t x\n 1 rawp < PUBACK 1\n"
                      "1.1 sub < PUBLISH q1 id=1 t x\n 1.1 sub > PUBACK 1\n"
                      "2 late subscribes t:1\n 2 late < PUBLISH q1 id=1 retain t x\n"
                      "2 late > PUBACK 1\n 2.5 late cut\n"
                      "3 rawp > PUBLISH q1 id=1 retain t y\n 3 rawp < PUBACK 1\n"
                      "3.1 sub < PUBLISH q1 id=1 t y\n 3.1 sub > PUBACK 1\n"
                      "4 rawp > PUBLISH q1 id=1 retain t z\n 4 rawp < PUBACK 1\n"
                      "4.1 sub < PUBLISH q1 id=1 t z\n 4.1 sub > PUBACK 1\n");
    /* Many are settled at once, so that nobody takes its place. */
    add(1, 30, "5 rawq > PUBLISH q0 u b%u\n");
    add(1, 30, "5.1 sub < PUBLISH q0 u b%u\n");
    add(6, 30, NOISE);
    expect_pass(written(), "v3:MQTT-3.3.1-6");
}
END_TEST

START_TEST(what_was_retained_while_a_subscribe_waited) {
    begin(PAIR OTHERS "0.5 sub > SUBSCRIBE 1 t:0\n");
    add(1, 50,
        "%u.1 rawp > PUBLISH q0 retain t x\n %u.2 sub < PUBLISH q0 t x\n"
        " %u.3 rawp > PUBLISH q0 retain t y\n %u.4 sub < PUBLISH q0 t y\n");
    end("100 sub < SUBACK 1 0\n 101 rawp > PUBLISH q0 retain t x\n 101 sub < PUBLISH q0 t x\n"
        " 102 rawp > PUBLISH q0 retain t y\n 102 sub < PUBLISH q0 t y\n");
    add(103, 200, NOISE);
    end("300 sub < PUBLISH q0 retain t x\n");
    expect_pass(written(), "v3:MQTT-3.3.1-6");
}
END_TEST

/* ---- memory ---- */

typedef struct Meter {
    size_t bytes;
} Meter;

static void *metered(void *context, void *block, size_t old_size, size_t new_size) {
    ((Meter *)context)->bytes += new_size - old_size;
    DrillAllocator plain = drill_allocator_malloc();
    return plain.resize(plain.context, block, old_size, new_size);
}

static size_t bytes_after(const char *text) {
    Meter meter = {0};
    DrillAllocator allocator = {metered, &meter};
    DslOptions options = {.allocator = &allocator};
    DrillCheck *check = dsl_judge(text, &options);
    ck_assert_int_eq(drill_check_verdict(check), DRILL_PASS);
    size_t bytes = meter.bytes;
    drill_check_free(check);
    ck_assert_uint_eq(meter.bytes, 0);
    return bytes;
}

/* What each further message costs. */
static size_t bytes_per_message(const char *subscribe, const char *const *formats) {
    size_t bytes[2];
    for (unsigned i = 0; i < 2; i++) {
        begin(subscribe);
        add_each(1, i == 0 ? 2000 : 6000, formats);
        bytes[i] = bytes_after(written());
    }
    return bytes[1] < bytes[0] ? 0 : (bytes[1] - bytes[0]) / 4000;
}

START_TEST(a_settled_message_takes_little_memory) {
    static const char *const at_0[] = {AT_0, NULL};
    static const char *const same[] = {"%u rawp > PUBLISH q0 t x\n %u.1 sub < PUBLISH q0 t x\n",
                                       NULL};
    static const char *const retained[] = {RETAINED, NULL};
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:2\n", at_0), 100);
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:0 +:0\n", at_0), 150);
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:0\n", retained), 170);
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:2\n", same), 0);
    /* Each of these takes a new Packet Identifier, at both sides of the broker. */
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:2\n", at_1), 300);
    ck_assert_uint_le(bytes_per_message(PAIR "0.1 sub subscribes t:2\n", at_2), 300);
}
END_TEST

DSL_MAIN("check/settled", a_finished_exchange_is_remembered,
         a_finished_exchange_of_a_session_that_is_over, an_exchange_that_passed_its_application_by,
         one_copy_too_many_of_a_settled_message, a_settled_message_is_not_for_a_newer_session,
         a_settled_payload_that_is_published_again, messages_that_look_the_same,
         a_settled_retained_message, a_second_copy_through_an_overlapping_subscription,
         a_message_that_a_new_subscription_may_have_caught, a_message_that_has_not_come_yet,
         what_a_member_of_a_group_left_behind, the_message_that_the_next_must_not_overtake,
         what_is_retained_still, a_subscribe_that_was_answered_long_ago,
         what_was_retained_while_a_subscribe_waited, a_settled_message_takes_little_memory)
