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

DSL_MAIN("check/settled", a_finished_exchange_is_remembered,
         a_finished_exchange_of_a_session_that_is_over, an_exchange_that_passed_its_application_by)
