/* SUBACK and UNSUBACK (3.1.1 and 5.0 sections 3.9 and 3.11). */
#include "codec/wire.h"

static bool code_allowed(DrillPacketType type, DrillVersion version, uint8_t code) {
    if (version == DRILL_MQTT_5_0) {
        return drill_reason_known(type, code);
    }
    /* 3.1 could only grant. */
    return code <= DRILL_QOS_2 || (version == DRILL_MQTT_3_1_1 && code == DRILL_RETURN_FAILURE);
}

static bool read_codes(DrillCursor *cursor, DrillPacketType type, DrillSpan *out) {
    /* [v3:MQTT-3.9.3-2] [v5:MQTT-3.9.3-2] only the codes of the table. */
    static const DrillRule rule_suback = {"v3:MQTT-3.9.3-2", "v5:MQTT-3.9.3-2",
                                          DRILL_REASON_PROTOCOL_ERROR, "no SUBACK has this code"};
    /* [v5:MQTT-3.11.3-2] the same for UNSUBACK. */
    static const DrillRule rule_unsuback = {NULL, "v5:MQTT-3.11.3-2", DRILL_REASON_PROTOCOL_ERROR,
                                            "no UNSUBACK has this Reason Code"};
    /* [v3:MQTT-3.8.4-5] [v5:MQTT-3.8.4-6] one code for every Topic Filter, of which there was one
     * at least. */
    static const DrillRule rule_empty = {"v3:MQTT-3.8.4-5", "v5:MQTT-3.8.4-6",
                                         DRILL_REASON_PROTOCOL_ERROR,
                                         "a SUBACK has a code for every Topic Filter"};
    /* [v5:MQTT-3.11.3-2] one code for every Topic Filter. */
    static const DrillRule rule_unsuback_empty = {
        NULL, "v5:MQTT-3.11.3-2", DRILL_REASON_PROTOCOL_ERROR,
        "an UNSUBACK has a Reason Code for every Topic Filter"};
    bool suback = type == DRILL_SUBACK;
    size_t start = cursor->at;
    *out = drill_cursor_rest(cursor);
    if (out->size == 0) {
        return drill_cursor_fault(cursor, start, suback ? &rule_empty : &rule_unsuback_empty);
    }
    for (size_t i = 0; i < out->size; i++) {
        if (!code_allowed(type, cursor->version, out->data[i])) {
            return drill_cursor_fault(cursor, start + i, suback ? &rule_suback : &rule_unsuback);
        }
    }
    return true;
}

bool drill_suback_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-2.3.1-7] [v5:MQTT-2.2.1-6] it repeats the request's Packet Identifier, which is not
     * 0. */
    static const DrillRule rule_identifier = {"v3:MQTT-2.3.1-7", "v5:MQTT-2.2.1-6",
                                              DRILL_REASON_PROTOCOL_ERROR,
                                              "the Packet Identifier is 0"};
    DrillSubackPacket *suback = &packet->as.suback;
    if (!drill_cursor_identifier(cursor, &rule_identifier, &suback->packet_identifier) ||
        !drill_cursor_properties(cursor, (int)packet->type, &suback->properties)) {
        return false;
    }
    if (packet->type == DRILL_UNSUBACK && cursor->version != DRILL_MQTT_5_0) {
        return true; /* has no payload */
    }
    return read_codes(cursor, packet->type, &suback->reason_codes);
}

void drill_suback_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillSubackPacket *suback = &packet->as.suback;
    bool bare = packet->type == DRILL_UNSUBACK && version != DRILL_MQTT_5_0;
    if (bare != (suback->reason_codes.size == 0)) {
        writer->invalid = true;
        return;
    }
    drill_writer_identifier(writer, suback->packet_identifier);
    drill_writer_properties(writer, version, suback->properties);
    drill_writer_bytes(writer, suback->reason_codes);
}

void drill_suback_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                        DrillBuffer *out) {
    const DrillSubackPacket *suback = &packet->as.suback;
    drill_buffer_print(out, " id=%u", (unsigned)suback->packet_identifier);
    for (size_t i = 0; i < suback->reason_codes.size; i++) {
        drill_buffer_put_string(out, i == 0 ? " [" : " ");
        drill_print_code(out, packet->type, version, suback->reason_codes.data[i]);
    }
    if (suback->reason_codes.size > 0) {
        drill_buffer_put_string(out, "]");
    }
    if (form == DRILL_PRINT_FULL) {
        drill_print_properties(out, suback->properties);
    }
}
