#include "codec/wire.h"

/* --- reading --- */

/* A field that runs past the end has no statement of its own. */
static const DrillRule rule_short = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                     "the packet ends inside this field"};

bool drill_cursor_fault(const DrillCursor *cursor, size_t offset, const DrillRule *rule) {
    cursor->fault->reason_code = rule->reason_code;
    cursor->fault->statement = cursor->version == DRILL_MQTT_5_0 ? rule->v5 : rule->v3;
    cursor->fault->offset = offset;
    cursor->fault->text = rule->text;
    return false;
}

size_t drill_cursor_offset(const DrillCursor *cursor, DrillSpan part) {
    return (size_t)(part.data - cursor->packet.data);
}

/* `start` is where the field begins: the place to point at when its end is missing. */
static bool need(const DrillCursor *cursor, size_t bytes, size_t start, const DrillRule *missing) {
    if (cursor->end - cursor->at >= bytes) {
        return true;
    }
    return drill_cursor_fault(cursor, start, missing != NULL ? missing : &rule_short);
}

bool drill_cursor_byte(DrillCursor *cursor, const DrillRule *missing, uint8_t *out) {
    if (!need(cursor, 1, cursor->at, missing)) {
        return false;
    }
    *out = cursor->packet.data[cursor->at++];
    return true;
}

bool drill_cursor_two_byte(DrillCursor *cursor, const DrillRule *missing, uint16_t *out) {
    if (!need(cursor, 2, cursor->at, missing)) {
        return false;
    }
    const uint8_t *data = cursor->packet.data + cursor->at;
    *out = (uint16_t)(data[0] << 8 | data[1]);
    cursor->at += 2;
    return true;
}

bool drill_cursor_four_byte(DrillCursor *cursor, uint32_t *out) {
    if (!need(cursor, 4, cursor->at, NULL)) {
        return false;
    }
    const uint8_t *data = cursor->packet.data + cursor->at;
    *out = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    cursor->at += 4;
    return true;
}

DrillResult drill_wire_variable_byte(DrillSpan input, uint32_t *out, size_t *bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        if (i == input.size) {
            return DRILL_NEED_MORE;
        }
        value |= (uint32_t)(input.data[i] & 0x7F) << (7 * i);
        if ((input.data[i] & 0x80) == 0) {
            *out = value;
            *bytes = i + 1;
            return i > 0 && input.data[i] == 0 ? DRILL_MALFORMED : DRILL_OK;
        }
    }
    *bytes = 5;
    return DRILL_MALFORMED;
}

bool drill_cursor_variable_byte(DrillCursor *cursor, uint32_t *out) {
    /* [v5:MQTT-1.5.5-1] the shortest encoding. */
    static const DrillRule rule_minimal = {
        NULL, "v5:MQTT-1.5.5-1", DRILL_REASON_MALFORMED_PACKET,
        "a Variable Byte Integer takes more bytes than it needs"};
    static const DrillRule rule_long = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "a Variable Byte Integer takes more than four bytes"};
    DrillSpan rest = drill_span(cursor->packet.data + cursor->at, cursor->end - cursor->at);
    size_t bytes = 0;
    switch (drill_wire_variable_byte(rest, out, &bytes)) {
    case DRILL_OK:
        cursor->at += bytes;
        return true;
    case DRILL_NEED_MORE:
        return drill_cursor_fault(cursor, cursor->at, &rule_short);
    case DRILL_MALFORMED:
    case DRILL_INVALID:
    case DRILL_TOO_BIG:
    case DRILL_BUSY:
    case DRILL_IO:
    case DRILL_NOT_THERE_YET:
        break;
    }
    return drill_cursor_fault(cursor, cursor->at, bytes > 4 ? &rule_long : &rule_minimal);
}

bool drill_cursor_binary(DrillCursor *cursor, const DrillRule *missing, DrillSpan *out) {
    size_t start = cursor->at;
    uint16_t size = 0;
    if (!drill_cursor_two_byte(cursor, missing, &size) || !need(cursor, size, start, NULL)) {
        return false;
    }
    *out = drill_span(cursor->packet.data + cursor->at, size);
    cursor->at += size;
    return true;
}

