/* Each impairment on its own: passes everything when off, extremes, how many draws, and the
 * statistics of its draws. Packets are watched through the link's inside interface. */
#include "net/path.h"
#include "pair.h"

typedef struct Bench {
    DrillArena *arena;
    DrillQueue *queue;
    DrillLink *link;
    uint64_t arrived;
    uint64_t last_ns;
    uint64_t last_number;
    uint64_t sent;
    char verdicts[64]; /* '1' or '0' for each packet sent */
} Bench;

static Bench bench;

static void arrive(void *context, const DrillPacket *packet, uint64_t now_ns) {
    ck_assert_ptr_eq(context, &bench);
    ck_assert_uint_ge(now_ns, bench.last_ns);
    ck_assert(bench.arrived == 0 || packet->sequence > bench.last_number); /* never overtaken */
    bench.last_number = packet->sequence;
    bench.last_ns = now_ns;
    bench.arrived++;
}

static void open_bench(DrillLinkSettings settings, uint64_t seed) {
    memset(&bench, 0, sizeof(bench));
    bench.arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)256 << 20);
    ck_assert_ptr_nonnull(bench.arena);
    DrillAllocator allocator = drill_arena_allocator(bench.arena);
    bench.queue = drill_queue_new(allocator);
    DrillLinkOptions options = {.queue = bench.queue,
                                .allocator = allocator,
                                .seed = seed,
                                .name = "c1",
                                .direction = {settings, settings}};
    bench.link = drill_link_new(&options);
}

static void close_bench(void) {
    drill_link_free(bench.link);
    ck_assert_uint_eq(drill_queue_count(bench.queue), 0);
    drill_queue_free(bench.queue);
    drill_arena_free(bench.arena);
}

static const char *send_packet(uint32_t bytes, bool lossy) {
    DrillPacket packet = {.arrive = arrive,
                          .context = &bench,
                          .lossy = lossy,
                          .bytes = bytes,
                          .wire_bytes = bytes,
                          .sequence = bench.sent};
    const char *lost = drill_path_send(bench.link, &packet, drill_queue_now_ns(bench.queue));
    if (bench.sent < sizeof(bench.verdicts) - 1) {
        bench.verdicts[bench.sent] = lost == NULL ? '1' : '0';
    }
    bench.sent++;
    return lost;
}

static void run(void) {
    while (drill_queue_fire(bench.queue)) {
    }
}

static uint64_t delay_of_one(void) {
    uint64_t sent_ns = drill_queue_now_ns(bench.queue);
    uint64_t arrived = bench.arrived;
    ck_assert_ptr_null(send_packet(100, true));
    run();
    ck_assert_uint_eq(bench.arrived, arrived + 1);
    return bench.last_ns - sent_ns;
}

START_TEST(nothing_set_changes_nothing) {
    open_bench((DrillLinkSettings){0}, 1);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(delay_of_one(), 0);
    }
    DrillLinkStats stats = drill_link_stats(bench.link, 0);
    ck_assert_uint_eq(stats.packets, 1000);
    ck_assert_uint_eq(stats.bytes, 100000);
    ck_assert_uint_eq(stats.lost_packets, 0);
    ck_assert_uint_eq(drill_link_stats(bench.link, 1).packets, 0);
    close_bench();
}
END_TEST

START_TEST(delay_is_exact) {
    open_bench((DrillLinkSettings){.delay_ns = 123456789}, 1);
    ck_assert_uint_eq(delay_of_one(), 123456789);
    DrillLinkSettings shorter = {.delay_ns = 5};
    send_packet(1, true);
    drill_link_set(bench.link, 0, &shorter);
    send_packet(1, true); /* may not overtake */
    run();
    ck_assert_uint_eq(bench.last_ns, 2 * UINT64_C(123456789));
    ck_assert_uint_eq(delay_of_one(), 5);
    close_bench();
}
END_TEST

/* Uniform in [-jitter, +jitter]: 64 bins of 10^5 draws; chi-square with 63 degrees of freedom lies
 * below 130 but for one seed in a million. */
