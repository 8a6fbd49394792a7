/* Connections: what is sent arrives in order, whole packets come out of any split, and every
 * received packet knows its sender (checked by stage_free for every run of these tests). */
#include "stage.h"

START_TEST(messages_arrive_once) {
    static const uint32_t losses[] = {0, 0, 5, 30};
    Stage *stage = stage_plain();
    StageLink link = {
        .stream = _i == 0, .loss_percent = losses[_i], .delay_ns = 15 * MS, .jitter_ns = 5 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    if (stage->connected < 2 || stage->subacks < 1) stage_run(stage, 600 * S);
    ck_assert_uint_eq(stage->connected, 2);
    ck_assert_uint_eq(stage->subacks, 1);
    for (int i = 0; i < 30; i++) {
        stage_publish(p, (DrillQos)(i % 3), "payload");
        stage_run(stage, (uint64_t)(i % 4) * 100 * MS);
    }
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_eq(stage->messages, 30);
    ck_assert_uint_eq(stage->acknowledged, 20);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_PUBLISH, "p"), 30);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_DELIVERED, "s"), 30);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_ACKED, "p"), 20);
    ck_assert(losses[_i] == 0 || stage_count(stage, DRILL_TRACE_LINK_LOST, NULL) > 0);
    ck_assert(losses[_i] > 0 || stage_count(stage, DRILL_TRACE_LINK_LOST, NULL) == 0);
    stage_free(stage);
}
END_TEST

/* From the call of the application to the delivery, link by link. */
START_TEST(the_chain_of_causes_is_unbroken) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    stage_publish(p, DRILL_QOS_2, "x");
    stage_run(stage, 10 * S);
    const DrillTraceKind kinds[] = {DRILL_TRACE_APP_DELIVERED, DRILL_TRACE_MQTT_RECEIVED,
                                    DRILL_TRACE_MQTT_SENT, DRILL_TRACE_MQTT_RECEIVED,
                                    DRILL_TRACE_MQTT_SENT};
    const StageEvent *event = stage_find(stage, DRILL_TRACE_APP_DELIVERED, "s", 1);
    size_t steps = 0;
    ck_assert_ptr_nonnull(event);
    while (event->cause) {
        if (steps < DRILL_ARRAY_COUNT(kinds)) ck_assert_int_eq(event->kind, kinds[steps]);
        steps++;
        event = stage_at(stage, event->cause);
    }
    ck_assert_int_eq(event->kind, DRILL_TRACE_APP_PUBLISH);
    ck_assert_uint_eq(event->values[0], 1);
    const StageEvent *acked = stage_find(stage, DRILL_TRACE_APP_ACKED, "p", 1);
    ck_assert_int_eq(stage_at(stage, acked->cause)->kind, DRILL_TRACE_MQTT_RECEIVED);
    stage_free(stage);
}
END_TEST

/* A small generator of its own: the world's draws are none of the test's business. */
static uint32_t draw(uint32_t *state, uint32_t below) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % below;
}

static void random_fault(DrillWorldClient *client, uint32_t *state) {
    DrillFaultSpec spec = {.kind = draw(state, 3) ? DRILL_FAULT_CUT : DRILL_FAULT_DELAY,
                           .place = (DrillFaultPlace)(1 + draw(state, 3)),
                           .type = (DrillPacketType)(1 + draw(state, 14)),
                           .nth = 1 + draw(state, 4),
                           .direction = (int)draw(state, 3) - 1,
                           .at_byte = draw(state, 8),
                           .how = draw(state, 2) ? DRILL_CLOSE_RST : DRILL_CLOSE_FIN,
                           .delay_ns = draw(state, 500) * MS,
                           .optional = true};
    stage_fault(client, spec);
}

