/* Reading one line: members may come in any order, but none may be missing, unknown, doubled or of
 * another type. Both objects of an event and all of the header go through read_object, driven by a
 * table of members. */
#include "trace/line.h"

#include <inttypes.h>
#include <mqttdrill/codec.h>

#include "trace/json.h"
#include "trace/schema.h"

#define MEMBERS_MAX 16

typedef struct Reading {
    const DrillTraceLine *line;
    DrillTraceJson json;
} Reading;

typedef enum MemberKind {
    MEMBER_U64,
    MEMBER_U64_TEXT, /* a number in quotes */
    MEMBER_BOOL,
    MEMBER_TEXT,
    MEMBER_HEX,
    MEMBER_FIXED,   /* text that must be `fixed` */
    MEMBER_DERIVED, /* text that says nothing new; may be missing */
    MEMBER_OBJECT,  /* `members`, `member_count` */
    MEMBER_LATER    /* an object to be read when the rest is known: its place is kept in `later` */
} MemberKind;

typedef struct Member {
    const char *name;
    MemberKind kind;
    bool optional; /* may be missing: then the value stays what it is */
    uint64_t *number;
    DrillSpan *span;
    const char *fixed;
    const struct Member *members;
    size_t member_count;
    size_t *later;
} Member;

static DrillResult bad(const Reading *reading, const char *field, const char *expected) {
    const DrillTraceLine *line = reading->line;
    return drill_diagnose(line->diagnostic, DRILL_INVALID, "%s:%" PRIu64 ": field '%s': %s",
                          line->name, line->number, field, expected);
}

static DrillResult broken(const Reading *reading, const char *expected) {
    const DrillTraceLine *line = reading->line;
    return drill_diagnose(line->diagnostic, DRILL_INVALID, "%s:%" PRIu64 ": column %zu: %s",
                          line->name, line->number, reading->json.at + 1, expected);
}

/* A member that the file has and the format has not; its name is somebody else's bytes. */
static DrillResult unknown(const Reading *reading, const char *what, DrillSpan name) {
    const DrillTraceLine *line = reading->line;
    DrillBuffer shown = {.allocator = reading->json.storage->allocator};
    drill_buffer_put_escaped(&shown, drill_span(name.data, name.size < 100 ? name.size : 100));
    DrillResult result =
        drill_diagnose(line->diagnostic, DRILL_INVALID, "%s:%" PRIu64 ": %s '%s'", line->name,
                       line->number, what, drill_buffer_cstring(&shown));
    drill_buffer_release(&shown);
    return result;
}

static DrillResult read_object(Reading *reading, const Member *members, size_t count);

