/* The end of data in good order is passed on so much later. */
#include "net/toxic.h"

static uint64_t ends_ns(const DrillLinkSettings *settings, uint64_t ended_ns) {
    return drill_time_add(ended_ns, settings->slow_close_ns);
}

const DrillToxic drill_toxic_slow_close = {.name = "slow_close", .ends_ns = ends_ns};
