/* 5.0 properties: the table, and everything that follows from it. */
#include <string.h>

#include "codec/wire.h"

/* Where a property may stand. */
#define IN(type)  (1u << (type))
#define WILL      (1u << DRILL_PLACE_WILL)
#define CONNECT   IN(DRILL_CONNECT)
#define CONNACK   IN(DRILL_CONNACK)
#define PUBLISH   IN(DRILL_PUBLISH)
#define SUBSCRIBE IN(DRILL_SUBSCRIBE)
#define DISC      IN(DRILL_DISCONNECT)
#define AUTH      IN(DRILL_AUTH)
#define ANSWERS                                                                                    \
    (CONNACK | IN(DRILL_PUBACK) | IN(DRILL_PUBREC) | IN(DRILL_PUBREL) | IN(DRILL_PUBCOMP) |        \
     IN(DRILL_SUBACK) | IN(DRILL_UNSUBACK) | DISC | AUTH)
#define ALL (WILL | CONNECT | PUBLISH | SUBSCRIBE | IN(DRILL_UNSUBSCRIBE) | ANSWERS)

/* Kinds. */
#define BYTE   DRILL_PROPERTY_BYTE
#define TWO    DRILL_PROPERTY_TWO_BYTE
#define FOUR   DRILL_PROPERTY_FOUR_BYTE
#define VARINT DRILL_PROPERTY_VARIABLE_BYTE
#define STRING DRILL_PROPERTY_STRING
#define BINARY DRILL_PROPERTY_BINARY
#define PAIR   DRILL_PROPERTY_STRING_PAIR

/* A property that takes only part of its type's values says which, and what a breach is called. */
#define ANY                                                                                        \
    0, UINT32_MAX, {                                                                               \
        NULL, NULL, 0, NULL                                                                        \
    }
#define FLAG                                                                                       \
    0, 1, {                                                                                        \
        NULL, NULL, DRILL_REASON_PROTOCOL_ERROR, "this property is 0 or 1"                         \
    }
#define MIN_1                                                                                      \
    1, UINT32_MAX, {                                                                               \
        NULL, NULL, DRILL_REASON_PROTOCOL_ERROR, "this property is not 0"                          \
    }
/* [v5:MQTT-3.3.2-8] no Topic Alias 0. */
#define ALIAS                                                                                      \
    1, UINT32_MAX, {                                                                               \
        NULL, "v5:MQTT-3.3.2-8", DRILL_REASON_TOPIC_ALIAS_INVALID, "a Topic Alias is not 0"        \
    }

typedef struct PropertyRow {
    DrillPropertyId id;
    const char *name;
    DrillPropertyKind kind;
    uint32_t places;
    uint32_t repeatable; /* places where it may stand more than once */
    uint32_t number_min;
    uint32_t number_max;
    DrillRule range_rule;
} PropertyRow;

