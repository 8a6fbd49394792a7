/* Simulated TCP: windows and backpressure, closing and resetting in every state, patience, and what
 * the settings change. */
#include "base/random.h"
#include "pair.h"

static DrillTcpSettings exact_settings(void) {
    DrillTcpSettings settings = drill_tcp_settings(DRILL_TCP_LINUX);
    settings.tick_ns = 0;
    return settings;
}

static Pair *pair_with(const DrillTcpSettings *settings, uint64_t delay_ns, bool segments) {
    PairOptions options = {
        .kind = DRILL_TRANSPORT_TCP, .seed = 1, .tcp = settings, .segments = segments};
    options.direction[0].delay_ns = delay_ns;
    options.direction[1].delay_ns = delay_ns;
    Pair *pair = pair_new(&options);
    pair_run(pair, 1000 * MS);
    return pair;
}

static void mask(Pair *pair, int direction, const char *text) {
    ck_assert_int_eq(drill_link_mask(pair->link, direction, drill_span_of(text)), DRILL_OK);
}

static DrillTcpStats stats(const Pair *pair, int side) {
    return drill_transport_tcp_stats(pair->transport, side);
}

START_TEST(a_reader_that_does_not_read_stops_the_sender) {
    DrillTcpSettings settings = exact_settings();
    settings.receive_bytes = 4000;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    drill_transport_pause_reading(pair->transport, 1, true, pair_now(pair));
    pair_send(pair, 0, 20000);
    pair_run(pair, 600 * DRILL_NS_PER_S);
    ck_assert_uint_eq(pair->sides[1].received.size, 0);
    ck_assert_uint_ge(drill_transport_queued_bytes(pair->transport, 0), 16000);
    ck_assert_uint_gt(stats(pair, 0).window_probes, 3);
    ck_assert(stats(pair, 0).timer_armed);
    ck_assert(drill_transport_busy(pair->transport));
    ck_assert(!pair->sides[0].closed); /* answered probes never end it */
    drill_transport_pause_reading(pair->transport, 1, false, pair_now(pair));
    ck_assert_uint_eq(pair->sides[1].received.size, 0); /* not from inside the call */
    uint64_t resumed_ns = pair_now(pair);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 20000);
    ck_assert_uint_lt(pair->sides[1].last_received_ns, resumed_ns + 2000 * MS);
    ck_assert_uint_eq(drill_transport_queued_bytes(pair->transport, 0), 0);
    pair_free(pair);
}
END_TEST

/* The message that the window is open again gets lost: a probe finds out. */
START_TEST(a_lost_window_update_is_found_out) {
    DrillTcpSettings settings = exact_settings();
    settings.receive_bytes = 4000;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    drill_transport_pause_reading(pair->transport, 1, true, pair_now(pair));
    pair_send(pair, 0, 20000);
    pair_run(pair, 5000 * MS);
    mask(pair, 1, "0");
    drill_transport_pause_reading(pair->transport, 1, false, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 20000);
    pair_free(pair);
}
END_TEST

START_TEST(probes_without_answer_end_it) {
    DrillTcpSettings settings = exact_settings();
    settings.receive_bytes = 4000;
    settings.user_timeout_ns = 20 * DRILL_NS_PER_S;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    drill_transport_pause_reading(pair->transport, 1, true, pair_now(pair));
    pair_send(pair, 0, 20000);
    pair_run(pair, 10000 * MS);
    drill_link_partition(pair->link, 1, DRILL_NEVER);
    pair_run(pair, 300 * DRILL_NS_PER_S);
    ck_assert(pair->sides[0].closed);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_TIMEOUT);
    pair_free(pair);
}
END_TEST

