/* DISCONNECT (3.1.1 and 5.0 section 3.14) and AUTH (5.0 section 3.15): a Reason Code and
 * properties, both optional. */
#include "codec/wire.h"

static bool read_reason(DrillCursor *cursor, DrillPacket *packet, const DrillRule *rule_code) {
    DrillReasonPacket *reason = &packet->as.reason;
    if (cursor->version != DRILL_MQTT_5_0 || cursor->at == cursor->end) {
        return true; /* Remaining Length 0: Reason Code 0 */
    }
    if (!drill_cursor_byte(cursor, NULL, &reason->reason_code)) {
        return false;
    }
    if (!drill_reason_known(packet->type, reason->reason_code)) {
        return drill_cursor_fault(cursor, cursor->at - 1, rule_code);
    }
    return cursor->at == cursor->end ||
           drill_cursor_properties(cursor, (int)packet->type, &reason->properties);
}

bool drill_disconnect_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v5:MQTT-3.14.2-1] only the codes of the table. */
    static const DrillRule rule_code = {NULL, "v5:MQTT-3.14.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                        "no DISCONNECT has this Reason Code"};
    return read_reason(cursor, packet, &rule_code);
}

bool drill_auth_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v5:MQTT-3.15.2-1] only the codes of the table. */
    static const DrillRule rule_code = {NULL, "v5:MQTT-3.15.2-1", DRILL_REASON_PROTOCOL_ERROR,
                                        "no AUTH has this Reason Code"};
    /* [v5:MQTT-4.12.0-5] every AUTH repeats the method; a success without properties may leave all
     * out (3.15.2.1). */
    static const DrillRule rule_method = {NULL, "v5:MQTT-4.12.0-5", DRILL_REASON_PROTOCOL_ERROR,
                                          "an AUTH names its Authentication Method"};
    DrillReasonPacket *reason = &packet->as.reason;
    DrillProperty method;
    size_t start = cursor->at;
    if (!read_reason(cursor, packet, &rule_code)) {
        return false;
    }
    if (reason->reason_code == 0 && reason->properties.count == 0) {
        return true;
    }
    return drill_properties_find(reason->properties, DRILL_AUTHENTICATION_METHOD, &method) ||
           drill_cursor_fault(cursor, start, &rule_method);
}

void drill_reason_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillReasonPacket *reason = &packet->as.reason;
    bool explained = reason->properties.wire.size > 0;
    if (reason->reason_code == 0 && !explained) {
        return;
    }
    if (version != DRILL_MQTT_5_0) {
        writer->invalid = true;
        return;
    }
    drill_writer_byte(writer, reason->reason_code);
    if (explained) {
        drill_writer_properties(writer, version, reason->properties);
    }
}

void drill_reason_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                        DrillBuffer *out) {
    const DrillReasonPacket *reason = &packet->as.reason;
    if (reason->reason_code != 0) {
        drill_buffer_put_string(out, " code=");
        drill_print_code(out, packet->type, version, reason->reason_code);
    }
    if (form == DRILL_PRINT_FULL) {
        drill_print_properties(out, reason->properties);
    }
}
