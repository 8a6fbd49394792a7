/* Packets that travel on their own. */
#include "net/settings.h"
#include "pair.h"

/* One packet of three equal letters. */
static void send(Pair *pair, int side, char letter, bool certain) {
    uint8_t bytes[3] = {(uint8_t)letter, (uint8_t)letter, (uint8_t)letter};
    DrillDatagram packet = {drill_span(bytes, 3), (uint64_t)letter, certain};
    drill_transport_send_packet(pair->transport, side, &packet, pair_now(pair));
}

/* The letters of what `side` got. */
static const char *got(const Pair *pair, int side) {
    static char text[64];
    const DrillBuffer *received = &pair->sides[side].received;
    ck_assert_uint_lt(received->size, 3 * sizeof text);
    ck_assert_uint_eq(received->size % 3, 0);
    for (size_t i = 0; i < received->size; i += 3) {
        ck_assert_uint_eq(received->data[i], received->data[i + 2]);
        text[i / 3] = (char)received->data[i];
    }
    text[received->size / 3] = '\0';
    return text;
}

/* Open, 10 ms each way. */
static Pair *opened(void) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_DATAGRAM, 10 * MS);
    pair_run(pair, 100 * MS);
    ck_assert(pair->sides[0].opened && pair->sides[1].opened);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 10 * MS);
    ck_assert_uint_eq(pair->sides[0].opened_ns, 20 * MS);
    return pair;
}

static void mask(Pair *pair, int direction, const char *text) {
    ck_assert_int_eq(drill_link_mask(pair->link, direction, drill_span_of(text)), DRILL_OK);
}

static void run(Pair *pair) {
    pair_run(pair, DRILL_NEVER);
    ck_assert(!drill_transport_busy(pair->transport));
}

START_TEST(a_lost_packet_never_arrives) {
    Pair *pair = opened();
    mask(pair, 0, "101");
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', false);
    send(pair, 0, 'c', false);
    ck_assert(drill_transport_busy(pair->transport));
    run(pair);
    ck_assert_str_eq(got(pair, 1), "ac");
    ck_assert_uint_eq(pair->lost, 1);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 110 * MS);
    ck_assert_uint_eq(drill_transport_sent_bytes(pair->transport, 0), 9);
    ck_assert_uint_eq(drill_transport_queued_bytes(pair->transport, 0), 0);
    pair_free(pair);
}
END_TEST

typedef struct Told {
    uint64_t tag;
    uint64_t offset;
} Told;

static void note_loss(void *context, const DrillNetEvent *event, uint64_t now_ns) {
    Told *told = context;
    (void)now_ns;
    if (event->kind == DRILL_NET_LOST) {
        *told = (Told){event->tag, event->offset};
    }
}

static DrillTransport *numbered;
static uint64_t arrived_tag;

static void note_opened(void *context, int side, uint64_t now_ns) {
    (void)context, (void)side, (void)now_ns;
}

static void note_received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    (void)context, (void)side, (void)bytes, (void)now_ns;
    arrived_tag = drill_transport_arriving(numbered);
}

START_TEST(losses_and_arrivals_name_the_packet) {
    Pair *pair = opened();
    Told told = {0, 0};
    DrillTransportOptions options = {.kind = DRILL_TRANSPORT_DATAGRAM,
                                     .link = pair->link,
                                     .hooks = {pair, note_opened, note_received, NULL},
                                     .observer = {&told, note_loss, false}};
    numbered = drill_transport_open(&options, pair_now(pair));
    pair_run(pair, 200 * MS);
    mask(pair, 0, "10");
    uint8_t bytes[5] = {0};
    DrillDatagram packet = {drill_span(bytes, 5), 41, false};
    drill_transport_send_packet(numbered, 0, &packet, pair_now(pair));
    packet.tag = 42;
    drill_transport_send_packet(numbered, 0, &packet, pair_now(pair));
    pair_run(pair, 300 * MS);
    ck_assert_uint_eq(arrived_tag, 41);
    ck_assert_uint_eq(told.tag, 42);
    ck_assert_uint_eq(told.offset, 5);
    ck_assert_uint_eq(drill_transport_arriving(numbered), 0);
    drill_transport_free(numbered);
    pair_free(pair);
}
END_TEST

