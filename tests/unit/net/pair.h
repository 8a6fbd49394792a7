/* Two ends of one connection that write down everything they are told. Included by each net suite.
 */
#ifndef DRILL_TESTS_NET_PAIR_H
#define DRILL_TESTS_NET_PAIR_H

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/transport.h"
#include "unit/suite.h"

#define MS DRILL_NS_PER_MS

typedef struct PairSide {
    DrillBuffer received;
    bool opened;
    uint64_t opened_ns;
    bool closed;
    uint64_t closed_ns;
    DrillCloseHow how;
    bool half;
    uint64_t last_received_ns;
    /* what the owner does from inside hooks */
    bool echo;              /* sends back what it gets */
    bool close_when_closed; /* FIN for FIN */
    uint64_t close_after;   /* closes as soon as so many bytes came; 0: not */
    DrillCloseHow close_how;
    uint64_t cut_after; /* cuts as soon as so many bytes came; 0: not */
} PairSide;

typedef struct Pair {
    DrillArena *arena;
    DrillAllocator allocator;
    DrillQueue *queue;
    DrillLink *link;
    DrillTransport *transport;
    PairSide sides[2];
    DrillBuffer log; /* one line per hook and net event */
    unsigned depth[2];
    uint64_t retransmits, rtos, lost, cuts, gave_up;
    uint64_t last_rto_ns; /* when */
    uint64_t last_rto_value;
} Pair;

static inline void pair_opened(void *context, int side, uint64_t now_ns) {
    Pair *pair = context;
    ck_assert(!pair->sides[side].opened && !pair->sides[side].closed);
    pair->sides[side].opened = true;
    pair->sides[side].opened_ns = now_ns;
    drill_buffer_print(&pair->log, "%" PRIu64 " opened %d\n", now_ns, side);
}

static inline void pair_received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    Pair *pair = context;
    PairSide *at = &pair->sides[side];
    ck_assert(at->opened && !at->closed);
    ck_assert_uint_eq(pair->depth[side]++, 0);
    ck_assert_uint_gt(bytes.size, 0);
    drill_buffer_put(&at->received, bytes.data, bytes.size);
    at->last_received_ns = now_ns;
    drill_buffer_print(&pair->log, "%" PRIu64 " received %d %zu\n", now_ns, side, bytes.size);
    ck_assert_uint_eq(drill_transport_delivered_bytes(pair->transport, 1 - side),
                      at->received.size);
    if (at->echo) {
        drill_transport_send(pair->transport, side, bytes, now_ns);
    }
    if (at->close_after != 0 && at->received.size >= at->close_after) {
        at->close_after = 0;
        drill_transport_close(pair->transport, side, at->close_how, false, now_ns);
        at->closed = true; /* nothing more may come */
    }
    if (at->cut_after != 0 && at->received.size >= at->cut_after) {
        at->cut_after = 0;
        drill_transport_cut(pair->transport, DRILL_CLOSE_RST, now_ns);
    }
    pair->depth[side]--;
}

static inline void pair_closed(void *context, int side, DrillCloseHow how, bool half,
                               uint64_t now_ns) {
    Pair *pair = context;
    PairSide *at = &pair->sides[side];
    ck_assert(!at->closed);
    ck_assert_uint_eq(pair->depth[side], 0);
    at->closed = true;
    at->closed_ns = now_ns;
    at->how = how;
    at->half = half;
    drill_buffer_print(&pair->log, "%" PRIu64 " closed %d %s %d\n", now_ns, side,
                       drill_close_name(how), half);
    if (at->close_when_closed && half) {
        drill_transport_close(pair->transport, side, DRILL_CLOSE_FIN, false, now_ns);
    }
}

static inline void pair_event(void *context, const DrillNetEvent *event, uint64_t now_ns) {
    Pair *pair = context;
    drill_buffer_print(&pair->log,
                       "%" PRIu64 " event %d d%d %s %s @%" PRIu64 "+%" PRIu32 " %" PRIu64 "\n",
                       now_ns, (int)event->kind, event->direction, event->reason, event->flags,
                       event->offset, event->bytes, event->value);
    switch (event->kind) {
    case DRILL_NET_LOST:
        pair->lost++;
        break;
    case DRILL_NET_RETRANSMIT:
        pair->retransmits++;
        break;
    case DRILL_NET_RTO:
        pair->rtos++;
        pair->last_rto_ns = now_ns;
        pair->last_rto_value = event->value;
        break;
    case DRILL_NET_GAVE_UP:
        pair->gave_up++;
        break;
    case DRILL_NET_CUT:
        pair->cuts++;
        break;
    case DRILL_NET_SEGMENT_SENT:
    case DRILL_NET_SEGMENT_RECEIVED:
        break;
    }
}