bool drill_cursor_string(DrillCursor *cursor, const DrillRule *missing, DrillSpan *out) {
    /* [v3:MQTT-1.5.3-1] [v5:MQTT-1.5.4-1] well-formed UTF-8 without surrogates. */
    static const DrillRule rule_utf8 = {"v3:MQTT-1.5.3-1", "v5:MQTT-1.5.4-1",
                                        DRILL_REASON_MALFORMED_PACKET,
                                        "a string is not well-formed UTF-8"};
    /* [v3:MQTT-1.5.3-2] [v5:MQTT-1.5.4-2] no U+0000, [v3:MQTT-4.7.3-2] [v5:MQTT-4.7.3-2] least of
     * all in names and filters. */
    static const DrillRule rule_nul = {"v3:MQTT-1.5.3-2", "v5:MQTT-1.5.4-2",
                                       DRILL_REASON_MALFORMED_PACKET, "a string holds U+0000"};
    size_t bad = 0;
    if (!drill_cursor_binary(cursor, missing, out)) {
        return false;
    }
    if (drill_utf8_valid_mqtt(*out, &bad)) {
        return true;
    }
    return drill_cursor_fault(cursor, drill_cursor_offset(cursor, *out) + bad,
                              out->data[bad] == 0 ? &rule_nul : &rule_utf8);
}

bool drill_cursor_identifier(DrillCursor *cursor, const DrillRule *rule, uint16_t *out) {
    size_t start = cursor->at;
    if (!drill_cursor_two_byte(cursor, NULL, out)) {
        return false;
    }
    return *out != 0 || drill_cursor_fault(cursor, start, rule);
}

DrillSpan drill_cursor_rest(DrillCursor *cursor) {
    DrillSpan rest = drill_span(cursor->packet.data + cursor->at, cursor->end - cursor->at);
    cursor->at = cursor->end;
    return rest;
}

/* --- writing --- */

void drill_writer_bytes(DrillWriter *writer, DrillSpan bytes) {
    writer->size += bytes.size;
    if (writer->out != NULL && bytes.size > 0) {
        drill_buffer_put(writer->out, bytes.data, bytes.size);
    }
}

void drill_writer_byte(DrillWriter *writer, uint8_t value) {
    drill_writer_bytes(writer, drill_span(&value, 1));
}

void drill_writer_two_byte(DrillWriter *writer, uint16_t value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    drill_writer_bytes(writer, drill_span(bytes, sizeof bytes));
}

void drill_writer_four_byte(DrillWriter *writer, uint32_t value) {
    drill_writer_two_byte(writer, (uint16_t)(value >> 16));
    drill_writer_two_byte(writer, (uint16_t)value);
}

void drill_writer_variable_byte(DrillWriter *writer, uint32_t value) {
    if (value > DRILL_REMAINING_LENGTH_MAX) {
        writer->invalid = true;
        return;
    }
    while (value > 0x7F) {
        drill_writer_byte(writer, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    drill_writer_byte(writer, (uint8_t)value);
}

void drill_writer_string(DrillWriter *writer, DrillSpan text) {
    /* [v3:MQTT-4.7.3-3] [v5:MQTT-4.7.3-3] the length prefix has two bytes. */
    if (text.size > DRILL_STRING_BYTES_MAX) {
        writer->invalid = true;
        return;
    }
    drill_writer_two_byte(writer, (uint16_t)text.size);
    drill_writer_bytes(writer, text);
}

void drill_writer_identifier(DrillWriter *writer, uint16_t identifier) {
    if (identifier == 0) {
        writer->invalid = true;
    }
    drill_writer_two_byte(writer, identifier);
}

void drill_writer_properties(DrillWriter *writer, DrillVersion version,
                             DrillProperties properties) {
    if (version != DRILL_MQTT_5_0) {
        writer->invalid = writer->invalid || properties.wire.size > 0;
        return;
    }
    if (properties.wire.size > DRILL_REMAINING_LENGTH_MAX) {
        writer->invalid = true;
        return;
    }
    /* [v5:MQTT-2.2.2-1] no properties: a Property Length of zero. */
    drill_writer_variable_byte(writer, (uint32_t)properties.wire.size);
    drill_writer_bytes(writer, properties.wire);
}
