/* Simulated TCP: the handshake, what is sent again and when, giving up; and random runs against the
 * one promise that matters: the same bytes in the same order, or a dead connection. */
#include "base/random.h"
#include "pair.h"

/* Timers that fire exactly, acknowledgements at once, no probes: for what is computed by hand. */
static DrillTcpSettings exact_settings(void) {
    DrillTcpSettings settings = drill_tcp_settings(DRILL_TCP_LINUX);
    settings.tick_ns = 0;
    settings.syn_linear = 0;
    settings.tail_probe = false;
    settings.acking = DRILL_TCP_ACK_COUNTED;
    settings.ack_every = 1;
    return settings;
}

static Pair *exact_pair(uint64_t delay_ns) {
    DrillTcpSettings settings = exact_settings();
    PairOptions options = {.kind = DRILL_TRANSPORT_TCP, .seed = 1, .tcp = &settings};
    options.direction[0].delay_ns = delay_ns;
    options.direction[1].delay_ns = delay_ns;
    return pair_new(&options);
}

static void mask(Pair *pair, int direction, const char *text) {
    ck_assert_int_eq(drill_link_mask(pair->link, direction, drill_span_of(text)), DRILL_OK);
}

START_TEST(handshake_takes_three_delays) {
    Pair *pair = exact_pair(100 * MS);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[0].opened_ns, 200 * MS);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 300 * MS);
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).packets, 2); /* SYN, ACK */
    ck_assert_uint_eq(drill_link_stats(pair->link, 1).packets, 1); /* SYN-ACK */
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).bytes, 60 + 52);
    pair_free(pair);
}
END_TEST

/* As many SYNs lost as the partition lasts: sent again after 1, 2, 4, ... s. */
START_TEST(syn_is_sent_again_after_a_second_doubling) {
    static const uint64_t syn_ms[] = {0, 1000, 3000, 7000, 15000, 31000, 63000};
    for (size_t i = 1; i < DRILL_ARRAY_COUNT(syn_ms); i++) {
        DrillTcpSettings settings = exact_settings();
        PairOptions options = {.kind = DRILL_TRANSPORT_TCP, .tcp = &settings};
        options.direction[0].loss_numerator = 1;
        options.direction[0].loss_denominator = 1;
        Pair *pair = pair_new(&options);
        DrillLinkSettings good = {.delay_ns = 100 * MS};
        pair_run(pair, syn_ms[i] * MS - 1);
        drill_link_set(pair->link, 0, &good);
        drill_link_set(pair->link, 1, &good);
        pair_run(pair, DRILL_NEVER);
        ck_assert_uint_eq(pair->sides[0].opened_ns, (syn_ms[i] + 200) * MS);
        ck_assert_uint_eq(pair->retransmits, i);
        pair_free(pair);
    }
}
END_TEST

START_TEST(nobody_answers) {
    DrillTcpSettings settings = exact_settings();
    PairOptions options = {.kind = DRILL_TRANSPORT_TCP, .tcp = &settings};
    options.direction[0].loss_numerator = 1;
    options.direction[0].loss_denominator = 1;
    Pair *pair = pair_new(&options);
    pair_send(pair, 0, 10);
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[0].closed && !pair->sides[0].opened && !pair->sides[1].opened);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_TIMEOUT);
    ck_assert_uint_eq(pair->sides[0].closed_ns, 127000 * MS);
    ck_assert_uint_eq(pair->retransmits, 6);
    ck_assert_uint_eq(pair->gave_up, 1);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

/* One SYN, SYN-ACK or ACK of the handshake lost: it opens all the same, late. */
START_TEST(lost_words_of_the_handshake) {
    Pair *pair = exact_pair(100 * MS);
    mask(pair, 1, "0");
    pair_run(pair, DRILL_NEVER);
    /* Side 1's own timer, started at 100 ms. */
    ck_assert_uint_eq(pair->sides[0].opened_ns, 1200 * MS);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 1300 * MS);
    pair_free(pair);

    pair = exact_pair(100 * MS);
    mask(pair, 0, "0"); /* the SYN is out already: this is the ACK */
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[0].opened_ns, 200 * MS);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 1300 * MS);
    pair_free(pair);

    pair = exact_pair(100 * MS);
    mask(pair, 0, "0");
    pair_run(pair, 200 * MS);
    pair_send(pair, 0, 10); /* data does what the lost ACK should have */
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 300 * MS);
    pair_check(pair, 1, 10);
    pair_free(pair);
}
END_TEST