START_TEST(both_close_at_once) {
    Pair *pair = pair_with(NULL, 50 * MS, false);
    pair_send(pair, 0, 3000);
    pair_send(pair, 1, 2000);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    drill_transport_close(pair->transport, 1, DRILL_CLOSE_FIN, true, pair_now(pair));
    ck_assert_str_eq(stats(pair, 0).state, "FIN-WAIT-1");
    pair_run(pair, 3000 * MS);
    pair_check(pair, 1, 3000);
    pair_check(pair, 0, 2000);
    ck_assert_str_eq(stats(pair, 0).state, "TIME-WAIT");
    ck_assert_str_eq(stats(pair, 1).state, "TIME-WAIT");
    ck_assert(!drill_transport_busy(pair->transport));
    pair_run(pair, 70 * DRILL_NS_PER_S);
    ck_assert_str_eq(stats(pair, 0).state, "CLOSED");
    pair_free(pair);
}
END_TEST

START_TEST(states_of_an_orderly_end) {
    Pair *pair = pair_with(NULL, 50 * MS, false);
    ck_assert_str_eq(stats(pair, 0).state, "ESTABLISHED");
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, 1200 * MS);
    ck_assert_str_eq(stats(pair, 0).state, "FIN-WAIT-2");
    ck_assert_str_eq(stats(pair, 1).state, "CLOSE-WAIT");
    pair_send(pair, 1, 500); /* half closed: still says something */
    drill_transport_close(pair->transport, 1, DRILL_CLOSE_FIN, false, pair_now(pair));
    ck_assert_str_eq(stats(pair, 1).state, "LAST-ACK");
    pair_run(pair, 2000 * MS);
    ck_assert_str_eq(stats(pair, 0).state, "TIME-WAIT");
    ck_assert_str_eq(stats(pair, 1).state, "CLOSED");
    pair_check(pair, 0, 500);
    pair_free(pair);
}
END_TEST

/* Whoever resets, whenever: both sides come to rest, the far side hears of it unless it had ended.
 */
START_TEST(reset_in_every_state) {
    for (unsigned at_ms = 0; at_ms < 900; at_ms += 7) {
        Pair *pair = pair_simple(DRILL_TRANSPORT_TCP, 50 * MS);
        if (at_ms % 2 == 1) {
            mask(pair, 0, "1101101");
            mask(pair, 1, "0110");
        }
        pair_run(pair, at_ms * MS);
        bool open[2] = {pair->sides[0].opened, pair->sides[1].opened};
        if (open[1]) {
            pair_send(pair, 0, 5000);
            pair_send(pair, 1, 4000);
        }
        if (at_ms % 3 == 1 && open[1]) {
            drill_transport_close(pair->transport, 1 - _i, DRILL_CLOSE_FIN, true, pair_now(pair));
            pair_run(pair, pair_now(pair) + at_ms / 4 * MS);
        }
        drill_transport_close(pair->transport, _i, DRILL_CLOSE_RST, false, pair_now(pair));
        ck_assert_str_eq(stats(pair, _i).state, "CLOSED");
        pair_run(pair, DRILL_NEVER);
        ck_assert(!drill_transport_busy(pair->transport));
        if (pair->sides[1 - _i].opened) {
            ck_assert(pair->sides[1 - _i].closed);
        }
        pair_check(pair, 0, pair->sides[0].received.size);
        pair_check(pair, 1, pair->sides[1].received.size);
        pair_free(pair);
    }
}
END_TEST

START_TEST(keepalive_finds_a_half_open_connection) {
    DrillTcpSettings settings = exact_settings();
    settings.keepalive_ns = 10 * DRILL_NS_PER_S;
    settings.keepalive_gap_ns = 2 * DRILL_NS_PER_S;
    settings.keepalive_probes = 3;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    pair_run(pair, 100 * DRILL_NS_PER_S); /* alive: probes are answered */
    ck_assert(!pair->sides[0].closed && !pair->sides[1].closed);
    uint64_t gone_ns = pair_now(pair);
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_VANISH, false, gone_ns);
    pair_run(pair, gone_ns + 5 * DRILL_NS_PER_S);
    ck_assert(!pair->sides[1].closed);
    pair_run(pair, gone_ns + 30 * DRILL_NS_PER_S);
    ck_assert(pair->sides[1].closed);
    ck_assert_int_eq(pair->sides[1].how, DRILL_CLOSE_TIMEOUT);
    ck_assert_uint_le(pair->sides[1].closed_ns, gone_ns + 17 * DRILL_NS_PER_S);
    pair_free(pair);
}
END_TEST

