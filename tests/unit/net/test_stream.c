/* The ideal pipe, and what both transports share: delays and cuts at offsets, closing, hooks that
 * call back. Every test here that does not say otherwise runs over both kinds. */
#include "pair.h"

static const DrillTransportKind kinds[] = {DRILL_TRANSPORT_STREAM, DRILL_TRANSPORT_TCP};

START_TEST(opens_in_one_delay_and_one_back) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_STREAM, 50 * MS);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[1].opened_ns, 50 * MS);
    ck_assert_uint_eq(pair->sides[0].opened_ns, 100 * MS);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(delivers_one_delay_later) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_STREAM, 50 * MS);
    pair_run(pair, 200 * MS);
    pair_send(pair, 0, 10);
    pair_send(pair, 1, 20);
    ck_assert(drill_transport_busy(pair->transport));
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 250 * MS);
    pair_check(pair, 1, 10);
    pair_check(pair, 0, 20);
    ck_assert_uint_eq(drill_transport_sent_bytes(pair->transport, 1), 20);
    pair_free(pair);
}
END_TEST

START_TEST(bytes_sent_before_opening_arrive_after_it) {
    Pair *pair = pair_simple(kinds[_i], 50 * MS);
    pair_send(pair, 0, 100000);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 100000);
    pair_free(pair);
}
END_TEST

START_TEST(loss_does_not_apply_to_a_stream) {
    PairOptions options = {.kind = DRILL_TRANSPORT_STREAM};
    options.direction[0].loss_numerator = 1;
    options.direction[0].loss_denominator = 1;
    options.direction[0].rate_bits_per_s = 8000;
    options.direction[0].queue_bytes = 1;
    Pair *pair = pair_new(&options);
    pair_send(pair, 0, 500);
    pair_send(pair, 0, 500);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 1000);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 1000 * MS); /* but the rate does */
    ck_assert_int_eq(drill_transport_drop_at(pair->transport, 0, 5), DRILL_INVALID);
    pair_free(pair);
}
END_TEST

START_TEST(a_stream_waits_out_a_partition) {
    Pair *pair = pair_simple(DRILL_TRANSPORT_STREAM, 10 * MS);
    pair_run(pair, 100 * MS);
    drill_link_partition(pair->link, 0, 500 * MS);
    pair_send(pair, 0, 5);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 500 * MS);
    drill_link_partition(pair->link, 0, DRILL_NEVER);
    pair_send(pair, 0, 5);
    pair_run(pair, 900 * MS);
    pair_check(pair, 1, 5);
    ck_assert(drill_transport_busy(pair->transport));
    drill_link_partition(pair->link, 0, 900 * MS); /* healed */
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 10);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 900 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(stall_keeps_everything_in_order) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    drill_link_stall(pair->link, 0, 150 * MS);
    pair_send(pair, 0, 5);
    pair_send(pair, 0, 6);
    pair_run(pair, 149 * MS);
    pair_check(pair, 1, 0);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 11);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 150 * MS);
    ck_assert_uint_eq(pair->lost, 0);
    pair_free(pair);
}
END_TEST

START_TEST(fin_arrives_behind_the_last_byte) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    pair->sides[1].close_when_closed = true;
    pair_send(pair, 0, 20000);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_send(pair, 0, 9); /* too late: ignored */
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 20000);
    ck_assert(pair->sides[1].closed && pair->sides[1].half);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_FIN);
    ck_assert(pair->sides[0].closed && !pair->sides[0].half);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_FIN);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(half_closed_side_goes_on_reading) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, 200 * MS);
    ck_assert(pair->sides[1].closed && pair->sides[1].half);
    ck_assert(!pair->sides[0].closed);
    pair_send(pair, 1, 3000);
    pair_run(pair, 400 * MS);
    pair_check(pair, 0, 3000);
    drill_transport_close(pair->transport, 1, DRILL_CLOSE_FIN, false, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[0].closed && !pair->sides[0].half);
    pair_free(pair);
}
END_TEST

START_TEST(fully_closed_side_is_told_nothing) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 100);
    pair_send(pair, 1, 5000);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, false, pair_now(pair));
    pair->sides[1].close_when_closed = true;
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 100);
    pair_check(pair, 0, 0);
    ck_assert(!pair->sides[0].closed && pair->sides[1].closed);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(both_close_at_once) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    drill_transport_close(pair->transport, 1, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    for (int side = 0; side < 2; side++) {
        ck_assert(pair->sides[side].closed && !pair->sides[side].half);
        ck_assert_uint_eq(pair->sides[side].closed_ns, 110 * MS);
    }
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(rst_is_heard_one_delay_later) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    pair_send(pair, 1, 400); /* crosses the reset */
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_RST, false, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[1].closed && !pair->sides[0].closed);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_RST);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 110 * MS);
    pair_check(pair, 0, 0);
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}
END_TEST

