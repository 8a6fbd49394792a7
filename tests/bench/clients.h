/* The 100-client workload, as all that simulate it have it: sizes, and what is printed. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <stdlib.h>

#include "model.h"

enum {
    BENCH_CLIENTS = 100,
    BENCH_ROUNDS = 600, /* requests of each, one a second */
    BENCH_REQUEST_BYTES = 100,
    BENCH_ANSWER_BYTES = 4,
    BENCH_LOSS_PERCENT = 5,
    BENCH_DRAIN_S = 300 /* of virtual time after the last request, at most */
};

typedef struct BenchTrips {
    uint64_t ns[BENCH_CLIENTS * BENCH_ROUNDS]; /* request sent to answer read */
    size_t count;
} BenchTrips;

static inline void bench_trips_add(BenchTrips *trips, uint64_t ns) {
    if (trips->count < (size_t)BENCH_CLIENTS * BENCH_ROUNDS) {
        trips->ns[trips->count++] = ns;
    }
}

static inline int bench_compare_ns(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static inline double bench_percentile_s(const BenchTrips *trips, size_t percent) {
    return trips->count == 0 ? 0 : (double)trips->ns[trips->count * percent / 100] / 1e9;
}

/* packets 0: not counted. */
static inline void bench_trips_print(BenchTrips *trips, double cpu_s, double wall_s,
                                     uint64_t packets) {
    double peak_mb = bench_peak_mb();
    qsort(trips->ns, trips->count, sizeof(trips->ns[0]), bench_compare_ns);
    printf("cpu_s=%.4f wall_s=%.4f peak_mb=%.3f answered=%zu p50=%.3f p90=%.3f p99=%.3f "
           "packets=%" PRIu64 "\n",
           cpu_s, wall_s, peak_mb, trips->count, bench_percentile_s(trips, 50),
           bench_percentile_s(trips, 90), bench_percentile_s(trips, 99), packets);
}

#endif
