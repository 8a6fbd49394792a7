/* Pieces of printed text that several packet types share. */
#include "codec/wire.h"
#include "spec/spec.h"

/* A payload is shown up to here in the full form. */
#define PAYLOAD_BYTES_SHOWN 64

void drill_print_text(DrillBuffer *out, DrillSpan text) {
    if (text.size == 0) {
        drill_buffer_put_string(out, "\"\"");
    } else {
        drill_buffer_put_escaped(out, text);
    }
}

void drill_print_quoted(DrillBuffer *out, const char *label, DrillSpan text) {
    drill_buffer_put_string(out, label);
    drill_buffer_put_string(out, "\"");
    drill_buffer_put_escaped(out, text);
    drill_buffer_put_string(out, "\"");
}

/* Shortens to at most PAYLOAD_BYTES_SHOWN without cutting a UTF-8 character, should it be UTF-8. */
static DrillSpan shorten(DrillSpan payload) {
    if (payload.size <= PAYLOAD_BYTES_SHOWN) {
        return payload;
    }
    size_t size = PAYLOAD_BYTES_SHOWN;
    while (size > PAYLOAD_BYTES_SHOWN - 4 && (payload.data[size] & 0xC0) == 0x80) {
        size--;
    }
    return drill_span(payload.data, size);
}

void drill_print_payload(DrillBuffer *out, DrillSpan payload) {
    if (payload.size == 0) {
        return;
    }
    DrillSpan shown = shorten(payload);
    drill_print_quoted(out, " payload=", shown);
    if (shown.size < payload.size) {
        drill_buffer_put_string(out, "...");
    }
}

void drill_print_code(DrillBuffer *out, DrillPacketType type, DrillVersion version, uint8_t code) {
    if (code < 0x10) {
        drill_buffer_print(out, "%u", (unsigned)code);
    } else {
        drill_buffer_print(out, "0x%02x", (unsigned)code);
    }
    const char *name = drill_reason_name((int)type, (int)version, code);
    bool granted_qos = type == DRILL_SUBACK && code <= 2;
    if (version == DRILL_MQTT_5_0 && code != 0 && !granted_qos && name != NULL) {
        drill_buffer_print(out, " (%s)", name);
    }
}

bool drill_reason_known(DrillPacketType type, uint8_t code) {
    return drill_reason_name((int)type, DRILL_MQTT_5_0, code) != NULL;
}
