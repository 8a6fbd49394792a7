/* Walks the fields of a packet up to one byte. Written from the standards' tables, apart from the
 * codec, whose faults it names. */
#include "check/field.h"

#include <string.h>

#include "base/base.h"

#define WILL_FLAG     0x04
#define PASSWORD_FLAG 0x40
#define USER_FLAG     0x80

typedef struct Walk {
    DrillSpan packet;
    size_t at, target;
    bool v5;
    CheckField found;
} Walk;

static size_t two_bytes(const Walk *walk) {
    return walk->at + 2 <= walk->packet.size
               ? (size_t)walk->packet.data[walk->at] << 8 | walk->packet.data[walk->at + 1]
               : 0;
}

/* Passes over so many bytes that are the field. */
static void pass(Walk *walk, size_t bytes, CheckField field) {
    if (walk->target >= walk->at && walk->target < walk->at + bytes) {
        walk->found = field;
    }
    walk->at += bytes;
}

static void string(Walk *walk, CheckField field) {
    pass(walk, 2 + two_bytes(walk), field);
}

static size_t variable(Walk *walk) {
    size_t value = 0;
    for (unsigned shift = 0; walk->at < walk->packet.size && shift < 28; shift += 7) {
        uint8_t byte = walk->packet.data[walk->at++];
        value |= (size_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            break;
        }
    }
    return value;
}

static void property(Walk *walk) {
    DrillPropertyId id = (DrillPropertyId)variable(walk);
    DrillPropertyKind kind = DRILL_PROPERTY_BYTE;
    const char *name = drill_property_name(id);
    if (name != NULL) {
        (void)drill_property_find(name, &kind);
    }
    switch (kind) {
    case DRILL_PROPERTY_BYTE:
        walk->at += 1;
        break;
    case DRILL_PROPERTY_TWO_BYTE:
        walk->at += 2;
        break;
    case DRILL_PROPERTY_FOUR_BYTE:
        walk->at += 4;
        break;
    case DRILL_PROPERTY_VARIABLE_BYTE:
        (void)variable(walk);
        break;
    case DRILL_PROPERTY_STRING:
    case DRILL_PROPERTY_BINARY:
        string(walk, id == DRILL_RESPONSE_TOPIC ? CHECK_FIELD_RESPONSE_TOPIC
                     : id == DRILL_CONTENT_TYPE ? CHECK_FIELD_CONTENT_TYPE
                                                : CHECK_FIELD_OTHER);
        break;
    case DRILL_PROPERTY_STRING_PAIR:
        string(walk, CHECK_FIELD_STRING_PAIR);
        string(walk, CHECK_FIELD_STRING_PAIR);
        break;
    }
}

static void properties(Walk *walk) {
    if (!walk->v5) {
        return;
    }
    size_t size = variable(walk);
    size_t end = walk->at + size;
    while (walk->at < end && walk->at < walk->packet.size) {
        property(walk);
    }
    walk->at = end;
}

static void connect(Walk *walk) {
    string(walk, CHECK_FIELD_OTHER);
    walk->at += 1;
    uint8_t flags = walk->at < walk->packet.size ? walk->packet.data[walk->at] : 0;
    walk->at += 3;
    properties(walk);
    string(walk, CHECK_FIELD_CLIENT_ID);
    if ((flags & WILL_FLAG) != 0) {
        properties(walk);
        string(walk, CHECK_FIELD_WILL_TOPIC);
        string(walk, CHECK_FIELD_OTHER);
    }
    if ((flags & USER_FLAG) != 0) {
        string(walk, CHECK_FIELD_USER_NAME);
    }
}

CheckField drill_check_field_at(DrillSpan packet, DrillVersion version, size_t offset) {
    Walk walk = {packet, 1, offset, version == DRILL_MQTT_5_0, CHECK_FIELD_OTHER};
    if (packet.size < 2) {
        return CHECK_FIELD_OTHER;
    }
    int type = packet.data[0] >> 4;
    (void)variable(&walk);
    if (type == DRILL_CONNECT) {
        connect(&walk);
    } else if (type == DRILL_PUBLISH) {
        string(&walk, CHECK_FIELD_TOPIC_NAME);
        walk.at += (packet.data[0] & 6) != 0 ? 2 : 0;
        properties(&walk);
    } else if (type == DRILL_SUBSCRIBE || type == DRILL_UNSUBSCRIBE) {
        walk.at += 2;
        properties(&walk);
        while (walk.at < packet.size) {
            string(&walk, CHECK_FIELD_TOPIC_FILTER);
            walk.at += type == DRILL_SUBSCRIBE ? 1 : 0;
        }
    } else if (type >= DRILL_PUBACK && type <= DRILL_PUBCOMP) {
        walk.at += 3;
        properties(&walk);
    } else if (type == DRILL_SUBACK || type == DRILL_UNSUBACK || type == DRILL_CONNACK) {
        walk.at += 2;
        properties(&walk);
    } else if (type == DRILL_DISCONNECT || type == DRILL_AUTH) {
        walk.at += 1;
        properties(&walk);
    }
    return walk.found;
}

bool drill_check_is_string_fault(const DrillFault *fault) {
    /* The sections about strings; the decoder cites them for nothing else. */
    const char *id = fault->statement == NULL ? "" : fault->statement;
    return strncmp(id, "v3:MQTT-1.5.3-", 14) == 0 || strncmp(id, "v5:MQTT-1.5.4-", 14) == 0;
}

bool drill_check_is_protocol_fault(const DrillFault *fault) {
    static const char *const ids[] = {"v3:MQTT-3.1.2-1", "v3:MQTT-3.1.2-2", "v3:MQTT-3.1.2-3",
                                      "v5:MQTT-3.1.2-1", "v5:MQTT-3.1.2-2", "v5:MQTT-3.1.2-3"};
    for (size_t i = 0; fault->statement != NULL && i < DRILL_ARRAY_COUNT(ids); i++) {
        if (strcmp(fault->statement, ids[i]) == 0) {
            return true;
        }
    }
    return false;
}
