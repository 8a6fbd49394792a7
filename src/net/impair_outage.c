/* Times at which nothing passes, counted from the beginning of the link: the last part of every
 * period, or a list. What is under way already still arrives. Draws nothing. */
#include "net/path.h"

static bool is_out(const DrillLinkOutages *outages, uint64_t at_ns) {
    if (outages->period_ns != 0) {
        return at_ns % outages->period_ns >= outages->period_ns - outages->down_ns;
    }
    for (uint32_t i = 0; i < outages->count; i++) {
        if (at_ns >= outages->list[i].from_ns && at_ns < outages->list[i].to_ns) {
            return true;
        }
    }
    return false;
}

static void enter(DrillPath *path, DrillPassage *passage) {
    uint64_t since_ns = passage->now_ns - drill_link_begun_ns(path->link);
    if (passage->packet->lossy && is_out(&path->settings.outage, since_ns)) {
        passage->lost = "outage";
    }
}

const DrillImpairment drill_impair_outage = {"outage", enter, NULL};
