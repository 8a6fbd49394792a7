#include "script/observe.h"

#include "script/task.h"

static DrillScriptClient *observe_client(DrillWorldClient *node) {
    return drill_world_client_user(node);
}

static DrillProperties observe_properties(DrillScript *script, DrillProperties properties) {
    DrillProperties copy = {{NULL, 0}, properties.count};
    if (properties.wire.size > 0) copy.wire = drill_copy_span(script->allocator, properties.wire);
    return copy;
}

static void observe_connected(void *context, DrillWorldClient *node,
                              const DrillConnackPacket *connack) {
    DrillScriptClient *client = observe_client(node);
    if (!client) return;
    client->connacks++;
    client->auth_owed = false;
    client->connack_properties = observe_properties(context, connack->properties);
    client->session_present = connack->session_present;
    client->connack_code = connack->code;
}

static void observe_closed(void *context, DrillWorldClient *node, DrillCloseHow how, bool half) {
    const DrillScript *script = context;
    DrillScriptClient *client = observe_client(node);
    if (!client) return;
    if (!half || !client->peer_closed) client->closed_how = how;
    client->peer_closed = true;
    client->closed_ns = drill_world_now(script->world);
    if (!half) client->closes++;
}

static void observe_disconnected(void *context, DrillWorldClient *node,
                                 const DrillReasonPacket *disconnect) {
    DrillScriptClient *client = observe_client(node);
    if (!client) return;
    client->disconnected = true;
    client->disconnect.reason_code = disconnect->reason_code;
    client->disconnect.properties = observe_properties(context, disconnect->properties);
}

static void observe_auth(void *context, DrillWorldClient *node, const DrillReasonPacket *auth) {
    DrillScriptClient *client = observe_client(node);
    if (!client) return;
    /* A client that answers by itself: its scenario waits for the end of the exchange. */
    if (auth->reason_code == 0x18 && drill_world_authenticates(node)) return;
    client->auths++;
    client->auth_owed = auth->reason_code == 0x18;
    client->auth.reason_code = auth->reason_code;
    client->auth.properties = observe_properties(context, auth->properties);
}

static void observe_opened(void *context, DrillWorldClient *node) {
    DrillScriptClient *client = observe_client(node);
    (void)context;
    if (!client) return;
    client->opens++;
    client->opened_once = true;
    client->peer_closed = false;
    client->auth_owed = client->disconnected = false;
}

static DrillScriptReceived *observe_add_received(DrillScript *script, DrillScriptClient *client) {
    if (client->received_count == client->received_capacity) {
        size_t capacity = client->received_capacity ? client->received_capacity * 2 : 16;
        client->received = drill_reallocate(script->allocator, client->received,
                                            client->received_capacity * sizeof *client->received,
                                            capacity * sizeof *client->received);
        client->received_capacity = capacity;
    }
    DrillScriptReceived *received = &client->received[client->received_count++];
    *received = (DrillScriptReceived){.time_ns = drill_world_now(script->world)};
    return received;
}

/* True: there is room; else the script ends, saying so. */
static bool observe_has_room(DrillScript *script, const DrillScriptClient *client) {
    if (client->received_count < DRILL_SCRIPT_RECEIVED_MAX) return true;
    if (script->state == DRILL_SCRIPT_RUNNING) {
        script->state = DRILL_SCRIPT_BROKEN;
        (void)drill_diagnose(&script->broken, DRILL_TOO_BIG,
                             "%s: client '%s' received more than %u messages", script->file,
                             client->name, DRILL_SCRIPT_RECEIVED_MAX);
        (void)drill_diagnose(&script->broken_as_given, DRILL_TOO_BIG, "%s%s", script->path_prefix,
                             script->broken.text);
    }
    return false;
}

static void observe_arrival(DrillScript *script, DrillScriptClient *client) {
    script->arrivals++;
    script->arrival_client = client;
    script->arrival_index = client->received_count - 1;
}

static void observe_message(void *context, DrillWorldClient *node,
                            const DrillPublishPacket *publish) {
    DrillScript *script = context;
    DrillScriptClient *client = observe_client(node);
    if (!client || !observe_has_room(script, client)) return;
    DrillScriptReceived *received = observe_add_received(script, client);
    received->topic =
        drill_copy_span(script->allocator, drill_names_topic_from_wire(script, publish->topic));
    received->payload = drill_copy_span(script->allocator, publish->payload);
    received->qos = publish->qos;
    received->retain = publish->retain;
    received->dup = publish->dup;
    received->packet_identifier = publish->packet_identifier;
    received->properties = observe_properties(script, publish->properties);
    observe_arrival(script, client);
}

