/* Names of reason codes, typed from the standards' tables. */
#include "spec/spec.h"
#include "unit/suite.h"

/* The codes each packet of 5.0 may carry, in the order of its table. */
static const struct {
    int type;
    const char *codes; /* hex */
} allowed_v5[] = {
    {2, "00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f"},
    {4, "00 10 80 83 87 90 91 97 99"},
    {5, "00 10 80 83 87 90 91 97 99"},
    {6, "00 92"},
    {7, "00 92"},
    {9, "00 01 02 80 83 87 8f 91 97 9e a1 a2"},
    {11, "00 11 80 83 87 8f 91"},
    {14, "00 04 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 "
         "a2"},
    {15, "00 18 19"},
};

static bool is_allowed(int type, unsigned code) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(allowed_v5); i++) {
        if (allowed_v5[i].type != type) {
            continue;
        }
        DrillBuffer codes = {.allocator = drill_allocator_malloc()};
        size_t offset = 0;
        ck_assert_int_eq(drill_parse_hex(drill_span_of(allowed_v5[i].codes), &codes, &offset),
                         DRILL_OK);
        bool found = false;
        for (size_t at = 0; at < codes.size; at++) {
            found = found || codes.data[at] == code;
        }
        drill_buffer_release(&codes);
        return found;
    }
    return false;
}

START_TEST(every_code_of_every_packet_v5) {
    for (int type = -1; type <= 17; type++) {
        for (unsigned code = 0; code < 256; code++) {
            const char *name = drill_reason_name(type, 5, (uint8_t)code);
            ck_assert_msg((name != NULL) == is_allowed(type, code), "type %d code %02x", type,
                          code);
        }
    }
}
END_TEST

START_TEST(names_v5) {
    ck_assert_str_eq(drill_reason_name(2, 5, 0x00), "Success");
    ck_assert_str_eq(drill_reason_name(9, 5, 0x00), "Granted QoS 0");
    ck_assert_str_eq(drill_reason_name(14, 5, 0x00), "Normal disconnection");
    ck_assert_str_eq(drill_reason_name(4, 5, 0x97), "Quota exceeded");
    ck_assert_str_eq(drill_reason_name(14, 5, 0x8e), "Session taken over");
    ck_assert_str_eq(drill_reason_name(6, 5, 0x92), "Packet Identifier not found");
}
END_TEST

START_TEST(names_v3) {
    ck_assert_str_eq(drill_reason_name(2, 4, 0), "Connection Accepted");
    ck_assert_str_eq(drill_reason_name(2, 4, 2), "Connection Refused, identifier rejected");
    ck_assert_str_eq(drill_reason_name(2, 3, 5), "Connection Refused, not authorized");
    ck_assert_ptr_null(drill_reason_name(2, 4, 6));
    ck_assert_str_eq(drill_reason_name(9, 4, 0x80), "Failure");
    ck_assert_ptr_null(drill_reason_name(9, 4, 3));
    ck_assert_ptr_null(drill_reason_name(4, 4, 0));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("spec/reason");
    TCase *tests = tcase_create("reason");
    tcase_add_test(tests, every_code_of_every_packet_v5);
    tcase_add_test(tests, names_v5);
    tcase_add_test(tests, names_v3);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
