#include "trace/json.h"

#include <string.h>

static void skip_space(DrillTraceJson *json) {
    while (json->at < json->text.size &&
           (json->text.data[json->at] == ' ' || json->text.data[json->at] == '\t' ||
            json->text.data[json->at] == '\r')) {
        json->at++;
    }
}

/* The byte at the cursor; 0 at the end (a NUL byte is not valid anywhere). */
static uint8_t peek(const DrillTraceJson *json) {
    return json->at < json->text.size ? json->text.data[json->at] : 0;
}

static bool accept_byte(DrillTraceJson *json, char wanted) {
    skip_space(json);
    if (peek(json) != (uint8_t)wanted) {
        return false;
    }
    json->at++;
    return true;
}

static bool accept_word(DrillTraceJson *json, const char *word) {
    size_t length = strlen(word);
    if (length > json->text.size - json->at ||
        memcmp(json->text.data + json->at, word, length) != 0) {
        return false;
    }
    json->at += length;
    return true;
}

bool drill_trace_json_open(DrillTraceJson *json) {
    return accept_byte(json, '{');
}

DrillTraceJsonNext drill_trace_json_next(DrillTraceJson *json, bool first, DrillSpan *key) {
    if (accept_byte(json, '}')) {
        return DRILL_TRACE_JSON_END;
    }
    if (!first && !accept_byte(json, ',')) {
        return DRILL_TRACE_JSON_BROKEN;
    }
    if (!drill_trace_json_string(json, key) || !accept_byte(json, ':')) {
        return DRILL_TRACE_JSON_BROKEN;
    }
    return DRILL_TRACE_JSON_KEY;
}

bool drill_trace_json_u64(DrillTraceJson *json, uint64_t *out) {
    skip_space(json);
    size_t start = json->at;
    while (peek(json) >= '0' && peek(json) <= '9') {
        json->at++;
    }
    DrillSpan digits = drill_span(json->text.data + start, json->at - start);
    if (digits.size > 1 && digits.data[0] == '0') {
        return false;
    }
    uint8_t after = peek(json);
    if (after == '.' || after == 'e' || after == 'E') {
        return false;
    }
    return drill_parse_u64(digits, out) == DRILL_OK;
}

bool drill_trace_json_bool(DrillTraceJson *json, uint64_t *out) {
    skip_space(json);
    if (accept_word(json, "true")) {
        *out = 1;
        return true;
    }
    *out = 0;
    return accept_word(json, "false");
}

static int hex_value(uint8_t byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Two hex digits at `at`; -1 if they are not there. */
static int hex_pair(DrillSpan text, size_t at) {
    if (text.size < 2 || at > text.size - 2) {
        return -1;
    }
    int high = hex_value(text.data[at]);
    int low = hex_value(text.data[at + 1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Bytes have one spelling, so that a text can be searched for them. */
static bool is_upper(uint8_t byte) {
    return byte >= 'A' && byte <= 'F';
}

/* The cursor is behind a backslash. */
static bool read_escape(DrillTraceJson *json, uint8_t *out) {
    static const char letters[] = "\"\\/nrtbf";
    static const char meanings[] = "\"\\/\n\r\t\b\f";
    uint8_t letter = peek(json);
    if (letter == 0) {
        return false;
    }
    json->at++;
    if (letter == 'u') {
        int high = hex_pair(json->text, json->at);
        int low = hex_pair(json->text, json->at + 2);
        json->at += 4;
        *out = (uint8_t)(low < 0 ? 0 : low);
        return high == 0 && low >= 0;
    }
    const char *found = strchr(letters, letter);
    if (found == NULL) {
        return false;
    }
    *out = (uint8_t)meanings[found - letters];
    return true;
}

/* Offset of the closing quote, from behind the opening one; the text's size if there is none. */
static size_t closing_quote(const DrillTraceJson *json) {
    size_t at = json->at;
    while (at < json->text.size && json->text.data[at] != '"') {
        at += json->text.data[at] == '\\' ? 2 : 1;
    }
    return at < json->text.size ? at : json->text.size;
}

/* Copies what is between the cursor and `end` to `out`; returns the number of bytes, SIZE_MAX if it
 * is not a string. */
static size_t decode_string(DrillTraceJson *json, size_t end, uint8_t *out) {
    size_t size = 0;
    while (json->at < end) {
        uint8_t byte = json->text.data[json->at];
        if (byte == '\\') {
            json->at++;
            if (!read_escape(json, &out[size]) || json->at > end) {
                return SIZE_MAX;
            }
            size++;
            continue;
        }
        size_t length = byte < 0x20 ? 0 : drill_utf8_length_at(json->text, json->at);
        if (length == 0) {
            return SIZE_MAX;
        }
        memcpy(out + size, json->text.data + json->at, length);
        size += length;
        json->at += length;
    }
    return size;
}

bool drill_trace_json_string(DrillTraceJson *json, DrillSpan *out) {
    if (!accept_byte(json, '"')) {
        return false;
    }
    size_t end = closing_quote(json);
    if (end == json->text.size) {
        return false;
    }
    size_t room = end - json->at;
    uint8_t *bytes = drill_trace_storage_take(json->storage, room);
    size_t size = decode_string(json, end, bytes);
    if (size == SIZE_MAX) {
        drill_trace_storage_untake(json->storage, room);
        return false;
    }
    drill_trace_storage_untake(json->storage, room - size);
    json->at = end + 1;
    *out = drill_span(bytes, size);
    return true;
}

bool drill_trace_json_hex(DrillTraceJson *json, DrillSpan *out) {
    if (!accept_byte(json, '"')) {
        return false;
    }
    size_t end = closing_quote(json);
    size_t size = (end - json->at) / 2;
    if (end == json->text.size || (end - json->at) % 2 != 0) {
        return false;
    }
    uint8_t *bytes = drill_trace_storage_take(json->storage, size);
    for (size_t i = 0; i < size; i++) {
        size_t at = json->at + 2 * i;
        int value = hex_pair(json->text, at);
        if (value < 0 || is_upper(json->text.data[at]) || is_upper(json->text.data[at + 1])) {
            drill_trace_storage_untake(json->storage, size);
            return false;
        }
        bytes[i] = (uint8_t)value;
    }
    json->at = end + 1;
    *out = drill_span(bytes, size);
    return true;
}

bool drill_trace_json_finished(DrillTraceJson *json) {
    skip_space(json);
    return json->at == json->text.size;
}
