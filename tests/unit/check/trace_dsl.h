/* Traces as text, for tests of the oracles. A script is lines of "TIME NODE VERB ...", run at once
 * through the oracles:
 *
 *   1.0 sub up                         opens, CONNECT and CONNACK; like them it takes clean=0 sp=1
 * id=x ka=10 will=topic,payload,q,r 1.1 sub subscribes a/+:2 b:0       SUBSCRIBE and SUBACK 2.0 pub
 * > PUBLISH q2 id=7 dup retain a/b payload 2.1 pub < PUBREC 7                 '>' from the client,
 * '<' from the broker; both ends see it 2.2 pub <! PUBREC 7                sent, and lost on the
 * way;  2.2 pub >! PUBREL 7 2.3 pub open | close | cut | kick | vanish | half      kick: the broker
 * closes; vanish: only the client notices; dial: it has a number, and is not open yet 2.4 pub app
 * publish q1 topic payload | app connect | app delivered q2 topic payload | crash | held PUBREC |
 * faulted | struck 2.5 broker down keep=0 | paused until=4 | config OPTION VALUE
 *
 * 5.0 (expect_pass5 and its like): CONNECT and "up" take properties as NAME=VALUE by their names in
 * codec.h, the will's with "will." before the name and CONNACK's, in "up", with "ack."; so do all
 * packets but PINGREQ and PINGRESP. user_property=a:b. Reason Codes are code=0x8e. "f:1nrh2" asks
 * for QoS 1, No Local, Retain As Published and Retain Handling 2; an empty Topic Name is "-". "v=4"
 * makes CONNECT one of another version.
 *
 * Packets: CONNECT CONNACK [sp=1] [code=2] PUBACK 7 SUBSCRIBE 1 f:q g:q  SUBACK 1 0 128 UNSUBSCRIBE
 * 1 f g  UNSUBACK 1 PINGREQ PINGRESP DISCONNECT, HEX c0 00. Nodes are clients unless their name
 * begins with "raw"; those that begin with "manual" have
 * manual acknowledgements; the application of those that begin with "named" calls them so. An
 * empty payload is "-". The last line may be "9 settled", "9 busy" or
 * "9 limit"; the default is to settle a minute after the last line. */
#ifndef DRILL_TESTS_TRACE_DSL_H
#define DRILL_TESTS_TRACE_DSL_H

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "check/check.h"
#include "unit/suite.h"

#define DSL_NODES_MAX 16
#define DSL_WORDS_MAX 32

typedef struct DslNode {
    char name[32];
    uint64_t conn;
    bool dialled;
    DrillVersion version; /* of its latest CONNECT */
} DslNode;

typedef struct Dsl {
    DrillCheck *check;
    DslNode nodes[DSL_NODES_MAX];
    size_t node_count;
    uint64_t number, conn_next, now_ns;
    bool ended;
    bool lenient; /* what cannot be encoded in the connection's version is left out */
    DrillVersion version;
    const char *far_role; /* NULL: a trace without far end */
    char *words[DSL_WORDS_MAX];
    size_t word_count;
} Dsl;

static inline DrillTraceValue dsl_number(uint64_t number) {
    DrillTraceValue value = {.number = number};
    return value;
}

static inline DrillTraceValue dsl_text(const char *text) {
    DrillTraceValue value = {.bytes = {(const uint8_t *)text, strlen(text)}};
    return value;
}

static inline void dsl_emit(Dsl *dsl, const char *node, DrillTraceKind kind,
                            const DrillTraceValue *values, size_t count) {
    DrillTraceEvent event = {.time_ns = dsl->now_ns, .number = ++dsl->number, .kind = kind};
    event.node = dsl_text(node).bytes;
    memcpy(event.values, values, sizeof *values * count);
    drill_check_event(dsl->check, &event);
}

#define DSL_EMIT(dsl, node, kind, ...)                                                             \
    dsl_emit(dsl, node, kind, (const DrillTraceValue[]){__VA_ARGS__},                              \
             sizeof((const DrillTraceValue[]){__VA_ARGS__}) / sizeof(DrillTraceValue))

static inline void dsl_add_node(Dsl *dsl, const char *name, const char *role) {
    const char *client_id = strncmp(name, "named", 5) == 0 ? name : "";
    DSL_EMIT(dsl, name, DRILL_TRACE_NODE_ADDED, dsl_text(role), dsl_text(client_id), dsl_number(4),
             dsl_text("tcp"), dsl_number(strncmp(name, "manual", 6) == 0));
}