/* Goes past one object without looking at its members: braces outside of strings are counted. */
static bool skip_object(DrillTraceJson *json) {
    size_t depth = 0;
    bool in_string = false;
    for (; json->at < json->text.size; json->at++) {
        uint8_t byte = json->text.data[json->at];
        if (in_string) {
            json->at += byte == '\\' ? 1 : 0;
            in_string = byte != '"';
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{') {
            depth++;
        } else if (byte == '}' && --depth == 0) {
            json->at++;
            return true;
        }
    }
    return false;
}

static DrillResult read_number_text(Reading *reading, const Member *member) {
    DrillSpan digits;
    if (!drill_trace_json_string(&reading->json, &digits) ||
        drill_parse_u64(digits, member->number) != DRILL_OK) {
        return bad(reading, member->name, "expected a number in quotes, 0 to 2^64-1");
    }
    return DRILL_OK;
}

static DrillResult read_fixed(Reading *reading, const Member *member) {
    DrillSpan text;
    if (!drill_trace_json_string(&reading->json, &text)) {
        return bad(reading, member->name, "expected text");
    }
    if (member->kind == MEMBER_FIXED && !drill_span_is(text, member->fixed)) {
        return bad(reading, member->name, "has a value that this version does not know");
    }
    return DRILL_OK;
}

static DrillResult read_later(Reading *reading, const Member *member) {
    DrillTraceJson *json = &reading->json;
    if (!drill_trace_json_open(json)) {
        return bad(reading, member->name, "expected an object");
    }
    json->at--;
    *member->later = json->at;
    return skip_object(json) ? DRILL_OK : broken(reading, "expected the end of an object");
}

static DrillResult read_member(Reading *reading, const Member *member) {
    DrillTraceJson *json = &reading->json;
    const char *name = member->name;
    switch (member->kind) {
    case MEMBER_U64:
        return drill_trace_json_u64(json, member->number)
                   ? DRILL_OK
                   : bad(reading, name, "expected a whole number, 0 to 2^64-1");
    case MEMBER_U64_TEXT:
        return read_number_text(reading, member);
    case MEMBER_BOOL:
        return drill_trace_json_bool(json, member->number)
                   ? DRILL_OK
                   : bad(reading, name, "expected true or false");
    case MEMBER_TEXT:
        return drill_trace_json_string(json, member->span)
                   ? DRILL_OK
                   : bad(reading, name, "expected text (UTF-8, escapes up to \\u00ff)");
    case MEMBER_HEX:
        return drill_trace_json_hex(json, member->span)
                   ? DRILL_OK
                   : bad(reading, name, "expected bytes as lowercase hex digits in quotes");
    case MEMBER_FIXED:
    case MEMBER_DERIVED:
        return read_fixed(reading, member);
    case MEMBER_OBJECT:
        return read_object(reading, member->members, member->member_count);
    case MEMBER_LATER:
        return read_later(reading, member);
    }
    return DRILL_INVALID;
}

static size_t member_index(const Member *members, size_t count, DrillSpan name) {
    size_t at = 0;
    while (at < count && !drill_span_is(name, members[at].name)) {
        at++;
    }
    return at;
}

static DrillResult read_object(Reading *reading, const Member *members, size_t count) {
    DRILL_ASSERT(count <= MEMBERS_MAX);
    bool seen[MEMBERS_MAX] = {false};
    if (!drill_trace_json_open(&reading->json)) {
        return broken(reading, "expected an object");
    }
    for (bool first = true;; first = false) {
        DrillSpan key = {NULL, 0};
        DrillTraceJsonNext next = drill_trace_json_next(&reading->json, first, &key);
        if (next == DRILL_TRACE_JSON_BROKEN) {
            return broken(reading, "expected a member of an object, or its end");
        }
        if (next == DRILL_TRACE_JSON_END) {
            break;
        }
        size_t at = member_index(members, count, key);
        drill_trace_storage_untake(reading->json.storage, key.size);
        if (at == count) {
            return unknown(reading, "unknown field", key);
        }
        if (seen[at]) {
            return bad(reading, members[at].name, "occurs twice");
        }
        seen[at] = true;
        DrillResult result = read_member(reading, &members[at]);
        if (result != DRILL_OK) {
            return result;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!seen[i] && members[i].kind != MEMBER_DERIVED && !members[i].optional) {
            return bad(reading, members[i].name, "is missing");
        }
    }
    return DRILL_OK;
}

static DrillResult finish_line(Reading *reading) {
    return drill_trace_json_finished(&reading->json)
               ? DRILL_OK
               : broken(reading, "expected the end of the line");
}

static Member text_member(const char *name, DrillSpan *span) {
    Member member = {.name = name, .kind = MEMBER_TEXT, .span = span};
    return member;
}

static Member fixed_member(const char *name, const char *fixed) {
    Member member = {.name = name, .kind = MEMBER_FIXED, .fixed = fixed};
    return member;
}

static Member object_member(const char *name, const Member *members, size_t member_count) {
    Member member = {
        .name = name, .kind = MEMBER_OBJECT, .members = members, .member_count = member_count};
    return member;
}

DrillResult drill_trace_line_header(const DrillTraceLine *line, DrillTraceHeader *header) {
    const Member own[] = {
        text_member("tool_version", &header->tool_version),
        text_member("scenario_id", &header->scenario_id),
        text_member("scenario_path", &header->scenario_path),
        text_member("scenario_sha256", &header->scenario_sha256),
        text_member("target", &header->target),
        {.name = "version", .kind = MEMBER_U64, .number = &header->version},
        {.name = "seed", .kind = MEMBER_U64_TEXT, .number = &header->seed},
        text_member("run_id", &header->run_id),
        text_member("options", &header->options),
    };
    const Member vantage_point[] = {fixed_member("type", "network")};
    const Member common_fields[] = {fixed_member("time_format", "relative"),
                                    fixed_member("time_unit", "ns")};
    const Member trace[] = {
        object_member("vantage_point", vantage_point, DRILL_ARRAY_COUNT(vantage_point)),
        object_member("common_fields", common_fields, DRILL_ARRAY_COUNT(common_fields)),
        object_member("mqttdrill", own, DRILL_ARRAY_COUNT(own)),
    };
    const Member top[] = {fixed_member("qlog_version", "0.3"),
                          fixed_member("qlog_format", "NDJSON"),
                          text_member("title", &header->title),
                          object_member("trace", trace, DRILL_ARRAY_COUNT(trace))};
    Reading reading = {line, {line->text, 0, line->storage}};
    DrillResult result = read_object(&reading, top, DRILL_ARRAY_COUNT(top));
    if (result == DRILL_OK &&
        (header->version < DRILL_MQTT_3_1 || header->version > DRILL_MQTT_5_0)) {
        return bad(&reading, "version", "expected 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0)");
    }
    return result == DRILL_OK ? finish_line(&reading) : result;
}

static DrillResult read_data(Reading *reading, DrillTraceEvent *event) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    static const MemberKind kinds[] = {[DRILL_TRACE_U64] = MEMBER_U64,
                                       [DRILL_TRACE_BOOL] = MEMBER_BOOL,
                                       [DRILL_TRACE_TEXT] = MEMBER_TEXT,
                                       [DRILL_TRACE_BYTES] = MEMBER_HEX};
    Member members[DRILL_TRACE_FIELDS_MAX + 1];
    size_t count = 0;
    for (; count < schema->field_count; count++) {
        Member member = {.name = schema->fields[count].name,
                         .kind = kinds[schema->fields[count].type],
                         .optional = schema->fields[count].later,
                         .number = &event->values[count].number,
                         .span = &event->values[count].bytes};
        members[count] = member;
    }
    if (drill_trace_has_packet_name(event->kind)) {
        Member packet = {.name = "packet", .kind = MEMBER_DERIVED};
        members[count++] = packet;
    }
    return read_object(reading, members, count);
}

DrillResult drill_trace_line_event(const DrillTraceLine *line, DrillTraceEvent *event) {
    static const DrillTraceEvent blank;
    *event = blank;
    DrillSpan name = {NULL, 0};
    size_t data_at = 0;
    const Member members[] = {
        {.name = "time", .kind = MEMBER_U64, .number = &event->time_ns},
        {.name = "number", .kind = MEMBER_U64, .number = &event->number},
        {.name = "cause", .kind = MEMBER_U64, .number = &event->cause},
        text_member("node", &event->node),
        text_member("name", &name),
        {.name = "data", .kind = MEMBER_LATER, .later = &data_at},
    };
    Reading reading = {line, {line->text, 0, line->storage}};
    DrillResult result = read_object(&reading, members, DRILL_ARRAY_COUNT(members));
    if (result == DRILL_OK) {
        result = finish_line(&reading);
    }
    if (result != DRILL_OK) {
        return result;
    }
    if (!drill_trace_schema_find(name, &event->kind)) {
        return unknown(&reading, "unknown event", name);
    }
    if (event->cause >= event->number) {
        return bad(&reading, "cause", "must be the number of an earlier event, or 0");
    }
    reading.json.at = data_at;
    return read_data(&reading, event);
}
