/* The records of exchanges, identifiers, and deadlines, against naive models. */
#include "unit/mqtt/net.h"

#include "mqtt/deadline.h"
#include "mqtt/inflight.h"
#include "unit/suite.h"

static uint64_t random_state = 1;
static unsigned below(unsigned bound) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % bound;
}

static DrillExchange *wait_for(DrillInflight *inflight, DrillQos qos, uint64_t tag) {
    DrillPublishPacket publish = {.qos = qos, .topic = drill_span_of("t")};
    DrillMessage *message = drill_message_new(inflight->allocator, &publish, 0);
    DrillDelivery delivery = {.message = message, .qos = qos, .tag = tag};
    DrillExchange *exchange = drill_inflight_wait(inflight, &delivery);
    drill_message_release(message);
    return exchange;
}

START_TEST(test_steps) {
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBACK_DUE, DRILL_PUBACK, 0),
                     DRILL_STEP_COMPLETE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBREC_DUE, DRILL_PUBREC, 0),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBCOMP_DUE, DRILL_PUBREC, 0),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBCOMP_DUE, DRILL_PUBCOMP, 0),
                     DRILL_STEP_COMPLETE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_UNKNOWN, DRILL_PUBREC, 0),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_UNKNOWN, DRILL_PUBACK, 0),
                     DRILL_STEP_IGNORE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_UNKNOWN, DRILL_PUBCOMP, 0),
                     DRILL_STEP_IGNORE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBACK_DUE, DRILL_PUBREC, 0),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBREC_DUE, DRILL_PUBACK, 0),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBREC_DUE, DRILL_PUBCOMP, 0),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_SUBACK_DUE, DRILL_SUBACK, 0),
                     DRILL_STEP_COMPLETE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_SUBACK_DUE, DRILL_UNSUBACK, 0),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_UNSUBACK_DUE, DRILL_UNSUBACK, 0),
                     DRILL_STEP_COMPLETE);
    /* 5.0: PUBREC below 0x80 goes on, from 0x80 it ends the exchange. */
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBREC_DUE, DRILL_PUBREC, 0x10),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBREC_DUE, DRILL_PUBREC, 0x80),
                     DRILL_STEP_COMPLETE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_UNKNOWN, DRILL_PUBREC, 0x97),
                     DRILL_STEP_IGNORE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBCOMP_DUE, DRILL_PUBREC, 0x97),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBACK_DUE, DRILL_PUBREC, 0x97),
                     DRILL_STEP_VIOLATION);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBACK_DUE, DRILL_PUBACK, 0x97),
                     DRILL_STEP_COMPLETE);
    ck_assert_int_eq(drill_exchange_step(DRILL_EXCHANGE_PUBCOMP_DUE, DRILL_PUBCOMP, 0x92),
                     DRILL_STEP_COMPLETE);
}
END_TEST

/* Every one of 65,535 identifiers once, 0 never, then none; freed ones come back. */
START_TEST(test_identifiers_all) {
    DrillIdentifiers identifiers;
    drill_identifiers_init(&identifiers, drill_allocator_malloc(), 65000);
    DrillIdentifierUse *uses = (DrillIdentifierUse *)calloc(65536, sizeof *uses);
    for (unsigned i = 0; i < 65535; i++) {
        ck_assert(drill_identifiers_take(&identifiers, &uses[i]));
        ck_assert_uint_eq(uses[i].value, (65000 + i - 1) % 65535 + 1);
    }
    ck_assert(!drill_identifiers_take(&identifiers, &uses[65535]));
    drill_identifiers_free(&identifiers, &uses[7]);
    drill_identifiers_free(&identifiers, &uses[7]);
    ck_assert_ptr_null(drill_identifiers_find(&identifiers, 65007));
    ck_assert(drill_identifiers_take(&identifiers, &uses[65535]));
    ck_assert_uint_eq(uses[65535].value, 65007);
    ck_assert_ptr_eq(drill_identifiers_find(&identifiers, 65007), &uses[65535]);
    ck_assert_uint_eq(drill_identifiers_count(&identifiers), 65535);
    free(uses);
    drill_identifiers_release(&identifiers);
}
END_TEST

START_TEST(test_order) {
    DrillInflight inflight;
    drill_inflight_init(&inflight, drill_allocator_malloc(), 0);
    for (uint64_t i = 1; i <= 4; i++)
        ck_assert(drill_inflight_start(&inflight, wait_for(&inflight, DRILL_QOS_2, i)));
    wait_for(&inflight, DRILL_QOS_1, 5);
    DrillExchange *exchange;
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBREC, 3, 0, &exchange),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBREC, 1, 0, &exchange),
                     DRILL_STEP_RELEASE);
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBREC, 1, 0, &exchange),
                     DRILL_STEP_RELEASE);
    ck_assert_uint_eq(inflight.releasing.first->tag, 3);
    ck_assert_uint_eq(inflight.releasing.last->tag, 1);
    ck_assert_uint_eq(inflight.releasing.count, 2);
    ck_assert_uint_eq(drill_inflight_open(&inflight), 4);
    drill_inflight_unsend(&inflight);
    uint64_t tags[] = {2, 4, 5};
    exchange = inflight.waiting.first;
    for (size_t i = 0; i < 3; i++, exchange = exchange->next) {
        ck_assert_uint_eq(exchange->tag, tags[i]);
        ck_assert_uint_eq(exchange->use.value, 0);
    }
    ck_assert_ptr_null(exchange);
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBCOMP, 3, 0, &exchange),
                     DRILL_STEP_COMPLETE);
    drill_inflight_forget(&inflight, exchange);
    ck_assert_ptr_null(drill_inflight_find(&inflight, 3));
    ck_assert_ptr_nonnull(drill_inflight_hold(&inflight, 3));
    ck_assert_ptr_nonnull(drill_inflight_held(&inflight, 3));
    ck_assert_ptr_null(drill_inflight_held(&inflight, 4));
    drill_inflight_release(&inflight);
}
END_TEST

