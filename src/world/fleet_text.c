/* Texts with places for numbers. */
#include "world/fleet.h"

void drill_fleet_expand(DrillSpan text, uint64_t member, uint64_t message, DrillBuffer *out) {
    size_t from = 0;
    for (size_t i = 0; i + 3 <= text.size; i++) {
        const uint8_t *at = text.data + i;
        if (at[0] != '{' || at[2] != '}' || (at[1] != 'i' && at[1] != 'k')) continue;
        drill_buffer_put(out, text.data + from, i - from);
        drill_buffer_put_u64(out, at[1] == 'i' ? member : message);
        from = i + 3;
        i += 2;
    }
    drill_buffer_put(out, text.data + from, text.size - from);
}
