/* Time jumps from event to event; there is no outside. */
#include <stdlib.h>

#include "driver/step.h"

bool drill_driver_fire(DrillQueue *queue, DrillInput *input) {
    *input = (DrillInput){.kind = DRILL_INPUT_NONE, .how = "", .text = ""};
    if (!drill_queue_fire(queue)) return false;
    input->time_ns = drill_queue_now_ns(queue);
    return true;
}

const char *drill_driver_how(DrillSpan how) {
    static const char *const known[] = {"fin", "rst", "refused"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(known); i++) {
        if (drill_span_is(how, known[i])) return known[i];
    }
    return "error";
}

static bool virtual_step(DrillDriver *driver, DrillQueue *queue, DrillInput *input) {
    (void)driver;
    return drill_driver_fire(queue, input);
}

static void virtual_free(DrillDriver *driver) {
    free(driver);
}

DrillDriver *drill_driver_virtual(void) {
    DrillDriver *driver = calloc(1, sizeof(*driver));
    DRILL_ASSERT(driver != NULL);
    *driver = (DrillDriver){.name = "virtual", .step = virtual_step, .free = virtual_free};
    return driver;
}