/* What is sent again on a new connection obeys the quota too, and comes before what is new. */
START_TEST(test_quota) {
    DrillInflight inflight;
    drill_inflight_init(&inflight, drill_allocator_malloc(), 0);
    drill_inflight_connected(&inflight, 0);
    for (uint64_t i = 1; i <= 5; i++)
        ck_assert(drill_inflight_start(&inflight, wait_for(&inflight, DRILL_QOS_2, i)));
    ck_assert(drill_inflight_may_send(&inflight));
    ck_assert_ptr_null(drill_inflight_next_resend(&inflight));
    DrillExchange *exchange;
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBREC, 2, 0, &exchange),
                     DRILL_STEP_RELEASE);
    drill_inflight_connected(&inflight, 2); /* one waits for PUBCOMP: room for one PUBLISH */
    ck_assert_uint_eq(inflight.unsent_count, 4);
    exchange = drill_inflight_next_resend(&inflight);
    ck_assert_uint_eq(exchange->tag, 1);
    drill_inflight_resent(&inflight, exchange);
    ck_assert(!drill_inflight_may_send(&inflight));
    ck_assert_ptr_null(drill_inflight_next_resend(&inflight));
    /* 4 is answered although it has not been sent here: it is over all the same. */
    ck_assert_int_eq(drill_inflight_acknowledge(&inflight, DRILL_PUBREC, 4, 0x80, &exchange),
                     DRILL_STEP_COMPLETE);
    drill_inflight_forget(&inflight, exchange);
    ck_assert_ptr_null(drill_inflight_next_resend(&inflight));
    drill_inflight_forget(&inflight, drill_inflight_find(&inflight, 2));
    exchange = drill_inflight_next_resend(&inflight);
    ck_assert_uint_eq(exchange->tag, 3);
    drill_inflight_resent(&inflight, exchange);
    drill_inflight_forget(&inflight, drill_inflight_find(&inflight, 1));
    exchange = drill_inflight_next_resend(&inflight);
    ck_assert_uint_eq(exchange->tag, 5);
    drill_inflight_resent(&inflight, exchange);
    ck_assert_uint_eq(inflight.unsent_count, 0);
    ck_assert(!drill_inflight_may_send(&inflight));
    drill_inflight_connected(&inflight, 1);
    drill_inflight_unsend(&inflight);
    ck_assert_uint_eq(inflight.unsent_count, 0);
    ck_assert_ptr_null(inflight.first_unsent);
    ck_assert(drill_inflight_may_send(&inflight));
    drill_inflight_release(&inflight);
}
END_TEST

START_TEST(test_subscription_ids) {
    static const uint32_t ids[] = {7, 9, 268435455};
    DrillInflight inflight;
    drill_inflight_init(&inflight, drill_allocator_malloc(), 0);
    for (uint32_t count = 0; count <= 3; count++) {
        DrillPublishPacket publish = {.topic = drill_span_of("t")};
        DrillMessage *message = drill_message_new(inflight.allocator, &publish, 0);
        DrillDelivery delivery = {.message = message,
                                  .share = count,
                                  .subscription_ids = ids,
                                  .subscription_id_count = count};
        DrillExchange *exchange = drill_inflight_wait(&inflight, &delivery);
        drill_message_release(message);
        ck_assert_uint_eq(exchange->subscription_id_count, count);
        ck_assert_uint_eq(exchange->share, count);
        for (uint32_t i = 0; i < count; i++)
            ck_assert_uint_eq(drill_exchange_subscription_ids(exchange)[i], ids[i]);
    }
    drill_inflight_release(&inflight);
}
END_TEST

