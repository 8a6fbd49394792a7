/* Incremental input: turns a byte stream, cut anywhere, into whole MQTT Control Packets. */
#ifndef MQTTDRILL_CONNECTION_H
#define MQTTDRILL_CONNECTION_H

#include <mqttdrill/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reassembles packets of one direction of one connection. Zero it and call drill_reader_init. */
typedef struct DrillReader {
    DrillBuffer held; /* the beginning of a packet that has not wholly arrived */
    size_t max_bytes; /* larger packets are refused (5.0 Maximum Packet Size) */
    DrillVersion version;
    uint64_t consumed_bytes; /* stream offset of the first byte not yet part of a returned packet */
    bool failed;             /* a fault was returned: the stream has no more packet boundaries */
    DrillResult failure;     /* and what is returned from then on */
    DrillFault fault;
} DrillReader;

DRILL_API void drill_reader_init(DrillReader *reader, DrillAllocator allocator,
                                 DrillVersion version, size_t max_bytes);

/* Takes the next packet from the front of *input, advancing *input. DRILL_OK: *packet is one whole
 * packet, valid until the next call on this reader or until the caller's bytes go. DRILL_NEED_MORE:
 * *input is used up. DRILL_MALFORMED, DRILL_TOO_BIG: no boundary can be found any more; *fault says
 * why, *packet holds what there is. Copies only packets that are split. */
DRILL_API DRILL_MUST_USE DrillResult drill_reader_next(DrillReader *reader, DrillSpan *input,
                                                       DrillSpan *packet, DrillFault *fault);

/* Bytes of an unfinished packet that wait for their rest. */
DRILL_API size_t drill_reader_held(const DrillReader *reader);
DRILL_API void drill_reader_release(DrillReader *reader);

#ifdef __cplusplus
}
#endif
#endif
