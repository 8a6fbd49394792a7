#include <string.h>

#include "base/base.h"

DrillSpan drill_span_of(const char *string) {
    return drill_span(string, strlen(string));
}

bool drill_span_equal(DrillSpan a, DrillSpan b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool drill_span_is(DrillSpan a, const char *string) {
    return drill_span_equal(a, drill_span_of(string));
}

int drill_span_compare(DrillSpan a, DrillSpan b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.size == b.size ? 0 : a.size < b.size ? -1 : 1;
}

DrillSpan drill_span_cut(DrillSpan *rest, char separator) {
    const uint8_t *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    DrillSpan part = *rest;
    if (found == NULL) {
        *rest = drill_span(NULL, 0);
        return part;
    }
    part.size = (size_t)(found - part.data);
    *rest = drill_span(found + 1, rest->size - part.size - 1);
    return part;
}
