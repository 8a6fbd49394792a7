/* The dispatch table, and what all packets share: the fixed header. */
#include <string.h>

#include "codec/wire.h"

#define TYPES 16

/* [v3:MQTT-2.2.2-2] [v5:MQTT-2.1.3-1] the reserved bits of the fixed header. */
#define FLAGS_RULE(name)                                                                           \
    {                                                                                              \
        "v3:MQTT-2.2.2-2", "v5:MQTT-2.1.3-1", DRILL_REASON_MALFORMED_PACKET,                       \
            "the fixed header flags of " name " must be 0000"                                      \
    }
/* A type whose flags have a statement of their own. */
#define OWN_RULE(name, v3, v5, bits)                                                               \
    { v3, v5, DRILL_REASON_MALFORMED_PACKET, "the fixed header flags of " name " must be " bits }

// clang-format off
static const DrillPacketRow rows[TYPES] = {
    [DRILL_CONNECT] = {"CONNECT", 0,
        FLAGS_RULE("CONNECT"),
        drill_connect_decode, drill_connect_encode, drill_connect_print},
    [DRILL_CONNACK] = {"CONNACK", 0,
        FLAGS_RULE("CONNACK"),
        drill_connack_decode, drill_connack_encode, drill_connack_print},
    [DRILL_PUBLISH] = {"PUBLISH", DRILL_FLAGS_OWN,
        {NULL, NULL, 0, NULL},
        drill_publish_decode, drill_publish_encode, drill_publish_print},
    [DRILL_PUBACK] = {"PUBACK", 0,
        FLAGS_RULE("PUBACK"),
        drill_ack_decode, drill_ack_encode, drill_ack_print},
    [DRILL_PUBREC] = {"PUBREC", 0,
        FLAGS_RULE("PUBREC"),
        drill_ack_decode, drill_ack_encode, drill_ack_print},
    /* [v3:MQTT-3.6.1-1] [v5:MQTT-3.6.1-1] */
    [DRILL_PUBREL] = {"PUBREL", 2,
        OWN_RULE("PUBREL", "v3:MQTT-3.6.1-1", "v5:MQTT-3.6.1-1", "0010"),
        drill_ack_decode, drill_ack_encode, drill_ack_print},
    [DRILL_PUBCOMP] = {"PUBCOMP", 0,
        FLAGS_RULE("PUBCOMP"),
        drill_ack_decode, drill_ack_encode, drill_ack_print},
    /* [v3:MQTT-3.8.1-1] [v5:MQTT-3.8.1-1] */
    [DRILL_SUBSCRIBE] = {"SUBSCRIBE", 2,
        OWN_RULE("SUBSCRIBE", "v3:MQTT-3.8.1-1", "v5:MQTT-3.8.1-1", "0010"),
        drill_subscribe_decode, drill_subscribe_encode, drill_subscribe_print},
    [DRILL_SUBACK] = {"SUBACK", 0,
        FLAGS_RULE("SUBACK"),
        drill_suback_decode, drill_suback_encode, drill_suback_print},
    /* [v3:MQTT-3.10.1-1] [v5:MQTT-3.10.1-1] */
    [DRILL_UNSUBSCRIBE] = {"UNSUBSCRIBE", 2,
        OWN_RULE("UNSUBSCRIBE", "v3:MQTT-3.10.1-1", "v5:MQTT-3.10.1-1", "0010"),
        drill_subscribe_decode, drill_subscribe_encode, drill_subscribe_print},
    [DRILL_UNSUBACK] = {"UNSUBACK", 0,
        FLAGS_RULE("UNSUBACK"),
        drill_suback_decode, drill_suback_encode, drill_suback_print},
    [DRILL_PINGREQ] = {"PINGREQ", 0,
        FLAGS_RULE("PINGREQ"),
        drill_ping_decode, drill_ping_encode, drill_ping_print},
    [DRILL_PINGRESP] = {"PINGRESP", 0,
        FLAGS_RULE("PINGRESP"),
        drill_ping_decode, drill_ping_encode, drill_ping_print},
    /* [v3:MQTT-3.14.1-1] [v5:MQTT-3.14.1-1] */
    [DRILL_DISCONNECT] = {"DISCONNECT", 0,
        OWN_RULE("DISCONNECT", "v3:MQTT-3.14.1-1", "v5:MQTT-3.14.1-1", "0000"),
        drill_disconnect_decode, drill_reason_encode, drill_reason_print},
    /* [v5:MQTT-3.15.1-1] */
    [DRILL_AUTH] = {"AUTH", 0,
        OWN_RULE("AUTH", NULL, "v5:MQTT-3.15.1-1", "0000"),
        drill_auth_decode, drill_reason_encode, drill_reason_print},
};
// clang-format on

static const DrillPacketRow *row_of(DrillPacketType type) {
    DRILL_ASSERT(type >= DRILL_CONNECT && type <= DRILL_AUTH);
    return &rows[type];
}

const char *drill_packet_type_name(DrillPacketType type) {
    return (unsigned)type < TYPES ? rows[type].name : NULL;
}

int drill_packet_type_find(const char *name) {
    for (int type = DRILL_CONNECT; type <= DRILL_AUTH; type++) {
        if (strcmp(rows[type].name, name) == 0) {
            return type;
        }
    }
    return 0;
}

/* --- the fixed header --- */

