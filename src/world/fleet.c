/* A fleet's life: one timer for each member, set for whatever comes first. */
#include "world/fleet.h"

#include <string.h>

#include "base/histogram.h"
#include "base/random.h"
#include "spec/reason.h"
#include "world/state.h"

typedef enum FleetStream {
    FLEET_PHASE,
    FLEET_JITTER,
    FLEET_LIFETIME,
    FLEET_RECONNECT,
    FLEET_STREAMS
} FleetStream;

/* Times are DRILL_NEVER when there is nothing to do. */
typedef struct FleetMember {
    DrillWorldClient *node;
    DrillEventHandle timer;
    uint64_t timer_ns;
    uint64_t connect_ns, leave_ns;
    uint64_t beat_ns;    /* the rhythm; DRILL_NEVER: all was published */
    uint64_t publish_ns; /* the next message: the beat and its jitter */
    uint32_t number;     /* from 1 */
    uint32_t published, tries;
    bool up;         /* accepted, and not closed */
    bool seen;       /* has been accepted once */
    bool subscribes; /* at the next opportunity */
    bool leaves;     /* by its own will */
    bool refused, beating;
} FleetMember;

struct DrillFleet {
    DrillWorld *world;
    DrillFleet *next;
    DrillFleetOptions options; /* spans are our own copies */
    DrillWorldObserver observer;
    FleetMember *members;
    uint32_t count, seen, open, finished; /* finished: have published all */
    uint64_t began_ns;
    bool stopping;
    DrillEventHandle end_timer;
    DrillStream streams[FLEET_STREAMS];
    DrillFleetStats stats;
    DrillHistogram latency;
    DrillBuffer topic, payload, name; /* scratch */
};

static uint64_t now_of(const DrillFleet *fleet) {
    return drill_queue_now_ns(fleet->world->queue);
}

static uint64_t later(uint64_t at_ns, uint64_t by_ns) {
    return by_ns > DRILL_NEVER - at_ns ? DRILL_NEVER : at_ns + by_ns;
}

/* Uniform in [0, bound), or 0. */
static uint64_t draw_below(const DrillFleet *fleet, FleetStream stream, const FleetMember *member,
                           uint32_t occasion, uint64_t bound) {
    uint64_t index = (uint64_t)member->number << 32 | occasion;
    return bound == 0 ? 0 : drill_stream_below(fleet->streams[stream], index, 0, bound);
}

/* --- the timer --- */

static void on_timer(void *context, uint64_t index, uint64_t now_ns);

static uint64_t due_ns(const FleetMember *member) {
    if (!member->up) return member->connect_ns;
    if (member->subscribes) return 0;
    return member->publish_ns < member->leave_ns ? member->publish_ns : member->leave_ns;
}

static void arm(DrillFleet *fleet, FleetMember *member) {
    DrillQueue *queue = fleet->world->queue;
    uint64_t at_ns = due_ns(member);
    if (fleet->stopping || at_ns == DRILL_NEVER) return;
    if (at_ns < now_of(fleet)) at_ns = now_of(fleet);
    if (member->timer && member->timer_ns <= at_ns) return;
    if (!member->timer || !drill_queue_move(queue, member->timer, at_ns))
        member->timer =
            drill_queue_add(queue, at_ns, on_timer, fleet, (uint64_t)(member - fleet->members));
    member->timer_ns = at_ns;
}

/* --- publishing --- */

static void finish_publishing(DrillFleet *fleet, FleetMember *member) {
    if (member->beat_ns == DRILL_NEVER) return;
    member->beat_ns = member->publish_ns = DRILL_NEVER;
    fleet->finished++;
}

static void set_beat(DrillFleet *fleet, FleetMember *member, uint64_t beat_ns) {
    const DrillFleetPublishing *publishing = &fleet->options.publishing;
    uint64_t end_ns =
        publishing->during_ns > 0 ? later(fleet->began_ns, publishing->during_ns) : DRILL_NEVER;
    uint64_t at_ns = later(
        beat_ns, draw_below(fleet, FLEET_JITTER, member, member->published, publishing->jitter_ns));
    if (at_ns >= end_ns || (publishing->count > 0 && member->published >= publishing->count)) {
        finish_publishing(fleet, member);
        return;
    }
    member->beat_ns = beat_ns;
    member->publish_ns = at_ns;
}