START_TEST(jitter_is_uniform) {
    enum { BINS = 64, DRAWS = 100000 };
    uint64_t jitter_ns = 32 * 1000 - 1; /* 64000 - 1 values */
    open_bench((DrillLinkSettings){.delay_ns = 50000, .jitter_ns = jitter_ns}, (uint64_t)_i);
    uint64_t bins[BINS] = {0};
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t delay_ns = delay_of_one();
        least = delay_ns < least ? delay_ns : least;
        most = delay_ns > most ? delay_ns : most;
        bins[(delay_ns - (50000 - jitter_ns)) * BINS / (2 * jitter_ns + 1)]++;
    }
    ck_assert_uint_ge(least, 50000 - jitter_ns);
    ck_assert_uint_le(least, 50000 - jitter_ns + 20);
    ck_assert_uint_le(most, 50000 + jitter_ns);
    ck_assert_uint_ge(most, 50000 + jitter_ns - 20);
    uint64_t sum = 0;
    for (int i = 0; i < BINS; i++) {
        sum += bins[i] * bins[i];
    }
    /* chi-square = sum * BINS / DRAWS - DRAWS */
    uint64_t chi = sum * BINS / DRAWS - DRAWS;
    ck_assert_uint_lt(chi, 130);
    ck_assert_uint_gt(chi, 20);
    close_bench();
}
END_TEST

START_TEST(jitter_never_arrives_before_it_was_sent) {
    open_bench((DrillLinkSettings){.delay_ns = 10, .jitter_ns = UINT64_MAX / 4}, 3);
    for (int i = 0; i < 20; i++) {
        send_packet(1, true); /* arrive() checks the order */
    }
    run();
    ck_assert_uint_eq(bench.arrived, 20);
    close_bench();
}
END_TEST

START_TEST(loss_at_its_extremes) {
    open_bench((DrillLinkSettings){.loss_numerator = 1, .loss_denominator = 1}, 1);
    for (int i = 0; i < 1000; i++) {
        ck_assert_str_eq(send_packet(1, true), "loss");
        ck_assert_ptr_null(send_packet(1, false));
    }
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).lost_packets, 1000);
    DrillLinkSettings none = {.loss_numerator = 0, .loss_denominator = 7};
    drill_link_set(bench.link, 0, &none);
    for (int i = 0; i < 1000; i++) {
        ck_assert_ptr_null(send_packet(1, true));
    }
    run();
    close_bench();
}
END_TEST

/* 10^5 packets at 1/20: 5000 expected, standard deviation 69; within 6 of them. And runs of losses
 * are as long as they should be: pairs 1/400. */
START_TEST(loss_has_its_rate) {
    open_bench((DrillLinkSettings){.loss_numerator = 1, .loss_denominator = 20}, (uint64_t)_i);
    uint64_t lost = 0;
    uint64_t pairs = 0;
    bool before = false;
    for (int i = 0; i < 100000; i++) {
        bool now = send_packet(1, true) != NULL;
        lost += now ? 1 : 0;
        pairs += now && before ? 1 : 0;
        before = now;
    }
    ck_assert_uint_gt(lost, 5000 - 414);
    ck_assert_uint_lt(lost, 5000 + 414);
    ck_assert_uint_gt(pairs, 250 - 100);
    ck_assert_uint_lt(pairs, 250 + 100);
    run();
    close_bench();
}
END_TEST

/* Which of 40 packets are lost under these settings. */
static void losses(DrillLinkSettings settings, const char *mask, char out[41]) {
    settings.loss_numerator = 1;
    settings.loss_denominator = 3;
    open_bench(settings, 99);
    ck_assert_int_eq(drill_link_mask(bench.link, 0, drill_span_of(mask)), DRILL_OK);
    for (int i = 0; i < 40; i++) {
        send_packet(100, true);
    }
    memcpy(out, bench.verdicts, 41);
    run();
    close_bench();
}

/* Every draw is a function of the packet's number: putting an impairment in or taking it away moves
 * none of another's. */
