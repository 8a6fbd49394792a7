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

bool drill_topic_split_share(DrillSpan text, DrillSpan *name, DrillSpan *filter) {
    static const char prefix[] = "$share/";
    size_t start = sizeof prefix - 1;
    if (text.size <= start || memcmp(text.data, prefix, start) != 0) return false;
    /* [v5:MQTT-4.8.2-1] [v5:MQTT-4.8.2-2] a name, a slash, a filter. */
    const uint8_t *slash = (const uint8_t *)memchr(text.data + start, '/', text.size - start);
    if (slash == NULL) return false;
    size_t end = (size_t)(slash - text.data);
    *name = drill_span(text.data + start, end - start);
    *filter = drill_span(slash + 1, text.size - end - 1);
    return name->size > 0 && filter->size > 0;
}

bool drill_topic_has_wildcard(DrillSpan filter) {
    return filter.size > 0 && (memchr(filter.data, '+', filter.size) != NULL ||
                               memchr(filter.data, '#', filter.size) != NULL);
}

static bool covers_level(DrillSpan outer, DrillSpan inner) {
    if (drill_span_is(outer, "+")) return !drill_span_is(inner, "#");
    return drill_span_equal(outer, inner);
}

bool drill_topic_covers(DrillSpan outer, DrillSpan inner) {
    bool leading_wildcard = outer.size > 0 && (outer.data[0] == '+' || outer.data[0] == '#');
    if (leading_wildcard && inner.size > 0 && inner.data[0] == '$') return false;
    size_t outer_offset = 0, inner_offset = 0;
    DrillSpan outer_level, inner_level;
    while (drill_topic_next_level(outer, &outer_offset, &outer_level)) {
        if (drill_span_is(outer_level, "#")) return true; /* also the parent */
        if (!drill_topic_next_level(inner, &inner_offset, &inner_level)) return false;
        if (!covers_level(outer_level, inner_level)) return false;
    }
    return !drill_topic_next_level(inner, &inner_offset, &inner_level);
}

size_t drill_topic_level_count(DrillSpan topic) {
    size_t offset = 0, count = 0;
    DrillSpan level;
    while (drill_topic_next_level(topic, &offset, &level))
        count++;
    return count;
}
