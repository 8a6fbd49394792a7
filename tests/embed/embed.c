/* A broker and two clients in one program, without simulator, sockets or threads: the smallest use
 * of the library. It needs the public headers and nothing else. Bytes go from hand to hand; time
 * stands still.
 *
 * Prints what the subscriber receives; exits 0 if that is what it should be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/broker.h>
#include <mqttdrill/client.h>

/* One Network Connection: two pipes, and who is at the ends. */
typedef struct Line {
    DrillBroker *broker;
    DrillBrokerConnection *connection; /* the broker's end */
    DrillClient *client;               /* the client's end */
    DrillBuffer to_broker;
    DrillBuffer to_client;
    int received;
} Line;

static DrillSpan span_of(const char *text) {
    DrillSpan span = {(const uint8_t *)text, strlen(text)};
    return span;
}

/* Hooks run inside the library, so they only put bytes into a pipe. */
static void client_send(void *context, DrillSpan packet, uint64_t now_ns) {
    Line *line = (Line *)context;
    (void)now_ns;
    drill_buffer_put(&line->to_broker, packet.data, packet.size);
}

static void client_close(void *context, DrillClientClose why, uint64_t now_ns) {
    (void)context, (void)why, (void)now_ns;
}

static void client_message(void *context, const DrillPublishPacket *publish, uint64_t now_ns) {
    Line *line = (Line *)context;
    (void)now_ns;
    line->received++;
    printf("%.*s = %.*s (QoS %d%s)\n", (int)publish->topic.size, (const char *)publish->topic.data,
           (int)publish->payload.size, (const char *)publish->payload.data, (int)publish->qos,
           publish->retain ? ", retained" : "");
}

static void broker_send(void *context, void *peer, DrillSpan packet, uint64_t now_ns) {
    Line *line = (Line *)peer;
    (void)context, (void)now_ns;
    drill_buffer_put(&line->to_client, packet.data, packet.size);
}

static void broker_close(void *context, void *peer, const DrillFault *fault_or_null,
                         uint64_t now_ns) {
    Line *line = (Line *)peer;
    (void)context, (void)now_ns;
    if (fault_or_null != NULL) printf("closed: %s\n", fault_or_null->text);
    line->connection = NULL;
}

/* Empties both pipes of every line until nothing moves any more. */
static void settle(Line **lines, size_t count) {
    int moved = 1;
    while (moved != 0) {
        moved = 0;
        for (size_t i = 0; i < count; i++) {
            Line *line = lines[i];
            DrillBuffer bytes = line->to_broker; /* taken out first: answers may come at once */
            DrillBuffer empty = {NULL, 0, 0, bytes.allocator};
            line->to_broker = empty;
            if (bytes.size > 0 && line->connection != NULL) {
                DrillSpan span = {bytes.data, bytes.size};
                drill_broker_receive(line->connection, span, 0);
                moved = 1;
            }
            drill_buffer_release(&bytes);
            bytes = line->to_client;
            line->to_client = empty;
            if (bytes.size > 0) {
                DrillSpan span = {bytes.data, bytes.size};
                drill_client_receive(line->client, span, 0);
                moved = 1;
            }
            drill_buffer_release(&bytes);
        }
    }
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void connect_line(Line *line, DrillBroker *broker, const char *client_id) {
    DrillClientConfig config = {
        .version = DRILL_MQTT_3_1_1, .client_id = span_of(client_id), .clean = true};
    DrillClientHooks hooks = {
        .context = line, .send = client_send, .close = client_close, .message = client_message};
    DrillAllocator allocator = drill_allocator_malloc();
    line->broker = broker;
    line->to_broker.allocator = line->to_client.allocator = allocator;
    if (drill_client_new(&config, &hooks, allocator, &line->client) != DRILL_OK) fail("client");
    line->connection = drill_broker_accept(broker, line, 0);
    if (drill_client_opened(line->client, 0) != DRILL_OK) fail("open");
}

static void publish(Line *line, const char *payload, DrillQos qos, bool retain) {
    DrillPublishPacket message = {.qos = qos,
                                  .retain = retain,
                                  .topic = span_of("sensor/1/temp"),
                                  .payload = span_of(payload)};
    DrillMessageId id;
    if (drill_client_publish(line->client, &message, 0, &id) != DRILL_OK) fail("publish");
}

static void subscribe(Line *line, const char *topic_filter, DrillQos qos) {
    DrillBuffer wire = {NULL, 0, 0, drill_allocator_malloc()};
    DrillFilter filter = {span_of(topic_filter), (uint8_t)qos};
    if (drill_filters_write(&wire, &filter, true) != DRILL_OK) fail("filter");
    DrillFilters filters = {{wire.data, wire.size}, 1};
    uint16_t packet_identifier;
    if (drill_client_subscribe(line->client, filters, 0, &packet_identifier) != DRILL_OK)
        fail("subscribe");
    drill_buffer_release(&wire);
}

int main(void) {
    DrillBrokerConfig config = {0};
    DrillBrokerHooks hooks = {NULL, broker_send, broker_close};
    DrillBroker *broker = NULL;
    if (drill_broker_new(&config, &hooks, drill_allocator_malloc(), &broker) != DRILL_OK)
        fail("broker");

    Line publisher = {0}, subscriber = {0};
    Line *lines[] = {&publisher, &subscriber};
    connect_line(&publisher, broker, "publisher");
    connect_line(&subscriber, broker, "subscriber");
    settle(lines, 2);

    publish(&publisher, "21.5", DRILL_QOS_1, true);
    settle(lines, 2);
    subscribe(&subscriber, "sensor/+/temp", DRILL_QOS_2);
    settle(lines, 2);
    publish(&publisher, "22.0", DRILL_QOS_2, false);
    settle(lines, 2);

    int received = subscriber.received;
    uint32_t pending = drill_client_pending(publisher.client);
    for (size_t i = 0; i < 2; i++) {
        drill_client_free(lines[i]->client);
        drill_buffer_release(&lines[i]->to_broker);
        drill_buffer_release(&lines[i]->to_client);
    }
    drill_broker_free(broker);
    return received == 2 && pending == 0 ? 0 : 1;
}