START_TEST(segments_have_at_most_1448_bytes) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 10 * MS);
    pair_run(pair, 100 * MS);
    DrillLinkStats before = drill_link_stats(pair->link, 0);
    pair_send(pair, 0, 2897);
    DrillLinkStats after = drill_link_stats(pair->link, 0);
    ck_assert_uint_eq(after.packets - before.packets, 3);
    ck_assert_uint_eq(after.bytes - before.bytes, 2897 + 3 * 52);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 2897);
    pair_free(pair);
}
END_TEST

START_TEST(first_window_has_ten_segments) {
    Pair *pair = exact_pair(100 * MS);
    pair_run(pair, 1000 * MS);
    DrillLinkStats before = drill_link_stats(pair->link, 0);
    pair_send(pair, 0, 100 * 1448);
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).packets - before.packets, 10);
    pair_run(pair, 1250 * MS); /* slow start: each acknowledgement lets two out */
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).packets - before.packets, 30);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 100 * 1448);
    pair_free(pair);
}
END_TEST

/* With constant round trips R: SRTT = R; the mean deviation begins at R/2 and loses a quarter each
 * time. Linux counts it four times, keeps its maximum of each round trip, and lets what it counts
 * decay by a quarter of the distance to that maximum, from the second round trip on. */
START_TEST(rto_is_the_formula) {
    for (unsigned exchanges = 0; exchanges < 14; exchanges++) {
        Pair *pair = exact_pair(300 * MS);
        pair_run(pair, 2000 * MS);
        uint64_t deviation_ns = 1200 * MS;
        uint64_t counted_ns = 1200 * MS;
        for (unsigned i = 0; i < exchanges; i++) {
            pair_send(pair, 0, 100);
            pair_run(pair, pair_now(pair) + 1000 * MS);
            deviation_ns -= deviation_ns / 4;
            uint64_t most_ns = deviation_ns > 200 * MS ? deviation_ns : 200 * MS;
            counted_ns -= i == 0 ? 0 : (counted_ns - most_ns) / 4;
        }
        uint64_t rto_ns = 600 * MS + counted_ns;
        ck_assert_uint_eq(drill_transport_tcp_stats(pair->transport, 0).rto_ns, rto_ns);
        uint64_t sent_ns = pair_now(pair);
        mask(pair, 0, "0");
        pair_send(pair, 0, 100);
        pair_run(pair, DRILL_NEVER);
        ck_assert_uint_eq(pair->rtos, 1);
        ck_assert_uint_eq(pair->retransmits, 1);
        ck_assert_uint_eq(pair->last_rto_ns, sent_ns + rto_ns);
        ck_assert_uint_eq(pair->last_rto_value, 2 * rto_ns);
        ck_assert_uint_eq(pair->sides[1].last_received_ns, sent_ns + rto_ns + 300 * MS);
        pair_check(pair, 1, 100 * (exchanges + 1));
        pair_free(pair);
    }
}
END_TEST

/* Twice lost: the second retransmission waits twice as long; the measured round trip is the
 * retransmission's own, so that the next timer is back to the formula (timestamps). */
