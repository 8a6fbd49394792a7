/* The impairments of packets one by one: off, extremes, exact effects, and that none moves the
 * draws of another. Packets are watched through the link's inside interface. */
#include <stdio.h>

#include "net/path.h"
#include "net/settings.h"
#include "pair.h"

enum { NUMBERS_MAX = 400 };

typedef struct Bench {
    DrillArena *arena;
    DrillQueue *queue;
    DrillLink *link;
    uint64_t sent;
    size_t arrived;
    uint64_t numbers[NUMBERS_MAX], times_ns[NUMBERS_MAX];
    bool corrupt[NUMBERS_MAX];
    const char *lost[NUMBERS_MAX]; /* by number; NULL: not */
    DrillTrail trail;
} Bench;

static Bench bench;

static void arrive(void *context, const DrillPacket *packet, uint64_t now_ns) {
    ck_assert_ptr_eq(context, &bench);
    ck_assert_uint_lt(bench.arrived, NUMBERS_MAX);
    bench.numbers[bench.arrived] = packet->sequence;
    bench.corrupt[bench.arrived] = packet->corrupt;
    bench.times_ns[bench.arrived++] = now_ns;
}

static void lost(void *context, const DrillPacket *packet, const char *reason, uint64_t now_ns) {
    (void)now_ns;
    ck_assert_ptr_eq(context, &bench);
    bench.lost[packet->sequence] = reason;
}

static void set(const char *text) {
    DrillLinkSettings pair[2] = {{0}, {0}};
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_link_pair_parse(pair, drill_span_of(text), &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    for (int i = 0; i < 2; i++)
        drill_link_set(bench.link, i, &pair[i]);
}

static void open_bench(const char *text) {
    memset(&bench, 0, sizeof bench);
    bench.arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)64 << 20);
    DrillAllocator allocator = drill_arena_allocator(bench.arena);
    bench.queue = drill_queue_new(allocator);
    DrillLinkOptions options = {
        .queue = bench.queue, .allocator = allocator, .seed = 7, .name = "c1"};
    bench.link = drill_link_new(&options);
    set(text);
}

static void close_bench(void) {
    drill_link_free(bench.link);
    ck_assert_uint_eq(drill_queue_count(bench.queue), 0);
    drill_queue_free(bench.queue);
    drill_arena_free(bench.arena);
}

static void send_as(DrillPacket packet) {
    packet.arrive = arrive;
    packet.lost = lost;
    packet.context = &bench;
    packet.sequence = bench.sent;
    bench.lost[bench.sent] = drill_path_send(bench.link, &packet, drill_queue_now_ns(bench.queue));
    bench.sent++;
}

static void send_bytes(uint32_t bytes) {
    send_as((DrillPacket){.lossy = true, .wire_bytes = bytes});
}

static void run(void) {
    while (drill_queue_fire(bench.queue)) {
    }
}

static void wait_until(uint64_t at_ns) {
    while (drill_queue_next_ns(bench.queue) <= at_ns)
        drill_queue_fire(bench.queue);
    drill_queue_advance(bench.queue, at_ns);
}

static size_t count_lost(const char *reason) {
    size_t count = 0;
    for (size_t i = 0; i < bench.sent; i++)
        count += bench.lost[i] != NULL && strcmp(bench.lost[i], reason) == 0;
    return count;
}

/* --- independence of draws --- */

static const char *const random_ones[] = {
    "loss=30%",
    "loss=30%,loss_correlation=50%",
    "loss_markov=20%:30%:20%:50%:5%",
    "loss_gilbert=20%:30%:80%:10%",
    "corrupt=30%",
    "corrupt=30%,corrupt_correlation=50%",
};
static const char *const others[] = {
    "delay=70ns",
    "jitter=50us,distribution=pareto",
    "duplicate=50%",
    "reorder=50%",
    "rate=100Mbit,overhead=7",
    "mtu=1000",
    "slot=5us,slot_max=9us",
};