static inline DslNode *dsl_node(Dsl *dsl, const char *name) {
    for (size_t i = 0; i < dsl->node_count; i++) {
        if (strcmp(dsl->nodes[i].name, name) == 0) {
            return &dsl->nodes[i];
        }
    }
    ck_assert_uint_lt(dsl->node_count, DSL_NODES_MAX);
    DslNode *node = &dsl->nodes[dsl->node_count++];
    (void)snprintf(node->name, sizeof node->name, "%s", name);
    dsl_add_node(dsl, name, strncmp(name, "raw", 3) == 0 ? "raw" : "client");
    if (dsl->version == 0) {
        dsl->version = DRILL_MQTT_3_1_1;
    }
    node->version = dsl->version;
    return node;
}

static inline void dsl_open(Dsl *dsl, DslNode *node) {
    if (!node->dialled) {
        node->conn = ++dsl->conn_next;
    }
    node->dialled = false;
    DSL_EMIT(dsl, node->name, DRILL_TRACE_CONN_OPEN, dsl_number(node->conn), dsl_number(4));
    if (dsl->far_role != NULL) {
        DSL_EMIT(dsl, "b", DRILL_TRACE_CONN_OPEN, dsl_number(node->conn), dsl_number(4));
    }
}

static inline void dsl_closed(Dsl *dsl, DslNode *node, const char *client_by, const char *server_by,
                              const char *how, bool half) {
    if (dsl->far_role != NULL && server_by != NULL) {
        DSL_EMIT(dsl, "b", DRILL_TRACE_CONN_CLOSED, dsl_number(node->conn), dsl_text(how),
                 dsl_text(server_by), dsl_number(half));
    }
    if (client_by != NULL) {
        DSL_EMIT(dsl, node->name, DRILL_TRACE_CONN_CLOSED, dsl_number(node->conn), dsl_text(how),
                 dsl_text(client_by), dsl_number(half));
    }
}

/* ---- packets ---- */

static inline const char *dsl_option(const Dsl *dsl, const char *name) {
    size_t size = strlen(name);
    for (size_t i = 2; i < dsl->word_count; i++) {
        if (strncmp(dsl->words[i], name, size) == 0 && dsl->words[i][size] == '=') {
            return dsl->words[i] + size + 1;
        }
    }
    return NULL;
}

static inline unsigned long dsl_option_number(const Dsl *dsl, const char *name,
                                              unsigned long otherwise) {
    const char *text = dsl_option(dsl, name);
    return text == NULL ? otherwise : strtoul(text, NULL, 0);
}

