/* Every good packet of every.h as our encoder writes it, and what our decoder reads in it, for
 * another program to compare:
 *
 *     vectors_fields VERSION      lines "NAME<tab>hex<tab>field=value,value<tab>field=..."
 *
 * Fields have tshark's names; numbers are decimal, bytes hex, "?" is a value that tshark cannot
 * show. */
#include "base/base.h"
#include "every.h"

#include <stdlib.h>

typedef struct Fields {
    DrillVersion version;
    DrillBuffer encoded, out;
    const char *last; /* name of the last field */
} Fields;

/* Fields of one name follow each other. */
static void name_field(Fields *fields, const char *name) {
    bool again = fields->last != NULL && strcmp(fields->last, name) == 0;
    drill_buffer_print(&fields->out, "%s%s%s", again ? "," : "\t", again ? "" : name,
                       again ? "" : "=");
    fields->last = name;
}

static void number(Fields *fields, const char *name, uint32_t value) {
    name_field(fields, name);
    drill_buffer_print(&fields->out, "%lu", (unsigned long)value);
}

static void text(Fields *fields, const char *name, DrillSpan value) {
    name_field(fields, name);
    bool shown = drill_utf8_valid(value) && memchr(value.data, 0, value.size) == NULL;
    if (value.size > 0 && shown)
        drill_buffer_put(&fields->out, value.data, value.size);
    else if (!shown)
        drill_buffer_put_string(&fields->out, "?");
}

static void bytes(Fields *fields, const char *name, DrillSpan value) {
    name_field(fields, name);
    drill_buffer_put_hex(&fields->out, value);
}

/* --- properties: tshark has names of their own for a few --- */

static const char *name_of(const DrillProperty *property) {
    if (property->id == DRILL_MAXIMUM_QOS) return "mqtt.property.max_qos";
    if (property->id == DRILL_TOPIC_ALIAS) return "mqtt.property.topic_alias";
    if (property->id == DRILL_CONTENT_TYPE) return "mqtt.property.content_type";
    return property->kind <= DRILL_PROPERTY_VARIABLE_BYTE ? "mqtt.prop_number" : "mqtt.prop_string";
}

/* Those of one name; `pair`: their other halves. */
static void properties_named(Fields *fields, DrillProperties list, const char *name) {
    DrillProperty property;
    size_t offset = 0;
    while (drill_properties_next(list, &offset, &property)) {
        if (strcmp(name, "mqtt.property_id") == 0)
            number(fields, name, property.id);
        else if (property.kind == DRILL_PROPERTY_STRING_PAIR && strcmp(name, "mqtt.prop_key") == 0)
            text(fields, name, property.name);
        else if (property.kind == DRILL_PROPERTY_STRING_PAIR &&
                 strcmp(name, "mqtt.prop_value") == 0)
            text(fields, name, property.value);
        else if (property.kind != DRILL_PROPERTY_STRING_PAIR &&
                 strcmp(name, name_of(&property)) == 0)
            property.kind <= DRILL_PROPERTY_VARIABLE_BYTE ? number(fields, name, property.number)
                                                          : text(fields, name, property.value);
    }
}

static void properties(Fields *fields, DrillProperties list, DrillProperties will) {
    static const char *const names[] = {"mqtt.property_id",          "mqtt.prop_number",
                                        "mqtt.prop_string",          "mqtt.prop_key",
                                        "mqtt.prop_value",           "mqtt.property.max_qos",
                                        "mqtt.property.topic_alias", "mqtt.property.content_type"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        properties_named(fields, list, names[i]);
        properties_named(fields, will, names[i]);
    }
}

static const DrillProperties none = {{NULL, 0}, 0};

/* --- packets --- */

static void connect(Fields *fields, const DrillConnectPacket *packet) {
    number(fields, "mqtt.ver", packet->protocol_level);
    number(fields, "mqtt.kalive", packet->keep_alive_s);
    number(fields, "mqtt.conflag.cleansess", packet->clean);
    number(fields, "mqtt.conflag.willflag", packet->has_will);
    number(fields, "mqtt.conflag.qos", (uint32_t)packet->will_qos);
    number(fields, "mqtt.conflag.retain", packet->will_retain);
    number(fields, "mqtt.conflag.uname", packet->has_username);
    number(fields, "mqtt.conflag.passwd", packet->has_password);
    text(fields, "mqtt.clientid", packet->client_id);
    if (packet->has_will) text(fields, "mqtt.willtopic", packet->will_topic);
    if (packet->has_will) bytes(fields, "mqtt.willmsg", packet->will_payload);
    if (packet->has_username) text(fields, "mqtt.username", packet->username);
    if (packet->has_password) text(fields, "mqtt.passwd", packet->password);
    properties(fields, packet->properties, packet->will_properties);
}

static void publish(Fields *fields, const DrillPublishPacket *packet) {
    number(fields, "mqtt.dupflag", packet->dup);
    number(fields, "mqtt.qos", (uint32_t)packet->qos);
    number(fields, "mqtt.retain", packet->retain);
    if (packet->qos != DRILL_QOS_0) number(fields, "mqtt.msgid", packet->packet_identifier);
    text(fields, "mqtt.topic", packet->topic);
    bytes(fields, "mqtt.msg", packet->payload);
    properties(fields, packet->properties, none);
}