/* What was lost to the impairment `mine`, among the packets that `theirs` did not take. */
static void fates(const char *text, const char *const mine, bool masked, char out[201]) {
    open_bench(text);
    if (masked) {
        DrillResult result = drill_link_mask(bench.link, 0, drill_span_of("0101100101"));
        ck_assert_int_eq(result, DRILL_OK);
    }
    for (int i = 0; i < 200; i++)
        send_bytes(100);
    run();
    for (int i = 0; i < 200; i++)
        out[i] = bench.lost[i] == NULL ? '1' : strcmp(bench.lost[i], mine) == 0 ? '0' : '-';
    out[200] = '\0';
    close_bench();
}

START_TEST(nobody_moves_the_draws_of_another) {
    static const char *const reasons[] = {"loss",    "loss",    "markov",
                                          "gilbert", "corrupt", "corrupt"};
    char alone[201], together[201], text[200];
    fates(random_ones[_i], reasons[_i], false, alone);
    ck_assert_ptr_nonnull(strchr(alone, '0'));
    ck_assert_ptr_nonnull(strchr(alone, '1'));
    for (size_t k = 0; k < DRILL_ARRAY_COUNT(others); k++) {
        snprintf(text, sizeof text, "%s,%s", random_ones[_i], others[k]);
        fates(text, reasons[_i], false, together);
        ck_assert_str_eq(together, alone);
    }
    fates(random_ones[_i], reasons[_i], true, together); /* packets that never come so far */
    ck_assert_str_eq(together + 10, alone + 10);
    if (strcmp(reasons[_i], "loss") != 0) {
        snprintf(text, sizeof text, "%s,loss=20%%", random_ones[_i]);
        fates(text, reasons[_i], false, together);
        for (int i = 0; i < 200; i++)
            ck_assert(together[i] == '-' || together[i] == alone[i]);
    }
}
END_TEST

/* --- one by one --- */

START_TEST(extremes_of_loss_models) {
    open_bench("loss_gilbert=0:1");
    for (int i = 0; i < 100; i++)
        send_bytes(1);
    ck_assert_uint_eq(count_lost("gilbert"), 0);
    set("loss_gilbert=1:0"); /* bad from the second packet on, for ever */
    for (int i = 0; i < 100; i++)
        send_bytes(1);
    ck_assert_uint_eq(count_lost("gilbert"), 99);
    set("loss_markov=1:0");
    for (int i = 0; i < 100; i++)
        send_bytes(1);
    ck_assert_uint_eq(count_lost("markov"), 100);
    send_as((DrillPacket){.lossy = false});
    run();
    ck_assert_uint_eq(bench.arrived, 102);
    close_bench();
}
END_TEST

START_TEST(markov_alone_loses_every_other) {
    open_bench("loss_markov=0:1:0:1:1");
    for (int i = 0; i < 10; i++)
        send_bytes(1);
    for (int i = 0; i < 10; i++)
        ck_assert((bench.lost[i] != NULL) == (i % 2 == 0));
    run();
    close_bench();
}
END_TEST

START_TEST(duplicates_follow_the_first) {
    open_bench("duplicate=1,delay=5us");
    send_bytes(1);
    send_as((DrillPacket){.lossy = false});
    run();
    ck_assert_uint_eq(bench.arrived, 3);
    ck_assert_uint_eq(bench.numbers[0], 0);
    ck_assert_uint_eq(bench.numbers[1], 0);
    ck_assert_uint_eq(bench.numbers[2], 1);
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).duplicated, 1);
    close_bench();
}
END_TEST

START_TEST(corrupt_packets_are_dropped_at_the_end) {
    open_bench("corrupt=1,delay=5us");
    send_bytes(1);
    ck_assert_ptr_null(bench.lost[0]); /* it is under way */
    run();
    ck_assert_str_eq(bench.lost[0], "corrupt");
    ck_assert_uint_eq(drill_queue_now_ns(bench.queue), 5000);
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).lost_packets, 1);
    send_as((DrillPacket){.lossy = true, .takes_corrupt = true});
    run();
    ck_assert_uint_eq(bench.arrived, 0);
    set("corrupt=1,corrupt_deliver=true");
    send_as((DrillPacket){.lossy = true, .takes_corrupt = true});
    send_bytes(1);
    run();
    ck_assert_uint_eq(bench.arrived, 1);
    ck_assert(bench.corrupt[0]);
    close_bench();
}
END_TEST