/* The first beat not before now: of those that were due while it was away nothing is made up. */
static void go_on_beating(DrillFleet *fleet, FleetMember *member) {
    const DrillFleetPublishing *publishing = &fleet->options.publishing;
    uint64_t now_ns = now_of(fleet), every_ns = publishing->every_ns;
    if (every_ns == 0 || member->beat_ns == DRILL_NEVER) return;
    bool began = member->beating;
    if (!began) {
        member->beating = true;
        member->beat_ns = publishing->together
                              ? fleet->began_ns
                              : now_ns + draw_below(fleet, FLEET_PHASE, member, 0, every_ns);
    }
    if (member->beat_ns < now_ns) {
        uint64_t beats = (now_ns - member->beat_ns + every_ns - 1) / every_ns;
        if (began) fleet->stats.missed += beats;
        member->beat_ns += beats * every_ns;
    }
    set_beat(fleet, member, member->beat_ns);
}

static void publish(DrillFleet *fleet, FleetMember *member) {
    const DrillFleetPublishing *publishing = &fleet->options.publishing;
    DrillMessageId id;
    drill_buffer_clear(&fleet->topic);
    drill_buffer_clear(&fleet->payload);
    uint64_t number = member->published + 1;
    drill_fleet_expand(publishing->topic, member->number, number, &fleet->topic);
    drill_fleet_expand(publishing->payload, member->number, number, &fleet->payload);
    DrillPublishPacket message = {.qos = publishing->qos,
                                  .retain = publishing->retain,
                                  .topic = drill_buffer_span(&fleet->topic),
                                  .properties = publishing->properties,
                                  .payload = drill_buffer_span(&fleet->payload)};
    if (drill_world_publish(member->node, &message, &id) == DRILL_OK) {
        fleet->stats.published++;
        member->published++;
    } else {
        fleet->stats.missed++;
    }
    if (member->beat_ns != DRILL_NEVER)
        set_beat(fleet, member, later(member->beat_ns, publishing->every_ns));
}

/* --- connections --- */

static void subscribe(DrillFleet *fleet, FleetMember *member) {
    DrillBuffer wire = {.allocator = fleet->world->allocator};
    uint16_t packet_identifier;
    member->subscribes = false;
    for (uint32_t i = 0; i < fleet->options.subscription_count; i++) {
        DrillFilter filter = fleet->options.subscriptions[i];
        drill_buffer_clear(&fleet->topic);
        drill_fleet_expand(filter.filter, member->number, 1, &fleet->topic);
        filter.filter = drill_buffer_span(&fleet->topic);
        DrillResult written = drill_filters_write(&wire, &filter, true);
        DRILL_ASSERT(written == DRILL_OK);
    }
    DrillFilters filters = {drill_buffer_span(&wire), fleet->options.subscription_count};
    if (drill_world_subscribe(member->node, filters, &packet_identifier) != DRILL_OK)
        fleet->stats.unsubscribable += filters.count;
    drill_buffer_release(&wire);
}

static void leave(DrillFleet *fleet, FleetMember *member) {
    member->leaves = true;
    if (fleet->options.disconnects) {
        DrillResult left = drill_world_disconnect(member->node);
        DRILL_ASSERT(left == DRILL_OK);
    } else {
        drill_world_drop(member->node, fleet->options.leaves_how);
    }
}

static void connect_member(DrillFleet *fleet, FleetMember *member) {
    DrillDiagnostic diagnostic;
    member->connect_ns = DRILL_NEVER;
    member->tries++;
    member->leaves = member->refused = false;
    DrillResult connecting = drill_world_connect(member->node, NULL, &diagnostic);
    DRILL_ASSERT(connecting == DRILL_OK);
    fleet->open++;
}

