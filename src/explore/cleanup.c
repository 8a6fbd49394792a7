#include "explore/cleanup.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mqttdrill/codec.h>

#define DRILL_CLEANUP_ANSWER_MS 1000
#define DRILL_CLEANUP_NAMES_MAX 10000

struct DrillCleanup {
    DrillVersion version;
    DrillMap *client_ids;
    DrillMap *topics;
};

/* Maps want a value; only the keys matter here. */
static char present;

DrillCleanup *drill_cleanup_new(DrillVersion version) {
    DrillCleanup *cleanup = calloc(1, sizeof(*cleanup));
    DRILL_ASSERT(cleanup != NULL);
    cleanup->version = version;
    cleanup->client_ids = drill_map_new(drill_allocator_malloc());
    cleanup->topics = drill_map_new(drill_allocator_malloc());
    return cleanup;
}

void drill_cleanup_free(DrillCleanup *cleanup) {
    drill_map_free(cleanup->client_ids);
    drill_map_free(cleanup->topics);
    free(cleanup);
}

static void note(DrillMap *map, DrillSpan name) {
    if (name.size > 0 && drill_map_count(map) < DRILL_CLEANUP_NAMES_MAX)
        drill_map_set(map, name, &present);
}

/* 5.0: a Session may outlive its connection after Clean Start, too. */
static bool is_stored(const DrillConnectPacket *connect) {
    DrillProperty expiry;
    if (connect->protocol_level != DRILL_MQTT_5_0) return !connect->clean;
    return drill_properties_find(connect->properties, DRILL_SESSION_EXPIRY_INTERVAL, &expiry) &&
           expiry.number > 0;
}

static void on_event(void *context, const DrillTraceEvent *event) {
    DrillCleanup *cleanup = context;
    DrillPacket packet;
    DrillFault fault;
    /* A packet may have a Topic Alias instead of its topic. */
    if (event->kind == DRILL_TRACE_APP_PUBLISH && drill_trace_u64(event, "retain") != 0)
        note(cleanup->topics, drill_trace_text(event, "topic"));
    if (event->kind != DRILL_TRACE_MQTT_SENT || drill_span_is(event->node, "broker")) return;
    if (drill_codec_decode(drill_trace_text(event, "bytes"), cleanup->version, &packet, &fault) !=
        DRILL_OK)
        return;
    if (packet.type == DRILL_CONNECT) {
        if (is_stored(&packet.as.connect)) note(cleanup->client_ids, packet.as.connect.client_id);
        if (packet.as.connect.has_will && packet.as.connect.will_retain)
            note(cleanup->topics, packet.as.connect.will_topic);
    } else if (packet.type == DRILL_PUBLISH && packet.as.publish.retain) {
        note(cleanup->topics, packet.as.publish.topic);
    }
}

DrillTraceSink drill_cleanup_sink(DrillCleanup *cleanup) {
    DrillTraceSink sink = {.context = cleanup, .event = on_event, .line = NULL};
    return sink;
}

static int connect_to(const char *host, uint16_t port) {
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(host, service, &hints, &found) != 0) return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static bool send_packet(int fd, const DrillPacket *packet) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    bool sent = drill_codec_encode(packet, DRILL_MQTT_3_1_1, &bytes) == DRILL_OK &&
                send(fd, bytes.data, bytes.size, MSG_NOSIGNAL) == (ssize_t)bytes.size;
    drill_buffer_release(&bytes);
    return sent;
}

/* A connection under this Client Identifier whose CONNECT was answered; -1: no. */
static int open_session(const char *host, uint16_t port, DrillSpan client_id) {
    uint8_t answer[4];
    DrillPacket hello = {.type = DRILL_CONNECT};
    hello.as.connect.protocol_level = DRILL_MQTT_3_1_1;
    hello.as.connect.clean = true;
    hello.as.connect.client_id = client_id;
    int fd = connect_to(host, port);
    if (fd < 0) return -1;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (send_packet(fd, &hello) && poll(&wait, 1, DRILL_CLEANUP_ANSWER_MS) == 1 &&
        recv(fd, answer, sizeof(answer), MSG_WAITALL) == (ssize_t)sizeof(answer))
        return fd;
    close(fd);
    return -1;
}

/* Closed by the broker, once it has handled everything before. */
static void close_session(int fd) {
    uint8_t rest[256];
    DrillPacket goodbye = {.type = DRILL_DISCONNECT};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (send_packet(fd, &goodbye))
        while (poll(&wait, 1, DRILL_CLEANUP_ANSWER_MS) == 1 && recv(fd, rest, sizeof(rest), 0) > 0)
            continue;
    close(fd);
}

void drill_cleanup_run(const DrillCleanup *cleanup, const char *host, uint16_t port) {
    DrillSpan name;
    for (size_t i = 0; i < drill_map_slots(cleanup->client_ids); i++) {
        if (!drill_map_at(cleanup->client_ids, i, &name)) continue;
        int fd = open_session(host, port, name);
        if (fd >= 0) close_session(fd);
    }
    int fd =
        drill_map_count(cleanup->topics) > 0 ? open_session(host, port, drill_span_of("")) : -1;
    for (size_t i = 0; fd >= 0 && i < drill_map_slots(cleanup->topics); i++) {
        if (!drill_map_at(cleanup->topics, i, &name)) continue;
        DrillPacket clear = {.type = DRILL_PUBLISH};
        clear.as.publish.topic = name;
        clear.as.publish.retain = true;
        if (!send_packet(fd, &clear)) break;
    }
    if (fd >= 0) close_session(fd);
}