START_TEST(reordered_packets_are_ahead) {
    open_bench("reorder=1,reorder_gap=3,delay=1ms");
    for (int i = 0; i < 6; i++)
        send_bytes(1);
    run();
    static const uint64_t expected[] = {2, 5, 0, 1, 3, 4};
    ck_assert_mem_eq(bench.numbers, expected, sizeof expected);
    ck_assert_uint_eq(drill_link_stats(bench.link, 0).reordered, 2);
    close_bench();
}
END_TEST

START_TEST(order_is_kept_unless_told_otherwise) {
    open_bench("delay=1ms");
    send_bytes(1);
    set("delay=1us");
    send_bytes(1);
    set("delay=1us,fifo=false");
    send_bytes(1);
    send_as((DrillPacket){.lossy = false}); /* a stream stays in order */
    run();
    static const uint64_t expected[] = {2, 0, 1, 3};
    ck_assert_mem_eq(bench.numbers, expected, sizeof expected);
    close_bench();
}
END_TEST

START_TEST(loose_packets_stall_and_are_forgotten) {
    open_bench("delay=10us,fifo=false");
    for (int i = 0; i < 20; i++)
        send_bytes(1);
    drill_link_stall(bench.link, 0, DRILL_NEVER);
    run();
    ck_assert_uint_eq(bench.arrived, 0);
    drill_link_stall(bench.link, 0, 50000);
    run();
    ck_assert_uint_eq(bench.arrived, 20);
    ck_assert_uint_eq(bench.times_ns[19], 50000);
    for (int i = 0; i < 20; i++)
        send_bytes(1);
    drill_path_forget(bench.link, &bench);
    run();
    ck_assert_uint_eq(bench.arrived, 20);
    close_bench();
}
END_TEST

START_TEST(overheads_cost_time) {
    open_bench("rate=8kbit,overhead=10"); /* a byte each millisecond */
    send_bytes(90);
    run();
    ck_assert_uint_eq(drill_queue_now_ns(bench.queue), 100 * MS);
    set("rate=8kbit,overhead=8,cell=48,cell_overhead=5"); /* ATM */
    send_bytes(92);
    run();
    ck_assert_uint_eq(drill_queue_now_ns(bench.queue), 100 * MS + 3 * 53 * MS);
    close_bench();
}
END_TEST

START_TEST(queues_count_packets_and_bytes) {
    open_bench("rate=8kbit,queue_packets=3,delay=1ms");
    for (int i = 0; i < 5; i++)
        send_bytes(10);
    ck_assert_uint_eq(count_lost("queue"), 2); /* nothing is being sent before time moves */
    wait_until(5 * MS);
    send_bytes(10); /* one is being sent, two wait */
    send_bytes(10);
    ck_assert_uint_eq(count_lost("queue"), 3);
    send_as((DrillPacket){.lossy = false, .wire_bytes = 10});
    run();
    ck_assert_uint_eq(bench.arrived, 5);
    ck_assert_uint_eq(bench.times_ns[0], 11 * MS);
    ck_assert_uint_eq(bench.times_ns[4], 51 * MS);
    set("rate=8kbit,queue_packets=100,queue=25");
    uint64_t before = bench.sent;
    for (int i = 0; i < 4; i++)
        send_bytes(10);
    for (uint64_t i = before; i < before + 4; i++)
        ck_assert((bench.lost[i] != NULL) == (i >= before + 2));
    drill_path_forget(bench.link, &bench);
    run();
    ck_assert_uint_eq(bench.arrived, 5);
    close_bench();
}
END_TEST

