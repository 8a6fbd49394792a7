/* The properties of MQTT 5.0 on an arrow: "{alias=1, expiry=40 s}". */
#include "report/diagram_model.h"

#define STRING_CHARACTERS 20

typedef struct Word {
    DrillPropertyId id;
    const char *name;
    const char *unit; /* of a number */
} Word;

/* clang-format off */
static const Word words[] = {
    {DRILL_PAYLOAD_FORMAT_INDICATOR,          "format",               ""},
    {DRILL_MESSAGE_EXPIRY_INTERVAL,           "expiry",               " s"},
    {DRILL_CONTENT_TYPE,                      "content",              ""},
    {DRILL_RESPONSE_TOPIC,                    "response",             ""},
    {DRILL_CORRELATION_DATA,                  "correlation",          ""},
    {DRILL_SUBSCRIPTION_IDENTIFIER,           "subscription",         ""},
    {DRILL_SESSION_EXPIRY_INTERVAL,           "session expiry",       " s"},
    {DRILL_ASSIGNED_CLIENT_IDENTIFIER,        "assigned id",          ""},
    {DRILL_SERVER_KEEP_ALIVE,                 "server keep-alive",    " s"},
    {DRILL_AUTHENTICATION_METHOD,             "method",               ""},
    {DRILL_AUTHENTICATION_DATA,               "data",                 ""},
    {DRILL_REQUEST_PROBLEM_INFORMATION,       "problem information",  ""},
    {DRILL_WILL_DELAY_INTERVAL,               "will delay",           " s"},
    {DRILL_REQUEST_RESPONSE_INFORMATION,      "response information", ""},
    {DRILL_RESPONSE_INFORMATION,              "response information", ""},
    {DRILL_SERVER_REFERENCE,                  "server",               ""},
    {DRILL_REASON_STRING,                     "reason",               ""},
    {DRILL_RECEIVE_MAXIMUM,                   "receive max",          ""},
    {DRILL_TOPIC_ALIAS_MAXIMUM,               "alias max",            ""},
    {DRILL_TOPIC_ALIAS,                       "alias",                ""},
    {DRILL_MAXIMUM_QOS,                       "max QoS",              ""},
    {DRILL_RETAIN_AVAILABLE,                  "retain",               ""},
    {DRILL_MAXIMUM_PACKET_SIZE,               "max packet",           " bytes"},
    {DRILL_WILDCARD_SUBSCRIPTION_AVAILABLE,   "wildcards",            ""},
    {DRILL_SUBSCRIPTION_IDENTIFIER_AVAILABLE, "identifiers",          ""},
    {DRILL_SHARED_SUBSCRIPTION_AVAILABLE,     "shared",               ""},
};
/* clang-format on */

static const Word *word_of(DrillPropertyId id) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(words); i++) {
        if (words[i].id == id) return &words[i];
    }
    return NULL; /* User Property */
}

static void put_value(DrillPool *pool, DrillSpan value, DrillBuffer *out) {
    if (drill_utf8_valid(value)) {
        drill_buffer_put_string(out, drill_pool_readable(pool, value, STRING_CHARACTERS));
    } else {
        drill_buffer_print(out, "%zu bytes", value.size);
    }
}

static void put_property(DrillPool *pool, const DrillProperty *property, DrillBuffer *out) {
    if (property->kind == DRILL_PROPERTY_STRING_PAIR) {
        put_value(pool, property->name, out);
        drill_buffer_put_string(out, ": ");
        put_value(pool, property->value, out);
        return;
    }
    const Word *word = word_of(property->id);
    if (word == NULL) return;
    drill_buffer_print(out, "%s=", word->name);
    if (property->kind == DRILL_PROPERTY_STRING || property->kind == DRILL_PROPERTY_BINARY) {
        put_value(pool, property->value, out);
    } else if (property->id == DRILL_SESSION_EXPIRY_INTERVAL && property->number == UINT32_MAX) {
        drill_buffer_put_string(out, "never");
    } else {
        drill_buffer_print(out, "%u%s", (unsigned)property->number, word->unit);
    }
}

static bool put_list(DrillPool *pool, DrillProperties properties, bool begun, DrillBuffer *out) {
    size_t offset = 0;
    DrillProperty property;
    while (drill_properties_next(properties, &offset, &property)) {
        drill_buffer_put_string(out, begun ? ", " : "{");
        put_property(pool, &property, out);
        begun = true;
    }
    return begun;
}

const char *drill_diagram_properties(DrillDiagram *diagram, const DrillPacket *packet) {
    DrillBuffer out = {.allocator = drill_allocator_malloc()};
    DrillPacket shown = *packet;
    const DrillProperties *properties = drill_packet_properties(&shown);
    bool any = properties != NULL && put_list(&diagram->pool, *properties, false, &out);
    if (packet->type == DRILL_CONNECT && packet->as.connect.has_will) {
        any = put_list(&diagram->pool, packet->as.connect.will_properties, any, &out);
    }
    if (any) drill_buffer_put_string(&out, "}");
    return drill_pool_buffer(&diagram->pool, &out);
}
