#include "trace/versions.h"

#include <string.h>

#include "base/arena.h"
#include "trace/trace.h"

/* In an entry: a CONNECT has said so, which no later event changes. */
#define SAID 0x80

static bool is_version(uint64_t level) {
    return level >= DRILL_MQTT_3_1 && level <= DRILL_MQTT_5_0;
}

/* The entry of the event's connection; NULL: it has none. Numbers grow by one, and each begins with
 * an event of its own, so that a damaged number costs no memory. */
static uint8_t *entry_of(DrillTraceVersions *versions, const DrillTraceEvent *event) {
    uint64_t conn = drill_trace_u64(event, "conn");
    if (conn > event->number) return NULL;
    if (conn >= versions->capacity) {
        size_t capacity = versions->capacity ? versions->capacity * 2 : 16;
        while (capacity <= conn)
            capacity *= 2;
        versions->of =
            drill_reallocate(versions->allocator, versions->of, versions->capacity, capacity);
        memset(versions->of + versions->capacity, 0, capacity - versions->capacity);
        versions->capacity = capacity;
    }
    return &versions->of[conn];
}

static bool is_connect(const DrillTraceEvent *event, uint8_t *level) {
    if (drill_trace_u64(event, "whole") == 0) return false;
    if (!drill_codec_connect_level(drill_trace_text(event, "bytes"), level)) return false;
    return is_version(*level);
}

void drill_trace_versions_note(DrillTraceVersions *versions, const DrillTraceEvent *event) {
    uint8_t level;
    if (event->kind == DRILL_TRACE_CONN_OPEN) {
        uint64_t set = drill_trace_u64(event, "version");
        uint8_t *entry = is_version(set) ? entry_of(versions, event) : NULL;
        if (entry && !(*entry & SAID)) *entry = (uint8_t)set;
    } else if (event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED) {
        if (!is_connect(event, &level)) return;
        uint8_t *entry = entry_of(versions, event);
        if (entry && !(*entry & SAID)) *entry = level | SAID;
    }
}

DrillVersion drill_trace_version(const DrillTraceVersions *versions, const DrillTraceEvent *event) {
    bool packet = event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED;
    uint64_t conn = packet ? drill_trace_u64(event, "conn") : 0;
    uint8_t known = conn < versions->capacity ? versions->of[conn] & (uint8_t)~SAID : 0;
    return known ? (DrillVersion)known : versions->otherwise;
}

bool drill_trace_versions_have(const DrillTraceVersions *versions, DrillVersion version) {
    for (size_t i = 0; i < versions->capacity; i++)
        if ((versions->of[i] & ~SAID) == (int)version) return true;
    return false;
}

void drill_trace_versions_release(DrillTraceVersions *versions) {
    drill_release(versions->allocator, versions->of, versions->capacity);
    versions->of = NULL;
    versions->capacity = 0;
}
