#include "auth/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void drill_base64_write(DrillBuffer *out, DrillSpan bytes) {
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t here = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (j < here ? bytes.data[i + j] : 0u);
        for (size_t j = 0; j < 4; j++) {
            char letter = j <= here ? letters[group >> (18 - 6 * j) & 63u] : '=';
            drill_buffer_put_byte(out, (uint8_t)letter);
        }
    }
}

static bool value_of(uint8_t letter, uint32_t *value) {
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL) return false;
    *value = (uint32_t)(found - letters);
    return true;
}

bool drill_base64_read(DrillSpan text, DrillBuffer *out) {
    if (text.size % 4 != 0) return false;
    for (size_t i = 0; i < text.size; i += 4) {
        const uint8_t *at = text.data + i;
        bool last = i + 4 == text.size;
        size_t used = last && at[3] == '=' ? (at[2] == '=' ? 2 : 3) : 4;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            uint32_t value = 0;
            if (j < used && !value_of(at[j], &value)) return false;
            group = group << 6 | value;
        }
        if ((group & ((1u << 8 * (4 - used)) - 1)) != 0) return false;
        for (size_t j = 0; j + 1 < used; j++)
            drill_buffer_put_byte(out, (uint8_t)(group >> (16 - 8 * j)));
    }
    return true;
}
