/* Reason codes: MQTT 5.0 tables 3-1, 3-4 to 3-8, 3-10 and 3-11 (and the overview, 2-6), and the
 * return codes of 3.1.1. */
#include "spec/spec.h"

enum {
    CONNACK = 1 << 2,
    PUBACK = 1 << 4,
    PUBREC = 1 << 5,
    PUBREL = 1 << 6,
    PUBCOMP = 1 << 7,
    SUBACK = 1 << 9,
    UNSUBACK = 1 << 11,
    DISCONNECT = 1 << 14,
    AUTH = 1 << 15,
    PUBLISHED = PUBACK | PUBREC,
    RELEASED = PUBREL | PUBCOMP,
    SUBSCRIBED = SUBACK | UNSUBACK
};

typedef struct ReasonRow {
    uint8_t code;
    uint16_t packets; /* bit number: packet type */
    const char *name;
} ReasonRow;

/* clang-format off */
static const ReasonRow reasons_v5[] = {
    {0x00, CONNACK | PUBLISHED | RELEASED | UNSUBACK | AUTH, "Success"},
    {0x00, DISCONNECT,                                  "Normal disconnection"},
    {0x00, SUBACK,                                      "Granted QoS 0"},
    {0x01, SUBACK,                                      "Granted QoS 1"},
    {0x02, SUBACK,                                      "Granted QoS 2"},
    {0x04, DISCONNECT,                                  "Disconnect with Will Message"},
    {0x10, PUBLISHED,                                   "No matching subscribers"},
    {0x11, UNSUBACK,                                    "No subscription existed"},
    {0x18, AUTH,                                        "Continue authentication"},
    {0x19, AUTH,                                        "Re-authenticate"},
    {0x80, CONNACK | PUBLISHED | SUBSCRIBED | DISCONNECT, "Unspecified error"},
    {0x81, CONNACK | DISCONNECT,                        "Malformed Packet"},
    {0x82, CONNACK | DISCONNECT,                        "Protocol Error"},
    {0x83, CONNACK | PUBLISHED | SUBSCRIBED | DISCONNECT, "Implementation specific error"},
    {0x84, CONNACK,                                     "Unsupported Protocol Version"},
    {0x85, CONNACK,                                     "Client Identifier not valid"},
    {0x86, CONNACK,                                     "Bad User Name or Password"},
    {0x87, CONNACK | PUBLISHED | SUBSCRIBED | DISCONNECT, "Not authorized"},
    {0x88, CONNACK,                                     "Server unavailable"},
    {0x89, CONNACK | DISCONNECT,                        "Server busy"},
    {0x8a, CONNACK,                                     "Banned"},
    {0x8b, DISCONNECT,                                  "Server shutting down"},
    {0x8c, CONNACK | DISCONNECT,                        "Bad authentication method"},
    {0x8d, DISCONNECT,                                  "Keep Alive timeout"},
    {0x8e, DISCONNECT,                                  "Session taken over"},
    {0x8f, SUBSCRIBED | DISCONNECT,                     "Topic Filter invalid"},
    {0x90, CONNACK | PUBLISHED | DISCONNECT,            "Topic Name invalid"},
    {0x91, PUBLISHED | SUBSCRIBED,                      "Packet Identifier in use"},
    {0x92, RELEASED,                                    "Packet Identifier not found"},
    {0x93, DISCONNECT,                                  "Receive Maximum exceeded"},
    {0x94, DISCONNECT,                                  "Topic Alias invalid"},
    {0x95, CONNACK | DISCONNECT,                        "Packet too large"},
    {0x96, DISCONNECT,                                  "Message rate too high"},
    {0x97, CONNACK | PUBLISHED | SUBACK | DISCONNECT,   "Quota exceeded"},
    {0x98, DISCONNECT,                                  "Administrative action"},
    {0x99, CONNACK | PUBLISHED | DISCONNECT,            "Payload format invalid"},
    {0x9a, CONNACK | DISCONNECT,                        "Retain not supported"},
    {0x9b, CONNACK | DISCONNECT,                        "QoS not supported"},
    {0x9c, CONNACK | DISCONNECT,                        "Use another server"},
    {0x9d, CONNACK | DISCONNECT,                        "Server moved"},
    {0x9e, SUBACK | DISCONNECT,                         "Shared Subscriptions not supported"},
    {0x9f, CONNACK | DISCONNECT,                        "Connection rate exceeded"},
    {0xa0, DISCONNECT,                                  "Maximum connect time"},
    {0xa1, SUBACK | DISCONNECT,                         "Subscription Identifiers not supported"},
    {0xa2, SUBACK | DISCONNECT,                         "Wildcard Subscriptions not supported"},
};

static const ReasonRow reasons_v3[] = {
    {0x00, CONNACK, "Connection Accepted"},
    {0x01, CONNACK, "Connection Refused, unacceptable protocol version"},
    {0x02, CONNACK, "Connection Refused, identifier rejected"},
    {0x03, CONNACK, "Connection Refused, Server unavailable"},
    {0x04, CONNACK, "Connection Refused, bad user name or password"},
    {0x05, CONNACK, "Connection Refused, not authorized"},
    {0x00, SUBACK,  "Success - Maximum QoS 0"},
    {0x01, SUBACK,  "Success - Maximum QoS 1"},
    {0x02, SUBACK,  "Success - Maximum QoS 2"},
    {0x80, SUBACK,  "Failure"},
};
/* clang-format on */

const char *drill_reason_name(int packet_type, int version, uint8_t code) {
    const ReasonRow *rows = version == 5 ? reasons_v5 : reasons_v3;
    size_t count = version == 5 ? DRILL_ARRAY_COUNT(reasons_v5) : DRILL_ARRAY_COUNT(reasons_v3);
    if (packet_type < 0 || packet_type > 15) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].code == code && (rows[i].packets >> packet_type & 1) != 0) {
            return rows[i].name;
        }
    }
    return NULL;
}
