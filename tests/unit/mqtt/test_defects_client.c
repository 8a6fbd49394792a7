/* Defects of the client that test_defects.c does not have: each shows in what it sends. */
#include "unit/mqtt/defects.h"
#include "unit/suite.h"

/* clang-format off */
static const ClientScript forgotten = {
    {0}, "11 00000064",
    "open\n"
    "< 20: 00 00 {}\n"
    "< 34: 't 0001 {} \"x\n"
    "1 t sent\n"
    "lost\n"
    "1 t unsent\n"
    "open\n"
    "< 20: 00 00 {}\n"
    "< 34: 't 0001 {} \"y\n"
    "< 50: 0009\n"};

static const ClientScript replayed = {
    {.auto_alias = true}, "11 00000064",
    "open\n"
    "< 20: 00 00 { 22 0005 }\n"
    "1 t old\n"
    "1 t second\n"
    "lost\n"
    "open\n"
    "< 20: 01 00 { 22 0005 }\n"
    "1 t new\n"
    "lost\n"
    "open\n"
    "< 20: 01 00 { 22 0005 }\n"
    "< 40: 0001\n"
    "< 40: 0002\n"};

static const ClientScript acks = {
    {0}, "11 00000064",
    "open\n"
    "< 20: 00 00 { 21 0003 }\n"
    "2 t 1\n"
    "2 t 2\n"
    "1 t 3\n"
    "1 t 4\n"
    "< 32: 't 0001 {} \"x\n"
    "+ 4s\n"
    "< 50: 0002\n"
    "< 50: 0001\n"
    "< 40: 0003\n"
    "< 70: 0001\n"
    "< 70: 0002\n"
    "1 t 5\n"
    "2 t 6\n"
    "< 40: 0005 80\n"
    "< 50: 0006 80\n"
    "lost\n"
    "open\n"
    "< 20: 01 00 { 21 0003 }\n"
    "1 t 7\n"
    "1 t 8\n"
    "1 t 9\n"
    "1 t 10\n"};

static const ClientScript many = {
    {0}, "",
    "open\n"
    "< 20: 00 00 {}\n"
    "1 t x\n"
    "< 40: 0001\n"
    "1 t x\n"
    "< 40: 0002\n"
    "1 t x\n"
    "< 40: 0003\n"
    "1 t x\n"
    "< 40: 0004\n"
    "1 t x\n"
    "< 40: 0005\n"
    "1 t x\n"
    "< 40: 0006\n"
    "1 t x\n"
    "< 40: 0007\n"
    "1 t x\n"
    "< 40: 0008\n"
    "1 t x\n"
    "< 40: 0009\n"
    "1 t x\n"
    "< 40: 000a\n"
    "1 t x\n"
    "< 40: 000b\n"
    "1 t x\n"
    "< 40: 000c\n"
    "1 t x\n"
    "< 40: 000d\n"
    "1 t x\n"
    "< 40: 000e\n"
    "1 t x\n"
    "< 40: 000f\n"
    "1 t x\n"
    "< 40: 0010\n"
    "1 t x\n"
    "< 40: 0011\n"
    "1 t x\n"
    "< 40: 0012\n"
    "1 t x\n"
    "< 40: 0013\n"
    "1 t x\n"
    "< 40: 0014\n"
    "1 t x\n"
    "< 40: 0015\n"
    "1 t x\n"
    "< 40: 0016\n"};

static const ClientScript long_one = {
    {0}, "",
    "open\n"
    "< 20: 00 00 {}\n"
    "0 t xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"};

static const ClientScript silent = {
    {.keep_alive_s = 20, .auto_ping = true}, "",
    "open\n"
    "< 20: 00 00 { 13 0005 }\n"
    "+ 6s\n"
    "+ 30s\n"};

static const ClientScript writes = {
    {.keep_alive_s = 5, .auto_ping = true}, "",
    "open\n"
    "< 20: 00 00 {}\n"
    "+ 3s\n"
    "0 t x\n"
    "+ 3s\n"
    "0 t x\n"
    "+ 3s\n"};

static const ClientScript limited = {
    {.auto_alias = true}, "22 0002",
    "open\n"
    "< 20: 00 00 { 22 0001 24 01 25 00 27 00000018 }\n"
    "1 t 1\n"
    "1 u 2\n"
    "1 t 3\n"
    "1 t 12345678901234567890123456\n"
    "2 t 4\n"
    "r0 t 5\n"
    "< 30: 't { 23 0002 } \"x\n"};

static const ClientScript unlimited = {
    {.auto_alias = true}, "",
    "open\n"
    "< 20: 00 00 {}\n"
    "1 t 1\n"};

