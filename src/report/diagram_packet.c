/* The words on an arrow. */
#include "report/diagram_model.h"
#include "spec/reason.h"

#include <string.h>

static const char *fields_text(DrillDiagram *diagram, DrillBuffer *buffer) {
    while (buffer->size > 0 && buffer->data[buffer->size - 1] == ' ')
        buffer->size--;
    return drill_pool_buffer(&diagram->pool, buffer);
}

static void describe_connect(DrillDiagram *diagram, const DrillConnectPacket *connect,
                             DrillBuffer *out) {
    drill_buffer_print(out, "clean=%d keep-alive=%u s ", connect->clean ? 1 : 0,
                       (unsigned)connect->keep_alive_s);
    if (connect->has_will) {
        drill_buffer_print(out, "will=%s ",
                           drill_pool_readable(&diagram->pool, connect->will_topic, 24));
    }
    if (connect->has_username) drill_buffer_put_string(out, "user name ");
}

static void describe_connack(const DrillDiagram *diagram, const DrillConnackPacket *connack,
                             DrillBuffer *out) {
    if (connack->code == 0) {
        drill_buffer_print(out, "session present=%d", connack->session_present ? 1 : 0);
    } else if (diagram->version == DRILL_MQTT_5_0) {
        drill_buffer_print(out, "refused 0x%02x", (unsigned)connack->code);
    } else {
        drill_buffer_print(out, "refused, code %u", (unsigned)connack->code);
    }
}

/* The payload as people would quote it; bytes that are no text as their number. */
static const char *payload_text(DrillDiagram *diagram, DrillSpan payload) {
    if (payload.size == 0) return "(empty)";
    bool text = drill_utf8_valid(payload);
    for (size_t i = 0; text && i < payload.size; i++) {
        text = payload.data[i] >= 0x20 && payload.data[i] != 0x7F;
    }
    if (!text || payload.size > 200) {
        return drill_pool_print(&diagram->pool, "%zu bytes", payload.size);
    }
    return drill_pool_print(&diagram->pool, "“%s”",
                            drill_pool_readable(&diagram->pool, payload, 24));
}

static void describe_publish(DrillDiagram *diagram, const DrillPublishPacket *publish,
                             DrillArrow *arrow, DrillBuffer *out) {
    drill_buffer_print(out, "QoS %d ", (int)publish->qos);
    if (publish->qos != DRILL_QOS_0) {
        arrow->id = publish->packet_identifier;
        drill_buffer_print(out, "id=%u ", (unsigned)arrow->id);
    }
    if (publish->dup) drill_buffer_put_string(out, "DUP ");
    if (publish->retain) drill_buffer_put_string(out, "RETAIN ");
    arrow->topic = drill_pool_span(&diagram->pool, publish->topic);
    arrow->data = drill_pool_print(&diagram->pool, "%s %s",
                                   drill_pool_readable(&diagram->pool, publish->topic, 48),
                                   payload_text(diagram, publish->payload));
}

static void describe_subscribe(DrillDiagram *diagram, const DrillPacket *packet, DrillArrow *arrow,
                               DrillBuffer *out) {
    bool with_options = packet->type == DRILL_SUBSCRIBE;
    arrow->id = packet->as.subscribe.packet_identifier;
    drill_buffer_print(out, "id=%u ", (unsigned)arrow->id);
    size_t offset = 0;
    DrillFilter filter;
    if (!drill_filters_next(packet->as.subscribe.filters, with_options, &offset, &filter)) return;
    arrow->topic = drill_pool_span(&diagram->pool, filter.filter);
    const char *text = drill_pool_readable(&diagram->pool, filter.filter, 48);
    if (with_options) {
        text = drill_pool_print(&diagram->pool, "%s QoS %d%s%s", text, filter.options & 3,
                                (filter.options & 4) != 0 ? ", No Local" : "",
                                (filter.options & 8) != 0 ? ", Retain As Published" : "");
        if ((filter.options & 0x30) != 0) {
            text = drill_pool_print(&diagram->pool, "%s, Retain Handling %d", text,
                                    filter.options >> 4 & 3);
        }
    }
    if (packet->as.subscribe.filters.count > 1) {
        text = drill_pool_print(&diagram->pool, "%s, %u more", text,
                                (unsigned)packet->as.subscribe.filters.count - 1);
    }
    arrow->data = text;
}