START_TEST(user_timeout_ends_patience) {
    DrillTcpSettings settings = exact_settings();
    settings.user_timeout_ns = 5 * DRILL_NS_PER_S;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    drill_link_partition(pair->link, 0, DRILL_NEVER);
    uint64_t sent_ns = pair_now(pair);
    pair_send(pair, 0, 10);
    pair_run(pair, DRILL_NEVER);
    ck_assert_int_eq(pair->sides[0].how, DRILL_CLOSE_TIMEOUT);
    ck_assert_uint_ge(pair->sides[0].closed_ns, sent_ns + 5000 * MS);
    ck_assert_uint_lt(pair->sides[0].closed_ns, sent_ns + 6000 * MS);
    pair_free(pair);
}
END_TEST

/* Three segments, the last one lost: a probe after two round trips, no timeout, no smaller pipe. */
START_TEST(a_probe_saves_a_lost_tail) {
    DrillTcpSettings settings = exact_settings();
    Pair *pair = pair_with(&settings, 100 * MS, false);
    mask(pair, 0, "110");
    uint64_t sent_ns = pair_now(pair);
    pair_send(pair, 0, 3 * 1448);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 3 * 1448);
    ck_assert_uint_eq(stats(pair, 0).tail_probes, 1);
    ck_assert_uint_eq(stats(pair, 0).timeouts, 0);
    ck_assert_uint_lt(pair->sides[1].last_received_ns, sent_ns + 1000 * MS);
    pair_free(pair);
}
END_TEST

/* All packets wait for 3 s: the timeout was for nothing, which the timestamps show. */
START_TEST(a_spurious_timeout_is_undone) {
    DrillTcpSettings settings = exact_settings();
    Pair *pair = pair_with(&settings, 50 * MS, false);
    uint32_t window = (uint32_t)stats(pair, 0).window_segments;
    drill_link_stall(pair->link, 0, pair_now(pair) + 3000 * MS);
    pair_send(pair, 0, 5 * 1448);
    pair_run(pair, DRILL_NEVER);
    pair_check(pair, 1, 5 * 1448);
    ck_assert_uint_gt(stats(pair, 0).timeouts, 0);
    ck_assert_uint_gt(stats(pair, 0).undone, 0);
    ck_assert_uint_ge(stats(pair, 0).window_segments, window);
    pair_free(pair);
}
END_TEST

START_TEST(nagle_holds_the_second_small_write) {
    DrillTcpSettings settings = exact_settings();
    settings.nagle = true;
    Pair *pair = pair_with(&settings, 50 * MS, false);
    uint64_t packets = drill_link_stats(pair->link, 0).packets;
    for (int i = 0; i < 5; i++) {
        pair_send(pair, 0, 10);
    }
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).packets, packets + 1);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(drill_link_stats(pair->link, 0).packets, packets + 2);
    pair_check(pair, 1, 50);
    pair_free(pair);
}
END_TEST

/* In a conversation the acknowledgement waits for the answer; none comes: 40 ms. */
START_TEST(an_acknowledgement_waits_for_an_answer) {
    DrillTcpSettings settings = exact_settings();
    Pair *pair = pair_with(&settings, 50 * MS, false);
    pair->sides[1].echo = true;
    pair_send(pair, 0, 10);
    pair_run(pair, 1500 * MS);
    pair->sides[1].echo = false;
    uint64_t packets = drill_link_stats(pair->link, 1).packets;
    uint64_t sent_ns = pair_now(pair);
    pair_send(pair, 0, 10);
    pair_run(pair, sent_ns + 89 * MS);
    ck_assert_uint_eq(drill_link_stats(pair->link, 1).packets, packets);
    pair_run(pair, sent_ns + 91 * MS);
    ck_assert_uint_eq(drill_link_stats(pair->link, 1).packets, packets + 1);
    pair_free(pair);
}
END_TEST

