/* The path of one client: two directions, each a chain of impairments and a ring of packets under
 * way. */
#include <string.h>

#include "base/arena.h"
#include "net/path.h"
#include "net/toxic.h"

enum { FIRST_PACKETS = 8 };

/* The order in which a packet meets them. A packet lost by an earlier one is not seen, and not
 * drawn for, by a later one; draws are indexed by packet number, so that nobody's draws move when
 * another is taken away. */
static const DrillImpairment *const chain[] = {
    &drill_impair_mask,    &drill_impair_partition, &drill_impair_outage,  &drill_impair_nat,
    &drill_impair_mtu,     &drill_impair_rate,      &drill_impair_loss,    &drill_impair_markov,
    &drill_impair_gilbert, &drill_impair_replay,    &drill_impair_corrupt, &drill_impair_duplicate,
    &drill_impair_reorder, &drill_impair_delay,     &drill_impair_fin,     &drill_impair_slot,
    &drill_impair_stall,
};

static const char *const stream_names[DRILL_STREAMS] = {
    [DRILL_STREAM_LOSS] = "loss",           [DRILL_STREAM_JITTER] = "jitter",
    [DRILL_STREAM_MARKOV] = "markov",       [DRILL_STREAM_GILBERT] = "gilbert",
    [DRILL_STREAM_DUPLICATE] = "duplicate", [DRILL_STREAM_CORRUPT] = "corrupt",
    [DRILL_STREAM_REORDER] = "reorder",     [DRILL_STREAM_SLOT] = "slot",
    [DRILL_STREAM_SLICER] = "slicer",       [DRILL_STREAM_REPLAY] = "replay",
};

struct DrillLink {
    DrillQueue *queue;
    DrillAllocator allocator;
    uint64_t begun_ns;
    uint64_t address;
    DrillTransport *transports; /* a list: toxic.h */
    DrillPath paths[2];
};

static DrillStream name_stream(const DrillLinkOptions *options, int direction,
                               const char *purpose) {
    DrillBuffer name = {.allocator = options->allocator};
    drill_buffer_print(&name, "link/%s/%s/%s", options->name, direction == 0 ? "c>b" : "b>c",
                       purpose);
    DrillStream stream = drill_stream(options->seed, drill_buffer_cstring(&name));
    drill_buffer_release(&name);
    return stream;
}

DrillLink *drill_link_new(const DrillLinkOptions *options) {
    DrillLink *link = DRILL_NEW(options->allocator, DrillLink);
    link->queue = options->queue;
    link->allocator = options->allocator;
    link->begun_ns = drill_queue_now_ns(options->queue);
    for (int direction = 0; direction < 2; direction++) {
        DrillPath *path = &link->paths[direction];
        path->link = link;
        path->direction = direction;
        path->settings = options->direction[direction];
        path->mask.allocator = options->allocator;
        for (int i = 0; i < DRILL_STREAMS; i++) {
            path->streams[i] = name_stream(options, direction, stream_names[i]);
        }
    }
    return link;
}

static void free_loose(DrillPath *path) {
    for (size_t i = 0; i < path->loose_capacity; i++) {
        drill_queue_cancel(path->link->queue, path->loose[i].event);
    }
    if (path->loose != NULL) {
        drill_release(path->link->allocator, path->loose,
                      path->loose_capacity * sizeof(DrillLoose));
    }
}

void drill_link_free(DrillLink *link) {
    if (link == NULL) {
        return;
    }
    for (int direction = 0; direction < 2; direction++) {
        DrillPath *path = &link->paths[direction];
        drill_queue_cancel(link->queue, path->event);
        drill_buffer_release(&path->mask);
        drill_backlog_free(path);
        free_loose(path);
        if (path->packets != NULL) {
            drill_release(link->allocator, path->packets,
                          path->packets_capacity * sizeof(DrillPacket));
        }
    }
    drill_release(link->allocator, link, sizeof(*link));
}

DrillPath *drill_link_path(DrillLink *link, int direction) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    return &link->paths[direction];
}

DrillQueue *drill_link_queue(const DrillLink *link) {
    return link->queue;
}

DrillAllocator drill_link_allocator(const DrillLink *link) {
    return link->allocator;
}

const DrillLinkSettings *drill_link_settings(const DrillLink *link, int direction) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    return &link->paths[direction].settings;
}

void drill_link_set(DrillLink *link, int direction, const DrillLinkSettings *settings) {
    DrillPath *path = drill_link_path(link, direction);
    path->settings = *settings;
    path->set_number = path->stats.packets;
    path->set_ns = drill_queue_now_ns(link->queue);
    drill_toxics_changed(link);
}

DrillTransport **drill_link_transports(DrillLink *link) {
    return &link->transports;
}

void drill_link_change_address(DrillLink *link) {
    link->address++;
}