START_TEST(a_doubled_packet_arrives_twice) {
    Pair *pair = opened();
    DrillLinkSettings settings = {.delay_ns = 10 * MS, .duplicate = {1, 1}};
    drill_link_set(pair->link, 0, &settings);
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', true); /* but not what is certain */
    send(pair, 0, 'c', false);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "aabcc");
    pair_free(pair);
}
END_TEST

START_TEST(a_packet_overtakes_another) {
    Pair *pair = opened();
    drill_transport_delay_at(pair->transport, 0, 0, 50 * MS);
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', false);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "ba");
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 160 * MS);
    DrillLinkSettings settings = {.delay_ns = 10 * MS, .reorder = {1, 1}, .reorder_gap = 2};
    drill_link_set(pair->link, 0, &settings);
    send(pair, 0, 'c', false);
    send(pair, 0, 'd', false);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "badc");
    pair_free(pair);
}
END_TEST

START_TEST(a_certain_packet_is_sent_again) {
    Pair *pair = opened();
    mask(pair, 0, "0010");
    send(pair, 0, 'a', true);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "a");
    /* after 1 s, then after 2 s more */
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 3110 * MS);
    ck_assert_uint_eq(pair->lost, 2);
    pair_free(pair);
}
END_TEST

START_TEST(nothing_overtakes_a_certain_packet) {
    Pair *pair = opened();
    mask(pair, 0, "101111");
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', true);
    send(pair, 0, 'c', true);
    send(pair, 0, 'd', false);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, false, pair_now(pair));
    pair_run(pair, 500 * MS);
    ck_assert_str_eq(got(pair, 1), "a");
    ck_assert(drill_transport_busy(pair->transport));
    pair_run(pair, DRILL_NEVER);
    ck_assert_str_eq(got(pair, 1), "abcd");
    ck_assert(pair->sides[1].closed && pair->sides[1].half);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 1110 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(a_side_gives_up) {
    Pair *pair = opened();
    drill_link_partition(pair->link, 0, DRILL_NEVER);
    send(pair, 0, 'a', true);
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[0].closed && !pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_TIMEOUT);
    /* 1 + 2 + 4 + 8 + 16 + 32 s and five minutes */
    ck_assert_uint_eq(pair->sides[0].closed_ns, 363 * DRILL_NS_PER_S + 100 * MS);
    ck_assert_uint_eq(pair->lost, 12);
    pair_free(pair);
}
END_TEST

START_TEST(opening_and_closing_are_not_lost) {
    PairOptions options = {.kind = DRILL_TRANSPORT_DATAGRAM};
    options.direction[0].loss_numerator = options.direction[0].loss_denominator = 1;
    Pair *pair = pair_new(&options);
    run(pair);
    ck_assert(pair->sides[0].opened && pair->sides[1].opened);
    drill_link_partition(pair->link, 0, 500 * MS);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_RST, false, pair_now(pair));
    run(pair);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 500 * MS);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_RST);
    ck_assert_uint_eq(pair->lost, 0);
    pair_free(pair);
}
END_TEST

START_TEST(a_dropped_packet_is_the_one_at_the_offset) {
    Pair *pair = opened();
    ck_assert_int_eq(drill_transport_drop_at(pair->transport, 0, 3), DRILL_OK);
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', false);
    send(pair, 0, 'c', false);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "ac");
    ck_assert_ptr_nonnull(strstr(drill_buffer_cstring(&pair->log), "drop"));
    pair_free(pair);
}
END_TEST

/* {offset, after}, what still arrives */
static const struct {
    uint64_t offset;
    bool after;
    const char *arrives;
} cuts[] = {
    {3, false, "a"}, {4, true, "a"}, {6, true, "ab"}, {0, false, ""}, {9, true, "abc"},
};

START_TEST(cuts_strike_between_packets) {
    Pair *pair = opened();
    drill_transport_cut_at(pair->transport, 0, cuts[_i].offset, cuts[_i].after, DRILL_CLOSE_RST);
    send(pair, 0, 'a', false);
    send(pair, 0, 'b', false);
    send(pair, 0, 'c', false);
    send(pair, 0, 'd', false);
    pair_run(pair, DRILL_NEVER);
    ck_assert_str_eq(got(pair, 1), cuts[_i].arrives);
    ck_assert_uint_eq(pair->cuts, 1);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 110 * MS);
    ck_assert_uint_eq(pair->sides[0].closed_ns, 120 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(a_vanished_connection_tells_nobody) {
    Pair *pair = opened();
    send(pair, 0, 'a', true);
    drill_transport_cut(pair->transport, DRILL_CLOSE_VANISH, pair_now(pair));
    send(pair, 0, 'b', true);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "");
    ck_assert(!pair->sides[0].closed && !pair->sides[1].closed);
    pair_free(pair);
}
END_TEST