static void describe_suback(const DrillPacket *packet, DrillArrow *arrow, DrillBuffer *out) {
    arrow->id = packet->as.suback.packet_identifier;
    drill_buffer_print(out, "id=%u", (unsigned)arrow->id);
    DrillSpan codes = packet->as.suback.reason_codes;
    for (size_t i = 0; i < codes.size && i < 6; i++) {
        drill_buffer_put_string(out, i == 0 ? " " : ", ");
        if (drill_reason_is_failure(codes.data[i])) {
            drill_buffer_print(out, "refused 0x%02x", (unsigned)codes.data[i]);
        } else if (packet->type == DRILL_SUBACK) {
            drill_buffer_print(out, i == 0 ? "granted QoS %u" : "%u", (unsigned)codes.data[i]);
        } else if (codes.data[i] != 0) {
            drill_buffer_print(out, "0x%02x", (unsigned)codes.data[i]);
        }
    }
    if (codes.size > 6) drill_buffer_put_string(out, " …");
}

static void describe_ack(const DrillPacket *packet, DrillArrow *arrow, DrillBuffer *out) {
    arrow->id = packet->as.ack.packet_identifier;
    drill_buffer_print(out, "id=%u", (unsigned)arrow->id);
    if (packet->as.ack.reason_code != 0) {
        drill_buffer_print(out, " 0x%02x", (unsigned)packet->as.ack.reason_code);
    }
}

static DrillArrowClass class_of(DrillPacketType type) {
    switch (type) {
    case DRILL_PUBLISH:
        return DRILL_ARROW_PUBLISH;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        return DRILL_ARROW_ACK;
    case DRILL_SUBSCRIBE:
    case DRILL_SUBACK:
    case DRILL_UNSUBSCRIBE:
    case DRILL_UNSUBACK:
        return DRILL_ARROW_SUBSCRIBE;
    case DRILL_CONNECT:
    case DRILL_CONNACK:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return DRILL_ARROW_CONTROL;
    }
    return DRILL_ARROW_CONTROL;
}

static void describe_fields(DrillDiagram *diagram, const DrillPacket *packet, DrillArrow *arrow,
                            DrillBuffer *out) {
    switch (packet->type) {
    case DRILL_CONNECT:
        describe_connect(diagram, &packet->as.connect, out);
        break;
    case DRILL_CONNACK:
        describe_connack(diagram, &packet->as.connack, out);
        break;
    case DRILL_PUBLISH:
        describe_publish(diagram, &packet->as.publish, arrow, out);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        describe_ack(packet, arrow, out);
        break;
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        describe_subscribe(diagram, packet, arrow, out);
        break;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        describe_suback(packet, arrow, out);
        break;
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        if (packet->as.reason.reason_code != 0) {
            drill_buffer_print(out, "0x%02x", (unsigned)packet->as.reason.reason_code);
        }
        break;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        break;
    }
}

/* Bytes that do not decode: the name their first byte claims, and the bytes themselves. */
static void describe_raw(DrillDiagram *diagram, DrillSpan bytes, bool whole, DrillArrow *arrow) {
    const char *name = NULL;
    if (bytes.size > 0 && whole)
        name = drill_packet_type_name((DrillPacketType)(bytes.data[0] >> 4));
    arrow->class = DRILL_ARROW_RAW;
    arrow->name = name != NULL ? name : "bytes";
    arrow->fields = whole ? "not well-formed" : "part of a packet";
    DrillBuffer hex = {.allocator = drill_allocator_malloc()};
    for (size_t i = 0; i < bytes.size && i < 12; i++) {
        drill_buffer_print(&hex, i == 0 ? "%02x" : " %02x", (unsigned)bytes.data[i]);
    }
    if (bytes.size > 12) drill_buffer_print(&hex, " … (%zu)", bytes.size);
    arrow->data = drill_pool_buffer(&diagram->pool, &hex);
}

bool drill_diagram_describe(DrillDiagram *diagram, DrillSpan bytes, bool whole, DrillArrow *arrow,
                            DrillPacket *packet) {
    DrillFault fault;
    arrow->data = "";
    arrow->mark = "";
    arrow->why = "";
    if (!whole || drill_codec_decode(bytes, diagram->version, packet, &fault) != DRILL_OK) {
        describe_raw(diagram, bytes, whole, arrow);
        return false;
    }
    DrillBuffer out = {.allocator = drill_allocator_malloc()};
    arrow->type = (int)packet->type;
    arrow->class = class_of(packet->type);
    arrow->name = drill_packet_type_name(packet->type);
    describe_fields(diagram, packet, arrow, &out);
    arrow->fields = fields_text(diagram, &out);
    const char *properties = drill_diagram_properties(diagram, packet);
    if (properties[0] != '\0') {
        arrow->data = drill_pool_print(&diagram->pool, "%s%s%s", arrow->data,
                                       arrow->data[0] != '\0' ? " " : "", properties);
    }
    return true;
}
