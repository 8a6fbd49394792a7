/* The codec's inside: a cursor that reads one packet and explains what is wrong with it, a writer
 * that measures or appends, and the row every packet type fills in the dispatch table (codec.c). */
#ifndef DRILL_CODEC_WIRE_H
#define DRILL_CODEC_WIRE_H

#include <mqttdrill/codec.h>

#include "base/base.h"
#include "spec/reason.h"

#define DRILL_STRING_BYTES_MAX     ((size_t)65535)
#define DRILL_REMAINING_LENGTH_MAX ((size_t)268435455)

/* What a packet can break: the statement in each version (NULL: the rule has no number there). */
typedef struct DrillRule {
    const char *v3;
    const char *v5;
    uint8_t reason_code;
    const char *text;
} DrillRule;

/* Reads forward through one packet. Every reading call returns false after it has filled in *fault.
 */
typedef struct DrillCursor {
    DrillSpan packet;
    size_t at;
    size_t end; /* of the region being read: the packet, or a property list in it */
    DrillVersion version;
    DrillFault *fault;
} DrillCursor;

/* Always false, so that `return drill_cursor_fault(...)` reads well. */
bool drill_cursor_fault(const DrillCursor *cursor, size_t offset, const DrillRule *rule);
size_t drill_cursor_offset(const DrillCursor *cursor, DrillSpan part);
/* `missing` is the rule broken when the packet ends too early; NULL: the general one. */
bool drill_cursor_byte(DrillCursor *cursor, const DrillRule *missing, uint8_t *out);
bool drill_cursor_two_byte(DrillCursor *cursor, const DrillRule *missing, uint16_t *out);
bool drill_cursor_four_byte(DrillCursor *cursor, uint32_t *out);
bool drill_cursor_variable_byte(DrillCursor *cursor, uint32_t *out);
bool drill_cursor_binary(DrillCursor *cursor, const DrillRule *missing, DrillSpan *out);
bool drill_cursor_string(DrillCursor *cursor, const DrillRule *missing, DrillSpan *out);
/* Packet Identifier: read, and not 0. */
bool drill_cursor_identifier(DrillCursor *cursor, const DrillRule *rule, uint16_t *out);
/* Property Length and list, for 5.0 only; nothing in other versions. `place` is a DrillPacketType
 * or DRILL_PLACE_WILL. */
#define DRILL_PLACE_WILL DRILL_PROPERTIES_OF_WILL
bool drill_cursor_properties(DrillCursor *cursor, int place, DrillProperties *out);
DrillSpan drill_cursor_rest(DrillCursor *cursor);

/* Decodes a Variable Byte Integer. DRILL_NEED_MORE: not all there. DRILL_MALFORMED: over four bytes
 * (*bytes 5) or not the shortest encoding. */
DrillResult drill_wire_variable_byte(DrillSpan input, uint32_t *out, size_t *bytes);

/* Topic Names and Topic Filters: syntax only. `text` lies in the cursor's packet and is known to be
 * UTF-8. */
bool drill_topic_name_check(const DrillCursor *cursor, DrillSpan text, const DrillRule *wildcard);
bool drill_topic_filter_check(const DrillCursor *cursor, DrillSpan text);
bool drill_topic_filter_is_shared(DrillSpan text);
extern const DrillRule drill_rule_topic_empty;

/* Encoders run twice over the same code: first with `out` NULL to measure, then to append. */
typedef struct DrillWriter {
    DrillBuffer *out;
    size_t size;
    uint8_t flags; /* low nibble of the first byte */
    bool invalid;
} DrillWriter;

void drill_writer_bytes(DrillWriter *writer, DrillSpan bytes);
void drill_writer_byte(DrillWriter *writer, uint8_t value);
void drill_writer_two_byte(DrillWriter *writer, uint16_t value);
void drill_writer_four_byte(DrillWriter *writer, uint32_t value);
void drill_writer_variable_byte(DrillWriter *writer, uint32_t value);
void drill_writer_string(DrillWriter *writer, DrillSpan text);
void drill_writer_identifier(DrillWriter *writer, uint16_t identifier);
void drill_writer_properties(DrillWriter *writer, DrillVersion version, DrillProperties properties);

/* Pieces of printed text; each begins with a space. */
void drill_print_text(DrillBuffer *out, DrillSpan text); /* no space; "" when empty */
void drill_print_quoted(DrillBuffer *out, const char *label, DrillSpan text);
void drill_print_payload(DrillBuffer *out, DrillSpan payload);
void drill_print_properties(DrillBuffer *out, DrillProperties properties);
/* "0x87 (Not authorized)", no leading space; plain number in 3.1.1. */
void drill_print_code(DrillBuffer *out, DrillPacketType type, DrillVersion version, uint8_t code);

/* Whether the packet type's table of 5.0 Reason Codes holds this one. */
bool drill_reason_known(DrillPacketType type, uint8_t code);

/* One row per packet type. `flags` DRILL_FLAGS_OWN: the type checks them itself (PUBLISH). */
#define DRILL_FLAGS_OWN 0xFF
typedef struct DrillPacketRow {
    const char *name;
    uint8_t flags;
    DrillRule flags_rule;
    bool (*decode)(DrillCursor *cursor, DrillPacket *packet);
    void (*encode)(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
    void (*print)(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                  DrillBuffer *out);
} DrillPacketRow;

bool drill_connect_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_connect_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_connect_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out);
bool drill_connack_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_connack_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_connack_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out);
bool drill_publish_decode(DrillCursor *cursor, DrillPacket *packet);
bool drill_publish_check_flags(const DrillCursor *cursor, uint8_t first);
void drill_publish_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_publish_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                         DrillBuffer *out);
bool drill_ack_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_ack_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_ack_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                     DrillBuffer *out);
bool drill_subscribe_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_subscribe_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_subscribe_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                           DrillBuffer *out);
bool drill_suback_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_suback_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_suback_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                        DrillBuffer *out);
bool drill_ping_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_ping_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_ping_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                      DrillBuffer *out);
bool drill_disconnect_decode(DrillCursor *cursor, DrillPacket *packet);
bool drill_auth_decode(DrillCursor *cursor, DrillPacket *packet);
void drill_reason_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer);
void drill_reason_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                        DrillBuffer *out);

#endif
