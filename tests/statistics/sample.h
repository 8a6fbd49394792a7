/* A million packets through one direction of a link, and what became of each. */
#ifndef DRILL_TESTS_STATISTICS_SAMPLE_H
#define DRILL_TESTS_STATISTICS_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/path.h"
#include "net/settings.h"

enum { PACKETS = 1000000, BATCH = 1000, BATCHES = PACKETS / BATCH };

/* But for one seed in a million everything that is right passes. */
static const double z_most = 4.75;

typedef struct Sample {
    DrillQueue *queue;
    DrillLink *link;
    uint8_t *arrivals;  /* of each packet: 0 lost, 1, 2 doubled */
    uint64_t *delay_ns; /* of each packet: of its first arrival */
    uint64_t *sent_ns;
    uint64_t *order; /* number of the packet that arrived at this place */
    size_t arrived;
} Sample;

static inline void sample_arrives(void *context, const DrillPacket *packet, uint64_t now_ns) {
    Sample *sample = context;
    size_t number = (size_t)packet->sequence;
    if (sample->arrivals[number]++ == 0) {
        sample->delay_ns[number] = now_ns - sample->sent_ns[number];
        sample->order[sample->arrived++] = number;
    }
}

/* Packets are sent `apart_ns` apart; 0: each when the one ahead has arrived. */
static inline Sample *sample_take(const char *settings, uint64_t delay_ns, uint64_t apart_ns) {
    Sample *sample = calloc(1, sizeof *sample);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)256 << 20);
    if (sample == NULL || arena == NULL) exit(2);
    DrillAllocator allocator = drill_arena_allocator(arena);
    sample->arrivals = calloc(PACKETS, sizeof *sample->arrivals);
    sample->delay_ns = calloc(PACKETS, sizeof *sample->delay_ns);
    sample->sent_ns = calloc(PACKETS, sizeof *sample->sent_ns);
    sample->order = calloc(PACKETS, sizeof *sample->order);
    sample->queue = drill_queue_new(allocator);
    DrillLinkOptions options = {
        .queue = sample->queue, .allocator = allocator, .seed = 20240731, .name = "c1"};
    options.direction[0].delay_ns = delay_ns;
    DrillDiagnostic diagnostic = {{0}};
    if (drill_link_pair_parse(options.direction, drill_span_of(settings), &diagnostic) !=
        DRILL_OK) {
        printf("%s\n", diagnostic.text);
        exit(2);
    }
    sample->link = drill_link_new(&options);
    for (size_t i = 0; i < PACKETS; i++) {
        uint64_t now_ns = drill_queue_now_ns(sample->queue);
        DrillPacket packet = {.arrive = sample_arrives,
                              .context = sample,
                              .lossy = true,
                              .wire_bytes = 100,
                              .sequence = i};
        sample->sent_ns[i] = now_ns;
        drill_path_send(sample->link, &packet, now_ns);
        uint64_t until_ns = apart_ns == 0 ? DRILL_NEVER : now_ns + apart_ns;
        while (drill_queue_next_ns(sample->queue) <= until_ns && drill_queue_fire(sample->queue)) {
        }
        if (apart_ns != 0) drill_queue_advance(sample->queue, until_ns);
    }
    while (drill_queue_fire(sample->queue)) {
    }
    return sample;
}

/* The chi-square that is passed by all but one in a million, by Wilson and Hilferty. */
static inline double chi_square_most(int freedom) {
    double f = 2.0 / (9.0 * freedom);
    double root = 1 - f + z_most * sqrt(f);
    return freedom * root * root * root;
}

/* Observed against expected; bins are put together until 20 are expected in each. */
static inline bool chi_square_fits(const char *what, const double *observed, const double *expected,
                                   int count) {
    double chi = 0, seen = 0, wanted = 0;
    int freedom = -1;
    for (int i = 0; i < count; i++) {
        seen += observed[i];
        wanted += expected[i];
        double left = 0;
        for (int k = i + 1; k < count; k++)
            left += expected[k];
        if (wanted < 20 || (left < 20 && i + 1 < count)) continue;
        chi += (seen - wanted) * (seen - wanted) / wanted;
        freedom++;
        seen = 0;
        wanted = 0;
    }
    bool good = freedom > 0 && chi < chi_square_most(freedom);
    printf("%s: chi-square %.1f, %d degrees of freedom, at most %.1f: %s\n", what, chi, freedom,
           freedom > 0 ? chi_square_most(freedom) : 0, good ? "fits" : "DOES NOT FIT");
    return good;
}

/* Mean of batches against what is expected, in standard errors found from the batches themselves,
 * so that dependence between packets does not matter. */
static inline bool mean_fits(const char *what, const double *values, double expected) {
    double sum = 0, squares = 0;
    for (int i = 0; i < BATCHES; i++) {
        double mean = 0;
        for (int k = 0; k < BATCH; k++)
            mean += values[i * BATCH + k] / BATCH;
        sum += mean;
        squares += mean * mean;
    }
    double mean = sum / BATCHES;
    double error = sqrt((squares / BATCHES - mean * mean) / (BATCHES - 1));
    double z = (mean - expected) / error;
    bool good = fabs(z) < z_most;
    printf("%s: mean %.6f, expected %.6f, z %.2f: %s\n", what, mean, expected, z,
           good ? "fits" : "DOES NOT FIT");
    return good;
}

/* Correlation of each value with the next one. */
static inline bool correlation_fits(const char *what, const double *values, double expected) {
    double mean = 0, square = 0, product = 0;
    for (int i = 0; i < PACKETS; i++)
        mean += values[i] / PACKETS;
    for (int i = 0; i < PACKETS; i++) {
        square += (values[i] - mean) * (values[i] - mean);
        if (i > 0) product += (values[i] - mean) * (values[i - 1] - mean);
    }
    double found = product / square;
    bool good = fabs(found - expected) < 0.008;
    printf("%s: correlation %.4f, expected %.4f: %s\n", what, found, expected,
           good ? "fits" : "DOES NOT FIT");
    return good;
}

#endif
