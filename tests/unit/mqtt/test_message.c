/* Messages: which properties travel, in which form, and for how long. */
#include "unit/mqtt/net.h"

#include "mqtt/message.h"
#include "unit/suite.h"

static DrillProperties from_hex(DrillBuffer *bytes, const char *hex) {
    size_t offset = 0;
    DrillProperty property;
    drill_buffer_clear(bytes);
    ck_assert_int_eq(drill_parse_hex(drill_span_of(hex), bytes, &offset), DRILL_OK);
    DrillProperties properties = {drill_buffer_span(bytes), 0};
    for (offset = 0; drill_properties_next(properties, &offset, &property);)
        properties.count++;
    return properties;
}

START_TEST(test_properties) {
    static const uint32_t ids[] = {1, 268435455};
    static const struct {
        const char *published;
        DrillPublishExtras extras;
        uint64_t waited_ns;
        const char *sent;
        uint32_t count;
    } rows[] = {
        {"", {0}, 0, "", 0},
        /* Order of User Properties; alias and subscription identifiers stay behind. */
        {"23 0007 26 0001 62 0001 32 0b 05 26 0001 61 0001 31",
         {0},
         0,
         "26 0001 62 0001 32 26 0001 61 0001 31",
         2},
        {"01 01 03 0001 74 08 0001 72 09 0002 00ff",
         {.topic_alias = 9},
         0,
         "23 0009 01 01 03 0001 74 08 0001 72 09 0002 00ff",
         5},
        {"02 0000000a", {0}, 0, "02 0000000a", 1},
        {"02 0000000a", {0}, 999999999, "02 0000000a", 1},
        {"02 0000000a", {0}, 1000000000, "02 00000009", 1},
        {"02 0000000a", {0}, 9999999999, "02 00000001", 1},
        {"02 0000000a", {0}, 20000000000, "02 00000000", 1},
        {"01 00 02 00000001",
         {.subscription_ids = ids, .subscription_id_count = 2},
         0,
         "02 00000001 0b 01 0b ffffff7f 01 00",
         4},
        /* Of a will. */
        {"18 00000005 03 0001 74", {0}, 0, "03 0001 74", 1},
    };
    DrillAllocator allocator = drill_allocator_malloc();
    DrillBuffer given = {.allocator = allocator}, out = given, want = given;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillPublishPacket publish = {.topic = drill_span_of("t"),
                                      .payload = drill_span_of("p"),
                                      .properties = from_hex(&given, rows[i].published)};
        DrillMessage *message = drill_message_new(allocator, &publish, 5);
        DrillProperties sent =
            drill_message_properties(message, &rows[i].extras, 5 + rows[i].waited_ns, &out);
        size_t offset = 0;
        drill_buffer_clear(&want);
        ck_assert_int_eq(drill_parse_hex(drill_span_of(rows[i].sent), &want, &offset), DRILL_OK);
        ck_assert_msg(drill_span_equal(sent.wire, drill_buffer_span(&want)), "row %zu", i);
        ck_assert_uint_eq(sent.count, rows[i].count);
        ck_assert(drill_span_is(message->topic, "t") && drill_span_is(message->payload, "p"));
        drill_message_release(message);
    }
    drill_buffer_release(&given);
    drill_buffer_release(&out);
    drill_buffer_release(&want);
}
END_TEST

START_TEST(test_expiry) {
    static const struct {
        const char *published;
        uint64_t last_ns; /* the last moment at which it may be sent, after publication */
    } rows[] = {{"02 00000000", 0},
                {"02 00000001", DRILL_NS_PER_S - 1},
                {"02 ffffffff", UINT64_C(4294967295) * DRILL_NS_PER_S - 1}};
    DrillBuffer given = {.allocator = drill_allocator_malloc()};
    DrillPublishPacket publish = {.topic = drill_span_of("t")};
    DrillMessage *message = drill_message_new(given.allocator, &publish, 7);
    ck_assert(!drill_message_expired(message, DRILL_NEVER - 1));
    drill_message_release(message);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        publish.properties = from_hex(&given, rows[i].published);
        message = drill_message_new(given.allocator, &publish, 7);
        ck_assert(!drill_message_expired(message, 7 + rows[i].last_ns));
        ck_assert(drill_message_expired(message, 8 + rows[i].last_ns));
        drill_message_release(message);
    }
    drill_buffer_release(&given);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("message");
    TCase *tests = tcase_create("message");
    tcase_add_test(tests, test_properties);
    tcase_add_test(tests, test_expiry);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
