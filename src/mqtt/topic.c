#include "mqtt/topic.h"

#include <string.h>

/* [v3:MQTT-4.7.3-1] [v3:MQTT-4.7.3-2] [v3:MQTT-4.7.3-3] 1 to 65,535 bytes of UTF-8 without U+0000.
 */
static bool is_topic_text(DrillSpan text) {
    size_t offset = 0;
    return text.size > 0 && text.size <= 65535 && drill_utf8_valid_mqtt(text, &offset);
}

bool drill_topic_is_name(DrillSpan text) {
    if (!is_topic_text(text)) return false;
    /* [v3:MQTT-4.7.1-1] [v3:MQTT-3.3.2-2] names hold no wildcard. */
    return memchr(text.data, '+', text.size) == NULL && memchr(text.data, '#', text.size) == NULL;
}

bool drill_topic_is_filter(DrillSpan text) {
    if (!is_topic_text(text)) return false;
    size_t offset = 0;
    DrillSpan level;
    while (drill_topic_next_level(text, &offset, &level)) {
        if (level.size == 0) continue;
        bool last = offset > text.size;
        /* [v3:MQTT-4.7.1-2] # fills the last level. */
        if (memchr(level.data, '#', level.size) != NULL && (level.size != 1 || !last)) return false;
        /* [v3:MQTT-4.7.1-3] + fills its level. */
        if (memchr(level.data, '+', level.size) != NULL && level.size != 1) return false;
    }
    return true;
}

bool drill_topic_next_level(DrillSpan topic, size_t *offset, DrillSpan *level) {
    if (*offset > topic.size) return false;
    size_t left = topic.size - *offset;
    const uint8_t *start = left == 0 ? topic.data : topic.data + *offset;
    const uint8_t *slash = left == 0 ? NULL : (const uint8_t *)memchr(start, '/', left);
    size_t size = slash == NULL ? left : (size_t)(slash - start);
    *level = drill_span(start, size);
    *offset += size + 1; /* beyond topic.size after the last level */
    return true;
}

bool drill_topic_matches(DrillSpan filter, DrillSpan name) {
    /* [v3:MQTT-4.7.2-1] a leading wildcard does not match a leading $. */
    bool leading_wildcard = filter.size > 0 && (filter.data[0] == '+' || filter.data[0] == '#');
    if (leading_wildcard && name.size > 0 && name.data[0] == '$') return false;
    size_t filter_offset = 0, name_offset = 0;
    DrillSpan filter_level, name_level;
    while (drill_topic_next_level(filter, &filter_offset, &filter_level)) {
        if (drill_span_is(filter_level, "#")) return true; /* also the parent: "a/#" matches "a" */
        if (!drill_topic_next_level(name, &name_offset, &name_level)) return false;
        /* [v3:MQTT-4.7.3-4] levels are compared as they are, byte by byte. */
        if (!drill_span_is(filter_level, "+") && !drill_span_equal(filter_level, name_level)) {
            return false;
        }
    }
    return !drill_topic_next_level(name, &name_offset, &name_level);
}