START_TEST(a_wrong_bit_arrives_when_told_to) {
    Pair *pair = opened();
    DrillLinkSettings settings = {.corrupt = {1, 1}};
    drill_link_set(pair->link, 0, &settings);
    send(pair, 0, 'a', false);
    run(pair);
    ck_assert_str_eq(got(pair, 1), "");
    settings.corrupt_deliver = true;
    drill_link_set(pair->link, 0, &settings);
    send(pair, 0, 'a', false);
    run(pair);
    const uint8_t *bytes = pair->sides[1].received.data;
    ck_assert_uint_eq(pair->sides[1].received.size, 3);
    int wrong = 0;
    for (int i = 0; i < 24; i++) {
        wrong += ((bytes[i / 8] ^ 'a') >> (i % 8)) & 1;
    }
    ck_assert_int_eq(wrong, 1);
    pair_free(pair);
}
END_TEST

START_TEST(a_paused_reader_gets_them_later) {
    Pair *pair = opened();
    drill_transport_pause_reading(pair->transport, 1, true, pair_now(pair));
    send(pair, 0, 'a', false);
    pair_run(pair, 200 * MS);
    ck_assert_str_eq(got(pair, 1), "");
    drill_transport_pause_reading(pair->transport, 1, false, pair_now(pair));
    run(pair);
    ck_assert_str_eq(got(pair, 1), "a");
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 200 * MS);
    pair_free(pair);
}
END_TEST

/* Whatever the link does: each packet arrives 0 to 2 times, what is certain once and in order. */
START_TEST(soak) {
    PairOptions options = {.kind = DRILL_TRANSPORT_DATAGRAM, .seed = (uint64_t)_i + 1};
    for (int i = 0; i < 2; i++) {
        options.direction[i] = (DrillLinkSettings){.delay_ns = 20 * MS,
                                                   .jitter_ns = 15 * MS,
                                                   .loss_numerator = 3,
                                                   .loss_denominator = 10,
                                                   .overtaking = true,
                                                   .duplicate = {1, 10},
                                                   .corrupt = {1, 20}};
    }
    Pair *pair = pair_new(&options);
    pair_run(pair, 100 * MS);
    for (int i = 0; i < 50; i++) {
        send(pair, 0, (char)(i % 5 == 0 ? 'A' + i / 5 : 'a' + i % 5), i % 5 == 0);
        pair_run(pair, pair_now(pair) + 2 * MS);
    }
    run(pair);
    char next = 'A';
    for (size_t i = 0; i < pair->sides[1].received.size; i += 3) {
        char letter = (char)pair->sides[1].received.data[i];
        if (letter < 'a') {
            ck_assert_int_eq(letter, next++);
        }
    }
    ck_assert_int_eq(next, 'K');
    ck_assert_uint_gt(pair->lost, 0);
    pair_free(pair);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("datagram");
    TCase *tests = tcase_create("datagram");
    tcase_add_test(tests, a_lost_packet_never_arrives);
    tcase_add_test(tests, losses_and_arrivals_name_the_packet);
    tcase_add_test(tests, a_doubled_packet_arrives_twice);
    tcase_add_test(tests, a_packet_overtakes_another);
    tcase_add_test(tests, a_certain_packet_is_sent_again);
    tcase_add_test(tests, nothing_overtakes_a_certain_packet);
    tcase_add_test(tests, a_side_gives_up);
    tcase_add_test(tests, opening_and_closing_are_not_lost);
    tcase_add_test(tests, a_dropped_packet_is_the_one_at_the_offset);
    tcase_add_loop_test(tests, cuts_strike_between_packets, 0, DRILL_ARRAY_COUNT(cuts));
    tcase_add_test(tests, a_vanished_connection_tells_nobody);
    tcase_add_test(tests, a_wrong_bit_arrives_when_told_to);
    tcase_add_test(tests, a_paused_reader_gets_them_later);
    tcase_add_loop_test(tests, soak, 0, 20);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