/* Columns: identifier, name, kind, places, places where it may repeat, values. */
// clang-format off
static const PropertyRow rows[] = {
    {0x01, "payload_format_indicator",          BYTE,   PUBLISH | WILL,           0,        FLAG},
    {0x02, "message_expiry_interval",           FOUR,   PUBLISH | WILL,           0,        ANY},
    {0x03, "content_type",                      STRING, PUBLISH | WILL,           0,        ANY},
    {0x08, "response_topic",                    STRING, PUBLISH | WILL,           0,        ANY},
    {0x09, "correlation_data",                  BINARY, PUBLISH | WILL,           0,        ANY},
    {0x0B, "subscription_identifier",           VARINT, PUBLISH | SUBSCRIBE,      PUBLISH,  MIN_1},
    {0x11, "session_expiry_interval",           FOUR,   CONNECT | CONNACK | DISC, 0,        ANY},
    {0x12, "assigned_client_identifier",        STRING, CONNACK,                  0,        ANY},
    {0x13, "server_keep_alive",                 TWO,    CONNACK,                  0,        ANY},
    {0x15, "authentication_method",             STRING, CONNECT | CONNACK | AUTH, 0,        ANY},
    {0x16, "authentication_data",               BINARY, CONNECT | CONNACK | AUTH, 0,        ANY},
    {0x17, "request_problem_information",       BYTE,   CONNECT,                  0,        FLAG},
    {0x18, "will_delay_interval",               FOUR,   WILL,                     0,        ANY},
    {0x19, "request_response_information",      BYTE,   CONNECT,                  0,        FLAG},
    {0x1A, "response_information",              STRING, CONNACK,                  0,        ANY},
    {0x1C, "server_reference",                  STRING, CONNACK | DISC,           0,        ANY},
    {0x1F, "reason_string",                     STRING, ANSWERS,                  0,        ANY},
    {0x21, "receive_maximum",                   TWO,    CONNECT | CONNACK,        0,        MIN_1},
    {0x22, "topic_alias_maximum",               TWO,    CONNECT | CONNACK,        0,        ANY},
    {0x23, "topic_alias",                       TWO,    PUBLISH,                  0,        ALIAS},
    {0x24, "maximum_qos",                       BYTE,   CONNACK,                  0,        FLAG},
    {0x25, "retain_available",                  BYTE,   CONNACK,                  0,        FLAG},
    {0x26, "user_property",                     PAIR,   ALL,                      ALL,      ANY},
    {0x27, "maximum_packet_size",               FOUR,   CONNECT | CONNACK,        0,        MIN_1},
    {0x28, "wildcard_subscription_available",   BYTE,   CONNACK,                  0,        FLAG},
    {0x29, "subscription_identifier_available", BYTE,   CONNACK,                  0,        FLAG},
    {0x2A, "shared_subscription_available",     BYTE,   CONNACK,                  0,        FLAG},
};
// clang-format on

static const PropertyRow *find_row(uint32_t id) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if ((uint32_t)rows[i].id == id) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *drill_property_name(DrillPropertyId id) {
    const PropertyRow *row = find_row((uint32_t)id);
    return row != NULL ? row->name : NULL;
}

int drill_property_find(const char *name, DrillPropertyKind *kind) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            if (kind != NULL) {
                *kind = rows[i].kind;
            }
            return (int)rows[i].id;
        }
    }
    return 0;
}

/* --- reading --- */

static bool read_pair(DrillCursor *cursor, DrillProperty *out) {
    /* [v5:MQTT-1.5.7-1] both halves are UTF-8 strings; a breach is named by the string rules. */
    return drill_cursor_string(cursor, NULL, &out->name) &&
           drill_cursor_string(cursor, NULL, &out->value);
}

static bool read_value(DrillCursor *cursor, DrillProperty *out) {
    uint8_t byte = 0;
    uint16_t two = 0;
    bool read = false;
    switch (out->kind) {
    case DRILL_PROPERTY_BYTE:
        read = drill_cursor_byte(cursor, NULL, &byte);
        out->number = byte;
        return read;
    case DRILL_PROPERTY_TWO_BYTE:
        read = drill_cursor_two_byte(cursor, NULL, &two);
        out->number = two;
        return read;
    case DRILL_PROPERTY_FOUR_BYTE:
        return drill_cursor_four_byte(cursor, &out->number);
    case DRILL_PROPERTY_VARIABLE_BYTE:
        return drill_cursor_variable_byte(cursor, &out->number);
    case DRILL_PROPERTY_STRING:
        /* [v5:MQTT-3.3.2-13] [v5:MQTT-3.3.2-19] Response Topic and Content Type are UTF-8, as every
         * string. */
        return drill_cursor_string(cursor, NULL, &out->value);
    case DRILL_PROPERTY_BINARY:
        return drill_cursor_binary(cursor, NULL, &out->value);
    case DRILL_PROPERTY_STRING_PAIR:
        return read_pair(cursor, out);
    }
    return false;
}

static bool is_number(DrillPropertyKind kind) {
    return kind <= DRILL_PROPERTY_VARIABLE_BYTE;
}

/* Reads one property; *row is its line of the table. */
static bool read_one(DrillCursor *cursor, const PropertyRow **row, DrillProperty *out) {
    static const DrillRule rule_unknown = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                           "no property has this identifier"};
    uint32_t id = 0;
    size_t start = cursor->at;
    memset(out, 0, sizeof *out);
    if (!drill_cursor_variable_byte(cursor, &id)) {
        return false;
    }
    *row = find_row(id);
    if (*row == NULL) {
        return drill_cursor_fault(cursor, start, &rule_unknown);
    }
    out->id = (*row)->id;
    out->kind = (*row)->kind;
    return true;
}