/* Timers of the wheel: never early, late by less than a bucket. */
START_TEST(timers_fire_on_their_ticks) {
    Pair *pair = pair_with(NULL, 300 * MS, false);
    for (int i = 0; i < 30; i++) {
        pair_send(pair, 0, 10);
        pair_run(pair, pair_now(pair) + 1003 * MS);
    }
    ck_assert_uint_ge(stats(pair, 0).rto_ns, 800 * MS);
    ck_assert_uint_le(stats(pair, 0).rto_ns, 808 * MS);
    mask(pair, 0, "0");
    uint64_t sent_ns = pair_now(pair);
    pair_send(pair, 0, 10);
    pair_run(pair, DRILL_NEVER);
    uint64_t late_ns = pair->sides[1].last_received_ns - sent_ns - 300 * MS - 800 * MS;
    ck_assert_uint_le(late_ns, 44 * MS);
    pair_free(pair);
}
END_TEST

typedef struct Seen {
    bool sacked, windowed, stamped;
    uint64_t lost;
} Seen;
static Seen seen;

static void watch(void *context, const DrillNetEvent *event, uint64_t now_ns) {
    pair_event(context, event, now_ns);
    if (event->kind == DRILL_NET_SEGMENT_SENT && event->sack_count > 0 &&
        event->sack[0][0] == 1 + 1448 && event->sack[0][1] == 1 + 2 * 1448) {
        seen.sacked = event->direction == 1 && event->acknowledged == 1;
    }
    seen.windowed = seen.windowed || event->window > 60000;
    seen.stamped = seen.stamped || (event->timestamps && event->ts_value == now_ns / MS &&
                                    event->header_bytes >= 52);
    seen.lost += event->kind == DRILL_NET_LOST && event->sequence == 1 && event->bytes == 1448;
}

START_TEST(events_say_what_the_header_says) {
    DrillTcpSettings settings = exact_settings();
    PairOptions options = {
        .kind = DRILL_TRANSPORT_TCP, .tcp = &settings, .segments = true, .observe = watch};
    options.direction[0].delay_ns = options.direction[1].delay_ns = 20 * MS;
    memset(&seen, 0, sizeof(seen));
    Pair *pair = pair_new(&options);
    pair_run(pair, 1000 * MS);
    mask(pair, 0, "01");
    pair_send(pair, 0, 2 * 1448);
    pair_run(pair, DRILL_NEVER);
    ck_assert(seen.sacked && seen.windowed && seen.stamped);
    ck_assert_uint_eq(seen.lost, 1);
    pair_free(pair);
}
END_TEST

/* Both ends in backoff: the only acknowledgement that comes through rides on an answer that is sent
 * again after half a minute, and echoes a time as long ago. */
static uint64_t longest_after_silence(uint32_t limit) {
    DrillTcpSettings settings = exact_settings();
    settings.rtt_limit = limit;
    Pair *pair = pair_with(&settings, 100 * MS, false);
    DrillLinkSettings deaf = {.delay_ns = 100 * MS, .loss_numerator = 1, .loss_denominator = 1};
    DrillLinkSettings good = {.delay_ns = 100 * MS};
    pair->sides[1].echo = true;
    pair_run(pair, 1000 * MS);
    drill_link_set(pair->link, 1, &deaf);
    pair_send(pair, 0, 100);
    pair_run(pair, 1150 * MS); /* arrived, answered in vain */
    drill_link_set(pair->link, 0, &deaf);
    pair_run(pair, 20000 * MS);
    drill_link_set(pair->link, 1, &good);
    pair_run(pair, 60000 * MS);
    drill_link_set(pair->link, 0, &good);
    pair_run(pair, DRILL_NEVER);
    ck_assert_uint_eq(pair->sides[0].received.size, 100);
    uint64_t longest_ns = drill_transport_tcp_stats(pair->transport, 0).rtt_max_ns;
    pair_free(pair);
    return longest_ns;
}