static const ClientScript authenticates = {
    {0}, "15 'M",
    "open\n"
    "< f0: 18 { 15 'M }\n"
    "auth\n"
    "< 20: 00 00 { 15 'M }\n"
    "again\n"};

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const ClientScript wills = {
    {.has_will = true, .will = {.topic = TEXT("w"), .payload = TEXT("gone"), .qos = DRILL_QOS_1}}, "",
    "open\n"};

static const ClientScript old_will = {
    {.version = DRILL_MQTT_3_1_1, .has_will = true, .will = {.topic = TEXT("w"), .payload = TEXT("gone")}}, "",
    "open\n"};

static const ClientScript user = {
    {.version = DRILL_MQTT_3_1_1, .has_username = true, .username = TEXT("u"), .has_password = true, .password = TEXT("p")}, "",
    "open\n"};

static const ClientScript nameless = {
    {.version = DRILL_MQTT_3_1_1, .client_id = TEXT(""), .clean = true}, "",
    "open\n"};

static const ClientScript stranger = {
    {0}, "",
    "open\n"
    "< 20: 01 00 {}\n"};

static const ClientScript leaves = {
    {0}, "",
    "open\n"
    "< 20: 00 00 { 27 00000014 }\n"
    "disconnect 1f 'long_enough_text 26 'k 'v\n"};

static const ClientScript requests = {
    {0}, "",
    "open\n"
    "< 20: 00 00 {}\n"
    "subscribe +/a/#\n"
    "< 90: 0001 {} 01\n"
    "subscribe $share/name/a\n"
    "< 90: 0002 {} 01\n"
    "unsubscribe +/a/#\n"
    "< b0: 0003 {} 00\n"};

