/* PUBLISH (3.1.1 and 5.0 section 3.3). */
#include "codec/wire.h"

#define FLAG_RETAIN 0x01
#define FLAG_QOS    0x06
#define FLAG_DUP    0x08

/* [v3:MQTT-2.3.1-1] [v5:MQTT-2.2.1-3] at QoS 1 and 2 the Packet Identifier is not 0. */
static const DrillRule rule_identifier = {"v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3",
                                          DRILL_REASON_PROTOCOL_ERROR,
                                          "the Packet Identifier is 0"};

bool drill_publish_check_flags(const DrillCursor *cursor, uint8_t first) {
    /* [v3:MQTT-3.3.1-4] [v5:MQTT-3.3.1-4] QoS 3 does not exist. */
    static const DrillRule rule_qos = {"v3:MQTT-3.3.1-4", "v5:MQTT-3.3.1-4",
                                       DRILL_REASON_MALFORMED_PACKET, "QoS is 3"};
    /* [v3:MQTT-3.3.1-2] [v5:MQTT-3.3.1-2] nothing is redelivered at QoS 0. */
    static const DrillRule rule_dup = {"v3:MQTT-3.3.1-2", "v5:MQTT-3.3.1-2",
                                       DRILL_REASON_MALFORMED_PACKET, "DUP is set at QoS 0"};
    if ((first & FLAG_QOS) == FLAG_QOS) {
        return drill_cursor_fault(cursor, 0, &rule_qos);
    }
    /* 3.1 only advises on DUP. */
    if ((first & FLAG_QOS) == 0 && (first & FLAG_DUP) != 0 && cursor->version != DRILL_MQTT_3_1) {
        return drill_cursor_fault(cursor, 0, &rule_dup);
    }
    return true;
}

/* [v3:MQTT-4.7.3-1] [v5:MQTT-4.7.3-1] only a Topic Alias (5.0) may stand in for the Topic Name. */
static bool check_topic_present(const DrillCursor *cursor, const DrillPublishPacket *publish,
                                size_t topic_at) {
    static const DrillRule rule_alias = {NULL, "v5:MQTT-4.7.3-1", DRILL_REASON_PROTOCOL_ERROR,
                                         "the Topic Name is empty and there is no Topic Alias"};
    DrillProperty alias;
    if (publish->topic.size > 0) {
        return true;
    }
    if (cursor->version != DRILL_MQTT_5_0) {
        return drill_cursor_fault(cursor, topic_at, &drill_rule_topic_empty);
    }
    return drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &alias) ||
           drill_cursor_fault(cursor, topic_at, &rule_alias);
}

static bool check_payload(const DrillCursor *cursor, const DrillPublishPacket *publish) {
    static const DrillRule rule_format = {NULL, NULL, DRILL_REASON_PAYLOAD_FORMAT_INVALID,
                                          "the payload is not the UTF-8 that its format says"};
    DrillProperty format;
    if (!drill_properties_find(publish->properties, DRILL_PAYLOAD_FORMAT_INDICATOR, &format) ||
        format.number == 0 || drill_utf8_valid(publish->payload)) {
        return true;
    }
    return drill_cursor_fault(cursor, drill_cursor_offset(cursor, publish->payload), &rule_format);
}

bool drill_publish_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-3.3.2-1] [v5:MQTT-3.3.2-1] the Topic Name comes first. */
    static const DrillRule rule_topic = {"v3:MQTT-3.3.2-1", "v5:MQTT-3.3.2-1",
                                         DRILL_REASON_MALFORMED_PACKET,
                                         "the Topic Name is missing"};
    /* [v3:MQTT-3.3.2-2] [v5:MQTT-3.3.2-2] no wildcards in it. */
    static const DrillRule rule_wildcard = {"v3:MQTT-3.3.2-2", "v5:MQTT-3.3.2-2",
                                            DRILL_REASON_MALFORMED_PACKET,
                                            "a Topic Name has no wildcards"};
    DrillPublishPacket *publish = &packet->as.publish;
    uint8_t first = cursor->packet.data[0];
    publish->dup = (first & FLAG_DUP) != 0;
    publish->retain = (first & FLAG_RETAIN) != 0;
    publish->qos = (DrillQos)((first & FLAG_QOS) >> 1);
    size_t topic_at = cursor->at;
    if (!drill_cursor_string(cursor, &rule_topic, &publish->topic) ||
        !drill_topic_name_check(cursor, publish->topic, &rule_wildcard)) {
        return false;
    }
    /* [v3:MQTT-2.3.1-5] [v5:MQTT-2.2.1-2] QoS 0 has no Packet Identifier. */
    if (publish->qos != DRILL_QOS_0 &&
        !drill_cursor_identifier(cursor, &rule_identifier, &publish->packet_identifier)) {
        return false;
    }
    if (!drill_cursor_properties(cursor, DRILL_PUBLISH, &publish->properties) ||
        !check_topic_present(cursor, publish, topic_at)) {
        return false;
    }
    publish->payload = drill_cursor_rest(cursor);
    return check_payload(cursor, publish);
}

void drill_publish_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillPublishPacket *publish = &packet->as.publish;
    bool identified = publish->qos != DRILL_QOS_0;
    if (publish->qos > DRILL_QOS_2 || (!identified && publish->packet_identifier != 0)) {
        writer->invalid = true;
        return;
    }
    writer->flags = (uint8_t)((publish->dup ? FLAG_DUP : 0) | (int)publish->qos << 1 |
                              (publish->retain ? FLAG_RETAIN : 0));
    drill_writer_string(writer, publish->topic);
    if (identified) {
        drill_writer_identifier(writer, publish->packet_identifier);
    }
    drill_writer_properties(writer, version, publish->properties);
    drill_writer_bytes(writer, publish->payload);
}

void drill_publish_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out) {
    const DrillPublishPacket *publish = &packet->as.publish;
    DrillProperty alias;
    (void)version;
    drill_buffer_print(out, " q%d", (int)publish->qos);
    if (publish->qos != DRILL_QOS_0) {
        drill_buffer_print(out, " id=%u", (unsigned)publish->packet_identifier);
    }
    drill_buffer_print(out, "%s%s ", publish->dup ? " dup" : "", publish->retain ? " retain" : "");
    drill_print_text(out, publish->topic);
    if (drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &alias)) {
        drill_buffer_print(out, " alias=%lu", (unsigned long)alias.number);
    }
    drill_buffer_print(out, " %zuB", publish->payload.size);
    if (form == DRILL_PRINT_FULL) {
        drill_print_payload(out, publish->payload);
        drill_print_properties(out, publish->properties);
    }
}