/* A model: an array of states per identifier. */
START_TEST(test_against_model) {
    static DrillExchangeState model[65536];
    static const DrillPacketType packets[] = {DRILL_PUBACK, DRILL_PUBREC, DRILL_PUBCOMP};
    memset(model, 0, sizeof model);
    random_state = (uint64_t)_i + 99;
    DrillInflight inflight;
    drill_inflight_init(&inflight, drill_allocator_malloc(), (uint16_t)(65530 + _i % 6));
    uint32_t open = 0;
    for (int step = 0; step < 20000; step++) {
        if (below(3) == 0 && open < 40) {
            DrillExchange *exchange =
                wait_for(&inflight, below(2) == 0 ? DRILL_QOS_1 : DRILL_QOS_2, 0);
            ck_assert(drill_inflight_start(&inflight, exchange));
            ck_assert_int_eq(model[exchange->use.value], DRILL_EXCHANGE_UNKNOWN);
            ck_assert_uint_ne(exchange->use.value, 0);
            model[exchange->use.value] = exchange->state;
            open++;
        } else {
            uint16_t id = (uint16_t)(inflight.outgoing.next - below(50));
            DrillPacketType type = packets[below(3)];
            DrillExchange *exchange;
            DrillExchangeStep want = drill_exchange_step(model[id], type, 0);
            ck_assert_int_eq(drill_inflight_acknowledge(&inflight, type, id, 0, &exchange), want);
            if (want == DRILL_STEP_RELEASE && exchange != NULL)
                model[id] = DRILL_EXCHANGE_PUBCOMP_DUE;
            if (want == DRILL_STEP_COMPLETE) {
                drill_inflight_forget(&inflight, exchange);
                model[id] = DRILL_EXCHANGE_UNKNOWN;
                open--;
            }
        }
        ck_assert_uint_eq(drill_inflight_open(&inflight), open);
    }
    drill_inflight_release(&inflight);
}
END_TEST

START_TEST(test_backoff) {
    DrillExchange exchange = {.sent_ns = 100};
    static const uint64_t doubled[] = {105, 110, 120, 140, 160, 160};
    for (uint32_t i = 0; i < DRILL_ARRAY_COUNT(doubled); i++) {
        exchange.repeats = i;
        ck_assert_uint_eq(drill_exchange_due(&exchange, 5, 60), doubled[i]);
        ck_assert_uint_eq(drill_exchange_due(&exchange, 5, 0), 105);
        ck_assert_uint_eq(drill_exchange_due(&exchange, DRILL_NEVER, 60), DRILL_NEVER);
    }
    exchange.repeats = UINT32_MAX;
    ck_assert_uint_eq(drill_exchange_due(&exchange, 5, DRILL_NEVER), DRILL_NEVER);
}
END_TEST

START_TEST(test_deadlines) {
    enum { COUNT = 300 };
    static DrillDeadline items[COUNT];
    memset(items, 0, sizeof items);
    random_state = 5;
    DrillDeadlines heap = {.allocator = drill_allocator_malloc()};
    for (unsigned i = 0; i < COUNT; i++)
        items[i] = (DrillDeadline){.serial = i, .at_ns = DRILL_NEVER};
    for (int step = 0; step < 20000; step++) {
        DrillDeadline *item = &items[below(COUNT)];
        uint64_t at_ns = below(4) == 0 ? DRILL_NEVER : below(50);
        if (below(2) == 0)
            drill_deadlines_set(&heap, item, at_ns);
        else if (at_ns != DRILL_NEVER)
            drill_deadlines_advance(&heap, item, at_ns);
        const DrillDeadline *earliest = NULL;
        for (unsigned i = 0; i < COUNT; i++) {
            if (items[i].at_ns != DRILL_NEVER &&
                (earliest == NULL || items[i].at_ns < earliest->at_ns))
                earliest = &items[i];
        }
        ck_assert_ptr_eq(drill_deadlines_first(&heap), earliest); /* ties: the lowest serial */
    }
    drill_deadlines_release(&heap);
}
END_TEST

START_TEST(test_defect_table) {
    for (int i = 0; i < DRILL_DEFECT_COUNT; i++) {
        const DrillDefectInfo *info = drill_defect_info((DrillDefectId)i);
        ck_assert_int_eq(drill_defect_find(drill_span_of(info->name)), i);
        ck_assert(strncmp(info->name, info->party, 1) == 0 && info->name[1] == '-');
        bool v3 = strncmp(info->v3_statements, "v3:MQTT-", 8) == 0;
        bool v5 = strncmp(info->v5_statements, "v5:MQTT-", 8) == 0;
        ck_assert_msg(v3 || info->v3_statements[0] == 0, "%s", info->name);
        ck_assert_msg(v5 || info->v5_statements[0] == 0, "%s", info->name);
        ck_assert_msg(v3 || v5, "%s has no form", info->name);
        DrillDefectSet set = {{0}};
        drill_defect_set(&set, (DrillDefectId)i);
        ck_assert(set.bits[i / 64] == UINT64_C(1) << i % 64);
    }
    ck_assert_int_eq(drill_defect_find(drill_span_of("b-none")), -1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("inflight");
    TCase *tcase = tcase_create("inflight");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_steps);
    tcase_add_test(tcase, test_identifiers_all);
    tcase_add_test(tcase, test_order);
    tcase_add_test(tcase, test_quota);
    tcase_add_test(tcase, test_subscription_ids);
    tcase_add_loop_test(tcase, test_against_model, 0, 6);
    tcase_add_test(tcase, test_backoff);
    tcase_add_test(tcase, test_deadlines);
    tcase_add_test(tcase, test_defect_table);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