START_TEST(rto_doubles_and_recovers) {
    Pair *pair = exact_pair(100 * MS);
    pair_run(pair, 1000 * MS);
    uint64_t rto_ns = 600 * MS; /* 200 + 4 * 100 after the handshake's round trip */
    mask(pair, 0, "00");
    pair_send(pair, 0, 5);
    pair_run(pair, 10000 * MS);
    ck_assert_uint_eq(pair->rtos, 2);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 1000 * MS + 3 * rto_ns + 100 * MS);
    mask(pair, 0, "0");
    pair_send(pair, 0, 5);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->last_rto_ns, 10000 * MS + 200 * MS + 400 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(three_duplicates_send_again_at_once) {
    Pair *pair = exact_pair(100 * MS);
    pair_run(pair, 1000 * MS);
    mask(pair, 0, "01111");
    pair_send(pair, 0, 5 * 1448);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->rtos, 0);
    ck_assert_uint_eq(pair->retransmits, 1);
    pair_check(pair, 1, 5 * 1448);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 1300 * MS); /* a round trip later */
    pair_free(pair);

    pair = exact_pair(100 * MS); /* two holes: both at once */
    pair_run(pair, 1000 * MS);
    mask(pair, 0, "01011111");
    pair_send(pair, 0, 8 * 1448);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->rtos, 0);
    ck_assert_uint_eq(pair->retransmits, 2);
    pair_check(pair, 1, 8 * 1448);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 1300 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(answer_carries_the_acknowledgement) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 10 * MS);
    pair_run(pair, 100 * MS);
    pair->sides[1].echo = true;
    pair_send(pair, 0, 50); /* the first answer makes it a conversation */
    pair_run(pair, 200 * MS);
    uint64_t packets = drill_link_stats(pair->link, 1).packets;
    pair_send(pair, 0, 50);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(drill_link_stats(pair->link, 1).packets, packets + 1);
    pair_free(pair);
}
END_TEST

START_TEST(gives_up_when_nothing_comes_back) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 10 * MS);
    pair_run(pair, 100 * MS);
    drill_link_partition(pair->link, 0, DRILL_NEVER);
    pair_send(pair, 0, 100);
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[0].closed && !pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_TIMEOUT);
    ck_assert_uint_eq(pair->gave_up, 1);
    ck_assert_uint_gt(pair->sides[0].closed_ns, 600 * DRILL_NS_PER_S);
    ck_assert_uint_lt(pair->sides[0].closed_ns, 1300 * DRILL_NS_PER_S);
    ck_assert(!drill_transport_busy(pair->transport));
    /* Healed: the far side learns of it as soon as it says something. */
    drill_link_partition(pair->link, 0, 0);
    pair_send(pair, 1, 1);
    pair_run(pair, DRILL_NEVER);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_RST);
    pair_free(pair);
}
END_TEST

START_TEST(survives_a_partition) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 10 * MS);
    pair_run(pair, 100 * MS);
    drill_link_partition(pair->link, 0, 60 * DRILL_NS_PER_S);
    drill_link_partition(pair->link, 1, 60 * DRILL_NS_PER_S);
    pair_send(pair, 0, 30000);
    pair_send(pair, 1, 30000);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 0, 30000);
    pair_check(pair, 1, 30000);
    pair_free(pair);
}
END_TEST

START_TEST(drop_at_loses_the_first_transmission_only) {
    Pair *pair = exact_pair(10 * MS);
    pair_run(pair, 100 * MS);
    ck_assert_int_eq(drill_transport_drop_at(pair->transport, 0, 1448), DRILL_OK);
    pair_send(pair, 0, 1448);
    ck_assert_uint_eq(pair->lost, 0);
    pair_send(pair, 0, 1000);
    ck_assert_uint_eq(pair->lost, 1);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->lost, 1);
    ck_assert_uint_eq(pair->retransmits, 1);
    pair_check(pair, 1, 2448);
    ck_assert_ptr_nonnull(strstr(drill_buffer_cstring(&pair->log), " drop ACK @1448+1000 "));
    pair_free(pair);
}
END_TEST

START_TEST(fin_is_sent_again) {
    Pair *pair = exact_pair(10 * MS);
    pair_run(pair, 100 * MS);
    mask(pair, 0, "00");
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, false, pair_now(pair));
    ck_assert(drill_transport_busy(pair->transport));
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[1].closed);
    ck_assert_uint_eq(pair->retransmits, 2);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(closing_before_it_is_open) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 10 * MS);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, false, 0);
    pair_run(pair, DRILL_NEVER);
    ck_assert(!pair->sides[0].opened && !pair->sides[1].opened);
    ck_assert(!pair->sides[0].closed && !pair->sides[1].closed);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(segments_are_reported_when_asked_for) {
    PairOptions options = {.kind = DRILL_TRANSPORT_TCP, .segments = true};
    Pair *pair = pair_new(&options);
    pair_run(pair, DRILL_NEVER);
    drill_buffer_clear(&pair->log);
    pair_send(pair, 0, 3);
    pair_run(pair, DRILL_NEVER);
    ck_assert_str_eq(drill_buffer_cstring(&pair->log), "0 event 1 d0  ACK @0+3 0\n"
                                                       "0 event 2 d0  ACK @0+3 0\n"
                                                       "0 event 1 d1  ACK @0+0 0\n"
                                                       "0 received 1 3\n"
                                                       "0 event 2 d1  ACK @0+0 0\n");
    pair_free(pair);
}
END_TEST