static inline bool dsl_flag(const Dsl *dsl, const char *name) {
    for (size_t i = 2; i < dsl->word_count; i++) {
        if (strcmp(dsl->words[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static inline DrillSpan dsl_payload(const char *word) {
    DrillSpan empty = {(const uint8_t *)"", 0};
    return strcmp(word, "-") == 0 ? empty : dsl_text(word).bytes;
}

/* The words PREFIX NAME=VALUE that are properties. */
static inline DrillProperties dsl_properties(const Dsl *dsl, const char *prefix,
                                             DrillBuffer *wire) {
    uint32_t count = 0;
    for (size_t i = 2; i < dsl->word_count; i++) {
        char word[256];
        (void)snprintf(word, sizeof word, "%s", dsl->words[i]);
        char *equals = strchr(word, '=');
        if (equals == NULL || strncmp(word, prefix, strlen(prefix)) != 0) {
            continue;
        }
        *equals = '\0';
        DrillPropertyKind kind = DRILL_PROPERTY_BYTE;
        int id = drill_property_find(word + strlen(prefix), &kind);
        if (id == 0) {
            continue;
        }
        DrillProperty property = {.id = (DrillPropertyId)id, .kind = kind};
        char *value = equals + 1;
        property.number = (uint32_t)strtoul(value, NULL, 0);
        if (kind == DRILL_PROPERTY_STRING_PAIR) {
            char *colon = strchr(value, ':');
            ck_assert_ptr_nonnull(colon);
            property.name = (DrillSpan){(uint8_t *)value, (size_t)(colon - value)};
            value = colon + 1;
        }
        property.value = dsl_payload(value);
        ck_assert_int_eq(drill_properties_write(wire, &property), DRILL_OK);
        count++;
    }
    return (DrillProperties){{wire->data, wire->size}, count};
}

static inline void dsl_connect(const Dsl *dsl, const DslNode *node, DrillConnectPacket *connect) {
    const char *id = dsl_option(dsl, "id");
    connect->protocol_level = (uint8_t)node->version;
    connect->client_id = id != NULL ? dsl_payload(id) : dsl_text(node->name).bytes;
    connect->clean = dsl_option_number(dsl, "clean", 1) != 0;
    connect->keep_alive_s = (uint16_t)dsl_option_number(dsl, "ka", 0);
    const char *will = dsl_option(dsl, "will");
    if (will == NULL) {
        return;
    }
    char *parts[4] = {0};
    char *text = (char *)(uintptr_t)will; /* in the line being split */
    char *rest = NULL;
    for (size_t i = 0; i < 4; i++) {
        parts[i] = strtok_r(i == 0 ? text : NULL, ",", &rest);
        ck_assert_ptr_nonnull(parts[i]);
    }
    connect->has_will = true;
    connect->will_topic = dsl_text(parts[0]).bytes;
    connect->will_payload = dsl_payload(parts[1]);
    connect->will_qos = (DrillQos)strtoul(parts[2], NULL, 10);
    connect->will_retain = strcmp(parts[3], "1") == 0;
}

/* "1nrh2": QoS, No Local, Retain As Published, Retain Handling. */
static inline uint8_t dsl_subscription_options(const char *text) {
    char *after = NULL;
    unsigned long options = strtoul(text, &after, 10);
    for (; *after != '\0'; after++) {
        options |= *after == 'n' ? 4u : *after == 'r' ? 8u : 0u;
        options |= *after >= '0' && *after <= '9' ? (unsigned long)(*after - '0') << 4 : 0u;
    }
    return (uint8_t)options;
}

/* The words from `from` on as Topic Filters; "f:1" asks for QoS 1. */
static inline void dsl_filters(const Dsl *dsl, size_t from, bool options, DrillBuffer *wire,
                               DrillSubscribePacket *out) {
    for (size_t i = from; i < dsl->word_count; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "%s", dsl->words[i]);
        char *colon = options ? strrchr(text, ':') : NULL;
        if (strchr(text, '=') != NULL) {
            continue; /* a property */
        }
        DrillFilter filter = {.options = 0};
        if (colon != NULL) {
            filter.options = dsl_subscription_options(colon + 1);
            *colon = '\0';
        }
        filter.filter = dsl_text(text).bytes;
        ck_assert_int_eq(drill_filters_write(wire, &filter, options), DRILL_OK);
        out->filters.count++;
    }
    out->filters.wire = (DrillSpan){wire->data, wire->size};
}

static inline uint16_t dsl_word_number(const Dsl *dsl, size_t at) {
    ck_assert_uint_lt(at, dsl->word_count);
    return (uint16_t)strtoul(dsl->words[at], NULL, 10);
}

static inline void dsl_publish(const Dsl *dsl, DrillPublishPacket *publish) {
    publish->qos = (DrillQos)(dsl->words[3][1] - '0');
    publish->dup = dsl_flag(dsl, "dup");
    publish->retain = dsl_flag(dsl, "retain");
    publish->packet_identifier = (uint16_t)dsl_option_number(dsl, "id", 0);
    publish->topic = dsl_payload(dsl->words[dsl->word_count - 2]);
    publish->payload = dsl_payload(dsl->words[dsl->word_count - 1]);
}

/* Words 2.. are a packet. */
static inline void dsl_packet(const Dsl *dsl, DslNode *node, DrillBuffer *out) {
    const char *name = dsl->words[2];
    if (strcmp(name, "HEX") == 0) {
        for (size_t i = 3; i < dsl->word_count; i++) {
            drill_buffer_put_byte(out, (uint8_t)strtoul(dsl->words[i], NULL, 16));
        }
        return;
    }
    int type = drill_packet_type_find(name);
    ck_assert_msg(type != 0, "no packet type: %s", name);
    DrillPacket packet = {.type = (DrillPacketType)type};
    DrillBuffer wire = {.allocator = out->allocator};
    DrillBuffer properties = {.allocator = out->allocator};
    DrillBuffer will_properties = {.allocator = out->allocator};
    if (type == DRILL_CONNECT) {
        node->version = (DrillVersion)dsl_option_number(dsl, "v", dsl->version);
        packet.as.connect.properties = dsl_properties(dsl, "", &properties);
        packet.as.connect.will_properties = dsl_properties(dsl, "will.", &will_properties);
        dsl_connect(dsl, node, &packet.as.connect);
    } else if (type == DRILL_CONNACK) {
        packet.as.connack.session_present = dsl_option_number(dsl, "sp", 0) != 0;
        packet.as.connack.code = (uint8_t)dsl_option_number(dsl, "code", 0);
        packet.as.connack.properties = dsl_properties(dsl, "", &properties);
    } else if (type == DRILL_PUBLISH) {
        dsl_publish(dsl, &packet.as.publish);
        packet.as.publish.properties = dsl_properties(dsl, "", &properties);
    } else if (type == DRILL_SUBSCRIBE || type == DRILL_UNSUBSCRIBE) {
        packet.as.subscribe.packet_identifier = dsl_word_number(dsl, 3);
        dsl_filters(dsl, 4, type == DRILL_SUBSCRIBE, &wire, &packet.as.subscribe);
        packet.as.subscribe.properties = dsl_properties(dsl, "", &properties);
    } else if (type == DRILL_SUBACK || type == DRILL_UNSUBACK) {
        packet.as.suback.packet_identifier = dsl_word_number(dsl, 3);
        packet.as.suback.properties = dsl_properties(dsl, "", &properties);
        for (size_t i = 4; i < dsl->word_count; i++) {
            if (strchr(dsl->words[i], '=') == NULL) {
                drill_buffer_put_byte(&wire, (uint8_t)strtoul(dsl->words[i], NULL, 0));
            }
        }
        packet.as.suback.reason_codes = (DrillSpan){wire.data, wire.size};
    } else if (type >= DRILL_PUBACK && type <= DRILL_PUBCOMP) {
        packet.as.ack.packet_identifier = dsl_word_number(dsl, 3);
        packet.as.ack.reason_code = (uint8_t)dsl_option_number(dsl, "code", 0);
        packet.as.ack.properties = dsl_properties(dsl, "", &properties);
    } else if (type == DRILL_DISCONNECT || type == DRILL_AUTH) {
        packet.as.reason.reason_code = (uint8_t)dsl_option_number(dsl, "code", 0);
        packet.as.reason.properties = dsl_properties(dsl, "", &properties);
    }
    bool encoded = drill_codec_encode(&packet, node->version, out) == DRILL_OK;
    ck_assert_msg(encoded || dsl->lenient, "cannot encode: %s", name);
    drill_buffer_release(&wire);
    drill_buffer_release(&properties);
    drill_buffer_release(&will_properties);
}

static inline void dsl_transmit(Dsl *dsl, DslNode *node, const char *arrow) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    dsl_packet(dsl, node, &bytes);
    DrillTraceValue value = {.bytes = {bytes.data, bytes.size}};
    bool up = arrow[0] == '>';
    bool arrives = arrow[1] != '!';
    bool far = dsl->far_role != NULL;
    if (bytes.size == 0) {
        return; /* lenient */
    }
    for (int step = 0; step < 2; step++) {
        bool sending = step == 0;
        bool client = sending == up;
        if ((!sending && !arrives) || (!client && !far)) {
            continue;
        }
        DSL_EMIT(dsl, client ? node->name : "b",
                 sending ? DRILL_TRACE_MQTT_SENT : DRILL_TRACE_MQTT_RECEIVED,
                 dsl_number(node->conn), value, dsl_number(1));
    }
    drill_buffer_release(&bytes);
}

/* ---- lines ---- */

/* Makes words 0.. from text; the strings live in `line`. */
static inline void dsl_split(Dsl *dsl, char *line) {
    char *rest = NULL;
    dsl->word_count = 0;
    for (char *word = strtok_r(line, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest)) {
        ck_assert_uint_lt(dsl->word_count, DSL_WORDS_MAX);
        dsl->words[dsl->word_count++] = word;
    }
}

static inline void dsl_line(Dsl *dsl, const char *text);

static inline void dsl_up(Dsl *dsl, const DslNode *node) {
    char options[256] = "";
    for (size_t i = 2; i < dsl->word_count; i++) {
        (void)snprintf(options + strlen(options), sizeof options - strlen(options), " %s",
                       dsl->words[i]);
    }
    unsigned long sp = dsl_option_number(dsl, "sp", 0);
    char answer[256] = "";
    for (size_t i = 2; i < dsl->word_count; i++) {
        if (strncmp(dsl->words[i], "ack.", 4) == 0) {
            (void)snprintf(answer + strlen(answer), sizeof answer - strlen(answer), " %s",
                           dsl->words[i] + 4);
        }
    }
    char name[32];
    (void)snprintf(name, sizeof name, "%s", node->name);
    char line[512];
    (void)snprintf(line, sizeof line, "= %s open", name);
    dsl_line(dsl, line);
    (void)snprintf(line, sizeof line, "= %s > CONNECT%s", name, options);
    dsl_line(dsl, line);
    (void)snprintf(line, sizeof line, "= %s < CONNACK sp=%lu%s", name, sp, answer);
    dsl_line(dsl, line);
}

static inline void dsl_subscribes(Dsl *dsl, const DslNode *node) {
    char request[512];
    char answer[256];
    char name[32];
    (void)snprintf(name, sizeof name, "%s", node->name);
    (void)snprintf(request, sizeof request, "= %s > SUBSCRIBE 60000", name);
    (void)snprintf(answer, sizeof answer, "= %s < SUBACK 60000", name);
    for (size_t i = 2; i < dsl->word_count; i++) {
        (void)snprintf(request + strlen(request), sizeof request - strlen(request), " %s",
                       dsl->words[i]);
        const char *colon = strrchr(dsl->words[i], ':');
        if (strchr(dsl->words[i], '=') == NULL) {
            (void)snprintf(answer + strlen(answer), sizeof answer - strlen(answer), " %c",
                           colon == NULL ? '0' : colon[1]);
        }
    }
    dsl_line(dsl, request);
    dsl_line(dsl, answer);
}

static inline void dsl_app(Dsl *dsl, const DslNode *node) {
    const char *what = dsl->words[2];
    uint64_t qos = dsl->word_count > 3 ? (uint64_t)(dsl->words[3][1] - '0') : 0;
    if (strcmp(what, "connect") == 0) {
        DSL_EMIT(dsl, node->name, DRILL_TRACE_APP_CONNECT, dsl_number(node->conn), dsl_number(1),
                 dsl_number(0));
    } else if (strcmp(what, "publish") == 0) {
        const char *topic = strcmp(dsl->words[4], "-") == 0 ? "" : dsl->words[4];
        DSL_EMIT(dsl, node->name, DRILL_TRACE_APP_PUBLISH, dsl_number(1), dsl_number(qos),
                 dsl_number(0), dsl_text(topic), dsl_text(dsl->words[5]));
    } else {
        ck_assert_str_eq(what, "delivered");
        DSL_EMIT(dsl, node->name, DRILL_TRACE_APP_DELIVERED, dsl_number(node->conn),
                 dsl_number(qos), dsl_number(0), dsl_number(0), dsl_text(dsl->words[4]),
                 dsl_text(dsl->words[5]));
    }
}

static inline bool dsl_closing(Dsl *dsl, DslNode *node, const char *verb) {
    if (strcmp(verb, "close") == 0) {
        dsl_closed(dsl, node, "local", "remote", "fin", false);
    } else if (strcmp(verb, "cut") == 0) {
        dsl_closed(dsl, node, "remote", "remote", "rst", false);
    } else if (strcmp(verb, "kick") == 0) {
        dsl_closed(dsl, node, "remote", "local", "fin", false);
    } else if (strcmp(verb, "vanish") == 0) {
        dsl_closed(dsl, node, "local", NULL, "rst", false);
    } else if (strcmp(verb, "gone") == 0) {
        dsl_closed(dsl, node, NULL, "local", "rst", false);
    } else if (strcmp(verb, "half") == 0) {
        dsl_closed(dsl, node, "local", "remote", "fin", true);
    } else {
        return false;
    }
    return true;
}

static inline void dsl_verb(Dsl *dsl, DslNode *node, const char *verb) {
    if (verb[0] == '>' || verb[0] == '<') {
        dsl_transmit(dsl, node, verb);
    } else if (strcmp(verb, "open") == 0) {
        dsl_open(dsl, node);
    } else if (strcmp(verb, "dial") == 0) {
        node->conn = ++dsl->conn_next;
        node->dialled = true;
    } else if (strcmp(verb, "crash") == 0) {
        DSL_EMIT(dsl, node->name, DRILL_TRACE_APP_CRASH, dsl_number(0));
    } else if (strcmp(verb, "held") == 0) {
        DSL_EMIT(dsl, node->name, DRILL_TRACE_HELD, dsl_number(node->conn),
                 dsl_text(dsl->words[2]));
    } else if (strcmp(verb, "faulted") == 0) {
        DSL_EMIT(dsl, node->name, DRILL_TRACE_MQTT_FAULTED, dsl_number(node->conn), dsl_text(""),
                 dsl_number(0), dsl_text(""));
    } else if (strcmp(verb, "struck") == 0) {
        DSL_EMIT(dsl, "", DRILL_TRACE_FAULT_STRUCK, dsl_number(1), dsl_number(node->conn),
                 dsl_number(0), dsl_text(""));
    } else if (strcmp(verb, "outside") == 0) {
        DSL_EMIT(dsl, "b", DRILL_TRACE_OUTSIDE_CLOSED, dsl_number(node->conn), dsl_text("fin"),
                 dsl_text(""));
    } else if (strcmp(verb, "app") == 0) {
        dsl_app(dsl, node);
    } else if (strcmp(verb, "up") == 0) {
        dsl_up(dsl, node);
    } else if (strcmp(verb, "subscribes") == 0) {
        dsl_subscribes(dsl, node);
    } else {
        ck_assert_msg(dsl_closing(dsl, node, verb), "no verb: %s", verb);
    }
}

static inline void dsl_end(Dsl *dsl, bool busy, const char *outcome) {
    DSL_EMIT(dsl, "", DRILL_TRACE_SETTLED, dsl_number(0), dsl_number(busy));
    DSL_EMIT(dsl, "", DRILL_TRACE_RUN_END, dsl_text(outcome), dsl_text(""));
    dsl->ended = true;
}

static inline void dsl_line(Dsl *dsl, const char *text) {
    char line[512];
    (void)snprintf(line, sizeof line, "%s", text);
    char *hash = strstr(line, "//");
    if (hash != NULL) {
        *hash = '\0';
    }
    dsl_split(dsl, line);
    if (dsl->word_count == 0) {
        return;
    }
    ck_assert_msg(dsl->word_count >= 2, "too short: %s", text);
    if (strcmp(dsl->words[0], "=") != 0) {
        dsl->now_ns = (uint64_t)(strtod(dsl->words[0], NULL) * 1e6 + 0.5) * 1000;
    }
    const char *who = dsl->words[1];
    if (strcmp(who, "settled") == 0 || strcmp(who, "busy") == 0 || strcmp(who, "limit") == 0) {
        dsl_end(dsl, strcmp(who, "busy") == 0, strcmp(who, "limit") == 0 ? "limit" : "finished");
        return;
    }
    if (strcmp(who, "broker") == 0 && strcmp(dsl->words[2], "paused") == 0) {
        DSL_EMIT(dsl, "b", DRILL_TRACE_BROKER_PAUSED,
                 dsl_number(dsl_option_number(dsl, "until", 0) * DRILL_NS_PER_S));
        return;
    }
    if (strcmp(who, "broker") == 0 && strcmp(dsl->words[2], "config") == 0) {
        DSL_EMIT(dsl, "b", DRILL_TRACE_BROKER_CONFIG, dsl_text(dsl->words[3]),
                 dsl_text(dsl->words[4]));
        return;
    }
    if (strcmp(who, "broker") == 0) {
        bool keep = dsl_option_number(dsl, "keep", 0) != 0;
        DSL_EMIT(dsl, "b",
                 strcmp(dsl->words[2], "down") == 0 ? DRILL_TRACE_BROKER_DOWN
                                                    : DRILL_TRACE_BROKER_UP,
                 dsl_number(keep));
        return;
    }
    DslNode *node = dsl_node(dsl, who);
    const char *verb = dsl->words[2];
    /* Options and packets start after the verb. */
    dsl->word_count -= 1;
    memmove(&dsl->words[1], &dsl->words[2], sizeof dsl->words[0] * (dsl->word_count - 1));
    dsl_verb(dsl, node, verb);
}

typedef struct DslOptions {
    DrillVersion version; /* 0: 3.1.1 */
    const char *far_role; /* "broker", "gateway", or "none" */
    bool paced;
    uint64_t keep_alive_slack_ns;
    const DrillAllocator *allocator; /* of the oracles; NULL: malloc */
} DslOptions;

static inline DrillCheck *dsl_judge(const char *script, const DslOptions *options) {
    DrillVersion version = options->version == 0 ? DRILL_MQTT_3_1_1 : options->version;
    DrillCheckOptions check_options = {
        .allocator = options->allocator != NULL ? *options->allocator : drill_allocator_malloc(),
        .version = version,
        .paced = options->paced,
        .keep_alive_slack_ns = options->keep_alive_slack_ns};
    Dsl dsl = {.check = drill_check_new(&check_options), .version = version};
    const char *role = options->far_role == NULL ? "broker" : options->far_role;
    dsl.far_role = strcmp(role, "none") == 0 ? NULL : role;
    if (dsl.far_role != NULL) {
        dsl_add_node(&dsl, "b", dsl.far_role);
    }
    char *text = strdup(script);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        dsl_line(&dsl, line);
    }
    free(text);
    if (!dsl.ended) {
        dsl.now_ns += 60 * DRILL_NS_PER_S;
        dsl_end(&dsl, false, "finished");
    }
    drill_check_finish(dsl.check);
    return dsl.check;
}

/* ---- assertions ---- */

/* For three_kinds.lua, which looks whether every oracle has traces of all kinds: a line "ORACLE
 * STATEMENT KIND". An oracle of NULL stands for all that judge the statement. */
static inline void dsl_log_line(FILE *file, const char *oracle, const char *statement,
                                const char *kind) {
    for (size_t o = 0; o < drill_oracle_count(); o++) {
        const DrillOracleInfo *info = drill_oracle_info(o);
        bool named = oracle != NULL && strcmp(oracle, info->name) == 0;
        for (const char *const *id = info->statements; oracle == NULL && *id != NULL; id++) {
            named = named || strcmp(*id, statement) == 0;
        }
        if (named) {
            (void)fprintf(file, "%s %s %s\n", info->name, statement, kind);
        }
    }
}

static inline void dsl_log(const char *oracle, const char *statement, const char *kind) {
    const char *path = getenv("DRILL_TRACE_KINDS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        dsl_log_line(file, oracle, statement, kind);
        (void)fclose(file);
    }
}

/* All that a trace without any finding has exercised. */
static inline void dsl_log_passes(const DrillCheck *check) {
    const char *path = getenv("DRILL_TRACE_KINDS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    size_t count = drill_check_judgement_count(check);
    for (size_t i = 0; file != NULL && i < count; i++) {
        const DrillJudgement *judgement = drill_check_judgement(check, i);
        if (judgement->exercised > 0) {
            dsl_log_line(file, NULL, judgement->statement, "pass");
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static inline void dsl_print_findings(const DrillCheck *check) {
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        (void)fprintf(stderr, "  %s %s %s: %s\n", drill_verdict_name(finding->verdict),
                      finding->oracle, finding->statement, finding->text);
    }
}

static inline uint64_t dsl_exercised(const DrillCheck *check, const char *statement) {
    size_t count = drill_check_judgement_count(check);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(drill_check_judgement(check, i)->statement, statement) == 0) {
            return drill_check_judgement(check, i)->exercised;
        }
    }
    ck_abort_msg("no oracle judges %s", statement);
}

/* No finding at all, and the statement was exercised ("" asks for none). */
static inline void expect_pass_with(const char *script, const char *statement,
                                    const DslOptions *options) {
    DrillCheck *check = dsl_judge(script, options);
    if (drill_check_finding_count(check) != 0) {
        dsl_print_findings(check);
        ck_abort_msg("expected no finding (%s)", statement);
    }
    ck_assert_int_eq(drill_check_verdict(check), DRILL_PASS);
    if (statement[0] != '\0') {
        ck_assert_msg(dsl_exercised(check, statement) > 0, "%s was not exercised", statement);
    }
    dsl_log_passes(check);
    drill_check_free(check);
}

/* A finding of this oracle and statement; all findings name packets. */
static inline void expect_finding_with(const char *script, DrillVerdict verdict, const char *oracle,
                                       const char *statement, const DslOptions *options) {
    DrillCheck *check = dsl_judge(script, options);
    bool found = false;
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        ck_assert_msg(finding->packet_count > 0, "no packets: %s", finding->text);
        found =
            found || (strcmp(finding->oracle, oracle) == 0 &&
                      strcmp(finding->statement, statement) == 0 && finding->verdict == verdict);
    }
    if (!found || drill_check_verdict(check) != verdict) {
        dsl_print_findings(check);
        ck_abort_msg("expected %s %s %s", drill_verdict_name(verdict), oracle, statement);
    }
    dsl_log(oracle, statement, drill_verdict_name(verdict));
    drill_check_free(check);
}

static inline void expect_pass(const char *script, const char *statement) {
    DslOptions options = {0};
    expect_pass_with(script, statement, &options);
}

static inline void expect_fail(const char *script, const char *oracle, const char *statement) {
    DslOptions options = {0};
    expect_finding_with(script, DRILL_FAIL, oracle, statement, &options);
}

static inline void expect_inconclusive(const char *script, const char *oracle,
                                       const char *statement) {
    DslOptions options = {0};
    expect_finding_with(script, DRILL_INCONCLUSIVE, oracle, statement, &options);
}

/* 5.0. */
static inline void expect_pass5(const char *script, const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    expect_pass_with(script, statement, &options);
}

static inline void expect_fail5(const char *script, const char *oracle, const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    expect_finding_with(script, DRILL_FAIL, oracle, statement, &options);
}

/* And nobody else finds anything. */
static inline void expect_only_with(const char *script, const char *oracle, const char *statement,
                                    const DslOptions *options) {
    expect_finding_with(script, DRILL_FAIL, oracle, statement, options);
    DrillCheck *check = dsl_judge(script, options);
    dsl_print_findings(check);
    ck_assert_uint_eq(drill_check_finding_count(check), 1);
    drill_check_free(check);
}

static inline void expect_only(const char *script, const char *oracle, const char *statement) {
    DslOptions options = {0};
    expect_only_with(script, oracle, statement, &options);
}

static inline void expect_only5(const char *script, const char *oracle, const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    expect_only_with(script, oracle, statement, &options);
}

static inline void expect_inconclusive5(const char *script, const char *oracle,
                                        const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    expect_finding_with(script, DRILL_INCONCLUSIVE, oracle, statement, &options);
}

/* It fails, and not by this statement of this oracle. */
static inline void expect_fail5_without(const char *script, const char *oracle,
                                        const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    DrillCheck *check = dsl_judge(script, &options);
    ck_assert_int_eq(drill_check_verdict(check), DRILL_FAIL);
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        ck_assert_msg(strcmp(finding->oracle, oracle) != 0 ||
                          strcmp(finding->statement, statement) != 0,
                      "%s %s: %s", oracle, statement, finding->text);
    }
    drill_check_free(check);
}

/* Nothing is found and the statement was not exercised: what cannot be known is not judged. */
static inline void expect_unused_with(const char *script, const char *statement,
                                      const DslOptions *options) {
    DrillCheck *check = dsl_judge(script, options);
    dsl_print_findings(check);
    ck_assert_uint_eq(drill_check_finding_count(check), 0);
    ck_assert_uint_eq(dsl_exercised(check, statement), 0);
    dsl_log(NULL, statement, "unused");
    drill_check_free(check);
}

static inline void expect_unused(const char *script, const char *statement) {
    DslOptions options = {0};
    expect_unused_with(script, statement, &options);
}

static inline void expect_unused5(const char *script, const char *statement) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    expect_unused_with(script, statement, &options);
}

static inline void expect_unused_live(const char *script, const char *statement) {
    DslOptions options = {.far_role = "gateway", .paced = true};
    expect_unused_with(script, statement, &options);
}

/* Against a real broker: a gateway, wall-clock time. */
static inline void expect_pass_live(const char *script, const char *statement) {
    DslOptions options = {.far_role = "gateway", .paced = true};
    expect_pass_with(script, statement, &options);
}

static inline void expect_fail_live(const char *script, const char *oracle, const char *statement) {
    DslOptions options = {.far_role = "gateway", .paced = true};
    expect_finding_with(script, DRILL_FAIL, oracle, statement, &options);
}

/* A suite of one case, run to the end. */
static inline int dsl_run(const char *name, const TTest *const *tests, size_t count) {
    const char *kinds = getenv("DRILL_TRACE_KINDS");
    if (kinds != NULL) {
        (void)remove(kinds);
    }
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60); /* a machine may be busy */
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}

#define DSL_MAIN(name, ...)                                                                        \
    int main(void) {                                                                               \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return dsl_run(name, tests, sizeof tests / sizeof tests[0]);                               \
    }

#endif
