#include "auth/scram_text.h"

bool drill_scram_take(DrillSpan *text, char name, DrillSpan *value) {
    if (text->size < 2 || text->data[0] != (uint8_t)name || text->data[1] != '=') return false;
    *text = drill_span(text->data + 2, text->size - 2);
    *value = drill_span_cut(text, ',');
    return true;
}

bool drill_scram_is_nonce(DrillSpan nonce) {
    for (size_t i = 0; i < nonce.size; i++) {
        uint8_t c = nonce.data[i];
        if (c < 0x21 || c > 0x7e || c == ',') return false;
    }
    return nonce.size > 0;
}

void drill_scram_put_name(DrillBuffer *out, DrillSpan name) {
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == ',')
            drill_buffer_put_string(out, "=2C");
        else if (name.data[i] == '=')
            drill_buffer_put_string(out, "=3D");
        else
            drill_buffer_put_byte(out, name.data[i]);
    }
}

bool drill_scram_read_name(DrillSpan text, DrillBuffer *out) {
    if (!drill_utf8_valid(text)) return false;
    for (size_t i = 0; i < text.size; i++) {
        DrillSpan rest = drill_span(text.data + i, text.size - i < 3 ? text.size - i : 3);
        bool comma = drill_span_is(rest, "=2C"), equals = drill_span_is(rest, "=3D");
        if (text.data[i] == '=' && !comma && !equals) return false;
        drill_buffer_put_byte(out, (uint8_t)(comma ? ',' : equals ? '=' : text.data[i]));
        if (comma || equals) i += 2;
    }
    return text.size > 0;
}