START_TEST(late_acknowledgements_count_little) {
    ck_assert_uint_gt(longest_after_silence(0), 3 * 200 * MS);
    ck_assert_uint_le(longest_after_silence(3), 3 * 200 * MS);
}
END_TEST

static DrillResult parse(DrillTcpSettings *settings, const char *text) {
    return drill_tcp_settings_parse(settings, drill_span_of(text), NULL);
}

START_TEST(settings_are_read_by_name) {
    DrillTcpSettings settings = drill_tcp_settings(DRILL_TCP_LINUX);
    ck_assert_int_eq(parse(&settings, "profile=embedded,nagle=false,receive_buffer=8KiB,"
                                      "congestion=cubic,rto_min=300ms,syn_retries=2"),
                     DRILL_OK);
    ck_assert_uint_eq(settings.mss_bytes, 536);
    ck_assert_uint_eq(settings.receive_bytes, 8192);
    ck_assert_uint_eq(settings.rto_min_ns, 300 * MS);
    ck_assert_uint_eq(settings.syn_retries, 2);
    ck_assert_int_eq(settings.congestion, DRILL_TCP_CUBIC);
    ck_assert(!settings.nagle && !settings.sack);
    static const char *const wrong[] = {"",
                                        "nagle",
                                        "nagle=yes",
                                        "nagel=true",
                                        "mss=1",
                                        "mss=70000",
                                        "rto_min=8d",
                                        "acking=never",
                                        "profile=x",
                                        "retries=-1",
                                        "ack_every=0",
                                        "nagle=true,profile=ns3",
                                        "rto_min=9s,rto_max=2s"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(wrong); i++) {
        DrillTcpSettings before = settings;
        ck_assert_msg(parse(&settings, wrong[i]) == DRILL_INVALID, "\"%s\" passes", wrong[i]);
        ck_assert_mem_eq(&settings, &before, sizeof before);
    }
}
END_TEST

static uint64_t dice(uint64_t seed, uint64_t index, uint64_t bound) {
    return drill_stream_below(drill_stream(seed, "test/options"), index, 0, bound);
}

static DrillTcpSettings random_settings(uint64_t seed) {
    DrillTcpSettings settings = drill_tcp_settings((DrillTcpProfile)dice(seed, 0, 3));
    settings.sack = dice(seed, 1, 3) > 0;
    settings.timestamps = dice(seed, 2, 3) > 0;
    settings.rack = dice(seed, 3, 2) > 0;
    settings.tail_probe = dice(seed, 4, 2) > 0;
    settings.frto = dice(seed, 5, 2) > 0;
    settings.undo = dice(seed, 6, 2) > 0;
    settings.nagle = dice(seed, 7, 3) == 0;
    settings.congestion = dice(seed, 8, 2) == 0 ? DRILL_TCP_CUBIC : DRILL_TCP_NEWRENO;
    settings.receive_bytes = dice(seed, 9, 3) == 0 ? 3000 : 1 << 20;
    settings.tick_ns = dice(seed, 10, 2) * 4 * MS;
    settings.mtu_probing = dice(seed, 11, 2) == 0;
    return settings;
}

/* Any settings over a link that loses, doubles, corrupts and reorders, readers that pause: the same
 * bytes in the same order, or a dead connection. */