static void random_turn(Stage *stage, DrillWorldClient *client, uint32_t *state) {
    char payload[300];
    size_t size = draw(state, sizeof(payload) - 1);
    memset(payload, 'a', size);
    payload[size] = '\0';
    if (!drill_world_client_is_open(client)) {
        stage_connect(stage, client);
        return;
    }
    bool up = drill_client_state(drill_world_client_machine(client)) == DRILL_CLIENT_UP;
    switch (draw(state, 12)) {
    case 0:
        random_fault(client, state);
        break;
    case 1:
        drill_world_drop(client, draw(state, 2) ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST);
        break;
    case 2:
        drill_world_hold(client, (DrillPacketType)(3 + draw(state, 5)));
        break;
    case 3:
        drill_world_release(client);
        break;
    case 4:
        drill_world_partition(client, (int)draw(state, 3) - 1, draw(state, 3000) * MS,
                              draw(state, 2) == 0);
        break;
    case 5:
        if (up) stage_subscribe(client, "t", (DrillQos)draw(state, 3));
        break;
    case 6:
        (void)!drill_world_broker_pause(stage->world, draw(state, 2000) * MS);
        break;
    case 7:
        if (draw(state, 5) == 0)
            (void)!drill_world_broker_restart(stage->world, draw(state, 2) == 0,
                                              draw(state, 3000) * MS);
        break;
    default:
        (void)!stage_try_publish(client, (DrillQos)draw(state, 3), payload);
        break;
    }
}

static void random_run(uint32_t seed) {
    Stage *stage = stage_plain();
    uint32_t state = seed;
    DrillWorldClient *clients[4];
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        StageLink link = {.stream = draw(&state, 3) == 0,
                          .unclean = draw(&state, 2) == 0,
                          .delay_ns = draw(&state, 100) * MS,
                          .jitter_ns = draw(&state, 50) * MS,
                          .keep_alive_s = 10};
        link.loss_percent = link.stream ? 0 : draw(&state, 25);
        clients[i] = stage_client(stage, names[i], link);
    }
    for (int turn = 0; turn < 300; turn++) {
        random_turn(stage, clients[draw(&state, 4)], &state);
        stage_run(stage, draw(&state, 400) * MS);
    }
    for (size_t i = 0; i < 4; i++)
        drill_world_release(clients[i]);
    stage_finish(stage);
    ck_assert_uint_gt(stage->count, 300);
    stage_free(stage);
}

START_TEST(every_packet_knows_its_sender_whatever_happens) {
    for (uint32_t i = 0; i < 8; i++)
        random_run((uint32_t)_i * 8 + i + 1);
}
END_TEST

START_TEST(the_broker_sees_a_leftover_as_a_broken_packet) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .raw = true};
    DrillWorldClient *raw = stage_client(stage, "raw", link);
    static const uint8_t half[] = {0x10, 0x0c, 0x00};
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(half, sizeof(half))), DRILL_OK);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"),
                      0); /* may become a whole packet yet */
    drill_world_drop(raw, DRILL_CLOSE_FIN);
    stage_run(stage, S);
    const StageEvent *sent = stage_find(stage, DRILL_TRACE_MQTT_SENT, "raw", 1);
    const StageEvent *received = stage_find(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", 1);
    ck_assert_ptr_nonnull(sent);
    ck_assert_ptr_nonnull(received);
    ck_assert_uint_eq(sent->values[2], 0);
    ck_assert_uint_eq(received->values[2], 0);
    ck_assert(drill_span_equal(received->spans[1], drill_span(half, sizeof(half))));
    stage_free(stage);
}
END_TEST

START_TEST(connections_that_ended_are_freed_after_a_while) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClient *client = stage_client(stage, "x", link);
    size_t used = 0;
    for (int i = 0; i < 3000; i++) {
        stage_connect(stage, client);
        stage_run(stage, 30 * S);
        drill_world_drop(client, i % 2 ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST);
        if (i == 1000) used = drill_arena_used(stage->arena);
    }
    ck_assert_uint_eq(stage->connected, 3000);
    /* What is left of each is a pointer in a list. */
    ck_assert_uint_lt(drill_arena_used(stage->arena), used + 200000);
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/connection", tcase_add_loop_test(tests, messages_arrive_once, 0, 4);
           tcase_add_loop_test(tests, the_chain_of_causes_is_unbroken, 0, 2);
           tcase_add_loop_test(tests, every_packet_knows_its_sender_whatever_happens, 0, 4);
           tcase_add_test(tests, the_broker_sees_a_leftover_as_a_broken_packet);
           tcase_add_test(tests, connections_that_ended_are_freed_after_a_while);)
