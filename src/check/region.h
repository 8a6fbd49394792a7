/* An allocator whose blocks are freed together: the model's many small records need no owner of
 * their own. */
#ifndef DRILL_CHECK_REGION_H
#define DRILL_CHECK_REGION_H

#include "base/base.h"

typedef struct DrillRegion DrillRegion;

DrillRegion *drill_check_region_new(DrillAllocator allocator);
DrillAllocator drill_check_region_allocator(DrillRegion *region);
void drill_check_region_free(DrillRegion *region);

#endif