/* 1000 bytes each 5 ms into a link that takes 8 ms for them: the queue grows by 3 ms a packet. With
 * CoDel the wait stays near the target; the first drop comes an interval after the target was
 * passed (RFC 8289, section 4.2). */
START_TEST(codel_keeps_the_wait_short) {
    uint64_t longest_ns[2];
    for (int codel = 0; codel < 2; codel++) {
        open_bench(codel ? "rate=1Mbit,discipline=codel" : "rate=1Mbit,queue_packets=1000");
        uint64_t first_drop_ns = 0;
        for (uint64_t i = 0; i < 350; i++) {
            wait_until(i * 5 * MS);
            send_bytes(1000);
            if (first_drop_ns == 0 && count_lost("codel") > 0)
                first_drop_ns = drill_queue_now_ns(bench.queue);
        }
        run();
        longest_ns[codel] = 0;
        for (size_t i = 0; i < bench.arrived; i++) {
            uint64_t wait_ns = bench.times_ns[i] - bench.numbers[i] * 5 * MS;
            if (wait_ns > longest_ns[codel]) longest_ns[codel] = wait_ns;
        }
        if (codel) {
            ck_assert_uint_gt(first_drop_ns, 105 * MS);
            ck_assert_uint_lt(first_drop_ns, 150 * MS);
            ck_assert_uint_eq(bench.arrived + count_lost("codel"), 350);
        }
        close_bench();
    }
    ck_assert_uint_gt(longest_ns[0], 1000 * MS);
    ck_assert_uint_lt(longest_ns[1], longest_ns[0] / 2);
}
END_TEST

START_TEST(slots_make_bursts) {
    open_bench("slot=10ms,slot_packets=2");
    for (int i = 0; i < 5; i++)
        send_bytes(1);
    run();
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(bench.times_ns[i], (i / 2 + 1) * 10 * MS);
    set("slot=1ms,slot_bytes=100");
    uint64_t now_ns = drill_queue_now_ns(bench.queue);
    send_bytes(60);
    send_bytes(60);
    send_bytes(40);
    run();
    ck_assert_uint_eq(bench.times_ns[5], now_ns + 1 * MS);
    ck_assert_uint_eq(bench.times_ns[6], now_ns + 2 * MS);
    ck_assert_uint_eq(bench.times_ns[7], now_ns + 2 * MS);
    close_bench();
}
END_TEST

START_TEST(mtu_swallows_what_is_bigger) {
    open_bench("mtu=500");
    send_bytes(500);
    send_bytes(501);
    ck_assert_uint_eq(count_lost("mtu"), 1);
    ck_assert_uint_eq(drill_link_mtu_told(bench.link, 0), 0);
    set("mtu=500,mtu_tell=true");
    ck_assert_uint_eq(drill_link_mtu_told(bench.link, 0), 500);
    run();
    close_bench();
}
END_TEST

static void send_trailed(void) {
    send_as((DrillPacket){.lossy = true, .trail = &bench.trail});
}

START_TEST(nat_forgets_the_silent) {
    open_bench("nat_idle=10s");
    send_trailed();
    wait_until(10 * DRILL_NS_PER_S);
    send_trailed(); /* just in time */
    wait_until(20 * DRILL_NS_PER_S);
    send_as((DrillPacket){.lossy = true, .trail = &bench.trail, .direction = 1});
    wait_until(30 * DRILL_NS_PER_S + 1);
    send_trailed();
    send_trailed(); /* and for good */
    ck_assert_uint_eq(count_lost("nat"), 2);
    bench.trail = (DrillTrail){0}; /* another connection */
    send_trailed();
    ck_assert_uint_eq(count_lost("nat"), 2);
    run();
    close_bench();
}
END_TEST

