/* Which delivery is of which message: by topic and payload, and among equal ones in the order of
 * publication. What a client sent again is found by its Packet Identifier. */
#include "report/stats_ledger.h"

#include <string.h>

#include <mqttdrill/codec.h>

#include "check/model.h"

/* All messages of one topic and payload. */
typedef struct Group {
    size_t *messages;
    size_t count;
    size_t *got; /* by client: it has the first so many */
} Group;

/* The messages of one client's application: number 1 is at 0. */
typedef struct Published {
    size_t *messages;
    size_t count;
} Published;

typedef struct Subscription {
    size_t client;
    const char *filter;
    uint64_t from, until; /* numbers of the events of SUBSCRIBE and UNSUBSCRIBE */
} Subscription;

typedef struct Ledger {
    DrillStats *stats;
    DrillMap *groups;
    uint32_t *message_of; /* by event number of app.publish: index + 1 */
    size_t **exchanges;   /* by client: by Packet Identifier: index + 1 of its last message */
    Published *published; /* by client */
    Subscription *subscriptions;
    size_t subscription_count;
    bool *clean;   /* by client: its session ends with its connection */
    bool *arrived; /* by event number of mqtt.sent */
} Ledger;

static size_t client_of(const Ledger *ledger, DrillSpan name) {
    for (size_t i = 0; i < ledger->stats->client_count; i++) {
        if (drill_span_equal(ledger->stats->clients[i].name, name)) return i;
    }
    return SIZE_MAX;
}

static Group *group_of(Ledger *ledger, DrillSpan topic, DrillSpan payload, bool make) {
    DrillBuffer key = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_u64(&key, topic.size);
    drill_buffer_put_byte(&key, ' ');
    if (topic.size > 0) drill_buffer_put(&key, topic.data, topic.size);
    if (payload.size > 0) drill_buffer_put(&key, payload.data, payload.size);
    Group *group = drill_map_get(ledger->groups, drill_buffer_span(&key));
    if (group == NULL && make) {
        group = drill_pool_take(&ledger->stats->pool, sizeof *group);
        drill_map_set(ledger->groups, drill_buffer_span(&key), group);
    }
    drill_buffer_release(&key);
    return group;
}

static size_t add_message(Ledger *ledger, const DrillTraceEvent *event,
                          const DrillStatsMessage *message) {
    DrillStats *stats = ledger->stats;
    *DRILL_POOL_ADD(&stats->pool, stats->messages, stats->message_count) = *message;
    size_t index = stats->message_count - 1;
    DrillStatsMessage *added = &stats->messages[index];
    added->number = event->number;
    added->published_ns = event->time_ns;
    added->acked_ns = DRILL_NEVER;
    Group *group = group_of(ledger, message->topic, message->payload, true);
    *DRILL_POOL_ADD(&stats->pool, group->messages, group->count) = index;
    stats->clients[message->publisher].published++;
    if (stats->first_ns == DRILL_NEVER) stats->first_ns = event->time_ns;
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        const Subscription *one = &ledger->subscriptions[i];
        if (one->until != 0 || !drill_check_topic_matches(one->filter, message->topic)) continue;
        bool known = false;
        for (size_t k = 0; k < added->delivery_count; k++)
            known = known || added->deliveries[k].client == one->client;
        if (known) continue;
        *DRILL_POOL_ADD(&stats->pool, added->deliveries, added->delivery_count) =
            (DrillStatsDelivery){one->client, 0, DRILL_NEVER, DRILL_NEVER};
    }
    return index;
}

static void app_published(Ledger *ledger, const DrillTraceEvent *event) {
    size_t client = client_of(ledger, event->node);
    if (client == SIZE_MAX) return;
    DrillStatsMessage message = {.message = drill_trace_u64(event, "message"),
                                 .publisher = client,
                                 .qos = drill_trace_u64(event, "qos"),
                                 .retain = drill_trace_u64(event, "retain") != 0,
                                 .topic = drill_trace_text(event, "topic"),
                                 .payload = drill_trace_text(event, "payload")};
    size_t index = add_message(ledger, event, &message);
    ledger->message_of[event->number] = (uint32_t)index + 1;
    Published *published = &ledger->published[client];
    *DRILL_POOL_ADD(&ledger->stats->pool, published->messages, published->count) = index;
}

/* A PUBLISH of a client: of a message just handed over, of one sent before, or of a client whose
 * application we do not see. */