START_TEST(impairments_do_not_move_each_others_draws) {
    char plain[41];
    char other[41];
    losses((DrillLinkSettings){0}, "", plain);
    losses((DrillLinkSettings){.jitter_ns = 5000, .delay_ns = 70, .rate_bits_per_s = 1000}, "",
           other);
    ck_assert_str_eq(plain, other);
    losses((DrillLinkSettings){0}, "0110", other); /* used draws are skipped, not shifted */
    ck_assert_mem_eq(other, "0110", 4);
    ck_assert_str_eq(plain + 4, other + 4);
    ck_assert_ptr_nonnull(strchr(plain, '0'));
    ck_assert_ptr_nonnull(strchr(plain, '1'));
}
END_TEST

/* The same number of the packet, the same jitter, whether or not others were lost. */
START_TEST(jitter_is_drawn_by_packet_number) {
    uint64_t delays[2][8];
    for (int lossy = 0; lossy < 2; lossy++) {
        open_bench((DrillLinkSettings){.delay_ns = 1000000, .jitter_ns = 1000000}, 5);
        for (int i = 0; i < 8; i++) {
            if (lossy == 1 && i % 2 == 0) {
                ck_assert_int_eq(drill_link_mask(bench.link, 0, drill_span_of("0")), DRILL_OK);
                ck_assert_str_eq(send_packet(100, true), "mask");
                delays[lossy][i] = 0;
            } else {
                delays[lossy][i] = delay_of_one();
            }
        }
        close_bench();
    }
    for (int i = 1; i < 8; i += 2) {
        ck_assert_uint_eq(delays[0][i], delays[1][i]);
    }
}
END_TEST

START_TEST(directions_and_links_draw_apart) {
    open_bench((DrillLinkSettings){.loss_numerator = 1, .loss_denominator = 2}, 4);
    unsigned differ = 0;
    for (int i = 0; i < 64; i++) {
        DrillPacket packet = {.arrive = arrive, .context = &bench, .lossy = true};
        packet.sequence = (uint64_t)i;
        const char *there = drill_path_send(bench.link, &packet, 0);
        packet.direction = 1;
        const char *back = drill_path_send(bench.link, &packet, 0);
        differ += (there == NULL) != (back == NULL) ? 1 : 0;
    }
    ck_assert_uint_gt(differ, 10);
    ck_assert_uint_lt(differ, 54);
    drill_path_forget(bench.link, &bench);
    close_bench();
}
END_TEST

START_TEST(rate_sends_one_after_the_other) {
    /* 8000 bit/s: a byte each millisecond */
    open_bench((DrillLinkSettings){.rate_bits_per_s = 8000, .delay_ns = 7}, 1);
    for (int i = 0; i < 5; i++) {
        ck_assert_ptr_null(send_packet(10, true));
    }
    run();
    ck_assert_uint_eq(bench.last_ns, 50 * MS + 7);
    ck_assert_uint_eq(delay_of_one(), 100 * MS + 7); /* idle again */
    DrillLinkSettings odd = {.rate_bits_per_s = 3};
    drill_link_set(bench.link, 0, &odd);
    uint64_t sent_ns = drill_queue_now_ns(bench.queue);
    send_packet(1, true);
    run();
    ck_assert_uint_eq(bench.last_ns - sent_ns, 2666666667); /* rounded up */
    close_bench();
}
END_TEST

START_TEST(full_queue_drops_the_newest) {
    open_bench((DrillLinkSettings){.rate_bits_per_s = 8000, .queue_bytes = 30}, 1);
    ck_assert_ptr_null(send_packet(100, true)); /* need not wait: passes whatever its size */
    run();
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_null(send_packet(10, true)); /* fills it, counting what is being sent */
    }
    ck_assert_str_eq(send_packet(1, true), "queue");
    ck_assert_ptr_null(send_packet(50, false)); /* may not be lost: waits */
    run();
    ck_assert_uint_eq(bench.arrived, 5);
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).lost_packets, 1);
    ck_assert_ptr_null(send_packet(10, true));
    run();
    close_bench();
}
END_TEST

