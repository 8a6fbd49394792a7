/* PINGREQ and PINGRESP (3.1.1 and 5.0 sections 3.12 and 3.13): nothing but a fixed header. */
#include "codec/wire.h"

bool drill_ping_decode(DrillCursor *cursor, DrillPacket *packet) {
    (void)cursor;
    (void)packet;
    return true;
}

void drill_ping_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    (void)packet;
    (void)version;
    (void)writer;
}

void drill_ping_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                      DrillBuffer *out) {
    (void)packet;
    (void)version;
    (void)form;
    (void)out;
}
