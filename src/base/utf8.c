/* UTF-8 as MQTT wants it (Unicode 15, table 3-7: well-formed byte sequences). */
#include "base/base.h"

static bool continues(DrillSpan text, size_t at) {
    return at < text.size && (text.data[at] & 0xc0) == 0x80;
}

/* The second byte carries the limits that keep out overlong forms, surrogates and what lies above
 * U+10FFFF. */
static bool second_fits(uint8_t first, uint8_t second) {
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

size_t drill_utf8_length_at(DrillSpan text, size_t offset) {
    if (offset >= text.size) {
        return 0;
    }
    uint8_t first = text.data[offset];
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    if (!continues(text, offset + 1) || !second_fits(first, text.data[offset + 1])) {
        return 0;
    }
    if (first < 0xe0) {
        return 2;
    }
    if (!continues(text, offset + 2)) {
        return 0;
    }
    if (first < 0xf0) {
        return 3;
    }
    return continues(text, offset + 3) ? 4 : 0;
}

bool drill_utf8_valid(DrillSpan text) {
    size_t at = 0;
    while (at < text.size) {
        size_t length = drill_utf8_length_at(text, at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

bool drill_utf8_valid_mqtt(DrillSpan text, size_t *offset) {
    size_t at = 0;
    while (at < text.size) {
        size_t length = text.data[at] == 0 ? 0 : drill_utf8_length_at(text, at);
        if (length == 0) {
            if (offset != NULL) {
                *offset = at;
            }
            return false;
        }
        at += length;
    }
    return true;
}