/* What the table says about a value, and Response Topic's own rule. */
static bool check_value(const DrillCursor *cursor, const PropertyRow *row,
                        const DrillProperty *property, size_t value_at) {
    /* [v5:MQTT-3.3.2-14] no wildcards in a Response Topic. */
    static const DrillRule rule_response = {NULL, "v5:MQTT-3.3.2-14", DRILL_REASON_MALFORMED_PACKET,
                                            "a Response Topic has no wildcards"};
    if (is_number(row->kind) &&
        (property->number < row->number_min || property->number > row->number_max)) {
        return drill_cursor_fault(cursor, value_at, &row->range_rule);
    }
    if (property->id != DRILL_RESPONSE_TOPIC) {
        return true;
    }
    if (property->value.size == 0) {
        return drill_cursor_fault(cursor, value_at, &drill_rule_topic_empty);
    }
    return drill_topic_name_check(cursor, property->value, &rule_response);
}

static bool read_list(DrillCursor *cursor, int place, uint32_t *count) {
    static const DrillRule rule_place = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                         "this property does not belong in this packet"};
    static const DrillRule rule_twice = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                         "this property stands more than once"};
    uint64_t seen = 0;
    while (cursor->at < cursor->end) {
        size_t start = cursor->at;
        const PropertyRow *row = NULL;
        DrillProperty property;
        if (!read_one(cursor, &row, &property)) {
            return false;
        }
        uint64_t bit = UINT64_C(1) << row->id;
        if ((row->places & IN(place)) == 0) {
            return drill_cursor_fault(cursor, start, &rule_place);
        }
        if ((seen & bit) != 0 && (row->repeatable & IN(place)) == 0) {
            return drill_cursor_fault(cursor, start, &rule_twice);
        }
        seen |= bit;
        size_t value_at = cursor->at;
        if (!read_value(cursor, &property) || !check_value(cursor, row, &property, value_at)) {
            return false;
        }
        *count += 1;
    }
    return true;
}

bool drill_cursor_properties(DrillCursor *cursor, int place, DrillProperties *out) {
    /* [v5:MQTT-2.2.2-1] the Property Length is there even when it is zero. */
    static const DrillRule rule_missing = {NULL, "v5:MQTT-2.2.2-1", DRILL_REASON_MALFORMED_PACKET,
                                           "the Property Length is missing"};
    static const DrillRule rule_long = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                        "the Property Length reaches past the end of the packet"};
    uint32_t size = 0;
    size_t start = cursor->at;
    if (cursor->version != DRILL_MQTT_5_0) {
        return true;
    }
    if (cursor->at == cursor->end) {
        return drill_cursor_fault(cursor, start, &rule_missing);
    }
    if (!drill_cursor_variable_byte(cursor, &size)) {
        return false;
    }
    if (size > cursor->end - cursor->at) {
        return drill_cursor_fault(cursor, start, &rule_long);
    }
    DrillCursor list = *cursor;
    list.end = list.at + size;
    out->wire = drill_span(cursor->packet.data + cursor->at, size);
    cursor->at += size;
    return read_list(&list, place, &out->count);
}

DrillResult drill_properties_check(DrillProperties properties, int place, DrillFault *fault) {
    static const DrillRule rule_count = {NULL, NULL, DRILL_REASON_MALFORMED_PACKET,
                                         "there are more or fewer properties than said"};
    DrillCursor cursor = {properties.wire, 0, properties.wire.size, DRILL_MQTT_5_0, fault};
    uint32_t count = 0;
    if (!read_list(&cursor, place, &count)) {
        return DRILL_MALFORMED;
    }
    if (count != properties.count) {
        (void)drill_cursor_fault(&cursor, 0, &rule_count);
        return DRILL_MALFORMED;
    }
    return DRILL_OK;
}