static void publish_sent(Ledger *ledger, const DrillTraceEvent *event, size_t client,
                         const DrillPublishPacket *publish) {
    DrillStats *stats = ledger->stats;
    if (ledger->exchanges[client] == NULL)
        ledger->exchanges[client] = drill_pool_take(&stats->pool, sizeof(size_t) * 65536);
    size_t *slot = &ledger->exchanges[client][publish->packet_identifier];
    size_t index = event->cause > 0 ? ledger->message_of[event->cause] : 0;
    bool known = publish->qos != DRILL_QOS_0 && *slot != 0;
    if (index == 0 && known) {
        const DrillStatsMessage *before = &stats->messages[*slot - 1];
        bool same = drill_span_equal(before->topic, publish->topic) &&
                    drill_span_equal(before->payload, publish->payload);
        if (same && (publish->dup || before->message != 0)) index = *slot;
    }
    /* Kept while it had no connection: handed over long ago, sent for the first time now. */
    Group *group = group_of(ledger, publish->topic, publish->payload, false);
    for (size_t i = 0; index == 0 && group != NULL && i < group->count; i++) {
        const DrillStatsMessage *waiting = &stats->messages[group->messages[i]];
        if (waiting->publisher == client && waiting->message != 0 && waiting->sent == 0)
            index = group->messages[i] + 1;
    }
    if (index == 0) {
        DrillStatsMessage message = {.publisher = client,
                                     .qos = publish->qos,
                                     .retain = publish->retain,
                                     .topic = publish->topic,
                                     .payload = publish->payload};
        index = add_message(ledger, event, &message) + 1;
    }
    DrillStatsMessage *message = &stats->messages[index - 1];
    message->sent++;
    message->identifier = publish->packet_identifier;
    if (message->sent > 1) stats->clients[client].resent++;
    if (!ledger->arrived[event->number]) message->lost++;
    if (publish->qos != DRILL_QOS_0) *slot = index;
}

static void subscribed(Ledger *ledger, const DrillTraceEvent *event, size_t client,
                       const DrillSubscribePacket *packet, bool subscribes) {
    size_t offset = 0;
    DrillFilter filter;
    while (drill_filters_next(packet->filters, subscribes, &offset, &filter)) {
        for (size_t i = 0; i < ledger->subscription_count; i++) {
            Subscription *one = &ledger->subscriptions[i];
            bool same = one->client == client && drill_span_is(filter.filter, one->filter);
            if (same && one->until == 0) one->until = event->number;
        }
        if (!subscribes) continue;
        Subscription *one =
            DRILL_POOL_ADD(&ledger->stats->pool, ledger->subscriptions, ledger->subscription_count);
        *one = (Subscription){client, drill_pool_span(&ledger->stats->pool, filter.filter),
                              event->number, 0};
    }
}

/* The subscriptions of a session that is no more. */
static void session_ended(Ledger *ledger, const DrillTraceEvent *event, size_t client) {
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        Subscription *one = &ledger->subscriptions[i];
        if (one->client == client && one->until == 0) one->until = event->number;
    }
}

static void connection_closed(Ledger *ledger, const DrillTraceEvent *event) {
    size_t client = client_of(ledger, event->node);
    if (client == SIZE_MAX || drill_trace_u64(event, "half") != 0) return;
    if (ledger->clean[client]) session_ended(ledger, event, client);
}

static void packet_sent(Ledger *ledger, const DrillTraceEvent *event) {
    size_t client = client_of(ledger, event->node);
    if (client == SIZE_MAX || drill_trace_u64(event, "whole") == 0) return;
    DrillPacket packet;
    DrillFault fault;
    DrillVersion version = drill_trace_version(&ledger->stats->file->versions, event);
    DrillSpan bytes = drill_trace_text(event, "bytes");
    if (drill_codec_decode(bytes, version, &packet, &fault) != DRILL_OK) return;
    if (packet.type == DRILL_CONNECT) {
        ledger->clean[client] = packet.as.connect.clean;
        if (packet.as.connect.clean) session_ended(ledger, event, client);
    }
    if (packet.type == DRILL_PUBLISH) publish_sent(ledger, event, client, &packet.as.publish);
    bool subscribes = packet.type == DRILL_SUBSCRIBE;
    if (subscribes || packet.type == DRILL_UNSUBSCRIBE)
        subscribed(ledger, event, client, &packet.as.subscribe, subscribes);
}

static void app_acked(Ledger *ledger, const DrillTraceEvent *event) {
    size_t client = client_of(ledger, event->node);
    DrillStats *stats = ledger->stats;
    uint64_t number = drill_trace_u64(event, "message");
    if (client == SIZE_MAX || number == 0 || number > ledger->published[client].count) return;
    DrillStatsMessage *message = &stats->messages[ledger->published[client].messages[number - 1]];
    if (message->acked_ns != DRILL_NEVER) return;
    message->acked_ns = event->time_ns;
    stats->clients[client].acked++;
}

