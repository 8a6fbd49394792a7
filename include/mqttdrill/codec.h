/* MQTT Control Packets of 3.1, 3.1.1 and 5.0: decode, encode, print. Pure functions over bytes.
 *
 * Decoding allocates nothing: a decoded packet points into the bytes it was decoded from. Lists
 * (properties, topic filters, reason codes) stay in wire form, are validated by the decoder, and
 * are walked with the iterators below. */
#ifndef MQTTDRILL_CODEC_H
#define MQTTDRILL_CODEC_H

#include <mqttdrill/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Protocol Version byte of CONNECT. */
typedef enum DrillVersion {
    DRILL_MQTT_3_1 = 3,
    DRILL_MQTT_3_1_1 = 4,
    DRILL_MQTT_5_0 = 5
} DrillVersion;

typedef enum DrillQos { DRILL_QOS_0 = 0, DRILL_QOS_1 = 1, DRILL_QOS_2 = 2 } DrillQos;

/* MQTT Control Packet type: the high nibble of the first byte. */
typedef enum DrillPacketType {
    DRILL_CONNECT = 1,
    DRILL_CONNACK,
    DRILL_PUBLISH,
    DRILL_PUBACK,
    DRILL_PUBREC,
    DRILL_PUBREL,
    DRILL_PUBCOMP,
    DRILL_SUBSCRIBE,
    DRILL_SUBACK,
    DRILL_UNSUBSCRIBE,
    DRILL_UNSUBACK,
    DRILL_PINGREQ,
    DRILL_PINGRESP,
    DRILL_DISCONNECT,
    DRILL_AUTH
} DrillPacketType;

/* Largest packet the format can express: fixed header 5 bytes, Remaining Length 268,435,455. */
#define DRILL_PACKET_BYTES_MAX ((size_t)268435455 + 5)

/* What is wrong with a peer's bytes. */
typedef struct DrillFault {
    /* 5.0 Reason Code: 0x81 malformed, 0x82 protocol error, 0x84, 0x94, 0x95, 0x99. */
    uint8_t reason_code;
    /* "v3:MQTT-2.2.2-2", or NULL where the rule has no number; static storage. */
    const char *statement;
    size_t offset;    /* byte of the packet, from its first, at which it was noticed */
    const char *text; /* what was expected or is wrong, in English; static storage */
} DrillFault;

/* 5.0 properties in wire form, without the Property Length. In 3.1.1 always empty. */
typedef struct DrillProperties {
    DrillSpan wire;
    uint32_t count;
} DrillProperties;

/* How a property's value is encoded. */
typedef enum DrillPropertyKind {
    DRILL_PROPERTY_BYTE = 1,
    DRILL_PROPERTY_TWO_BYTE,
    DRILL_PROPERTY_FOUR_BYTE,
    DRILL_PROPERTY_VARIABLE_BYTE,
    DRILL_PROPERTY_STRING,
    DRILL_PROPERTY_BINARY,
    DRILL_PROPERTY_STRING_PAIR
} DrillPropertyKind;

/* Property identifiers (5.0 table 2-4). */
typedef enum DrillPropertyId {
    DRILL_PAYLOAD_FORMAT_INDICATOR = 0x01,
    DRILL_MESSAGE_EXPIRY_INTERVAL = 0x02,
    DRILL_CONTENT_TYPE = 0x03,
    DRILL_RESPONSE_TOPIC = 0x08,
    DRILL_CORRELATION_DATA = 0x09,
    DRILL_SUBSCRIPTION_IDENTIFIER = 0x0B,
    DRILL_SESSION_EXPIRY_INTERVAL = 0x11,
    DRILL_ASSIGNED_CLIENT_IDENTIFIER = 0x12,
    DRILL_SERVER_KEEP_ALIVE = 0x13,
    DRILL_AUTHENTICATION_METHOD = 0x15,
    DRILL_AUTHENTICATION_DATA = 0x16,
    DRILL_REQUEST_PROBLEM_INFORMATION = 0x17,
    DRILL_WILL_DELAY_INTERVAL = 0x18,
    DRILL_REQUEST_RESPONSE_INFORMATION = 0x19,
    DRILL_RESPONSE_INFORMATION = 0x1A,
    DRILL_SERVER_REFERENCE = 0x1C,
    DRILL_REASON_STRING = 0x1F,
    DRILL_RECEIVE_MAXIMUM = 0x21,
    DRILL_TOPIC_ALIAS_MAXIMUM = 0x22,
    DRILL_TOPIC_ALIAS = 0x23,
    DRILL_MAXIMUM_QOS = 0x24,
    DRILL_RETAIN_AVAILABLE = 0x25,
    DRILL_USER_PROPERTY = 0x26,
    DRILL_MAXIMUM_PACKET_SIZE = 0x27,
    DRILL_WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28,
    DRILL_SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29,
    DRILL_SHARED_SUBSCRIPTION_AVAILABLE = 0x2A
} DrillPropertyId;