START_TEST(mask_says_exactly_what_passes) {
    open_bench((DrillLinkSettings){.loss_numerator = 1, .loss_denominator = 1}, 1);
    ck_assert_int_eq(drill_link_mask(bench.link, 0, drill_span_of("10 1")), DRILL_INVALID);
    ck_assert_int_eq(drill_link_mask(bench.link, 0, drill_span_of("1011")), DRILL_OK);
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).mask_left, 4);
    for (int i = 0; i < 3; i++) {
        send_packet(1, true);
        ck_assert_ptr_null(send_packet(1, false)); /* neither obeys nor uses it up */
    }
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).mask_left, 1);
    ck_assert_ptr_null(send_packet(1, true));
    ck_assert_str_eq(send_packet(1, true), "loss"); /* as set again */
    ck_assert_str_eq(bench.verdicts, "11011110");
    run();
    close_bench();
}
END_TEST

START_TEST(partition_loses_what_may_be_lost) {
    open_bench((DrillLinkSettings){.delay_ns = 100}, 1);
    send_packet(1, true); /* on its way already */
    drill_link_partition(bench.link, 0, 1000);
    ck_assert_str_eq(send_packet(1, true), "partition");
    ck_assert_ptr_null(send_packet(1, false));
    run();
    ck_assert_uint_eq(bench.arrived, 2);
    ck_assert_uint_eq(bench.last_ns, 1000);
    ck_assert_uint_eq(delay_of_one(), 100);
    drill_link_partition(bench.link, 0, DRILL_NEVER);
    ck_assert_str_eq(send_packet(1, true), "partition");
    drill_link_partition(bench.link, 0, drill_queue_now_ns(bench.queue));
    ck_assert_uint_eq(delay_of_one(), 100);
    close_bench();
}
END_TEST

START_TEST(stall_can_be_changed_while_packets_wait) {
    open_bench((DrillLinkSettings){.delay_ns = 100}, 1);
    drill_link_stall(bench.link, 0, DRILL_NEVER);
    send_packet(1, true);
    send_packet(1, false);
    run();
    ck_assert_uint_eq(bench.arrived, 0);
    drill_link_stall(bench.link, 0, 5000);
    ck_assert_uint_eq(drill_queue_next_ns(bench.queue), 5000);
    drill_link_stall(bench.link, 0, 300);
    run();
    ck_assert_uint_eq(bench.arrived, 2);
    ck_assert_uint_eq(bench.last_ns, 300);
    close_bench();
}
END_TEST

START_TEST(forgotten_packets_never_arrive) {
    open_bench((DrillLinkSettings){.delay_ns = 100}, 1);
    for (int i = 0; i < 20; i++) {
        send_packet(1, true);
    }
    drill_path_forget(bench.link, &bench);
    ck_assert_uint_eq(drill_queue_count(bench.queue), 0);
    ck_assert_uint_eq(delay_of_one(), 100);
    close_bench();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/link");
    TCase *tcase = tcase_create("link");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, nothing_set_changes_nothing);
    tcase_add_test(tcase, delay_is_exact);
    tcase_add_loop_test(tcase, jitter_is_uniform, 0, 3);
    tcase_add_test(tcase, jitter_never_arrives_before_it_was_sent);
    tcase_add_test(tcase, loss_at_its_extremes);
    tcase_add_loop_test(tcase, loss_has_its_rate, 0, 5);
    tcase_add_test(tcase, impairments_do_not_move_each_others_draws);
    tcase_add_test(tcase, jitter_is_drawn_by_packet_number);
    tcase_add_test(tcase, directions_and_links_draw_apart);
    tcase_add_test(tcase, rate_sends_one_after_the_other);
    tcase_add_test(tcase, full_queue_drops_the_newest);
    tcase_add_test(tcase, mask_says_exactly_what_passes);
    tcase_add_test(tcase, partition_loses_what_may_be_lost);
    tcase_add_test(tcase, stall_can_be_changed_while_packets_wait);
    tcase_add_test(tcase, forgotten_packets_never_arrive);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
