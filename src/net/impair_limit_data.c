/* The connection is closed after so many bytes of this direction. A cut that a scenario has placed
 * on the direction comes before. */
#include "net/connection.h"

static void opened(DrillTransport *transport, int direction) {
    uint64_t bytes = drill_link_settings(transport->link, direction)->limit_data_bytes;
    if (bytes != 0 && !transport->flows[direction].cut.set) {
        drill_transport_cut_at(transport, direction, bytes, true, DRILL_CLOSE_FIN);
    }
}

const DrillToxic drill_toxic_limit_data = {.name = "limit_data", .opened = opened};