START_TEST(vanished_side_is_silent) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_VANISH, false, pair_now(pair));
    pair_run(pair, 1000 * MS);
    ck_assert(!pair->sides[1].closed);
    pair_send(pair, 1, 100);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 0, 0);
    /* Only TCP can find out. */
    ck_assert_int_eq(pair->sides[1].closed, kinds[_i] == DRILL_TRANSPORT_TCP);
    ck_assert(!pair->sides[1].closed || pair->sides[1].how == DRILL_CLOSE_TIMEOUT);
    pair_free(pair);
}
END_TEST

START_TEST(answers_from_inside_received) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair->sides[1].echo = true;
    pair_send(pair, 0, 70000);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[0].received.size, 70000);
    for (size_t i = 0; i < 70000; i++) {
        ck_assert_uint_eq(pair->sides[0].received.data[i], pair_byte(0, i));
    }
    pair_free(pair);
}
END_TEST

START_TEST(closes_from_inside_received) {
    static const DrillCloseHow hows[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(hows); i++) {
        Pair *pair = pair_simple(kinds[_i], 10 * MS);
        pair->sides[1].echo = true;
        pair->sides[1].close_after = 4000;
        pair->sides[1].close_how = hows[i];
        pair_send(pair, 0, 9000);
        pair_run(pair, 5000 * MS); /* the hooks check that side 1 is told nothing after it */
        ck_assert_uint_ge(pair->sides[1].received.size, 4000);
        if (hows[i] == DRILL_CLOSE_FIN) {
            ck_assert(pair->sides[0].closed && pair->sides[0].how == DRILL_CLOSE_FIN);
            ck_assert_uint_eq(pair->sides[0].received.size, pair->sides[1].received.size);
        } else if (hows[i] == DRILL_CLOSE_RST) {
            ck_assert(pair->sides[0].closed && pair->sides[0].how == DRILL_CLOSE_RST);
        } else {
            ck_assert(!pair->sides[0].closed);
        }
        pair_free(pair);
    }
}
END_TEST

START_TEST(cuts_from_inside_received) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair->sides[1].cut_after = 1;
    pair_send(pair, 0, 4000);
    pair_send(pair, 0, 5000);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->cuts, 1);
    ck_assert(pair->sides[0].closed && pair->sides[1].closed);
    ck_assert_uint_eq(pair->sides[0].closed_ns, pair->sides[1].last_received_ns);
    ck_assert_uint_lt(pair->sides[1].received.size, 9000);
    pair_free(pair);
}
END_TEST

START_TEST(delay_at_holds_that_byte_and_all_after_it) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    drill_transport_delay_at(pair->transport, 0, 5, 300 * MS);
    pair_send(pair, 0, 10);
    pair_run(pair, 110 * MS);
    pair_check(pair, 1, 5);
    pair_send(pair, 0, 10);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, 409 * MS);
    pair_check(pair, 1, 5);
    ck_assert(drill_transport_busy(pair->transport));
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 20);
    ck_assert_uint_eq(pair->sides[1].last_received_ns, 410 * MS);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 410 * MS);
    ck_assert_uint_eq(pair->retransmits, 0);
    pair_free(pair);
}
END_TEST

/* Cuts at every offset in and around two writes, each way of dying, before and after: who gets what
 * and when. */
START_TEST(cut_at_delivers_exactly_what_it_promises) {
    static const DrillCloseHow hows[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};
    for (uint64_t offset = 0; offset <= 21; offset++) {
        for (int variant = 0; variant < 12; variant++) {
            DrillCloseHow how = hows[variant % 3];
            bool after = variant / 3 % 2 == 1;
            int direction = variant / 6;
            Pair *pair = pair_simple(kinds[_i], 10 * MS);
            pair_run(pair, 100 * MS);
            drill_transport_cut_at(pair->transport, direction, offset, after, how);
            pair_send(pair, direction, 10);
            pair_run(pair, 200 * MS);
            pair_send(pair, direction, 10);
            pair_run(pair, 2000 * MS);
            bool strikes = after ? offset <= 20 : offset < 20;
            ck_assert_uint_eq(pair->cuts, strikes ? 1 : 0);
            pair_check(pair, 1 - direction, strikes ? (size_t)offset : 20);
            bool told = strikes && how != DRILL_CLOSE_VANISH;
            ck_assert_int_eq(pair->sides[0].closed, told);
            ck_assert_int_eq(pair->sides[1].closed, told);
            if (told) {
                bool second = after ? offset > 10 : offset >= 10;
                uint64_t at_ns = after && offset == 0 ? 100 * MS : (second ? 210 : 110) * MS;
                ck_assert_uint_eq(pair->sides[1 - direction].closed_ns, at_ns);
                ck_assert_uint_eq(pair->sides[direction].closed_ns, at_ns + 10 * MS);
                ck_assert_int_eq(pair->sides[0].how, how);
                ck_assert_int_eq(pair->sides[1].how, how);
            }
            pair_send(pair, 1 - direction, strikes ? 10 : 0);
            pair_run(pair, DRILL_NEVER);
            ck_assert(!strikes || pair->sides[direction].received.size == 0);
            ck_assert(!drill_transport_busy(pair->transport));
            pair_free(pair);
        }
    }
}
END_TEST

