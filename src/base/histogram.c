#include "base/histogram.h"

/* Values below 64 have a bucket each. From there on, each power of two has 64. */
static size_t bucket_of(uint64_t value) {
    if (value < DRILL_HISTOGRAM_STEPS) return (size_t)value;
    unsigned power = 63u - (unsigned)__builtin_clzll((unsigned long long)value);
    return (size_t)(power - 5) * DRILL_HISTOGRAM_STEPS + (size_t)(value >> (power - 6)) -
           DRILL_HISTOGRAM_STEPS;
}

/* The largest value that belongs there. */
static uint64_t last_of(size_t bucket) {
    if (bucket < DRILL_HISTOGRAM_STEPS) return bucket;
    unsigned shift = (unsigned)(bucket / DRILL_HISTOGRAM_STEPS) - 1;
    uint64_t step = DRILL_HISTOGRAM_STEPS + bucket % DRILL_HISTOGRAM_STEPS;
    return (step << shift) + ((UINT64_C(1) << shift) - 1);
}

void drill_histogram_add(DrillHistogram *histogram, uint64_t value) {
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
    if (value > histogram->max) histogram->max = value;
}

uint64_t drill_histogram_percentile(const DrillHistogram *histogram, uint32_t per_10000) {
    DRILL_ASSERT(per_10000 <= 10000);
    if (histogram->count == 0) return 0;
    uint64_t whole = histogram->count / 10000, rest = histogram->count % 10000;
    uint64_t wanted = whole * per_10000 + (rest * per_10000 + 9999) / 10000;
    uint64_t below = 0;
    size_t bucket = 0;
    while (bucket + 1 < DRILL_HISTOGRAM_BUCKETS &&
           below + histogram->buckets[bucket] < (wanted > 0 ? wanted : 1))
        below += histogram->buckets[bucket++];
    uint64_t value = last_of(bucket);
    return value < histogram->max ? value : histogram->max;
}