typedef struct PairOptions {
    DrillTransportKind kind;
    DrillArenaKind arena;
    uint64_t seed;
    DrillLinkSettings direction[2];
    bool segments;
    const DrillTcpSettings *tcp; /* NULL: as installed */
    void (*observe)(void *pair, const DrillNetEvent *event, uint64_t now_ns); /* NULL: pair_event */
} PairOptions;

static inline Pair *pair_new(const PairOptions *options) {
    DrillArena *arena = drill_arena_new(options->arena, (size_t)256 << 20);
    ck_assert_ptr_nonnull(arena);
    DrillAllocator allocator = drill_arena_allocator(arena);
    Pair *pair = DRILL_NEW(allocator, Pair);
    pair->arena = arena;
    pair->allocator = allocator;
    pair->queue = drill_queue_new(allocator);
    pair->log.allocator = allocator;
    pair->sides[0].received.allocator = allocator;
    pair->sides[1].received.allocator = allocator;
    DrillLinkOptions link = {.queue = pair->queue,
                             .allocator = allocator,
                             .seed = options->seed,
                             .name = "client",
                             .direction = {options->direction[0], options->direction[1]}};
    pair->link = drill_link_new(&link);
    DrillTransportOptions transport = {
        .kind = options->kind,
        .link = pair->link,
        .hooks = {pair, pair_opened, pair_received, pair_closed},
        .observer = {pair, options->observe != NULL ? options->observe : pair_event,
                     options->segments},
        .number = 7,
        .tcp = options->tcp,
    };
    pair->transport = drill_transport_open(&transport, 0);
    ck_assert(!pair->sides[0].opened); /* never from inside open */
    return pair;
}

/* Both directions alike, no rate. */
static inline Pair *pair_simple(DrillTransportKind kind, uint64_t delay_ns) {
    PairOptions options = {.kind = kind, .arena = DRILL_ARENA_BLOCK, .seed = 1};
    options.direction[0].delay_ns = delay_ns;
    options.direction[1].delay_ns = delay_ns;
    return pair_new(&options);
}

static inline void pair_free(Pair *pair) {
    DrillQueue *queue = pair->queue;
    drill_transport_free(pair->transport);
    drill_link_free(pair->link);
    ck_assert_uint_eq(drill_queue_count(queue), 0); /* nothing is left behind */
    drill_queue_free(queue);
    drill_arena_free(pair->arena);
}

/* Until nothing is pending or the given time. */
static inline void pair_run(Pair *pair, uint64_t until_ns) {
    while (drill_queue_next_ns(pair->queue) <= until_ns && drill_queue_fire(pair->queue)) {
    }
    uint64_t next_ns = drill_queue_next_ns(pair->queue);
    if (until_ns != DRILL_NEVER && next_ns > until_ns) {
        drill_queue_advance(pair->queue, until_ns);
    }
}

static inline uint64_t pair_now(const Pair *pair) {
    return drill_queue_now_ns(pair->queue);
}

/* Byte i of a direction's stream is a function of i, so that any loss, doubling or swap shows. */
static inline uint8_t pair_byte(int direction, uint64_t offset) {
    return (uint8_t)((offset * 167 + (offset >> 8) * 13 + (offset >> 16) * 7 +
                      (uint64_t)direction * 91) &
                     0xff);
}

/* One write. */
static inline void pair_send(Pair *pair, int side, size_t size) {
    uint64_t offset = drill_transport_sent_bytes(pair->transport, side);
    uint8_t *bytes = malloc(size + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = pair_byte(side, offset + i);
    }
    drill_transport_send(pair->transport, side, drill_span(bytes, size), pair_now(pair));
    free(bytes);
}

/* What side `side` got is exactly the first `size` bytes of the far side's stream. */
static inline void pair_check(const Pair *pair, int side, size_t size) {
    const DrillBuffer *received = &pair->sides[side].received;
    ck_assert_uint_eq(received->size, size);
    for (size_t i = 0; i < size; i++) {
        if (received->data[i] != pair_byte(1 - side, i)) {
            ck_abort_msg("side %d: byte %zu is wrong", side, i);
        }
    }
}

#endif