static void on_timer(void *context, uint64_t index, uint64_t now_ns) {
    DrillFleet *fleet = context;
    FleetMember *member = &fleet->members[index];
    member->timer = 0;
    if (due_ns(member) > now_ns) {
        arm(fleet, member); /* what it was set for is not to be done any more */
    } else if (!member->up) {
        connect_member(fleet, member);
    } else {
        if (member->subscribes)
            subscribe(fleet, member);
        else if (member->leave_ns <= now_ns)
            leave(fleet, member);
        else
            publish(fleet, member);
        arm(fleet, member);
    }
    fleet->world->cause = 0;
}

/* --- what the members notice; they may not be called from in here --- */

static FleetMember *member_of(const DrillWorldClient *node) {
    return node->user;
}

static void on_connected(void *context, DrillWorldClient *node, const DrillConnackPacket *connack) {
    DrillFleet *fleet = context;
    FleetMember *member = member_of(node);
    if (connack->code != 0) {
        fleet->stats.refused++;
        member->refused = true;
        return;
    }
    fleet->stats.connects++;
    fleet->stats.connected++;
    fleet->stats.resumed += connack->session_present;
    fleet->seen += !member->seen;
    member->seen = member->up = true;
    member->subscribes = !connack->session_present && fleet->options.subscription_count > 0;
    uint64_t index = (uint64_t)member->number << 32 | member->tries;
    if (fleet->options.lifetime_ns > 0)
        member->leave_ns = later(
            now_of(fleet),
            drill_draw_exponential(drill_stream_draw(fleet->streams[FLEET_LIFETIME], index, 0),
                                   fleet->options.lifetime_ns));
    go_on_beating(fleet, member);
    arm(fleet, member);
}

static void on_closed(void *context, DrillWorldClient *node, DrillCloseHow how, bool half) {
    DrillFleet *fleet = context;
    FleetMember *member = member_of(node);
    const DrillFleetOptions *options = &fleet->options;
    (void)how;
    (void)half;
    fleet->open--;
    if (!member->up)
        fleet->stats.failed += !member->refused;
    else if (member->leaves)
        fleet->stats.left++;
    else
        fleet->stats.dropped++;
    fleet->stats.connected -= member->up;
    member->up = member->subscribes = false;
    member->leave_ns = DRILL_NEVER;
    uint64_t wait_ns = options->away_ns;
    if (!member->leaves)
        wait_ns = later(options->reconnect_ns, draw_below(fleet, FLEET_RECONNECT, member,
                                                          member->tries, options->reconnect_ns));
    if (!member->leaves && options->reconnect_ns == DRILL_NEVER) wait_ns = DRILL_NEVER;
    member->connect_ns = later(now_of(fleet), wait_ns);
    arm(fleet, member);
}

static void on_message(void *context, DrillWorldClient *node, const DrillPublishPacket *publish) {
    (void)node;
    (void)publish;
    ((DrillFleet *)context)->stats.received++;
}

static void on_acknowledged(void *context, DrillWorldClient *node, DrillMessageId message,
                            uint8_t reason_code) {
    DrillFleet *fleet = context;
    (void)message;
    (void)reason_code;
    fleet->stats.acknowledged++;
    drill_histogram_add(&fleet->latency,
                        now_of(fleet) - drill_client_completed_published_ns(node->machine));
}

static void on_dropped(void *context, DrillWorldClient *node, DrillMessageId message) {
    (void)node;
    (void)message;
    ((DrillFleet *)context)->stats.lost++;
}

static void on_suback(void *context, DrillWorldClient *node, DrillPacketType type,
                      const DrillSubackPacket *suback) {
    DrillFleet *fleet = context;
    (void)node;
    (void)type;
    for (size_t i = 0; i < suback->reason_codes.size; i++) {
        bool granted = !drill_reason_is_failure(suback->reason_codes.data[i]);
        fleet->stats.subscribed += granted;
        fleet->stats.unsubscribable += !granted;
    }
}

static void on_sent(void *context, DrillWorldClient *node, DrillSpan packet) {
    (void)node;
    bool again = packet.data[0] >> 4 == DRILL_PUBLISH && (packet.data[0] & 0x08) != 0;
    ((DrillFleet *)context)->stats.resent += again;
}

/* --- making it --- */