uint64_t drill_link_address(const DrillLink *link) {
    return link->address;
}

uint64_t drill_link_begun_ns(const DrillLink *link) {
    return link->begun_ns;
}

DrillLinkStats drill_link_stats(const DrillLink *link, int direction) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    const DrillPath *path = &link->paths[direction];
    DrillLinkStats stats = path->stats;
    stats.mask_left = path->mask.size - path->mask_used;
    return stats;
}

static DrillPacket *packet_at(DrillPath *path, size_t index) {
    return &path->packets[(path->packets_first + index) & (path->packets_capacity - 1)];
}

static void drop_first(DrillPath *path) {
    path->packets_first = (path->packets_first + 1) & (path->packets_capacity - 1);
    path->packets_count--;
}

static uint64_t leaves_ns(const DrillPath *path, const DrillPacket *packet) {
    uint64_t at_ns = packet->at_ns;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(chain); i++) {
        if (chain[i]->leave != NULL) {
            at_ns = chain[i]->leave(path, packet, at_ns);
        }
    }
    return at_ns;
}

/* A bit is wrong: whoever has a checksum never sees it. */
static void arrives(DrillPath *path, const DrillPacket *packet, uint64_t now_ns) {
    if (packet->corrupt && !(packet->takes_corrupt && path->settings.corrupt_deliver)) {
        drill_path_dropped(path, packet, "corrupt", now_ns);
        return;
    }
    packet->arrive(packet->context, packet, now_ns);
}

static void arm_first(DrillPath *path);

static void first_leaves(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    DrillPath *path = context;
    DrillPacket packet = *packet_at(path, 0);
    path->event = 0;
    drop_first(path);
    arm_first(path);
    arrives(path, &packet, now_ns);
}

/* --- out of order --- */

static void loose_leaves(void *context, uint64_t argument, uint64_t now_ns);

static void arm_loose(DrillPath *path, size_t index) {
    DrillQueue *queue = path->link->queue;
    DrillLoose *loose = &path->loose[index];
    uint64_t at_ns = leaves_ns(path, &loose->packet);
    if (at_ns == DRILL_NEVER) {
        drill_queue_cancel(queue, loose->event);
        loose->event = 0;
        return;
    }
    if (at_ns < drill_queue_now_ns(queue)) {
        at_ns = drill_queue_now_ns(queue);
    }
    if (!drill_queue_move(queue, loose->event, at_ns)) {
        loose->event = drill_queue_add(queue, at_ns, loose_leaves, path, index);
    }
}

static void free_slot(DrillPath *path, size_t index) {
    DrillLoose *loose = &path->loose[index];
    loose->used = false;
    loose->event = 0;
    loose->next_free = path->loose_free;
    path->loose_free = index + 1;
}

static void loose_leaves(void *context, uint64_t argument, uint64_t now_ns) {
    DrillPath *path = context;
    DrillPacket packet = path->loose[argument].packet;
    free_slot(path, (size_t)argument);
    arrives(path, &packet, now_ns);
}

static void add_loose(DrillPath *path, const DrillPacket *packet) {
    if (path->loose_free == 0) {
        size_t before = path->loose_capacity;
        size_t capacity = before == 0 ? FIRST_PACKETS : before * 2;
        path->loose = drill_reallocate(path->link->allocator, path->loose,
                                       before * sizeof(DrillLoose), capacity * sizeof(DrillLoose));
        path->loose_capacity = capacity;
        for (size_t i = capacity; i > before; i--) {
            free_slot(path, i - 1);
        }
    }
    size_t index = path->loose_free - 1;
    DrillLoose *loose = &path->loose[index];
    path->loose_free = loose->next_free;
    loose->packet = *packet;
    loose->used = true;
    loose->event = 0;
    arm_loose(path, index);
}

/* --- in order --- */

static void arm_first(DrillPath *path) {
    DrillQueue *queue = path->link->queue;
    while (path->packets_count > 0 && packet_at(path, 0)->context == NULL) {
        drop_first(path);
    }
    uint64_t at_ns = DRILL_NEVER;
    if (path->packets_count > 0) {
        at_ns = leaves_ns(path, packet_at(path, 0));
    }
    if (at_ns == DRILL_NEVER) {
        drill_queue_cancel(queue, path->event);
        path->event = 0;
        return;
    }
    if (at_ns < drill_queue_now_ns(queue)) {
        at_ns = drill_queue_now_ns(queue);
    }
    if (!drill_queue_move(queue, path->event, at_ns)) {
        path->event = drill_queue_add(queue, at_ns, first_leaves, path, 0);
    }
}

void drill_path_arm(DrillPath *path) {
    for (size_t i = 0; i < path->loose_capacity; i++) {
        if (path->loose[i].used) {
            arm_loose(path, i);
        }
    }
    arm_first(path);
}

