/* PUBACK, PUBREC, PUBREL, PUBCOMP (3.1.1 and 5.0 sections 3.4 to 3.7). */
#include "codec/wire.h"

/* The four tables of Reason Codes are bound by a statement each. */
static const DrillRule *code_rule(DrillPacketType type) {
    /* [v5:MQTT-3.4.2-1] */
    static const DrillRule puback = {NULL, "v5:MQTT-3.4.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                     "no PUBACK has this Reason Code"};
    /* [v5:MQTT-3.5.2-1] */
    static const DrillRule pubrec = {NULL, "v5:MQTT-3.5.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                     "no PUBREC has this Reason Code"};
    /* [v5:MQTT-3.6.2-1] */
    static const DrillRule pubrel = {NULL, "v5:MQTT-3.6.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                     "no PUBREL has this Reason Code"};
    /* [v5:MQTT-3.7.2-1] */
    static const DrillRule pubcomp = {NULL, "v5:MQTT-3.7.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                      "no PUBCOMP has this Reason Code"};
    if (type == DRILL_PUBACK) {
        return &puback;
    }
    if (type == DRILL_PUBREC) {
        return &pubrec;
    }
    return type == DRILL_PUBREL ? &pubrel : &pubcomp;
}

bool drill_ack_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-2.3.1-6] [v5:MQTT-2.2.1-5] it repeats a PUBLISH's Packet Identifier, which is not 0.
     */
    static const DrillRule rule_identifier = {"v3:MQTT-2.3.1-6", "v5:MQTT-2.2.1-5",
                                              DRILL_REASON_PROTOCOL_ERROR,
                                              "the Packet Identifier is 0"};
    DrillAckPacket *ack = &packet->as.ack;
    if (!drill_cursor_identifier(cursor, &rule_identifier, &ack->packet_identifier)) {
        return false;
    }
    /* 5.0: Remaining Length 2 means Reason Code 0; 3 means no Property Length. */
    if (cursor->version != DRILL_MQTT_5_0 || cursor->at == cursor->end) {
        return true;
    }
    if (!drill_cursor_byte(cursor, NULL, &ack->reason_code)) {
        return false;
    }
    if (!drill_reason_known(packet->type, ack->reason_code)) {
        return drill_cursor_fault(cursor, cursor->at - 1, code_rule(packet->type));
    }
    return cursor->at == cursor->end ||
           drill_cursor_properties(cursor, (int)packet->type, &ack->properties);
}

void drill_ack_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillAckPacket *ack = &packet->as.ack;
    bool explained = ack->properties.wire.size > 0;
    drill_writer_identifier(writer, ack->packet_identifier);
    if (ack->reason_code == 0 && !explained) {
        return;
    }
    if (version != DRILL_MQTT_5_0) {
        writer->invalid = true;
        return;
    }
    drill_writer_byte(writer, ack->reason_code);
    if (explained) {
        drill_writer_properties(writer, version, ack->properties);
    }
}

void drill_ack_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                     DrillBuffer *out) {
    const DrillAckPacket *ack = &packet->as.ack;
    drill_buffer_print(out, " id=%u", (unsigned)ack->packet_identifier);
    if (ack->reason_code != 0) {
        drill_buffer_put_string(out, " code=");
        drill_print_code(out, packet->type, version, ack->reason_code);
    }
    if (form == DRILL_PRINT_FULL) {
        drill_print_properties(out, ack->properties);
    }
}
