/* What is written is sent in slices, each of slicer_bytes plus or minus slicer_variation_bytes, and
 * slicer_delay_ns apart: it arrives in as many pieces. One draw per slice, indexed by its place in
 * the stream. */
#include <string.h>

#include "net/connection.h"

static size_t slice_size(const DrillTransport *transport, int side) {
    const DrillLinkSettings *settings = drill_link_settings(transport->link, side);
    uint64_t size = settings->slicer_bytes;
    uint64_t variation = settings->slicer_variation_bytes;
    if (size == 0) {
        return SIZE_MAX; /* taken away: all at once */
    }
    if (variation != 0 && variation < size) {
        DrillStream stream = drill_link_path(transport->link, side)->streams[DRILL_STREAM_SLICER];
        size = size - variation +
               drill_stream_below(stream, transport->flows[side].ring.end,
                                  (uint32_t)transport->number, 2 * variation + 1);
    }
    return (size_t)size;
}

static void send_slices(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    DrillSlicer *slicer = &transport->slicers[side];
    uint64_t delay_ns = drill_link_settings(transport->link, side)->slicer_delay_ns;
    slicer->event = 0;
    while (slicer->used < slicer->pending.size) {
        size_t left = slicer->pending.size - slicer->used;
        size_t size = slice_size(transport, side);
        size = size < left ? size : left;
        DrillSpan slice = drill_span(slicer->pending.data + slicer->used, size);
        drill_ring_append(&transport->flows[side].ring, transport->allocator, slice);
        slicer->used += size;
        transport->class_of->send(transport, side, size, now_ns);
        if (delay_ns != 0) {
            slicer->event = drill_queue_add(transport->queue, drill_time_add(now_ns, delay_ns),
                                            send_slices, transport, argument);
            return;
        }
    }
    drill_buffer_clear(&slicer->pending);
    slicer->used = 0;
    if (slicer->closing) {
        slicer->closing = false;
        transport->class_of->finish(transport, side, now_ns);
    }
}

bool drill_slicer_send(DrillTransport *transport, int side, DrillSpan bytes, uint64_t now_ns) {
    DrillSlicer *slicer = &transport->slicers[side];
    bool waits = slicer->event != 0;
    if (!waits && drill_link_settings(transport->link, side)->slicer_bytes == 0) {
        return false;
    }
    slicer->pending.allocator = transport->allocator;
    drill_buffer_put(&slicer->pending, bytes.data, bytes.size);
    if (!waits) {
        send_slices(transport, (uint64_t)side, now_ns);
    }
    return true;
}

bool drill_slicer_close(DrillTransport *transport, int side, DrillCloseHow how) {
    DrillSlicer *slicer = &transport->slicers[side];
    if (how == DRILL_CLOSE_FIN && slicer->used < slicer->pending.size) {
        slicer->closing = true;
        return true;
    }
    drill_slicer_stop(transport, side);
    return false;
}

void drill_slicer_stop(DrillTransport *transport, int side) {
    DrillSlicer *slicer = &transport->slicers[side];
    drill_queue_cancel(transport->queue, slicer->event);
    if (slicer->pending.data != NULL) {
        drill_buffer_release(&slicer->pending);
    }
    *slicer = (DrillSlicer){{0}, 0, 0, false};
}
