/* Ways of writing bytes, text and durations for people and for JSON. */
#include <string.h>

#include "base/base.h"

static const char hex_digits[] = "0123456789abcdef";
static const char hex_digits_upper[] = "0123456789ABCDEF";

void drill_buffer_put_hex(DrillBuffer *buffer, DrillSpan bytes) {
    DRILL_ASSERT(bytes.size <= SIZE_MAX / 4);
    drill_buffer_reserve(buffer, bytes.size * 2);
    uint8_t *out = bytes.size == 0 ? NULL : buffer->data + buffer->size;
    for (size_t i = 0; i < bytes.size; i++) {
        out[2 * i] = (uint8_t)hex_digits[bytes.data[i] >> 4];
        out[2 * i + 1] = (uint8_t)hex_digits[bytes.data[i] & 15];
    }
    buffer->size += bytes.size * 2;
}

static void put_json_escape(DrillBuffer *buffer, uint8_t byte) {
    char escape[6] = {'\\', 'u', '0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
    if (byte == '"' || byte == '\\') {
        escape[1] = (char)byte;
        drill_buffer_put(buffer, escape, 2);
    } else if (byte == '\n' || byte == '\r' || byte == '\t') {
        escape[1] = byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't';
        drill_buffer_put(buffer, escape, 2);
    } else {
        drill_buffer_put(buffer, escape, sizeof escape);
    }
}

/* Number of bytes from `at` that can stand in a JSON string as they are, and that are ASCII. */
static size_t plain_run(DrillSpan text, size_t at) {
    size_t end = at;
    while (end < text.size && drill_json_plain(text.data[end])) {
        end++;
    }
    return end - at;
}

void drill_buffer_put_json_string(DrillBuffer *buffer, DrillSpan text) {
    drill_buffer_put_byte(buffer, '"');
    size_t at = 0;
    while (at < text.size) {
        size_t length = plain_run(text, at);
        if (length == 0 && text.data[at] >= 0x80) {
            length = drill_utf8_length_at(text, at);
        }
        if (length == 0) {
            put_json_escape(buffer, text.data[at]);
            at++;
        } else {
            drill_buffer_put(buffer, text.data + at, length);
            at += length;
        }
    }
    drill_buffer_put_byte(buffer, '"');
}

/* Bytes from `at` that a terminal shows without acting on them. C1 controls (U+0080..U+009F) are
 * valid UTF-8, but some terminals obey them. */
static size_t printable_at(DrillSpan text, size_t at) {
    uint8_t first = text.data[at];
    if (first < 0x80) {
        return first >= 0x20 && first < 0x7f ? 1 : 0;
    }
    if (first == 0xc2 && at + 1 < text.size && text.data[at + 1] < 0xa0) {
        return 0;
    }
    return drill_utf8_length_at(text, at);
}

void drill_buffer_put_escaped(DrillBuffer *buffer, DrillSpan text) {
    size_t at = 0;
    while (at < text.size) {
        size_t length = printable_at(text, at);
        if (length != 0) {
            drill_buffer_put(buffer, text.data + at, length);
            at += length;
            continue;
        }
        uint8_t byte = text.data[at++];
        char escape[4] = {'\\', 'x', hex_digits_upper[byte >> 4], hex_digits_upper[byte & 15]};
        drill_buffer_put(buffer, escape, sizeof escape);
    }
}

void drill_buffer_put_duration(DrillBuffer *buffer, uint64_t ns) {
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {
        {DRILL_NS_PER_S, " s"}, {DRILL_NS_PER_MS, " ms"}, {DRILL_NS_PER_US, " us"}, {1, " ns"}};
    size_t i = 0;
    while (ns != 0 && ns < units[i].ns) {
        i++;
    }
    drill_buffer_put_u64(buffer, ns / units[i].ns);
    uint64_t thousandths = units[i].ns == 1 ? 0 : ns % units[i].ns / (units[i].ns / 1000);
    if (thousandths != 0) {
        char decimals[4] = {'.', (char)('0' + (int)(thousandths / 100)),
                            (char)('0' + (int)(thousandths / 10 % 10)),
                            (char)('0' + (int)(thousandths % 10))};
        size_t length = sizeof decimals;
        while (decimals[length - 1] == '0') {
            length--;
        }
        drill_buffer_put(buffer, decimals, length);
    }
    drill_buffer_put_string(buffer, units[i].name);
}