/* Type and flags: all that the first byte says. */
static bool check_first_byte(const DrillCursor *cursor) {
    static const DrillRule rule_type = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "packet type 0 is reserved"};
    static const DrillRule rule_auth = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "packet type 15 is reserved before 5.0"};
    uint8_t first = cursor->packet.data[0];
    unsigned type = first >> 4;
    if (type == 0) {
        return drill_cursor_fault(cursor, 0, &rule_type);
    }
    if (type == DRILL_AUTH && cursor->version != DRILL_MQTT_5_0) {
        return drill_cursor_fault(cursor, 0, &rule_auth);
    }
    if (rows[type].flags == DRILL_FLAGS_OWN) {
        return drill_publish_check_flags(cursor, first);
    }
    unsigned flags = first & 0x0F;
    if (cursor->version == DRILL_MQTT_3_1 && rows[type].flags == 2) {
        flags &= 0x07; /* 3.1 sets DUP on a PUBREL, SUBSCRIBE or UNSUBSCRIBE that is sent again */
    }
    /* [v3:MQTT-2.2.2-1] [v5:MQTT-2.1.3-1] the reserved bits as the table has them. */
    return flags == rows[type].flags || drill_cursor_fault(cursor, 0, &rows[type].flags_rule);
}

/* Remaining Length: *bytes is how many it takes, *remaining what it says. */
static DrillResult read_length(const DrillCursor *cursor, uint32_t *remaining, size_t *bytes) {
    static const DrillRule rule_long = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "the Remaining Length takes more than four bytes"};
    /* [v5:MQTT-1.5.5-1] the shortest encoding; 3.1.1 says so by table 2.4. */
    static const DrillRule rule_minimal = {NULL, "v5:MQTT-1.5.5-1", DRILL_REASON_MALFORMED_PACKET,
                                           "the Remaining Length takes more bytes than it needs"};
    DrillSpan rest = drill_span(cursor->packet.data + 1, cursor->packet.size - 1);
    DrillResult result = drill_wire_variable_byte(rest, remaining, bytes);
    if (result == DRILL_MALFORMED) {
        (void)drill_cursor_fault(cursor, 1, *bytes > 4 ? &rule_long : &rule_minimal);
    }
    return result;
}

DrillResult drill_codec_frame(DrillSpan input, DrillVersion version, size_t max_bytes,
                              size_t *packet_bytes, DrillFault *fault) {
    static const DrillRule rule_large = {NULL, NULL, DRILL_REASON_PACKET_TOO_LARGE,
                                         "the packet is larger than what is accepted"};
    DrillCursor cursor = {input, 0, input.size, version, fault};
    uint32_t remaining = 0;
    size_t bytes = 0;
    *packet_bytes = 0;
    if (input.size == 0) {
        return DRILL_NEED_MORE;
    }
    if (!check_first_byte(&cursor)) {
        return DRILL_MALFORMED;
    }
    DrillResult result = read_length(&cursor, &remaining, &bytes);
    if (result != DRILL_OK) {
        return result;
    }
    *packet_bytes = 1 + bytes + remaining;
    if (*packet_bytes > max_bytes) {
        (void)drill_cursor_fault(&cursor, 1, &rule_large);
        return DRILL_TOO_BIG;
    }
    return *packet_bytes <= input.size ? DRILL_OK : DRILL_NEED_MORE;
}

/* --- decode, encode, print --- */

DrillResult drill_codec_decode(DrillSpan packet, DrillVersion version, DrillPacket *out,
                               DrillFault *fault) {
    static const DrillRule rule_short = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                         "the packet is shorter than its Remaining Length says"};
    static const DrillRule rule_rest = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "bytes are left over after the last field of the packet"};
    size_t size = 0;
    DRILL_ASSERT(version >= DRILL_MQTT_3_1 && version <= DRILL_MQTT_5_0);
    memset(out, 0, sizeof *out);
    DrillCursor cursor = {packet, 0, packet.size, version, fault};
    DrillResult framed = drill_codec_frame(packet, version, DRILL_PACKET_BYTES_MAX, &size, fault);
    if (framed == DRILL_NEED_MORE) {
        (void)drill_cursor_fault(&cursor, packet.size, &rule_short);
    }
    if (framed != DRILL_OK) {
        return DRILL_MALFORMED;
    }
    cursor.end = size;
    cursor.at = 1;
    while ((packet.data[cursor.at++] & 0x80) != 0) {
        /* skips the Remaining Length, which is known to end */
    }
    out->type = (DrillPacketType)(packet.data[0] >> 4);
    if (!rows[out->type].decode(&cursor, out)) {
        return DRILL_MALFORMED;
    }
    if (cursor.at < packet.size) {
        (void)drill_cursor_fault(&cursor, cursor.at, &rule_rest);
        return DRILL_MALFORMED;
    }
    return DRILL_OK;
}

DrillResult drill_codec_encode(const DrillPacket *packet, DrillVersion version, DrillBuffer *out) {
    const DrillPacketRow *row = row_of(packet->type);
    DRILL_ASSERT(version >= DRILL_MQTT_3_1 && version <= DRILL_MQTT_5_0);
    /* [v3:MQTT-2.2.2-1] [v5:MQTT-2.1.3-1] */
    DrillWriter measure = {.flags = row->flags == DRILL_FLAGS_OWN ? 0 : row->flags};
    row->encode(packet, version, &measure);
    bool reserved = packet->type == DRILL_AUTH && version != DRILL_MQTT_5_0;
    if (measure.invalid || reserved || measure.size > DRILL_REMAINING_LENGTH_MAX) {
        return DRILL_INVALID;
    }
    DrillWriter writer = {.out = out};
    drill_writer_byte(&writer, (uint8_t)((unsigned)packet->type << 4 | measure.flags));
    drill_writer_variable_byte(&writer, (uint32_t)measure.size);
    row->encode(packet, version, &writer);
    return DRILL_OK;
}

void drill_codec_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                       DrillBuffer *out) {
    const DrillPacketRow *row = row_of(packet->type);
    drill_buffer_put_string(out, row->name);
    row->print(packet, version, form, out);
}