/* Both sides write, one closes: whatever is lost of the first 12 segments in one direction,
 * everything arrives. */
static void run_masked(int direction, unsigned bits) {
    char text[13] = {0};
    for (int i = 0; i < 12; i++) {
        text[i] = (bits >> i & 1) != 0 ? '0' : '1';
    }
    Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 50 * MS);
    mask(pair, direction, text);
    pair->sides[0].close_when_closed = true;
    pair->sides[1].close_when_closed = true;
    pair_send(pair, 0, 4000);
    pair_run(pair, 400 * MS);
    pair_send(pair, 1, 3000);
    pair_send(pair, 0, 70);
    pair_run(pair, 3000 * MS);
    pair_send(pair, 0, 7000);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    if (pair->sides[0].closed && pair->sides[0].how != DRILL_CLOSE_FIN) {
        /* Dead: the SYN-ACK was lost 6 times. What arrived is still a beginning. */
        ck_assert_int_eq(direction, 1);
        pair_check(pair, 0, pair->sides[0].received.size);
        pair_check(pair, 1, pair->sides[1].received.size);
    } else {
        pair_check(pair, 1, 11070);
        pair_check(pair, 0, 3000);
        ck_assert(pair->sides[0].closed && pair->sides[1].closed);
    }
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}

START_TEST(every_mask_of_twelve_segments) {
    for (unsigned bits = 0; bits < 4096; bits++) {
        run_masked(_i, bits);
    }
}
END_TEST

typedef struct Dice {
    DrillStream stream;
    uint64_t index;
} Dice;

static uint64_t below(Dice *dice, uint64_t bound) {
    return drill_stream_below(dice->stream, dice->index++, 0, bound);
}

/* A random run: random link, random writes on both sides at random times, both closing in the end.
 */
static void run_random(DrillTransportKind kind, uint64_t seed) {
    Dice dice = {drill_stream(seed, "test/run"), 0};
    /* Every second one with separate allocations, whose edges sanitizers see. */
    PairOptions options = {.kind = kind,
                           .arena = seed % 2 == 0 ? DRILL_ARENA_BLOCK : DRILL_ARENA_MALLOC,
                           .seed = seed};
    for (int direction = 0; direction < 2; direction++) {
        DrillLinkSettings *settings = &options.direction[direction];
        settings->delay_ns = below(&dice, 200) * MS;
        settings->jitter_ns = below(&dice, 3) == 0 ? below(&dice, 100) * MS : 0;
        settings->loss_numerator = below(&dice, 25);
        settings->loss_denominator = below(&dice, 4) == 0 ? 0 : 100;
        settings->rate_bits_per_s = below(&dice, 3) == 0 ? 50000 + below(&dice, 5000000) : 0;
        settings->queue_bytes = below(&dice, 2) == 0 ? 5000 + below(&dice, 50000) : 0;
    }
    Pair *pair = pair_new(&options);
    pair->sides[0].close_when_closed = true;
    pair->sides[1].close_when_closed = true;
    size_t sent[2] = {0, 0};
    uint64_t steps = 1 + below(&dice, 10);
    for (uint64_t i = 0; i < steps; i++) {
        int side = (int)below(&dice, 2);
        if (side == 0 || pair->sides[1].opened) {
            size_t size = (size_t)(below(&dice, 4) == 0 ? below(&dice, 40000) : below(&dice, 300));
            pair_send(pair, side, size);
            sent[side] += size;
        }
        if (below(&dice, 5) == 0) {
            uint64_t until_ns = pair_now(pair) + below(&dice, 2000) * MS;
            drill_link_stall(pair->link, (int)below(&dice, 2), until_ns);
        }
        pair_run(pair, pair_now(pair) + below(&dice, 1500) * MS);
    }
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    bool timed_out = pair->gave_up > 0;
    pair_check(pair, 1, timed_out ? pair->sides[1].received.size : sent[0]);
    pair_check(pair, 0, timed_out ? pair->sides[0].received.size : sent[1]);
    /* Closed before it was open and with nothing to say: forgotten. */
    bool forgotten = !pair->sides[0].opened && sent[0] == 0;
    ck_assert(timed_out || forgotten || (pair->sides[0].closed && pair->sides[1].closed));
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}

