/* Whole packets out of a stream that is cut anywhere. */
#include <mqttdrill/connection.h>

#include "codec/wire.h"

void drill_reader_init(DrillReader *reader, DrillAllocator allocator, DrillVersion version,
                       size_t max_bytes) {
    reader->held = (DrillBuffer){.allocator = allocator};
    reader->max_bytes = max_bytes;
    reader->version = version;
    reader->consumed_bytes = 0;
    reader->failed = false;
    reader->failure = DRILL_OK;
}

size_t drill_reader_held(const DrillReader *reader) {
    return reader->held.size;
}

void drill_reader_release(DrillReader *reader) {
    drill_buffer_release(&reader->held);
}

static void hold(DrillReader *reader, DrillSpan *input, size_t size) {
    size = size < input->size ? size : input->size;
    drill_buffer_put(&reader->held, input->data, size);
    *input = drill_span(input->data + size, input->size - size);
}

/* No boundary can be found any more: hands over what there is. */
static DrillResult fail(DrillReader *reader, DrillResult why, DrillSpan *input, DrillSpan *packet,
                        const DrillFault *fault) {
    reader->failed = true;
    reader->failure = why;
    reader->fault = *fault;
    if (reader->held.size > 0) {
        if (input->size > 0) {
            hold(reader, input, input->size);
        }
        *packet = drill_buffer_span(&reader->held);
        reader->held.size = 0;
    } else {
        *packet = *input;
        *input = drill_span(input->data + input->size, 0);
    }
    return why;
}

static DrillResult finish(DrillReader *reader, DrillSpan packet) {
    reader->consumed_bytes += packet.size;
    return DRILL_OK;
}

/* Nothing is held: packets that lie whole in the input are not copied. */
static DrillResult next_in_place(DrillReader *reader, DrillSpan *input, DrillSpan *packet,
                                 DrillFault *fault) {
    size_t size = 0;
    DrillResult result =
        drill_codec_frame(*input, reader->version, reader->max_bytes, &size, fault);
    if (result == DRILL_NEED_MORE) {
        if (input->size > 0) {
            hold(reader, input, input->size);
        }
        return DRILL_NEED_MORE;
    }
    if (result != DRILL_OK) {
        return fail(reader, result, input, packet, fault);
    }
    *packet = drill_span(input->data, size);
    *input = drill_span(input->data + size, input->size - size);
    return finish(reader, *packet);
}

/* The beginning is held. What is taken from the input is never more than the packet needs, and
 * memory grows with what has arrived, not with what was announced. */
static DrillResult next_held(DrillReader *reader, DrillSpan *input, DrillSpan *packet,
                             DrillFault *fault) {
    for (;;) {
        size_t size = 0;
        DrillSpan held = drill_buffer_span(&reader->held);
        DrillResult result =
            drill_codec_frame(held, reader->version, reader->max_bytes, &size, fault);
        if (result == DRILL_OK) {
            *packet = held;
            reader->held.size = 0; /* the bytes stay until the next call */
            return finish(reader, *packet);
        }
        if (result != DRILL_NEED_MORE) {
            return fail(reader, result, input, packet, fault);
        }
        if (input->size == 0) {
            return DRILL_NEED_MORE;
        }
        hold(reader, input, size == 0 ? 1 : size - held.size);
    }
}

DrillResult drill_reader_next(DrillReader *reader, DrillSpan *input, DrillSpan *packet,
                              DrillFault *fault) {
    *packet = drill_span(NULL, 0);
    if (reader->failed) {
        *packet = *input;
        *input = drill_span(NULL, 0);
        *fault = reader->fault;
        return reader->failure;
    }
    return reader->held.size == 0 ? next_in_place(reader, input, packet, fault)
                                  : next_held(reader, input, packet, fault);
}