START_TEST(a_new_address_forgets_old_connections) {
    open_bench("rebind=60s");
    send_trailed();
    wait_until(59 * DRILL_NS_PER_S);
    send_trailed();
    wait_until(60 * DRILL_NS_PER_S);
    send_trailed();
    ck_assert_uint_eq(count_lost("address"), 1);
    bench.trail = (DrillTrail){0};
    send_trailed();
    drill_link_change_address(bench.link);
    send_trailed();
    ck_assert_uint_eq(count_lost("address"), 2);
    run();
    close_bench();
}
END_TEST

START_TEST(outages_come_and_go) {
    open_bench("outage=10s/60s");
    static const uint64_t at_s[] = {0, 49, 50, 59, 60, 110};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(at_s); i++) {
        wait_until(at_s[i] * DRILL_NS_PER_S);
        send_bytes(1);
        ck_assert((bench.lost[i] != NULL) == (at_s[i] % 60 >= 50));
    }
    set("outage=120s-130s+200s-201s");
    send_bytes(1);
    wait_until(120 * DRILL_NS_PER_S);
    send_bytes(1);
    wait_until(130 * DRILL_NS_PER_S);
    send_bytes(1);
    wait_until(200 * DRILL_NS_PER_S);
    send_bytes(1);
    ck_assert_uint_eq(count_lost("outage"), 3 + 2);
    run();
    close_bench();
}
END_TEST

START_TEST(recorded_links_are_replayed) {
    open_bench("delay=1ms");
    DrillLinkSettings settings = {.delay_ns = 1 * MS};
    const char *text = "1s,20ms,8kbit,0\n2s,0,0,1\n3s,5ms,0,0\n";
    ck_assert_int_eq(drill_link_replay_parse(drill_span_of(text),
                                             drill_arena_allocator(bench.arena), &settings, NULL),
                     DRILL_OK);
    drill_link_set(bench.link, 0, &settings);
    for (uint64_t s = 0; s < 5; s++) {
        wait_until(s * DRILL_NS_PER_S);
        send_bytes(10);
    }
    run();
    ck_assert_uint_eq(bench.times_ns[0], 1 * MS);
    ck_assert_uint_eq(bench.times_ns[1], 1000 * MS + 10 * MS + 20 * MS);
    ck_assert_str_eq(bench.lost[2], "replay");
    ck_assert_uint_eq(bench.times_ns[2], 3005 * MS);
    ck_assert_uint_eq(bench.times_ns[3], 4005 * MS);
    close_bench();
}
END_TEST

START_TEST(fins_can_be_late) {
    open_bench("delay=1ms,fin_delay=1s");
    send_as((DrillPacket){.lossy = true, .fin = true});
    send_bytes(1);
    run();
    ck_assert_uint_eq(bench.numbers[0], 1);
    ck_assert_uint_eq(bench.times_ns[1], 1001 * MS);
    close_bench();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/link_impair");
    TCase *tcase = tcase_create("impairments");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, nobody_moves_the_draws_of_another, 0,
                        DRILL_ARRAY_COUNT(random_ones));
    tcase_add_test(tcase, extremes_of_loss_models);
    tcase_add_test(tcase, markov_alone_loses_every_other);
    tcase_add_test(tcase, duplicates_follow_the_first);
    tcase_add_test(tcase, corrupt_packets_are_dropped_at_the_end);
    tcase_add_test(tcase, reordered_packets_are_ahead);
    tcase_add_test(tcase, order_is_kept_unless_told_otherwise);
    tcase_add_test(tcase, loose_packets_stall_and_are_forgotten);
    tcase_add_test(tcase, overheads_cost_time);
    tcase_add_test(tcase, queues_count_packets_and_bytes);
    tcase_add_test(tcase, codel_keeps_the_wait_short);
    tcase_add_test(tcase, slots_make_bursts);
    tcase_add_test(tcase, mtu_swallows_what_is_bigger);
    tcase_add_test(tcase, nat_forgets_the_silent);
    tcase_add_test(tcase, a_new_address_forgets_old_connections);
    tcase_add_test(tcase, outages_come_and_go);
    tcase_add_test(tcase, recorded_links_are_replayed);
    tcase_add_test(tcase, fins_can_be_late);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
