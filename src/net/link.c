/* The path of one client: two directions, each a chain of impairments and a ring of packets under
 * way. */
#include <string.h>

#include "base/arena.h"
#include "net/path.h"

enum { FIRST_PACKETS = 8 };

/* The order in which a packet meets them. A packet lost by an earlier one is not seen, and not
 * drawn for, by a later one; draws are indexed by packet number, so that nobody's draws move when
 * another is taken away. */
static const DrillImpairment *const chain[] = {
    &drill_impair_mask, &drill_impair_partition, &drill_impair_rate,
    &drill_impair_loss, &drill_impair_delay,     &drill_impair_stall,
};

struct DrillLink {
    DrillQueue *queue;
    DrillAllocator allocator;
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
    for (int direction = 0; direction < 2; direction++) {
        DrillPath *path = &link->paths[direction];
        path->link = link;
        path->direction = direction;
        path->settings = options->direction[direction];
        path->mask.allocator = options->allocator;
        path->loss_stream = name_stream(options, direction, "loss");
        path->jitter_stream = name_stream(options, direction, "jitter");
    }
    return link;
}

void drill_link_free(DrillLink *link) {
    if (link == NULL) {
        return;
    }
    for (int direction = 0; direction < 2; direction++) {
        DrillPath *path = &link->paths[direction];
        drill_queue_cancel(link->queue, path->event);
        drill_buffer_release(&path->mask);
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
    drill_link_path(link, direction)->settings = *settings;
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

static void first_leaves(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    DrillPath *path = context;
    DrillPacket packet = *packet_at(path, 0);
    path->event = 0;
    drop_first(path);
    drill_path_arm(path);
    packet.arrive(packet.context, &packet, now_ns);
}

void drill_path_arm(DrillPath *path) {
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

const char *drill_path_send(DrillLink *link, const DrillPacket *sent, uint64_t now_ns) {
    DrillPath *path = drill_link_path(link, sent->direction);
    DrillPacket packet = *sent;
    DrillPassage passage = {.packet = &packet,
                            .number = path->stats.packets,
                            .now_ns = now_ns,
                            .at_ns = now_ns,
                            .lost = packet.doomed};
    packet.held = false;
    path->stats.packets++;
    path->stats.bytes += packet.wire_bytes;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(chain) && passage.lost == NULL; i++) {
        if (chain[i]->enter != NULL) {
            chain[i]->enter(path, &passage);
        }
    }
    if (passage.lost != NULL) {
        path->stats.lost_packets++;
        return passage.lost;
    }
    packet.at_ns = passage.at_ns;
    if (path->packets_count == path->packets_capacity) {
        grow_ring(path);
    }
    path->packets_count++;
    *packet_at(path, path->packets_count - 1) = packet;
    if (path->packets_count == 1) {
        drill_path_arm(path);
    }
    return NULL;
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
        drill_path_arm(path);
    }
}
