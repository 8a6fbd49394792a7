/* What every engine that is measured has in common, in C and in C++: the generator, the draw, what
 * an event does, the clock, and how one result is printed.
 *
 * Hold model: N events are pending; each that fires schedules itself again after an exponential
 * delay with a mean of 1 s. Re-arm model: N connections; each packet cancels and re-arms its
 * connection's keep-alive of 90 s and schedules the next packet, likewise after an exponential
 * delay. The checksum covers the times of the events (of the packets), in their order. */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#define BENCH_KEEP_ALIVE_NS UINT64_C(90000000000)

typedef struct BenchModel {
    uint64_t random[2];
    uint64_t fired;
    uint64_t warm;  /* timing starts after so many */
    uint64_t total; /* and ends here */
    uint64_t checksum;
    double begin_cpu_s;
    double cpu_s; /* of total - warm events, when stopped */
    bool stopped;
} BenchModel;

static inline double bench_cpu_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static inline double bench_wall_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* Largest resident size of this process so far. */
static inline double bench_peak_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024 / 1e6;
}

static inline void bench_start(BenchModel *model, uint64_t warm, uint64_t events) {
    model->random[0] = UINT64_C(0x9E3779B97F4A7C15);
    model->random[1] = UINT64_C(0xD1B54A32D192ED03);
    model->fired = 0;
    model->warm = warm;
    model->total = warm + events;
    model->checksum = UINT64_C(1469598103934665603);
    model->begin_cpu_s = 0;
    model->cpu_s = 0;
    model->stopped = false;
}

/* Twice as many as are pending, unless that took longer than what is measured. */
static inline uint64_t bench_hold_warm(uint64_t pending, uint64_t events) {
    return 2 * pending > events / 4 ? events / 4 : 2 * pending;
}

/* So long that engines which keep cancelled events until their time (90 s) have all of them. */
static inline uint64_t bench_rearm_warm(uint64_t connections) {
    return 100 * connections;
}

/* xoroshiro128+ (Blackman, Vigna), and an exponential delay with mean 1 s. */
static inline uint64_t bench_delay_ns(BenchModel *model) {
    uint64_t a = model->random[0];
    uint64_t b = model->random[1];
    uint64_t sum = a + b;
    b ^= a;
    model->random[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    model->random[1] = (b << 37) | (b >> 27);
    double uniform = (double)((sum >> 11) + 1) * (1.0 / 9007199254740993.0);
    return (uint64_t)(-log(uniform) * 1e9);
}

/* What every event does. False: enough. */
static inline bool bench_count(BenchModel *model, uint64_t now_ns) {
    model->fired++;
    model->checksum = (model->checksum ^ now_ns) * UINT64_C(1099511628211);
    if (model->fired == model->warm) {
        model->begin_cpu_s = bench_cpu_s();
    } else if (model->fired == model->total) {
        model->cpu_s = bench_cpu_s() - model->begin_cpu_s;
        model->stopped = true;
        return false;
    }
    return true;
}

static inline void bench_print(const BenchModel *model) {
    printf("rate=%.4f peak_mb=%.3f checksum=%016" PRIx64 "\n",
           (double)(model->total - model->warm) / model->cpu_s / 1e6, bench_peak_mb(),
           model->checksum);
}

#endif