static void subscribe(Fields *fields, DrillPacketType type, const DrillSubscribePacket *packet) {
    DrillFilter filter;
    size_t offset = 0;
    bool options = type == DRILL_SUBSCRIBE;
    number(fields, "mqtt.msgid", packet->packet_identifier);
    while (drill_filters_next(packet->filters, options, &offset, &filter)) {
        text(fields, "mqtt.topic", filter.filter);
        if (!options) continue;
        if (fields->version != DRILL_MQTT_5_0) {
            number(fields, "mqtt.sub.qos", filter.options);
            continue;
        }
        number(fields, "mqtt.subscription_options_qos", filter.options & 3);
        number(fields, "mqtt.subscription_options_nl", filter.options >> 2 & 1);
        number(fields, "mqtt.subscription_options_rap", filter.options >> 3 & 1);
        number(fields, "mqtt.subscription_options_retain", filter.options >> 4);
    }
    properties(fields, packet->properties, none);
}

static void suback(Fields *fields, DrillPacketType type, const DrillSubackPacket *packet) {
    const char *name = fields->version != DRILL_MQTT_5_0 ? "mqtt.suback.qos"
                       : type == DRILL_SUBACK            ? "mqtt.suback.reason_code"
                                                         : "mqtt.unsuback.reason_code";
    number(fields, "mqtt.msgid", packet->packet_identifier);
    for (size_t i = 0; i < packet->reason_codes.size; i++)
        number(fields, name, packet->reason_codes.data[i]);
    properties(fields, packet->properties, none);
}

/* A code 0 without properties is not written. */
static void reason(Fields *fields, DrillPacketType type, uint8_t code, DrillProperties list) {
    static const char *const names[] = {[DRILL_PUBACK] = "mqtt.puback.reason_code",
                                        [DRILL_PUBREC] = "mqtt.pubrec.reason_code",
                                        [DRILL_PUBREL] = "mqtt.pubrel.reason_code",
                                        [DRILL_PUBCOMP] = "mqtt.pubcomp.reason_code",
                                        [DRILL_DISCONNECT] = "mqtt.disconnect.reason_code",
                                        [DRILL_AUTH] = "mqtt.auth.reason_code"};
    if (code != 0 || list.count > 0) number(fields, names[type], code);
    properties(fields, list, none);
}

static void packet_fields(Fields *fields, const DrillPacket *packet) {
    number(fields, "mqtt.msgtype", packet->type);
    if (packet->type == DRILL_CONNECT) {
        connect(fields, &packet->as.connect);
    } else if (packet->type == DRILL_CONNACK) {
        bool v5 = fields->version == DRILL_MQTT_5_0;
        if (fields->version != DRILL_MQTT_3_1)
            number(fields, "mqtt.conack.flags.sp", packet->as.connack.session_present);
        number(fields, v5 ? "mqtt.connack.reason_code" : "mqtt.conack.val",
               packet->as.connack.code);
        properties(fields, packet->as.connack.properties, none);
    } else if (packet->type == DRILL_PUBLISH) {
        publish(fields, &packet->as.publish);
    } else if (packet->type == DRILL_SUBSCRIBE || packet->type == DRILL_UNSUBSCRIBE) {
        subscribe(fields, packet->type, &packet->as.subscribe);
    } else if (packet->type == DRILL_SUBACK || packet->type == DRILL_UNSUBACK) {
        suback(fields, packet->type, &packet->as.suback);
    } else if (packet->type == DRILL_DISCONNECT || packet->type == DRILL_AUTH) {
        reason(fields, packet->type, packet->as.reason.reason_code, packet->as.reason.properties);
    } else if (packet->type != DRILL_PINGREQ && packet->type != DRILL_PINGRESP) {
        number(fields, "mqtt.msgid", packet->as.ack.packet_identifier);
        reason(fields, packet->type, packet->as.ack.reason_code, packet->as.ack.properties);
    }
}

static void visit(void *context, const EveryPacket *from) {
    Fields *fields = context;
    DrillPacket packet;
    DrillFault fault;
    if (!from->good || from->version != fields->version) return;
    drill_buffer_clear(&fields->encoded);
    drill_buffer_clear(&fields->out);
    fields->last = NULL;
    if (drill_codec_decode(drill_span(from->bytes, from->size), from->version, &packet, &fault) !=
            DRILL_OK ||
        drill_codec_encode(&packet, from->version, &fields->encoded) != DRILL_OK) {
        fprintf(stderr, "%s: does not decode and encode\n", from->name);
        exit(1);
    }
    drill_buffer_print(&fields->out, "%s\t", from->name);
    drill_buffer_put_hex(&fields->out, drill_buffer_span(&fields->encoded));
    packet_fields(fields, &packet);
    printf("%s\n", drill_buffer_cstring(&fields->out));
}

int main(int argc, char **argv) {
    DrillAllocator heap = drill_allocator_malloc();
    Fields fields = {.encoded.allocator = heap, .out.allocator = heap};
    if (argc != 2) {
        fprintf(stderr, "usage: %s VERSION\n", argv[0]);
        return 2;
    }
    fields.version = (DrillVersion)atoi(argv[1]);
    every_visit(visit, &fields);
    drill_buffer_release(&fields.encoded);
    drill_buffer_release(&fields.out);
    return 0;
}
