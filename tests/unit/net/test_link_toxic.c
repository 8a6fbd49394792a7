/* Impairments that act on connections, on both transports. */
#include "net/settings.h"
#include "pair.h"

static Pair *open_pair(DrillTransportKind kind, const char *text) {
    PairOptions options = {.kind = kind, .arena = DRILL_ARENA_BLOCK, .seed = 1};
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_link_pair_parse(options.direction, drill_span_of(text), &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    return pair_new(&options);
}

static void set(Pair *pair, const char *text) {
    DrillLinkSettings settings[2] = {{0}, {0}};
    ck_assert_int_eq(drill_link_pair_parse(settings, drill_span_of(text), NULL), DRILL_OK);
    for (int i = 0; i < 2; i++)
        drill_link_set(pair->link, i, &settings[i]);
}

static DrillTransportKind kind_of(int i) {
    return i == 0 ? DRILL_TRANSPORT_TCP : DRILL_TRANSPORT_STREAM;
}

START_TEST(down_refuses_and_resets) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,down=true");
    pair_run(pair, DRILL_NEVER);
    ck_assert(!pair->sides[0].opened && !pair->sides[1].opened);
    ck_assert(pair->sides[0].closed);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_RST);
    pair_free(pair);
    pair = open_pair(kind_of(_i), "delay=10ms");
    pair_run(pair, 100 * MS);
    set(pair, "delay=10ms,c>b.down=true");
    pair_run(pair, 100 * MS);
    ck_assert(pair->sides[0].closed && pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_RST);
    pair_free(pair);
}
END_TEST

START_TEST(reset_peer_waits_its_time) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,reset_peer=2s");
    pair_run(pair, 1999 * MS);
    ck_assert(pair->sides[0].opened && !pair->sides[0].closed);
    pair_run(pair, 2000 * MS);
    for (int side = 0; side < 2; side++) {
        ck_assert(pair->sides[side].closed);
        ck_assert_uint_eq(pair->sides[side].closed_ns, 2000 * MS);
        ck_assert_int_eq(pair->sides[side].how, DRILL_CLOSE_RST);
    }
    pair_free(pair);
}
END_TEST

START_TEST(timeout_holds_then_closes) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,c>b.timeout=5s");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 100);
    pair_send(pair, 1, 50);
    pair_run(pair, 4999 * MS);
    pair_check(pair, 1, 0);
    pair_check(pair, 0, 50); /* the other direction is well */
    pair_run(pair, 5000 * MS);
    ck_assert(pair->sides[0].closed && pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_FIN);
    pair_free(pair);
}
END_TEST

START_TEST(timeout_taken_away_hands_over) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,timeout=never");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 100);
    pair_run(pair, 1000 * DRILL_NS_PER_S);
    pair_check(pair, 1, 0);
    ck_assert(!pair->sides[0].closed);
    ck_assert(!drill_transport_busy(pair->transport));
    set(pair, "delay=10ms");
    pair_run(pair, 1001 * DRILL_NS_PER_S);
    pair_check(pair, 1, 100);
    pair_free(pair);
}
END_TEST

START_TEST(limit_data_closes_at_the_byte) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,c>b.limit_data=150");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 100);
    pair_send(pair, 0, 100);
    pair_run(pair, 10 * DRILL_NS_PER_S);
    pair_check(pair, 1, 150);
    ck_assert(pair->sides[0].closed && pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_FIN);
    pair_free(pair);
}
END_TEST

START_TEST(slow_close_is_passed_on_later) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,slow_close=3s");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 100);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, 1000 * MS);
    pair_check(pair, 1, 100);
    ck_assert(!pair->sides[1].closed);
    ck_assert(drill_transport_busy(pair->transport));
    pair_run(pair, 10 * DRILL_NS_PER_S);
    ck_assert(pair->sides[1].closed);
    ck_assert_uint_ge(pair->sides[1].closed_ns, 3110 * MS);
    ck_assert_uint_le(pair->sides[1].closed_ns, 3150 * MS);
    pair_free(pair);
}
END_TEST

static size_t count_lines(const Pair *pair, const char *word) {
    size_t count = 0;
    DrillBuffer *log = (DrillBuffer *)(uintptr_t)&pair->log;
    for (const char *at = drill_buffer_cstring(log); (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

START_TEST(slicer_sends_in_slices) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,c>b.slicer=10,c>b.slicer_variation=4,"
                                        "c>b.slicer_delay=100ms");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 60);
    ck_assert_uint_eq(drill_transport_sent_bytes(pair->transport, 0), 60);
    pair_send(pair, 0, 40); /* joins what waits */
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, false, pair_now(pair));
    pair_run(pair, 350 * MS);
    ck_assert_uint_lt(pair->sides[1].received.size, 50);
    ck_assert(drill_transport_busy(pair->transport));
    ck_assert(!pair->sides[1].closed);
    pair_run(pair, 10 * DRILL_NS_PER_S);
    pair_check(pair, 1, 100);
    ck_assert(pair->sides[1].closed); /* the end comes behind the last slice */
    ck_assert_uint_ge(count_lines(pair, "received 1"), 7);
    ck_assert_uint_le(count_lines(pair, "received 1"), 17);
    pair_free(pair);
}
END_TEST

START_TEST(slices_of_a_dead_connection_are_forgotten) {
    Pair *pair = open_pair(kind_of(_i), "delay=10ms,slicer=1,slicer_delay=1s");
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 60);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_RST, false, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_le(pair->sides[1].received.size, 1);
    ck_assert(pair->sides[1].closed);
    pair_free(pair);
}
END_TEST

/* Duplicates, reordering and corruption under TCP: the reader sees the bytes in order, once. */
START_TEST(tcp_copes_with_disorder) {
    Pair *pair = open_pair(DRILL_TRANSPORT_TCP,
                           "delay=10ms,duplicate=30%,reorder=30%,corrupt=10%,jitter=8ms,"
                           "fifo=false,loss_gilbert=2%:40%");
    pair->sides[1].echo = true;
    pair_run(pair, 5 * DRILL_NS_PER_S);
    for (int i = 0; i < 100; i++)
        pair_send(pair, 0, 700);
    pair_run(pair, 600 * DRILL_NS_PER_S);
    pair_check(pair, 1, 70000);
    ck_assert_uint_gt(drill_link_stats(pair->link, 0).duplicated, 10);
    ck_assert_uint_gt(drill_link_stats(pair->link, 0).corrupted, 2);
    ck_assert_uint_gt(drill_link_stats(pair->link, 0).reordered, 10);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/link_toxic");
    TCase *tcase = tcase_create("connections");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, down_refuses_and_resets, 0, 2);
    tcase_add_loop_test(tcase, reset_peer_waits_its_time, 0, 2);
    tcase_add_loop_test(tcase, timeout_holds_then_closes, 0, 2);
    tcase_add_loop_test(tcase, timeout_taken_away_hands_over, 0, 2);
    tcase_add_loop_test(tcase, limit_data_closes_at_the_byte, 0, 2);
    tcase_add_loop_test(tcase, slow_close_is_passed_on_later, 0, 2);
    tcase_add_loop_test(tcase, slicer_sends_in_slices, 0, 2);
    tcase_add_loop_test(tcase, slices_of_a_dead_connection_are_forgotten, 0, 2);
    tcase_add_test(tcase, tcp_copes_with_disorder);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
