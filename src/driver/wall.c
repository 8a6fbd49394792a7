/* How long things really took: for people, never for traces. */
#include <uv.h>

#include "driver/driver.h"

uint64_t drill_wall_ns(void) {
    return uv_hrtime();
}
