/* Names of reason codes, typed from the standards' tables. */
#include "spec/reason.h"
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

typedef struct Constant {
    int code, type; /* type: of a packet that may carry it */
    const char *name;
} Constant;

START_TEST(constants_have_the_standards_names) {
    static const Constant v5[] = {
        {DRILL_REASON_SUCCESS, 2, "Success"},
        {DRILL_REASON_GRANTED_QOS_1, 9, "Granted QoS 1"},
        {DRILL_REASON_GRANTED_QOS_2, 9, "Granted QoS 2"},
        {DRILL_REASON_DISCONNECT_WITH_WILL_MESSAGE, 14, "Disconnect with Will Message"},
        {DRILL_REASON_NO_MATCHING_SUBSCRIBERS, 4, "No matching subscribers"},
        {DRILL_REASON_NO_SUBSCRIPTION_EXISTED, 11, "No subscription existed"},
        {DRILL_REASON_CONTINUE_AUTHENTICATION, 15, "Continue authentication"},
        {DRILL_REASON_RE_AUTHENTICATE, 15, "Re-authenticate"},
        {DRILL_REASON_UNSPECIFIED_ERROR, 2, "Unspecified error"},
        {DRILL_REASON_MALFORMED_PACKET, 2, "Malformed Packet"},
        {DRILL_REASON_PROTOCOL_ERROR, 2, "Protocol Error"},
        {DRILL_REASON_IMPLEMENTATION_SPECIFIC_ERROR, 2, "Implementation specific error"},
        {DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION, 2, "Unsupported Protocol Version"},
        {DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID, 2, "Client Identifier not valid"},
        {DRILL_REASON_BAD_USER_NAME_OR_PASSWORD, 2, "Bad User Name or Password"},
        {DRILL_REASON_NOT_AUTHORIZED, 2, "Not authorized"},
        {DRILL_REASON_SERVER_UNAVAILABLE, 2, "Server unavailable"},
        {DRILL_REASON_SERVER_BUSY, 2, "Server busy"},
        {DRILL_REASON_BANNED, 2, "Banned"},
        {DRILL_REASON_SERVER_SHUTTING_DOWN, 14, "Server shutting down"},
        {DRILL_REASON_BAD_AUTHENTICATION_METHOD, 2, "Bad authentication method"},
        {DRILL_REASON_KEEP_ALIVE_TIMEOUT, 14, "Keep Alive timeout"},
        {DRILL_REASON_SESSION_TAKEN_OVER, 14, "Session taken over"},
        {DRILL_REASON_TOPIC_FILTER_INVALID, 9, "Topic Filter invalid"},
        {DRILL_REASON_TOPIC_NAME_INVALID, 2, "Topic Name invalid"},
        {DRILL_REASON_PACKET_IDENTIFIER_IN_USE, 4, "Packet Identifier in use"},
        {DRILL_REASON_PACKET_IDENTIFIER_NOT_FOUND, 6, "Packet Identifier not found"},
        {DRILL_REASON_RECEIVE_MAXIMUM_EXCEEDED, 14, "Receive Maximum exceeded"},
        {DRILL_REASON_TOPIC_ALIAS_INVALID, 14, "Topic Alias invalid"},
        {DRILL_REASON_PACKET_TOO_LARGE, 2, "Packet too large"},
        {DRILL_REASON_MESSAGE_RATE_TOO_HIGH, 14, "Message rate too high"},
        {DRILL_REASON_QUOTA_EXCEEDED, 2, "Quota exceeded"},
        {DRILL_REASON_ADMINISTRATIVE_ACTION, 14, "Administrative action"},
        {DRILL_REASON_PAYLOAD_FORMAT_INVALID, 2, "Payload format invalid"},
        {DRILL_REASON_RETAIN_NOT_SUPPORTED, 2, "Retain not supported"},
        {DRILL_REASON_QOS_NOT_SUPPORTED, 2, "QoS not supported"},
        {DRILL_REASON_USE_ANOTHER_SERVER, 2, "Use another server"},
        {DRILL_REASON_SERVER_MOVED, 2, "Server moved"},
        {DRILL_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, 9, "Shared Subscriptions not supported"},
        {DRILL_REASON_CONNECTION_RATE_EXCEEDED, 2, "Connection rate exceeded"},
        {DRILL_REASON_MAXIMUM_CONNECT_TIME, 14, "Maximum connect time"},
        {DRILL_REASON_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, 9,
         "Subscription Identifiers not supported"},
        {DRILL_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, 9,
         "Wildcard Subscriptions not supported"},
    };
    static const Constant v3[] = {
        {DRILL_RETURN_ACCEPTED, 2, "Connection Accepted"},
        {DRILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION, 2,
         "Connection Refused, unacceptable protocol version"},
        {DRILL_RETURN_IDENTIFIER_REJECTED, 2, "Connection Refused, identifier rejected"},
        {DRILL_RETURN_SERVER_UNAVAILABLE, 2, "Connection Refused, Server unavailable"},
        {DRILL_RETURN_BAD_USER_NAME_OR_PASSWORD, 2,
         "Connection Refused, bad user name or password"},
        {DRILL_RETURN_NOT_AUTHORIZED, 2, "Connection Refused, not authorized"},
        {DRILL_RETURN_FAILURE, 9, "Failure"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(v5); i++)
        ck_assert_str_eq(drill_reason_name(v5[i].type, 5, (uint8_t)v5[i].code), v5[i].name);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(v3); i++)
        ck_assert_str_eq(drill_reason_name(v3[i].type, 4, (uint8_t)v3[i].code), v3[i].name);
}
END_TEST

START_TEST(failures_begin_at_0x80) {
    ck_assert(!drill_reason_is_failure(DRILL_REASON_RE_AUTHENTICATE));
    ck_assert(!drill_reason_is_failure(0x7f));
    ck_assert(drill_reason_is_failure(0x80));
    ck_assert(drill_reason_is_failure(DRILL_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("spec/reason");
    TCase *tests = tcase_create("reason");
    tcase_add_test(tests, every_code_of_every_packet_v5);
    tcase_add_test(tests, names_v5);
    tcase_add_test(tests, constants_have_the_standards_names);
    tcase_add_test(tests, failures_begin_at_0x80);
    tcase_add_test(tests, names_v3);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
