/* What the drivers share. */
#ifndef DRILL_DRIVER_STEP_H
#define DRILL_DRIVER_STEP_H

#include "driver/driver.h"

/* Fires the next queue event and says so in `input`. False: the queue is empty. */
bool drill_driver_fire(DrillQueue *queue, DrillInput *input);

/* The literal for a `how` that came from elsewhere: "fin", "rst" and "refused" are known, all else
 * is "error". */
const char *drill_driver_how(DrillSpan how);

#endif