static void copy_options(DrillFleet *fleet, const DrillFleetOptions *options) {
    DrillAllocator allocator = fleet->world->allocator;
    fleet->options = *options;
    fleet->options.name = drill_copy_string(allocator, options->name);
    DrillFleetPublishing *publishing = &fleet->options.publishing;
    publishing->topic = drill_copy_span(allocator, publishing->topic);
    publishing->payload = drill_copy_span(allocator, publishing->payload);
    publishing->properties.wire = drill_copy_span(allocator, publishing->properties.wire);
    if (options->subscription_count == 0) return;
    DrillFilter *filters = DRILL_NEW_ARRAY(allocator, DrillFilter, options->subscription_count);
    for (uint32_t i = 0; i < options->subscription_count; i++) {
        filters[i] = options->subscriptions[i];
        filters[i].filter = drill_copy_span(allocator, filters[i].filter);
    }
    fleet->options.subscriptions = filters;
}

DrillFleet *drill_fleet_new(DrillWorld *world, const DrillFleetOptions *options) {
    static const char *const purposes[FLEET_STREAMS] = {"phase", "jitter", "lifetime", "reconnect"};
    DrillFleet *fleet = DRILL_NEW(world->allocator, DrillFleet);
    fleet->world = world;
    copy_options(fleet, options);
    fleet->topic.allocator = fleet->payload.allocator = fleet->name.allocator = world->allocator;
    fleet->members = DRILL_NEW_ARRAY(world->allocator, FleetMember, options->members_max);
    for (int i = 0; i < FLEET_STREAMS; i++) {
        drill_buffer_clear(&fleet->name);
        drill_buffer_print(&fleet->name, "fleet/%s/%s", options->name, purposes[i]);
        fleet->streams[i] = drill_stream(world->options.seed, drill_buffer_cstring(&fleet->name));
    }
    fleet->observer = (DrillWorldObserver){.context = fleet,
                                           .connected = on_connected,
                                           .closed = on_closed,
                                           .message = on_message,
                                           .acknowledged = on_acknowledged,
                                           .dropped = on_dropped,
                                           .suback = on_suback,
                                           .sent = on_sent};
    DrillFleet **last = &world->fleets;
    while (*last)
        last = &(*last)->next;
    *last = fleet;
    return fleet;
}

DrillResult drill_fleet_add(DrillFleet *fleet, const DrillClientConfig *config,
                            DrillDiagnostic *diagnostic) {
    DRILL_ASSERT(fleet->count < fleet->options.members_max);
    FleetMember *member = &fleet->members[fleet->count];
    drill_buffer_clear(&fleet->name);
    drill_buffer_print(&fleet->name, "%s-%u", fleet->options.name, (unsigned)fleet->count + 1);
    DrillWorldClientOptions options = {
        .name = drill_buffer_cstring(&fleet->name), .client = *config, .link = fleet->options.link};
    DrillResult added = drill_world_add_client(fleet->world, &options, &member->node, diagnostic);
    if (added != DRILL_OK) return added;
    member->number = ++fleet->count;
    member->node->observer = &fleet->observer;
    member->node->user = member;
    member->connect_ns = member->leave_ns = member->publish_ns = DRILL_NEVER;
    return DRILL_OK;
}

/* Only wakes who waits for the publishing to be over. */
static void on_end(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    (void)now_ns;
    ((DrillFleet *)context)->end_timer = 0;
}

void drill_fleet_start(DrillFleet *fleet) {
    const DrillFleetOptions *options = &fleet->options;
    fleet->began_ns = now_of(fleet);
    fleet->stats.members = fleet->count;
    for (uint32_t i = 0; i < fleet->count; i++) {
        uint64_t wait_ns = 0;
        if (options->batch > 0)
            wait_ns = i / options->batch * options->batch_ns +
                      i % options->batch * (options->batch_ns / options->batch) +
                      i % options->batch * (options->batch_ns % options->batch) / options->batch;
        fleet->members[i].connect_ns = later(fleet->began_ns, wait_ns);
        arm(fleet, &fleet->members[i]);
    }
    uint64_t end_ns = later(fleet->began_ns, options->publishing.during_ns);
    if (options->publishing.during_ns > 0)
        fleet->end_timer = drill_queue_add(fleet->world->queue, end_ns, on_end, fleet, 0);
}