typedef struct DrillProperty {
    DrillPropertyId id;
    DrillPropertyKind kind;
    uint32_t number; /* the four integer kinds */
    DrillSpan name;  /* string pair only */
    DrillSpan value; /* string, binary, string pair */
} DrillProperty;

/* Topic Filters of SUBSCRIBE (with options byte) or UNSUBSCRIBE (without), in wire form. */
typedef struct DrillFilters {
    DrillSpan wire;
    uint32_t count;
} DrillFilters;

typedef struct DrillFilter {
    DrillSpan filter;
    uint8_t options; /* SUBSCRIBE: 3.1.1 requested QoS; 5.0 Subscription Options. UNSUBSCRIBE: 0 */
} DrillFilter;

typedef struct DrillConnectPacket {
    /* "MQTT", or "MQIsdp" in 3.1; when encoding, empty means the version's own. */
    DrillSpan protocol_name;
    uint8_t protocol_level; /* DrillVersion, or an unsupported one */
    bool clean;             /* Clean Session (3.1.1) or Clean Start (5.0) */
    bool has_will;
    bool will_retain;
    DrillQos will_qos;
    bool has_username;
    bool has_password;
    uint16_t keep_alive_s;
    DrillProperties properties;
    DrillSpan client_id;
    DrillProperties will_properties;
    DrillSpan will_topic;
    DrillSpan will_payload;
    DrillSpan username;
    DrillSpan password;
} DrillConnectPacket;

typedef struct DrillConnackPacket {
    bool session_present;
    uint8_t code; /* 3.1.1 return code 0..5, 5.0 Reason Code */
    DrillProperties properties;
} DrillConnackPacket;

typedef struct DrillPublishPacket {
    bool dup;
    DrillQos qos;
    bool retain;
    DrillSpan topic;
    uint16_t packet_identifier; /* 0 at QoS 0 */
    DrillProperties properties;
    DrillSpan payload;
} DrillPublishPacket;

/* PUBACK, PUBREC, PUBREL, PUBCOMP. */
typedef struct DrillAckPacket {
    uint16_t packet_identifier;
    uint8_t reason_code; /* 5.0; 0 when absent and in 3.1.1 */
    DrillProperties properties;
} DrillAckPacket;

/* SUBSCRIBE and UNSUBSCRIBE. */
typedef struct DrillSubscribePacket {
    uint16_t packet_identifier;
    DrillProperties properties;
    DrillFilters filters;
} DrillSubscribePacket;

/* SUBACK and UNSUBACK. `reason_codes`: one byte per filter; empty in a 3.1.1 UNSUBACK. */
typedef struct DrillSubackPacket {
    uint16_t packet_identifier;
    DrillProperties properties;
    DrillSpan reason_codes;
} DrillSubackPacket;

/* DISCONNECT and AUTH. 3.1.1 DISCONNECT has neither field. */
typedef struct DrillReasonPacket {
    uint8_t reason_code;
    DrillProperties properties;
} DrillReasonPacket;

typedef struct DrillPacket {
    DrillPacketType type;
    union {
        DrillConnectPacket connect;
        DrillConnackPacket connack;
        DrillPublishPacket publish;
        DrillAckPacket ack;             /* PUBACK PUBREC PUBREL PUBCOMP */
        DrillSubscribePacket subscribe; /* SUBSCRIBE UNSUBSCRIBE */
        DrillSubackPacket suback;       /* SUBACK UNSUBACK */
        DrillReasonPacket reason;       /* DISCONNECT AUTH */
    } as;
} DrillPacket;