static void observe_raw_packet(void *context, DrillWorldClient *node, DrillSpan bytes, bool whole) {
    DrillScript *script = context;
    DrillScriptClient *client = observe_client(node);
    if (!client || !observe_has_room(script, client)) return;
    DrillScriptReceived *received = observe_add_received(script, client);
    received->bytes = drill_copy_span(script->allocator, bytes);
    received->whole = whole;
    bool pingresp = bytes.size > 0 && bytes.data[0] >> 4 == DRILL_PINGRESP;
    if (!pingresp) observe_arrival(script, client);
}

static void observe_acknowledged(void *context, DrillWorldClient *node, DrillMessageId message,
                                 uint8_t reason_code) {
    DrillScriptClient *client = observe_client(node);
    (void)context;
    DrillScriptSent *sent = client ? drill_observe_sent(client, message) : NULL;
    if (!sent) return;
    sent->acked = true;
    sent->reason_code = reason_code;
}

static void observe_dropped(void *context, DrillWorldClient *node, DrillMessageId message) {
    DrillScriptClient *client = observe_client(node);
    (void)context;
    DrillScriptSent *sent = client ? drill_observe_sent(client, message) : NULL;
    if (sent) sent->dropped = true;
}

static void observe_suback(void *context, DrillWorldClient *node, DrillPacketType type,
                           const DrillSubackPacket *suback) {
    DrillScript *script = context;
    DrillScriptClient *client = observe_client(node);
    if (!client) return;
    DrillScriptSuback *answer = DRILL_NEW(script->allocator, DrillScriptSuback);
    answer->type = type;
    answer->packet_identifier = suback->packet_identifier;
    answer->reason_codes = drill_copy_span(script->allocator, suback->reason_codes);
    answer->properties = observe_properties(script, suback->properties);
    DrillScriptSuback **end = &client->subacks;
    while (*end)
        end = &(*end)->next;
    *end = answer;
}

static void observe_pingresp(void *context, DrillWorldClient *node) {
    DrillScriptClient *client = observe_client(node);
    (void)context;
    if (client) client->pingresps++;
}

static void observe_faulted(void *context, DrillWorldClient *node, const DrillFault *fault) {
    DrillScriptClient *client = observe_client(node);
    (void)context;
    if (client) client->fault_text = fault->text;
}

static void observe_dispatched(void *context, uint64_t now_ns) {
    (void)now_ns;
    drill_task_pump(context);
}

DrillWorldObserver drill_observe(DrillScript *script) {
    DrillWorldObserver observer = {
        .context = script,
        .connected = observe_connected,
        .closed = observe_closed,
        .opened = observe_opened,
        .message = observe_message,
        .acknowledged = observe_acknowledged,
        .dropped = observe_dropped,
        .suback = observe_suback,
        .pingresp = observe_pingresp,
        .faulted = observe_faulted,
        .disconnected = observe_disconnected,
        .auth = observe_auth,
        .raw_packet = observe_raw_packet,
        .dispatched = observe_dispatched,
    };
    return observer;
}

/* --- records by number --- */

DrillScriptSent *drill_observe_sent(const DrillScriptClient *client, DrillMessageId id) {
    size_t low = 0, high = client->sent_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (client->sent[middle]->id == id) return client->sent[middle];
        if (client->sent[middle]->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

DrillScriptSent *drill_observe_add_sent(DrillScriptClient *client, DrillMessageId id) {
    DrillScript *script = client->script;
    if (client->sent_count == client->sent_capacity) {
        size_t capacity = client->sent_capacity ? client->sent_capacity * 2 : 16;
        client->sent = drill_reallocate(script->allocator, client->sent,
                                        client->sent_capacity * sizeof(DrillScriptSent *),
                                        capacity * sizeof(DrillScriptSent *));
        client->sent_capacity = capacity;
    }
    DrillScriptSent *sent = DRILL_NEW(script->allocator, DrillScriptSent);
    sent->id = id;
    sent->client = client;
    client->sent[client->sent_count++] = sent;
    return sent;
}

bool drill_observe_has_suback(const DrillScriptClient *client, DrillPacketType type,
                              uint16_t packet_identifier) {
    for (const DrillScriptSuback *answer = client->subacks; answer; answer = answer->next) {
        if (answer->type == type && answer->packet_identifier == packet_identifier) return true;
    }
    return false;
}

DrillScriptSuback *drill_observe_take_suback(DrillScriptClient *client, DrillPacketType type,
                                             uint16_t packet_identifier) {
    for (DrillScriptSuback **link = &client->subacks; *link; link = &(*link)->next) {
        DrillScriptSuback *answer = *link;
        if (answer->type != type || answer->packet_identifier != packet_identifier) continue;
        *link = answer->next;
        return answer;
    }
    return NULL;
}
