/* Which field of a packet a byte belongs to: a fault in a string says only where it is. */
#ifndef DRILL_CHECK_FIELD_H
#define DRILL_CHECK_FIELD_H

#include <mqttdrill/codec.h>

typedef enum CheckField {
    CHECK_FIELD_OTHER,
    CHECK_FIELD_TOPIC_NAME,
    CHECK_FIELD_TOPIC_FILTER,
    CHECK_FIELD_CLIENT_ID,
    CHECK_FIELD_WILL_TOPIC,
    CHECK_FIELD_USER_NAME,
    CHECK_FIELD_STRING_PAIR,
    CHECK_FIELD_RESPONSE_TOPIC,
    CHECK_FIELD_CONTENT_TYPE
} CheckField;

/* The packet need not be well-formed, only long enough. */
CheckField drill_check_field_at(DrillSpan packet, DrillVersion version, size_t offset);
/* It lies in a string: not UTF-8, or U+0000. */
bool drill_check_is_string_fault(const DrillFault *fault);
/* It lies before what tells how to read the rest of a CONNECT: Protocol Name, Protocol Level,
 * reserved flag. */
bool drill_check_is_protocol_fault(const DrillFault *fault);

#endif