/* Finds the first packet in `input`. DRILL_OK: *packet_bytes is its whole size, which is <=
 * input.size. DRILL_NEED_MORE: not all there (*packet_bytes is its size if already known, else 0).
 * DRILL_MALFORMED: the fixed header is wrong (type 0, flags, Remaining Length of five bytes or not
 * minimal); *fault says how. DRILL_TOO_BIG: the announced size is above `max_bytes`; noticed before
 * the packet has arrived. */
DRILL_API DRILL_MUST_USE DrillResult drill_codec_frame(DrillSpan input, DrillVersion version,
                                                       size_t max_bytes, size_t *packet_bytes,
                                                       DrillFault *fault);

/* Decodes exactly one whole packet; bytes left over are malformed. CONNECT carries its own version
 * and ignores `version`. Strict: everything the standard forbids in one packet looked at alone is
 * DRILL_MALFORMED. */
DRILL_API DRILL_MUST_USE DrillResult drill_codec_decode(DrillSpan packet, DrillVersion version,
                                                        DrillPacket *out, DrillFault *fault);

/* The Protocol Level of a CONNECT, well-formed or not: what its answer is written in. False: its
 * beginning says none. *level is 0 where name and level do not go together. */
DRILL_API bool drill_codec_connect_level(DrillSpan packet, uint8_t *level);

/* Appends the packet's bytes. DRILL_INVALID (nothing appended) where the fields cannot be encoded:
 * a string above 65,535 bytes, Packet Identifier 0 where one is needed, properties in 3.1.1.
 * Deliberately wrong packets are made from bytes, not by this call. CONNECT is encoded at its own
 * protocol_level. */
DRILL_API DRILL_MUST_USE DrillResult drill_codec_encode(const DrillPacket *packet,
                                                        DrillVersion version, DrillBuffer *out);

/* One line of text: short "PUBLISH q2 id=7 dup sensor/1/temp 4B", full adds every field and
 * property. Bytes that are not printable are escaped; the text is valid UTF-8. Not NUL-terminated.
 */
typedef enum DrillPrintForm { DRILL_PRINT_SHORT, DRILL_PRINT_FULL } DrillPrintForm;
DRILL_API void drill_codec_print(const DrillPacket *packet, DrillVersion version,
                                 DrillPrintForm form, DrillBuffer *out);

/* "PUBLISH"; NULL for a value that is no packet type. And back: 0 when `name` is none. */
DRILL_API const char *drill_packet_type_name(DrillPacketType type);
DRILL_API int drill_packet_type_find(const char *name);

/* Iteration: start with *offset = 0; false at the end. The list must come from the decoder or a
 * writer below. */
DRILL_API bool drill_properties_next(DrillProperties properties, size_t *offset,
                                     DrillProperty *out);
DRILL_API bool drill_properties_find(DrillProperties properties, DrillPropertyId id,
                                     DrillProperty *out);
DRILL_API bool drill_filters_next(DrillFilters filters, bool with_options, size_t *offset,
                                  DrillFilter *out);

/* Where the packet keeps its properties, those of a will not among them; NULL: it has none. */
DRILL_API DrillProperties *drill_packet_properties(DrillPacket *packet);

/* Whether a list from somewhere else is one that this packet may have: DRILL_MALFORMED and *fault
 * if not. `place` is a DrillPacketType, or DRILL_PROPERTIES_OF_WILL. */
#define DRILL_PROPERTIES_OF_WILL 0
DRILL_API DRILL_MUST_USE DrillResult drill_properties_check(DrillProperties properties, int place,
                                                            DrillFault *fault);

/* Writers: append one item to `out`, whose bytes then serve as the wire form (count the items
 * yourself). */
DRILL_API DRILL_MUST_USE DrillResult drill_properties_write(DrillBuffer *out,
                                                            const DrillProperty *property);
DRILL_API DRILL_MUST_USE DrillResult drill_filters_write(DrillBuffer *out,
                                                         const DrillFilter *filter,
                                                         bool with_options);

/* The standards' names: "session_expiry_interval" for a property (also of packet tables in
 * scenarios). NULL / 0 if none. */
DRILL_API const char *drill_property_name(DrillPropertyId id);
DRILL_API int drill_property_find(const char *name, DrillPropertyKind *kind);

#ifdef __cplusplus
}
#endif
#endif
