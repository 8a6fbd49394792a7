/* What may stand in a Topic Name and in a Topic Filter. Matching is src/mqtt's business. */
#include <string.h>

#include "codec/wire.h"

static const char share_prefix[] = "$share/";
#define SHARE_PREFIX_BYTES (sizeof share_prefix - 1)

/* [v3:MQTT-4.7.3-1] [v5:MQTT-4.7.3-1] at least one character. */
const DrillRule drill_rule_topic_empty = {
    "v3:MQTT-4.7.3-1", "v5:MQTT-4.7.3-1", DRILL_REASON_MALFORMED_PACKET,
    "a Topic Name or Topic Filter has at least one character"};

bool drill_topic_name_check(const DrillCursor *cursor, DrillSpan text, const DrillRule *wildcard) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '+' || text.data[i] == '#') {
            return drill_cursor_fault(cursor, drill_cursor_offset(cursor, text) + i, wildcard);
        }
    }
    return true;
}

bool drill_topic_filter_is_shared(DrillSpan text) {
    return text.size >= SHARE_PREFIX_BYTES &&
           memcmp(text.data, share_prefix, SHARE_PREFIX_BYTES) == 0;
}

/* `filter` without a share's prefix. */
static bool check_levels(const DrillCursor *cursor, DrillSpan filter) {
    /* [v3:MQTT-4.7.1-2] [v5:MQTT-4.7.1-1] # is the whole last level. */
    static const DrillRule rule_hash = {"v3:MQTT-4.7.1-2", "v5:MQTT-4.7.1-1",
                                        DRILL_REASON_MALFORMED_PACKET,
                                        "# must be the whole last level of a Topic Filter"};
    /* [v3:MQTT-4.7.1-3] [v5:MQTT-4.7.1-2] + is a whole level. */
    static const DrillRule rule_plus = {"v3:MQTT-4.7.1-3", "v5:MQTT-4.7.1-2",
                                        DRILL_REASON_MALFORMED_PACKET,
                                        "+ must be a whole level of a Topic Filter"};
    size_t start = drill_cursor_offset(cursor, filter);
    for (size_t i = 0; i < filter.size; i++) {
        bool level_begins = i == 0 || filter.data[i - 1] == '/';
        bool last = i + 1 == filter.size;
        if (filter.data[i] == '#' && !(level_begins && last)) {
            return drill_cursor_fault(cursor, start + i, &rule_hash);
        }
        if (filter.data[i] == '+' && !(level_begins && (last || filter.data[i + 1] == '/'))) {
            return drill_cursor_fault(cursor, start + i, &rule_plus);
        }
    }
    return true;
}

/* Checks "$share/NAME/" and takes it off *filter. */
static bool check_share(const DrillCursor *cursor, DrillSpan *filter) {
    /* [v5:MQTT-4.8.2-1] a share name has one or more characters. */
    static const DrillRule rule_name = {NULL, "v5:MQTT-4.8.2-1", DRILL_REASON_MALFORMED_PACKET,
                                        "a share name has at least one character"};
    /* [v5:MQTT-4.8.2-2] no wildcard in the share name; a slash and a Topic Filter follow it. */
    static const DrillRule rule_rest = {
        NULL, "v5:MQTT-4.8.2-2", DRILL_REASON_MALFORMED_PACKET,
        "a share name has no + or # and is followed by / and a Topic Filter"};
    size_t start = drill_cursor_offset(cursor, *filter);
    size_t i = SHARE_PREFIX_BYTES;
    while (i < filter->size && filter->data[i] != '/') {
        if (filter->data[i] == '+' || filter->data[i] == '#') {
            return drill_cursor_fault(cursor, start + i, &rule_rest);
        }
        i++;
    }
    if (i == SHARE_PREFIX_BYTES) {
        return drill_cursor_fault(cursor, start + i, &rule_name);
    }
    if (i + 1 >= filter->size) {
        return drill_cursor_fault(cursor, start + i, &rule_rest);
    }
    *filter = drill_span(filter->data + i + 1, filter->size - i - 1);
    return true;
}

bool drill_topic_filter_check(const DrillCursor *cursor, DrillSpan text) {
    if (text.size == 0) {
        return drill_cursor_fault(cursor, drill_cursor_offset(cursor, text),
                                  &drill_rule_topic_empty);
    }
    if (cursor->version == DRILL_MQTT_5_0 && drill_topic_filter_is_shared(text) &&
        !check_share(cursor, &text)) {
        return false;
    }
    return check_levels(cursor, text);
}