START_TEST(a_second_cut_replaces_the_first) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    drill_transport_cut_at(pair->transport, 0, 3, false, DRILL_CLOSE_RST);
    drill_transport_cut_at(pair->transport, 0, 7, false, DRILL_CLOSE_FIN);
    pair_send(pair, 0, 10);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 7);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_FIN);
    pair_free(pair);
}
END_TEST

START_TEST(cut_tells_both_now_or_nobody) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 10);
    drill_transport_cut(pair->transport, DRILL_CLOSE_FIN, pair_now(pair));
    ck_assert(!pair->sides[0].closed); /* not from inside the call */
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[0].closed_ns, 100 * MS);
    ck_assert_uint_eq(pair->sides[1].closed_ns, 100 * MS);
    pair_check(pair, 1, 0);
    pair_free(pair);

    pair = pair_simple(kinds[_i], 10 * MS);
    pair_run(pair, 100 * MS);
    pair_send(pair, 0, 10);
    drill_transport_cut(pair->transport, DRILL_CLOSE_VANISH, pair_now(pair));
    ck_assert(!drill_transport_busy(pair->transport));
    pair_run(pair, DRILL_NEVER);
    ck_assert(!pair->sides[0].closed && !pair->sides[1].closed);
    ck_assert_uint_eq(pair_now(pair), 110 * MS);
    pair_free(pair);
}
END_TEST

START_TEST(a_cut_before_opening_tells_side_0_only) {
    Pair *pair = pair_simple(kinds[_i], 10 * MS);
    drill_transport_cut(pair->transport, DRILL_CLOSE_RST, 0);
    pair_run(pair, DRILL_NEVER);
    ck_assert(pair->sides[0].closed && !pair->sides[0].opened);
    ck_assert(!pair->sides[1].closed && !pair->sides[1].opened);
    pair_free(pair);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/stream");
    TCase *stream = tcase_create("stream");
    tcase_add_test(stream, opens_in_one_delay_and_one_back);
    tcase_add_test(stream, delivers_one_delay_later);
    tcase_add_test(stream, loss_does_not_apply_to_a_stream);
    tcase_add_test(stream, a_stream_waits_out_a_partition);
    suite_add_tcase(suite, stream);
    TCase *both = tcase_create("both");
    tcase_set_timeout(both, 60);
    tcase_add_loop_test(both, bytes_sent_before_opening_arrive_after_it, 0, 2);
    tcase_add_loop_test(both, stall_keeps_everything_in_order, 0, 2);
    tcase_add_loop_test(both, fin_arrives_behind_the_last_byte, 0, 2);
    tcase_add_loop_test(both, half_closed_side_goes_on_reading, 0, 2);
    tcase_add_loop_test(both, fully_closed_side_is_told_nothing, 0, 2);
    tcase_add_loop_test(both, both_close_at_once, 0, 2);
    tcase_add_loop_test(both, rst_is_heard_one_delay_later, 0, 2);
    tcase_add_loop_test(both, vanished_side_is_silent, 0, 2);
    tcase_add_loop_test(both, answers_from_inside_received, 0, 2);
    tcase_add_loop_test(both, closes_from_inside_received, 0, 2);
    tcase_add_loop_test(both, cuts_from_inside_received, 0, 2);
    tcase_add_loop_test(both, delay_at_holds_that_byte_and_all_after_it, 0, 2);
    tcase_add_loop_test(both, cut_at_delivers_exactly_what_it_promises, 0, 2);
    tcase_add_loop_test(both, a_second_cut_replaces_the_first, 0, 2);
    tcase_add_loop_test(both, cut_tells_both_now_or_nobody, 0, 2);
    tcase_add_loop_test(both, a_cut_before_opening_tells_side_0_only, 0, 2);
    suite_add_tcase(suite, both);
    return suite_run(suite);
}
