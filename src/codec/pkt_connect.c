/* CONNECT (3.1.1 and 5.0 section 3.1). */
#include "codec/wire.h"

#define FLAG_RESERVED    0x01
#define FLAG_CLEAN       0x02
#define FLAG_WILL        0x04
#define FLAG_WILL_QOS    0x18
#define FLAG_WILL_RETAIN 0x20
#define FLAG_PASSWORD    0x40
#define FLAG_USERNAME    0x80

/* --- decode --- */

/* Reads name and level, and sets the cursor's version from them. */
static bool read_protocol(DrillCursor *cursor, DrillConnectPacket *connect) {
    /* [v3:MQTT-3.1.2-1] [v5:MQTT-3.1.2-1] the Protocol Name is "MQTT" (3.1: "MQIsdp"). */
    static const DrillRule rule_name = {"v3:MQTT-3.1.2-1", "v5:MQTT-3.1.2-1",
                                        DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION,
                                        "the Protocol Name is not MQTT"};
    /* [v3:MQTT-3.1.2-2] [v5:MQTT-3.1.2-2] a level nobody here speaks. */
    static const DrillRule rule_level = {"v3:MQTT-3.1.2-2", "v5:MQTT-3.1.2-2",
                                         DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION,
                                         "the Protocol Level is not supported"};
    size_t name_at = cursor->at;
    if (!drill_cursor_string(cursor, NULL, &connect->protocol_name)) {
        return false;
    }
    bool old_name = drill_span_is(connect->protocol_name, "MQIsdp");
    if (!old_name && !drill_span_is(connect->protocol_name, "MQTT")) {
        return drill_cursor_fault(cursor, name_at, &rule_name);
    }
    size_t level_at = cursor->at;
    if (!drill_cursor_byte(cursor, NULL, &connect->protocol_level)) {
        return false;
    }
    uint8_t level = connect->protocol_level;
    if (old_name ? level != DRILL_MQTT_3_1 : level != DRILL_MQTT_3_1_1 && level != DRILL_MQTT_5_0) {
        return drill_cursor_fault(cursor, level_at, &rule_level);
    }
    cursor->version = (DrillVersion)level;
    return true;
}

bool drill_codec_connect_level(DrillSpan packet, uint8_t *level) {
    size_t at = 1;
    if (packet.size == 0 || packet.data[0] >> 4 != DRILL_CONNECT) return false;
    while (at < packet.size && (packet.data[at] & 0x80) != 0)
        at++; /* Remaining Length */
    at++;
    if (at + 2 > packet.size) return false;
    size_t name_size = (size_t)packet.data[at] << 8 | packet.data[at + 1];
    at += 2;
    if (at + name_size + 1 > packet.size) return false;
    DrillSpan name = drill_span(packet.data + at, name_size);
    *level = packet.data[at + name_size];
    if (drill_span_is(name, "MQIsdp")) return *level == DRILL_MQTT_3_1;
    if (*level == DRILL_MQTT_3_1) *level = 0; /* 3.1 has another name */
    return drill_span_is(name, "MQTT");
}

static bool check_will_flags(const DrillCursor *cursor, uint8_t flags, size_t at) {
    /* [v3:MQTT-3.1.2-13] [v5:MQTT-3.1.2-11] no will: Will QoS 0. */
    static const DrillRule rule_no_qos = {"v3:MQTT-3.1.2-13", "v5:MQTT-3.1.2-11",
                                          DRILL_REASON_MALFORMED_PACKET,
                                          "Will QoS is not 0 though there is no will"};
    /* [v3:MQTT-3.1.2-15] [v5:MQTT-3.1.2-13] no will: Will Retain 0. */
    static const DrillRule rule_no_retain = {"v3:MQTT-3.1.2-15", "v5:MQTT-3.1.2-13",
                                             DRILL_REASON_MALFORMED_PACKET,
                                             "Will Retain is set though there is no will"};
    /* [v3:MQTT-3.1.2-14] [v5:MQTT-3.1.2-12] Will QoS 3 does not exist. */
    static const DrillRule rule_qos = {"v3:MQTT-3.1.2-14", "v5:MQTT-3.1.2-12",
                                       DRILL_REASON_MALFORMED_PACKET, "Will QoS is 3"};
    if ((flags & FLAG_WILL) != 0) {
        return (flags & FLAG_WILL_QOS) != FLAG_WILL_QOS ||
               drill_cursor_fault(cursor, at, &rule_qos);
    }
    if (cursor->version == DRILL_MQTT_3_1) {
        return true; /* 3.1 says that both are disregarded */
    }
    if ((flags & FLAG_WILL_QOS) != 0) {
        return drill_cursor_fault(cursor, at, &rule_no_qos);
    }
    /* [v3:MQTT-3.1.2-11] no will: no bits of one here, and no fields: the rest of the payload is
     * read without. */
    return (flags & FLAG_WILL_RETAIN) == 0 || drill_cursor_fault(cursor, at, &rule_no_retain);
}