static void run_random(uint64_t seed) {
    DrillTcpSettings settings = random_settings(seed);
    PairOptions options = {.kind = DRILL_TRANSPORT_TCP, .seed = seed, .tcp = &settings};
    for (int direction = 0; direction < 2; direction++) {
        uint64_t at = 20 + 10 * (uint64_t)direction;
        DrillLinkSettings *link = &options.direction[direction];
        link->delay_ns = dice(seed, at, 200) * MS;
        link->jitter_ns = dice(seed, at + 1, 100) * MS;
        link->overtaking = dice(seed, at + 2, 2) == 0;
        link->loss_numerator = dice(seed, at + 3, 20);
        link->loss_denominator = 100;
        link->duplicate.numerator = dice(seed, at + 4, 30);
        link->duplicate.denominator = 100;
        link->corrupt.numerator = dice(seed, at + 5, 10);
        link->corrupt.denominator = 100;
        link->reorder.numerator = dice(seed, at + 6, 30);
        link->reorder.denominator = 100;
        link->mtu_bytes = dice(seed, at + 7, 3) == 0 ? 300 + dice(seed, at + 8, 1300) : 0;
        link->mtu_tell = link->mtu_bytes != 0 && dice(seed, at + 9, 3) > 0;
    }
    Pair *pair = pair_new(&options);
    pair->sides[0].close_when_closed = true;
    pair->sides[1].close_when_closed = true;
    size_t sent[2] = {0, 0};
    for (uint64_t i = 0; i < 8; i++) {
        int side = (int)dice(seed, 100 + i, 2);
        if (side == 0 || pair->sides[1].opened) {
            size_t size = (size_t)dice(seed, 200 + i, i % 3 == 0 ? 30000 : 200);
            pair_send(pair, side, size);
            sent[side] += size;
        }
        drill_transport_pause_reading(pair->transport, side, dice(seed, 300 + i, 2) == 0,
                                      pair_now(pair));
        pair_run(pair, pair_now(pair) + dice(seed, 400 + i, 1500) * MS);
    }
    drill_transport_pause_reading(pair->transport, 0, false, pair_now(pair));
    drill_transport_pause_reading(pair->transport, 1, false, pair_now(pair));
    drill_transport_close(pair->transport, 0, DRILL_CLOSE_FIN, true, pair_now(pair));
    pair_run(pair, DRILL_NEVER);
    bool dead = pair->gave_up > 0;
    pair_check(pair, 1, dead ? pair->sides[1].received.size : sent[0]);
    pair_check(pair, 0, dead ? pair->sides[0].received.size : sent[1]);
    bool forgotten = !pair->sides[0].opened && sent[0] == 0;
    ck_assert(dead || forgotten || (pair->sides[0].closed && pair->sides[1].closed));
    ck_assert(!drill_transport_busy(pair->transport));
    pair_free(pair);
}

START_TEST(random_settings_over_a_bad_link) {
    for (uint64_t seed = 0; seed < 1500; seed++) {
        run_random(seed);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/tcp_options");
    TCase *tcp = tcase_create("options");
    tcase_set_timeout(tcp, 300);
    tcase_add_test(tcp, a_reader_that_does_not_read_stops_the_sender);
    tcase_add_test(tcp, a_lost_window_update_is_found_out);
    tcase_add_test(tcp, probes_without_answer_end_it);
    tcase_add_test(tcp, both_close_at_once);
    tcase_add_test(tcp, states_of_an_orderly_end);
    tcase_add_loop_test(tcp, reset_in_every_state, 0, 2);
    tcase_add_test(tcp, keepalive_finds_a_half_open_connection);
    tcase_add_test(tcp, user_timeout_ends_patience);
    tcase_add_test(tcp, a_probe_saves_a_lost_tail);
    tcase_add_test(tcp, a_spurious_timeout_is_undone);
    tcase_add_test(tcp, nagle_holds_the_second_small_write);
    tcase_add_test(tcp, an_acknowledgement_waits_for_an_answer);
    tcase_add_test(tcp, timers_fire_on_their_ticks);
    tcase_add_test(tcp, events_say_what_the_header_says);
    tcase_add_test(tcp, settings_are_read_by_name);
    tcase_add_test(tcp, late_acknowledgements_count_little);
    tcase_add_test(tcp, random_settings_over_a_bad_link);
    suite_add_tcase(suite, tcp);
    return suite_run(suite);
}