static void grow_ring(DrillPath *path) {
    DrillAllocator allocator = path->link->allocator;
    size_t capacity = path->packets_capacity == 0 ? FIRST_PACKETS : path->packets_capacity * 2;
    DrillPacket *packets = DRILL_NEW_ARRAY(allocator, DrillPacket, capacity);
    for (size_t i = 0; i < path->packets_count; i++) {
        packets[i] = *packet_at(path, i);
    }
    if (path->packets != NULL) {
        drill_release(allocator, path->packets, path->packets_capacity * sizeof(DrillPacket));
    }
    path->packets = packets;
    path->packets_first = 0;
    path->packets_capacity = capacity;
}

static void add_in_order(DrillPath *path, const DrillPacket *packet) {
    if (path->packets_count == path->packets_capacity) {
        grow_ring(path);
    }
    path->packets_count++;
    *packet_at(path, path->packets_count - 1) = *packet;
    if (path->packets_count == 1) {
        arm_first(path);
    }
}

/* --- the chain --- */

static DrillPassage passage_of(const DrillPath *path, DrillPacket *packet, uint64_t number,
                               uint64_t now_ns) {
    const DrillLinkRow *row = drill_replay_row(path, now_ns);
    DrillPassage passage = {
        .packet = packet,
        .number = number,
        .now_ns = now_ns,
        .at_ns = now_ns,
        .delay_ns = row != NULL ? row->delay_ns : path->settings.delay_ns,
        .rate_bits_per_s = row != NULL ? row->rate_bits_per_s : path->settings.rate_bits_per_s,
        .loose = path->settings.overtaking && packet->lossy,
    };
    return passage;
}

/* Runs it through the chain from the impairment with this index on. */
static void run_chain(DrillPath *path, DrillPassage *passage, size_t from) {
    for (size_t i = from; i < DRILL_ARRAY_COUNT(chain); i++) {
        if (passage->lost != NULL || passage->waits) {
            return;
        }
        if (chain[i]->enter != NULL) {
            chain[i]->enter(path, passage);
        }
    }
}

static void set_out(DrillPath *path, const DrillPassage *passage) {
    DrillPacket packet = *passage->packet;
    packet.at_ns = passage->at_ns;
    for (int i = 0; i < (passage->twice ? 2 : 1); i++) {
        packet.copy = i == 1;
        packet.twice = passage->twice;
        if (passage->loose) {
            add_loose(path, &packet);
        } else {
            add_in_order(path, &packet);
        }
    }
}

const char *drill_path_send(DrillLink *link, const DrillPacket *sent, uint64_t now_ns) {
    DrillPath *path = drill_link_path(link, sent->direction);
    DrillPacket packet = *sent;
    packet.held = false;
    packet.copy = false;
    packet.twice = false;
    packet.corrupt = false;
    DrillPassage passage = passage_of(path, &packet, path->stats.packets, now_ns);
    passage.lost = packet.doomed;
    path->stats.packets++;
    path->stats.bytes += packet.wire_bytes;
    run_chain(path, &passage, 0);
    if (passage.lost != NULL) {
        path->stats.lost_packets++;
        return passage.lost;
    }
    if (!passage.waits) {
        set_out(path, &passage);
    }
    return NULL;
}

void drill_path_dropped(DrillPath *path, const DrillPacket *packet, const char *reason,
                        uint64_t now_ns) {
    path->stats.lost_packets += packet->copy ? 0 : 1;
    if (packet->context != NULL && packet->lost != NULL) {
        packet->lost(packet->context, packet, reason, now_ns);
    }
}

void drill_path_resume(DrillPath *path, DrillWaiting *waiting, uint64_t at_ns, uint64_t now_ns) {
    size_t next = 0;
    while (chain[next] != &drill_impair_rate) {
        next++;
    }
    DrillPassage passage = passage_of(path, &waiting->packet, waiting->number, now_ns);
    passage.at_ns = at_ns;
    passage.certain = waiting->certain;
    run_chain(path, &passage, next + 1);
    if (passage.lost != NULL) {
        drill_path_dropped(path, &waiting->packet, passage.lost, now_ns);
    } else {
        set_out(path, &passage);
    }
}

void drill_path_forget(DrillLink *link, const void *context) {
    for (int direction = 0; direction < 2; direction++) {
        DrillPath *path = &link->paths[direction];
        for (size_t i = 0; i < path->packets_count; i++) {
            DrillPacket *packet = packet_at(path, i);
            if (packet->context == context) {
                packet->context = NULL;
            }
        }
        for (size_t i = 0; i < path->loose_capacity; i++) {
            DrillLoose *loose = &path->loose[i];
            if (loose->used && loose->packet.context == context) {
                drill_queue_cancel(link->queue, loose->event);
                free_slot(path, i);
            }
        }
        drill_backlog_forget(path, context);
        drill_path_arm(path);
    }
}