static DrillStatsDelivery *delivery_to(const DrillStatsMessage *message, size_t client) {
    for (size_t i = 0; i < message->delivery_count; i++) {
        if (message->deliveries[i].client == client) return &message->deliveries[i];
    }
    return NULL;
}

/* The oldest of the group that this client has not got yet; when it has all, the last one again. */
static size_t message_for(DrillStats *stats, Group *group, size_t client) {
    if (group->got == NULL)
        group->got = drill_pool_take(&stats->pool, sizeof(size_t) * (stats->client_count + 1));
    size_t got = group->got[client];
    if (got == group->count) return group->messages[got - 1];
    group->got[client]++;
    return group->messages[got];
}

static void app_delivered(Ledger *ledger, const DrillTraceEvent *event) {
    DrillStats *stats = ledger->stats;
    size_t client = client_of(ledger, event->node);
    if (client == SIZE_MAX) return;
    DrillSpan payload = drill_trace_text(event, "payload");
    stats->clients[client].delivered++;
    stats->delivered++;
    stats->last_ns = event->time_ns;
    Group *group = group_of(ledger, drill_trace_text(event, "topic"), payload, false);
    if (group == NULL || group->count == 0) {
        stats->strangers++;
        return;
    }
    DrillStatsMessage *message = &stats->messages[message_for(stats, group, client)];
    DrillStatsDelivery *delivery = delivery_to(message, client);
    if (delivery == NULL) {
        delivery = DRILL_POOL_ADD(&stats->pool, message->deliveries, message->delivery_count);
        *delivery = (DrillStatsDelivery){client, 0, DRILL_NEVER, DRILL_NEVER};
    }
    delivery->last_ns = event->time_ns;
    if (delivery->count++ > 0) {
        stats->repeated++;
        return;
    }
    delivery->first_ns = event->time_ns;
    stats->delivered_bytes += payload.size;
}

static int compare_times(const void *a, const void *b, void *context) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    (void)context;
    return left < right ? -1 : left > right ? 1 : 0;
}

static void add_time(DrillStats *stats, DrillStatsTimes *times, uint64_t ns) {
    *DRILL_POOL_ADD(&stats->pool, times->ns, times->count) = ns;
}

static void collect_times(DrillStats *stats) {
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        size_t qos = message->qos > 2 ? 2 : (size_t)message->qos;
        if (message->acked_ns != DRILL_NEVER) {
            add_time(stats, &stats->round_trips[qos], message->acked_ns - message->published_ns);
        }
        for (size_t k = 0; k < message->delivery_count; k++) {
            uint64_t first_ns = message->deliveries[k].first_ns;
            if (first_ns == DRILL_NEVER || first_ns < message->published_ns) continue;
            add_time(stats, &stats->latencies[qos], first_ns - message->published_ns);
        }
    }
    for (size_t qos = 0; qos < 3; qos++) {
        DrillStatsTimes *both[2] = {&stats->round_trips[qos], &stats->latencies[qos]};
        for (size_t i = 0; i < 2; i++) {
            drill_sort(both[i]->ns, both[i]->count, sizeof(uint64_t), compare_times, NULL,
                       drill_allocator_malloc());
        }
    }
}

void drill_ledger_read(DrillStats *stats) {
    const DrillTraceFile *file = stats->file;
    Ledger ledger = {.stats = stats, .groups = drill_map_new(drill_allocator_malloc())};
    size_t count = file->count + 1;
    ledger.message_of = drill_pool_take(&stats->pool, sizeof(uint32_t) * count);
    ledger.clean = drill_pool_take(&stats->pool, sizeof(bool) * (stats->client_count + 1));
    ledger.arrived = drill_pool_take(&stats->pool, sizeof(bool) * count);
    ledger.exchanges = drill_pool_take(&stats->pool, sizeof(size_t *) * (stats->client_count + 1));
    ledger.published = drill_pool_take(&stats->pool, sizeof(Published) * (stats->client_count + 1));
    stats->first_ns = DRILL_NEVER;
    for (size_t i = 0; i < file->count; i++) {
        if (file->events[i].kind == DRILL_TRACE_MQTT_RECEIVED)
            ledger.arrived[file->events[i].cause] = true;
    }
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind == DRILL_TRACE_APP_PUBLISH) app_published(&ledger, event);
        if (event->kind == DRILL_TRACE_MQTT_SENT) packet_sent(&ledger, event);
        if (event->kind == DRILL_TRACE_CONN_CLOSED) connection_closed(&ledger, event);
        if (event->kind == DRILL_TRACE_APP_ACKED) app_acked(&ledger, event);
        if (event->kind == DRILL_TRACE_APP_DELIVERED) app_delivered(&ledger, event);
    }
    collect_times(stats);
    drill_map_free(ledger.groups);
}
