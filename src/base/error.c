/* The names of results. */
#include <mqttdrill/base.h>

const char *drill_result_name(DrillResult result) {
    switch (result) {
    case DRILL_OK:
        return "ok";
    case DRILL_NEED_MORE:
        return "need more";
    case DRILL_MALFORMED:
        return "malformed";
    case DRILL_INVALID:
        return "invalid";
    case DRILL_TOO_BIG:
        return "too big";
    case DRILL_BUSY:
        return "busy";
    case DRILL_IO:
        return "input/output error";
    case DRILL_NOT_THERE_YET:
        return "not there yet";
    }
    return "unknown result";
}
