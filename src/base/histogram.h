/* How often which values came, in buckets whose width is 1/64 of their values: fixed memory for any
 * number of values of any size. */
#ifndef DRILL_BASE_HISTOGRAM_H
#define DRILL_BASE_HISTOGRAM_H

#include "base/base.h"

#define DRILL_HISTOGRAM_STEPS   64u
#define DRILL_HISTOGRAM_BUCKETS (DRILL_HISTOGRAM_STEPS * (64u - 6u + 1u))

/* Plain data; zero: empty. */
typedef struct DrillHistogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[DRILL_HISTOGRAM_BUCKETS];
} DrillHistogram;

void drill_histogram_add(DrillHistogram *histogram, uint64_t value);
/* The smallest value that `per_10000` of all are not above; rounded up by less than 1/64 of it.
 * 0: there are none. */
uint64_t drill_histogram_percentile(const DrillHistogram *histogram, uint32_t per_10000);

#endif