static const struct {
    DrillDefectId id;
    const ClientScript *script;
} rows[] = {
    {DRILL_DEFECT_C_INBOUND_IDS_KEPT_ON_NEW_SESSION, &forgotten},
    {DRILL_DEFECT_C_UNKNOWN_PUBREC_IGNORED, &forgotten},
    {DRILL_DEFECT_C_UNSENT_DROPPED_ON_SP0, &forgotten},
    {DRILL_DEFECT_C_STORE_REPLAY_DROPS_NEW, &replayed},
    {DRILL_DEFECT_C_LATE_ACK_IS_ERROR, &replayed},
    {DRILL_DEFECT_C_ACK_NEEDS_ORDER, &acks},
    {DRILL_DEFECT_C_ID_LEAK, &many},
    {DRILL_DEFECT_C_BAD_REMAINING_LENGTH, &long_one},
    {DRILL_DEFECT_C_NO_PINGRESP_DEADLINE, &silent},
    {DRILL_DEFECT_C_PING_SUPPRESSED_BY_WRITES, &writes},
    {DRILL_DEFECT_C_PUBRELS_SWAPPED, &acks},
    {DRILL_DEFECT_C_RECVMAX_IGNORED, &acks},
    {DRILL_DEFECT_C_RECVMAX_IGNORED_AFTER_RECONNECT, &acks},
    {DRILL_DEFECT_C_QUOTA_PER_QOS, &acks},
    {DRILL_DEFECT_C_QUOTA_FREED_ON_PUBREC, &acks},
    {DRILL_DEFECT_C_QUOTA_BLOCKS_ACKS, &acks},
    {DRILL_DEFECT_C_TIMER_RESEND, &acks},
    {DRILL_DEFECT_C_PACKET_SIZE_IGNORED, &limited},
    {DRILL_DEFECT_C_ALIAS_ABOVE_MAXIMUM, &limited},
    {DRILL_DEFECT_C_ALIAS_WITHOUT_PERMISSION, &unlimited},
    {DRILL_DEFECT_C_ALIAS_IN_RESEND, &replayed},
    {DRILL_DEFECT_C_ALIAS_ZERO, &limited},
    {DRILL_DEFECT_C_ALIAS_MAXIMUM_OFF_BY_ONE, &limited},
    {DRILL_DEFECT_C_MAXIMUM_QOS_IGNORED, &limited},
    {DRILL_DEFECT_C_RETAIN_UNAVAILABLE_IGNORED, &limited},
    {DRILL_DEFECT_C_SERVER_KEEPALIVE_IGNORED, &silent},
    {DRILL_DEFECT_C_SUBSCRIPTION_ID_IN_PUBLISH, &acks},
    {DRILL_DEFECT_C_PUBACK_INVALID_CODE, &acks},
    {DRILL_DEFECT_C_PUBREL_INVALID_CODE, &acks},
    {DRILL_DEFECT_C_PUBREL_AFTER_ERROR_PUBREC, &acks},
    {DRILL_DEFECT_C_ERROR_ACK_RESENT, &acks},
    {DRILL_DEFECT_C_AUTH_OTHER_METHOD, &authenticates},
    {DRILL_DEFECT_C_AUTH_WRONG_CODE, &authenticates},
    {DRILL_DEFECT_C_AUTH_UNANSWERED, &authenticates},
    {DRILL_DEFECT_C_AUTH_WITHOUT_METHOD, &unlimited},
    {DRILL_DEFECT_C_REAUTH_OTHER_METHOD, &authenticates},
    {DRILL_DEFECT_C_PACKET_BEFORE_CONNACK, &authenticates},
    {DRILL_DEFECT_C_WILL_LEFT_OUT, &wills},
    {DRILL_DEFECT_C_WILL_QOS_WITHOUT_WILL, &requests},
    {DRILL_DEFECT_C_WILL_RETAIN_WITHOUT_WILL, &requests},
    {DRILL_DEFECT_C_WILL_QOS3, &wills},
    {DRILL_DEFECT_C_WILL_TOPIC_NOT_UTF8, &wills},
    {DRILL_DEFECT_C_USERNAME_WITHOUT_FLAG, &user},
    {DRILL_DEFECT_C_USERNAME_LEFT_OUT, &user},
    {DRILL_DEFECT_C_USERNAME_NOT_UTF8, &user},
    {DRILL_DEFECT_C_PASSWORD_WITHOUT_FLAG, &user},
    {DRILL_DEFECT_C_PASSWORD_LEFT_OUT, &user},
    {DRILL_DEFECT_C_PASSWORD_WITHOUT_USERNAME, &user},
    {DRILL_DEFECT_C_CLIENT_ID_LEFT_OUT, &nameless},
    {DRILL_DEFECT_C_CLIENT_ID_NOT_UTF8, &requests},
    {DRILL_DEFECT_C_EMPTY_ID_WITH_SESSION, &nameless},
    {DRILL_DEFECT_C_FILTER_NOT_UTF8, &requests},
    {DRILL_DEFECT_C_SUBSCRIBE_TO_NOTHING, &requests},
    {DRILL_DEFECT_C_FILTER_HASH_INSIDE, &requests},
    {DRILL_DEFECT_C_FILTER_PLUS_INSIDE, &requests},
    {DRILL_DEFECT_C_SHARE_NAME_LEFT_OUT, &requests},
    {DRILL_DEFECT_C_SHARE_NAME_WILDCARD, &requests},
    {DRILL_DEFECT_C_UNSUBSCRIBE_NOT_UTF8, &requests},
    {DRILL_DEFECT_C_UNSUBSCRIBE_FROM_NOTHING, &requests},
    {DRILL_DEFECT_C_WILL_PROPERTIES_FIRST, &wills},
    {DRILL_DEFECT_C_CLIENT_ID_LAST, &old_will},
    {DRILL_DEFECT_C_SESSION_PRESENT_UNCHECKED, &stranger},
    {DRILL_DEFECT_C_DISCONNECT_KEEPS_OPEN, &leaves},
    {DRILL_DEFECT_C_QUOTA_BLOCKS_PUBREL, &acks},
    {DRILL_DEFECT_C_REASON_STRING_TOO_LARGE, &leaves},
    {DRILL_DEFECT_C_USER_PROPERTIES_TOO_LARGE, &leaves},
};
/* clang-format on */

START_TEST(test_visible) {
    client_visible(rows[_i].id, rows[_i].script);
}
END_TEST

/* Whatever is switched on, nothing breaks. */
START_TEST(test_every_script) {
    DrillDefectSet defects = {{0}};
    drill_defect_set(&defects, (DrillDefectId)_i);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        free(client_log(rows[i].script, defects));
}
END_TEST

START_TEST(test_complete) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        ck_assert_uint_eq(rows[i].id, DRILL_DEFECT_C_INBOUND_IDS_KEPT_ON_NEW_SESSION + i);
    ck_assert_uint_eq(rows[DRILL_ARRAY_COUNT(rows) - 1].id + 1, DRILL_DEFECT_COUNT);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("defects of the client");
    TCase *tcase = tcase_create("defects");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_complete);
    tcase_add_loop_test(tcase, test_visible, 0, (int)DRILL_ARRAY_COUNT(rows));
    tcase_add_loop_test(tcase, test_every_script, 0, DRILL_DEFECT_COUNT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
