/* CONNACK (3.1.1 and 5.0 section 3.2). */
#include "codec/wire.h"

#define CODE_MAX_3_1_1 5

static bool read_flags(DrillCursor *cursor, DrillConnackPacket *connack) {
    /* [v5:MQTT-3.2.2-1] bits 7 to 1 are 0; 3.1.1 says so without a number, 3.1 does not use the
     * byte. */
    static const DrillRule rule_flags = {NULL, "v5:MQTT-3.2.2-1", DRILL_REASON_MALFORMED_PACKET,
                                         "bits 7 to 1 of the Connect Acknowledge Flags must be 0"};
    uint8_t flags = 0;
    size_t at = cursor->at;
    if (!drill_cursor_byte(cursor, NULL, &flags)) {
        return false;
    }
    if (cursor->version == DRILL_MQTT_3_1) {
        return true;
    }
    connack->session_present = (flags & 1) != 0;
    return flags <= 1 || drill_cursor_fault(cursor, at, &rule_flags);
}

bool drill_connack_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-3.2.2-6] [v5:MQTT-3.2.2-8] only the codes of the table. */
    static const DrillRule rule_code = {"v3:MQTT-3.2.2-6", "v5:MQTT-3.2.2-8",
                                        DRILL_REASON_PROTOCOL_ERROR, "no CONNACK has this code"};
    /* [v3:MQTT-3.2.2-4] [v5:MQTT-3.2.2-6] a refusal has Session Present 0. */
    static const DrillRule rule_session = {"v3:MQTT-3.2.2-4", "v5:MQTT-3.2.2-6",
                                           DRILL_REASON_PROTOCOL_ERROR,
                                           "Session Present is set in a CONNACK that refuses"};
    DrillConnackPacket *connack = &packet->as.connack;
    size_t flags_at = cursor->at;
    if (!read_flags(cursor, connack) || !drill_cursor_byte(cursor, NULL, &connack->code)) {
        return false;
    }
    bool known = cursor->version == DRILL_MQTT_5_0
                     ? drill_reason_known(DRILL_CONNACK, connack->code)
                     : connack->code <= CODE_MAX_3_1_1;
    if (!known) {
        return drill_cursor_fault(cursor, cursor->at - 1, &rule_code);
    }
    if (connack->session_present && connack->code != 0) {
        return drill_cursor_fault(cursor, flags_at, &rule_session);
    }
    return drill_cursor_properties(cursor, DRILL_CONNACK, &connack->properties);
}

void drill_connack_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillConnackPacket *connack = &packet->as.connack;
    if (connack->session_present && version == DRILL_MQTT_3_1) {
        writer->invalid = true; /* 3.1 cannot say it */
    }
    drill_writer_byte(writer, connack->session_present ? 1 : 0);
    drill_writer_byte(writer, connack->code);
    drill_writer_properties(writer, version, connack->properties);
}

void drill_connack_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out) {
    const DrillConnackPacket *connack = &packet->as.connack;
    drill_buffer_print(out, " session_present=%d code=", connack->session_present ? 1 : 0);
    drill_print_code(out, DRILL_CONNACK, version, connack->code);
    if (form == DRILL_PRINT_FULL) {
        drill_print_properties(out, connack->properties);
    }
}