void drill_fleet_stop(DrillFleet *fleet) {
    if (fleet->stopping) return;
    fleet->stopping = true;
    drill_queue_cancel(fleet->world->queue, fleet->end_timer);
    fleet->end_timer = 0;
    for (uint32_t i = 0; i < fleet->count; i++) {
        drill_queue_cancel(fleet->world->queue, fleet->members[i].timer);
        fleet->members[i].timer = 0;
    }
}

void drill_fleet_disconnect(DrillFleet *fleet) {
    drill_fleet_stop(fleet);
    for (uint32_t i = 0; i < fleet->count; i++) {
        FleetMember *member = &fleet->members[i];
        if (!member->node->connection) continue;
        member->leaves = true;
        if (drill_world_disconnect(member->node) != DRILL_OK)
            drill_world_drop(member->node, DRILL_CLOSE_FIN); /* has no CONNACK yet */
    }
}

void drill_fleets_stop(DrillWorld *world) {
    for (DrillFleet *fleet = world->fleets; fleet; fleet = fleet->next)
        drill_fleet_stop(fleet);
}

void drill_fleets_free(DrillWorld *world) {
    DrillAllocator allocator = world->allocator;
    while (world->fleets) {
        DrillFleet *fleet = world->fleets;
        const DrillFleetOptions *options = &fleet->options;
        world->fleets = fleet->next;
        for (uint32_t i = 0; i < options->subscription_count; i++)
            drill_release(allocator, (void *)(uintptr_t)options->subscriptions[i].filter.data,
                          options->subscriptions[i].filter.size);
        drill_release(allocator, (void *)(uintptr_t)options->subscriptions,
                      options->subscription_count * sizeof(DrillFilter));
        drill_release(allocator, (void *)(uintptr_t)options->publishing.topic.data,
                      options->publishing.topic.size);
        drill_release(allocator, (void *)(uintptr_t)options->publishing.payload.data,
                      options->publishing.payload.size);
        drill_release(allocator, (void *)(uintptr_t)options->publishing.properties.wire.data,
                      options->publishing.properties.wire.size);
        drill_release(allocator, (void *)(uintptr_t)options->name, strlen(options->name) + 1);
        drill_buffer_release(&fleet->topic);
        drill_buffer_release(&fleet->payload);
        drill_buffer_release(&fleet->name);
        drill_release(allocator, fleet->members, options->members_max * sizeof(FleetMember));
        drill_release(allocator, fleet, sizeof(*fleet));
    }
}

/* --- what became of it --- */

const char *drill_fleet_name(const DrillFleet *fleet) {
    return fleet->options.name;
}
DrillFleetStats drill_fleet_stats(const DrillFleet *fleet) {
    return fleet->stats;
}
uint32_t drill_fleet_seen(const DrillFleet *fleet) {
    return fleet->seen;
}
uint32_t drill_fleet_open(const DrillFleet *fleet) {
    return fleet->open;
}

bool drill_fleet_endless(const DrillFleet *fleet) {
    const DrillFleetPublishing *publishing = &fleet->options.publishing;
    bool limited = publishing->count > 0 || publishing->during_ns > 0;
    return !fleet->stopping && (publishing->every_ns == 0 || !limited);
}

bool drill_fleet_published(const DrillFleet *fleet) {
    const DrillFleetPublishing *publishing = &fleet->options.publishing;
    bool over =
        publishing->during_ns > 0 && now_of(fleet) >= later(fleet->began_ns, publishing->during_ns);
    return over || fleet->stopping || fleet->finished == fleet->count;
}

uint64_t drill_fleet_unacknowledged(const DrillFleet *fleet) {
    const DrillFleetStats *stats = &fleet->stats;
    if (fleet->options.publishing.qos == DRILL_QOS_0) return 0;
    return stats->published - stats->acknowledged - stats->lost;
}

uint64_t drill_fleet_latency_count(const DrillFleet *fleet) {
    return fleet->latency.count;
}
uint64_t drill_fleet_latency_ns(const DrillFleet *fleet, uint32_t per_10000) {
    return drill_histogram_percentile(&fleet->latency, per_10000);
}
uint64_t drill_fleet_latency_max_ns(const DrillFleet *fleet) {
    return fleet->latency.max;
}