static bool read_flags(DrillCursor *cursor, DrillConnectPacket *connect) {
    /* [v3:MQTT-3.1.2-3] [v5:MQTT-3.1.2-3] bit 0 is reserved. */
    static const DrillRule rule_reserved = {"v3:MQTT-3.1.2-3", "v5:MQTT-3.1.2-3",
                                            DRILL_REASON_MALFORMED_PACKET,
                                            "bit 0 of the Connect Flags is reserved and must be 0"};
    /* [v3:MQTT-3.1.2-22] a password needs a user name; 5.0 lifted this. */
    static const DrillRule rule_password = {"v3:MQTT-3.1.2-22", NULL, DRILL_REASON_MALFORMED_PACKET,
                                            "Password Flag is set without User Name Flag"};
    uint8_t flags = 0;
    size_t at = cursor->at;
    if (!drill_cursor_byte(cursor, NULL, &flags)) {
        return false;
    }
    if ((flags & FLAG_RESERVED) != 0 && cursor->version != DRILL_MQTT_3_1) {
        return drill_cursor_fault(cursor, at, &rule_reserved);
    }
    if (!check_will_flags(cursor, flags, at)) {
        return false;
    }
    if ((flags & FLAG_PASSWORD) != 0 && (flags & FLAG_USERNAME) == 0 &&
        cursor->version != DRILL_MQTT_5_0) {
        return drill_cursor_fault(cursor, at, &rule_password);
    }
    connect->clean = (flags & FLAG_CLEAN) != 0;
    connect->has_will = (flags & FLAG_WILL) != 0;
    if (connect->has_will) {
        connect->will_retain = (flags & FLAG_WILL_RETAIN) != 0;
        connect->will_qos = (DrillQos)((flags & FLAG_WILL_QOS) >> 3);
    }
    connect->has_username = (flags & FLAG_USERNAME) != 0;
    connect->has_password = (flags & FLAG_PASSWORD) != 0;
    return true;
}

/* 5.0: Authentication Data without a method means nothing. */
static bool check_authentication(const DrillCursor *cursor, DrillProperties properties) {
    static const DrillRule rule_method = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                          "Authentication Data without Authentication Method"};
    DrillProperty property;
    if (!drill_properties_find(properties, DRILL_AUTHENTICATION_DATA, &property) ||
        drill_properties_find(properties, DRILL_AUTHENTICATION_METHOD, &property)) {
        return true;
    }
    return drill_cursor_fault(cursor, drill_cursor_offset(cursor, properties.wire), &rule_method);
}

/* 5.0: a will that says it is text is text. */
static bool check_will_payload(const DrillCursor *cursor, const DrillConnectPacket *connect) {
    static const DrillRule rule_format = {NULL, NULL, DRILL_REASON_PAYLOAD_FORMAT_INVALID,
                                          "the Will Payload is not the UTF-8 that its format says"};
    DrillProperty format;
    if (!drill_properties_find(connect->will_properties, DRILL_PAYLOAD_FORMAT_INDICATOR, &format) ||
        format.number == 0 || drill_utf8_valid(connect->will_payload)) {
        return true;
    }
    return drill_cursor_fault(cursor, drill_cursor_offset(cursor, connect->will_payload),
                              &rule_format);
}