bool drill_properties_next(DrillProperties properties, size_t *offset, DrillProperty *out) {
    if (*offset >= properties.wire.size) {
        return false;
    }
    DrillFault fault;
    DrillCursor cursor = {properties.wire, *offset, properties.wire.size, DRILL_MQTT_5_0, &fault};
    const PropertyRow *row = NULL;
    bool whole = read_one(&cursor, &row, out) && read_value(&cursor, out);
    DRILL_ASSERT(whole);
    *offset = cursor.at;
    return true;
}

bool drill_properties_find(DrillProperties properties, DrillPropertyId id, DrillProperty *out) {
    size_t offset = 0;
    while (drill_properties_next(properties, &offset, out)) {
        if (out->id == id) {
            return true;
        }
    }
    return false;
}

/* --- writing --- */

static void write_value(DrillWriter *writer, const DrillProperty *property,
                        DrillPropertyKind kind) {
    switch (kind) {
    case DRILL_PROPERTY_BYTE:
        writer->invalid = property->number > UINT8_MAX;
        drill_writer_byte(writer, (uint8_t)property->number);
        break;
    case DRILL_PROPERTY_TWO_BYTE:
        writer->invalid = property->number > UINT16_MAX;
        drill_writer_two_byte(writer, (uint16_t)property->number);
        break;
    case DRILL_PROPERTY_FOUR_BYTE:
        drill_writer_four_byte(writer, property->number);
        break;
    case DRILL_PROPERTY_VARIABLE_BYTE:
        drill_writer_variable_byte(writer, property->number);
        break;
    case DRILL_PROPERTY_STRING_PAIR:
        drill_writer_string(writer, property->name);
        drill_writer_string(writer, property->value);
        break;
    case DRILL_PROPERTY_STRING:
    case DRILL_PROPERTY_BINARY:
        drill_writer_string(writer, property->value);
        break;
    }
}

DrillResult drill_properties_write(DrillBuffer *out, const DrillProperty *property) {
    const PropertyRow *row = find_row((uint32_t)property->id);
    if (row == NULL || (property->kind != 0 && property->kind != row->kind)) {
        return DRILL_INVALID;
    }
    DrillWriter measure = {0};
    write_value(&measure, property, row->kind);
    if (measure.invalid) {
        return DRILL_INVALID;
    }
    DrillWriter writer = {.out = out};
    drill_writer_byte(&writer, (uint8_t)row->id);
    write_value(&writer, property, row->kind);
    return DRILL_OK;
}

DrillProperties *drill_packet_properties(DrillPacket *packet) {
    switch (packet->type) {
    case DRILL_CONNECT:
        return &packet->as.connect.properties;
    case DRILL_CONNACK:
        return &packet->as.connack.properties;
    case DRILL_PUBLISH:
        return &packet->as.publish.properties;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        return &packet->as.ack.properties;
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        return &packet->as.subscribe.properties;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        return &packet->as.suback.properties;
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return &packet->as.reason.properties;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        break;
    }
    return NULL;
}

/* --- printing --- */

static void print_value(DrillBuffer *out, const DrillProperty *property) {
    switch (property->kind) {
    case DRILL_PROPERTY_BYTE:
    case DRILL_PROPERTY_TWO_BYTE:
    case DRILL_PROPERTY_FOUR_BYTE:
    case DRILL_PROPERTY_VARIABLE_BYTE:
        drill_buffer_print(out, "%lu", (unsigned long)property->number);
        break;
    case DRILL_PROPERTY_STRING:
    case DRILL_PROPERTY_BINARY:
        drill_print_quoted(out, "", property->value);
        break;
    case DRILL_PROPERTY_STRING_PAIR:
        drill_print_quoted(out, "", property->name);
        drill_print_quoted(out, ":", property->value);
        break;
    }
}

void drill_print_properties(DrillBuffer *out, DrillProperties properties) {
    size_t offset = 0;
    DrillProperty property;
    const char *separator = " {";
    while (drill_properties_next(properties, &offset, &property)) {
        drill_buffer_print(out, "%s%s=", separator, drill_property_name(property.id));
        print_value(out, &property);
        separator = ", ";
    }
    if (properties.wire.size > 0) {
        drill_buffer_put_string(out, "}");
    }
}