START_TEST(random_runs_over_tcp) {
    for (uint64_t seed = 0; seed < 2000; seed++) {
        run_random(DRILL_TRANSPORT_TCP, seed);
    }
}
END_TEST

START_TEST(random_runs_over_stream) {
    for (uint64_t seed = 0; seed < 500; seed++) {
        run_random(DRILL_TRANSPORT_STREAM, seed);
    }
}
END_TEST

/* The rest of a run, and what was written down in all. */
static char *finish(Pair *pair) {
    for (int i = 0; i < 5; i++) {
        pair_send(pair, i % 2, 3000);
        pair_run(pair, pair_now(pair) + 700 * MS);
    }
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    return strdup(drill_buffer_cstring(&pair->log));
}

START_TEST(a_saved_run_goes_on_the_same) {
    PairOptions options = {.kind = _i == 0 ? DRILL_TRANSPORT_TCP : DRILL_TRANSPORT_STREAM,
                           .seed = 3,
                           .segments = true};
    for (int direction = 0; direction < 2; direction++) {
        options.direction[direction].delay_ns = 80 * MS;
        options.direction[direction].jitter_ns = 30 * MS;
        options.direction[direction].rate_bits_per_s = 400000;
        options.direction[direction].loss_numerator = 1;
        options.direction[direction].loss_denominator = 8;
    }
    Pair *pair = pair_new(&options);
    pair->sides[1].close_when_closed = true;
    pair_run(pair, 1500 * MS);
    pair_send(pair, 0, 20000);
    pair_send(pair, 1, 9000);
    pair_run(pair, 1900 * MS);
    ck_assert(drill_transport_busy(pair->transport));
    DrillSnapshot *snapshot = drill_arena_save(pair->arena);
    char *first = finish(pair);
    drill_arena_restore(pair->arena, snapshot);
    char *second = finish(pair);
    ck_assert_str_eq(first, second);
    ck_assert_uint_gt(strlen(first), 250);
    free(first);
    free(second);
    drill_snapshot_free(snapshot);
    pair_free(pair);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/tcp");
    TCase *tcp = tcase_create("tcp");
    tcase_set_timeout(tcp, 300);
    tcase_add_test(tcp, handshake_takes_three_delays);
    tcase_add_test(tcp, syn_is_sent_again_after_a_second_doubling);
    tcase_add_test(tcp, nobody_answers);
    tcase_add_test(tcp, lost_words_of_the_handshake);
    tcase_add_test(tcp, segments_have_at_most_1448_bytes);
    tcase_add_test(tcp, first_window_has_ten_segments);
    tcase_add_test(tcp, rto_is_the_formula);
    tcase_add_test(tcp, rto_doubles_and_recovers);
    tcase_add_test(tcp, three_duplicates_send_again_at_once);
    tcase_add_test(tcp, answer_carries_the_acknowledgement);
    tcase_add_test(tcp, gives_up_when_nothing_comes_back);
    tcase_add_test(tcp, survives_a_partition);
    tcase_add_test(tcp, drop_at_loses_the_first_transmission_only);
    tcase_add_test(tcp, fin_is_sent_again);
    tcase_add_test(tcp, closing_before_it_is_open);
    tcase_add_test(tcp, segments_are_reported_when_asked_for);
    tcase_add_loop_test(tcp, every_mask_of_twelve_segments, 0, 2);
    tcase_add_test(tcp, random_runs_over_tcp);
    tcase_add_test(tcp, random_runs_over_stream);
    tcase_add_loop_test(tcp, a_saved_run_goes_on_the_same, 0, 2);
    suite_add_tcase(suite, tcp);
    return suite_run(suite);
}