static bool read_will(DrillCursor *cursor, DrillConnectPacket *connect) {
    /* [v3:MQTT-3.1.2-9] [v5:MQTT-3.1.2-9] Will Flag 1: topic and payload are there. */
    static const DrillRule rule_missing = {"v3:MQTT-3.1.2-9", "v5:MQTT-3.1.2-9",
                                           DRILL_REASON_MALFORMED_PACKET,
                                           "Will Flag is set, but the will is missing"};
    /* [v3:MQTT-4.7.1-1] [v5:MQTT-4.7.0-1] a Topic Name has no wildcards. */
    static const DrillRule rule_wildcard = {"v3:MQTT-4.7.1-1", "v5:MQTT-4.7.0-1",
                                            DRILL_REASON_MALFORMED_PACKET,
                                            "a Will Topic has no wildcards"};
    if (!connect->has_will) {
        return true;
    }
    if (cursor->at == cursor->end) {
        return drill_cursor_fault(cursor, cursor->at, &rule_missing);
    }
    if (!drill_cursor_properties(cursor, DRILL_PLACE_WILL, &connect->will_properties)) {
        return false;
    }
    size_t topic_at = cursor->at;
    /* [v3:MQTT-3.1.3-10] [v5:MQTT-3.1.3-11] UTF-8, as every string. */
    if (!drill_cursor_string(cursor, &rule_missing, &connect->will_topic)) {
        return false;
    }
    if (connect->will_topic.size == 0) {
        return drill_cursor_fault(cursor, topic_at, &drill_rule_topic_empty);
    }
    return drill_topic_name_check(cursor, connect->will_topic, &rule_wildcard) &&
           drill_cursor_binary(cursor, &rule_missing, &connect->will_payload) &&
           check_will_payload(cursor, connect);
}

static bool read_credentials(DrillCursor *cursor, DrillConnectPacket *connect) {
    /* [v3:MQTT-3.1.2-19] [v5:MQTT-3.1.2-17] User Name Flag 1: it is there. */
    static const DrillRule rule_username = {"v3:MQTT-3.1.2-19", "v5:MQTT-3.1.2-17",
                                            DRILL_REASON_MALFORMED_PACKET,
                                            "User Name Flag is set, but the User Name is missing"};
    /* [v3:MQTT-3.1.2-21] [v5:MQTT-3.1.2-19] Password Flag 1: it is there. */
    static const DrillRule rule_password = {"v3:MQTT-3.1.2-21", "v5:MQTT-3.1.2-19",
                                            DRILL_REASON_MALFORMED_PACKET,
                                            "Password Flag is set, but the Password is missing"};
    bool lenient =
        cursor->version == DRILL_MQTT_3_1; /* 3.1: Remaining Length outweighs the flags */
    if (lenient && cursor->at == cursor->end) {
        connect->has_username = connect->has_password = false;
    }
    /* [v3:MQTT-3.1.3-11] [v5:MQTT-3.1.3-12] UTF-8, as every string. */
    if (connect->has_username && !drill_cursor_string(cursor, &rule_username, &connect->username)) {
        return false;
    }
    if (lenient && cursor->at == cursor->end) {
        connect->has_password = false;
    }
    return !connect->has_password ||
           drill_cursor_binary(cursor, &rule_password, &connect->password);
}

static bool check_end(const DrillCursor *cursor, const DrillConnectPacket *connect) {
    /* [v3:MQTT-3.1.2-18] [v5:MQTT-3.1.2-16] User Name Flag 0: there is none. */
    static const DrillRule rule_username = {
        "v3:MQTT-3.1.2-18", "v5:MQTT-3.1.2-16", DRILL_REASON_MALFORMED_PACKET,
        "bytes follow the last field that the Connect Flags announce"};
    /* [v3:MQTT-3.1.2-20] [v5:MQTT-3.1.2-18] Password Flag 0: there is none. */
    static const DrillRule rule_password = {
        "v3:MQTT-3.1.2-20", "v5:MQTT-3.1.2-18", DRILL_REASON_MALFORMED_PACKET,
        "bytes follow the last field that the Connect Flags announce"};
    if (cursor->at == cursor->end || connect->has_password) {
        return true; /* what is left after a password is the general case */
    }
    return drill_cursor_fault(cursor, cursor->at,
                              connect->has_username ? &rule_password : &rule_username);
}

bool drill_connect_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-3.1.3-3] [v5:MQTT-3.1.3-3] the Client Identifier is there, and first. Whether an
     * empty one is welcome is the server's decision (3.1.1: CONNACK 0x02). */
    static const DrillRule rule_client_id = {"v3:MQTT-3.1.3-3", "v5:MQTT-3.1.3-3",
                                             DRILL_REASON_MALFORMED_PACKET,
                                             "the Client Identifier is missing"};
    DrillConnectPacket *connect = &packet->as.connect;
    /* [v3:MQTT-3.1.3-1] [v5:MQTT-3.1.3-1] in this order; [v3:MQTT-3.1.3-4] [v5:MQTT-3.1.3-4] the
     * Client Identifier is UTF-8, as every string. */
    return read_protocol(cursor, connect) && read_flags(cursor, connect) &&
           drill_cursor_two_byte(cursor, NULL, &connect->keep_alive_s) &&
           drill_cursor_properties(cursor, DRILL_CONNECT, &connect->properties) &&
           check_authentication(cursor, connect->properties) &&
           drill_cursor_string(cursor, &rule_client_id, &connect->client_id) &&
           read_will(cursor, connect) && read_credentials(cursor, connect) &&
           check_end(cursor, connect);
}

/* --- encode --- */

static bool can_encode(const DrillConnectPacket *connect) {
    uint8_t level = connect->protocol_level;
    const char *name = level == DRILL_MQTT_3_1 ? "MQIsdp" : "MQTT";
    if (level < DRILL_MQTT_3_1 || level > DRILL_MQTT_5_0) {
        return false;
    }
    if (connect->protocol_name.size > 0 && !drill_span_is(connect->protocol_name, name)) {
        return false;
    }
    if (connect->has_password && !connect->has_username && level != DRILL_MQTT_5_0) {
        return false;
    }
    return !connect->has_will || connect->will_qos <= DRILL_QOS_2;
}

static uint8_t flags_of(const DrillConnectPacket *connect) {
    unsigned flags = connect->clean ? FLAG_CLEAN : 0u;
    if (connect->has_will) {
        flags |= FLAG_WILL | (unsigned)connect->will_qos << 3;
        flags |= connect->will_retain ? FLAG_WILL_RETAIN : 0u;
    }
    flags |= connect->has_password ? FLAG_PASSWORD : 0u;
    flags |= connect->has_username ? FLAG_USERNAME : 0u;
    return (uint8_t)flags;
}

void drill_connect_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillConnectPacket *connect = &packet->as.connect;
    (void)version; /* a CONNECT says its own */
    if (!can_encode(connect)) {
        writer->invalid = true;
        return;
    }
    DrillVersion own = (DrillVersion)connect->protocol_level;
    drill_writer_string(writer, drill_span_of(own == DRILL_MQTT_3_1 ? "MQIsdp" : "MQTT"));
    drill_writer_byte(writer, connect->protocol_level);
    drill_writer_byte(writer, flags_of(connect));
    drill_writer_two_byte(writer, connect->keep_alive_s);
    drill_writer_properties(writer, own, connect->properties);
    /* [v3:MQTT-3.1.3-1] [v5:MQTT-3.1.3-1] the order of the payload. */
    drill_writer_string(writer, connect->client_id);
    if (connect->has_will) {
        drill_writer_properties(writer, own, connect->will_properties);
        drill_writer_string(writer, connect->will_topic);
        drill_writer_string(writer, connect->will_payload);
    }
    if (connect->has_username) {
        drill_writer_string(writer, connect->username);
    }
    if (connect->has_password) {
        drill_writer_string(writer, connect->password);
    }
}

/* --- print --- */

static void print_will(const DrillConnectPacket *connect, DrillPrintForm form, DrillBuffer *out) {
    drill_buffer_print(out, " will(q%d%s ", (int)connect->will_qos,
                       connect->will_retain ? " retain" : "");
    drill_print_text(out, connect->will_topic);
    if (form == DRILL_PRINT_FULL) {
        drill_buffer_print(out, " %zuB", connect->will_payload.size);
        drill_print_payload(out, connect->will_payload);
        drill_print_properties(out, connect->will_properties);
    }
    drill_buffer_put_string(out, ")");
}

void drill_connect_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out) {
    const DrillConnectPacket *connect = &packet->as.connect;
    (void)version;
    drill_buffer_put_string(out, " ");
    drill_print_text(out, connect->client_id);
    drill_buffer_print(out, " clean=%d keepalive=%u", connect->clean ? 1 : 0,
                       (unsigned)connect->keep_alive_s);
    if (connect->has_will) {
        print_will(connect, form, out);
    }
    if (form == DRILL_PRINT_SHORT) {
        return;
    }
    if (connect->has_username) {
        drill_print_quoted(out, " username=", connect->username);
    }
    if (connect->has_password) {
        drill_print_quoted(out, " password=", connect->password);
    }
    drill_buffer_print(out, " level=%u", (unsigned)connect->protocol_level);
    drill_print_properties(out, connect->properties);
}
