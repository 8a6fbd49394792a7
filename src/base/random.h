/* Random numbers by counting, not by state: a draw is a pure function of (seed, stream, index,
 * purpose), so that taking one consumer away leaves every other draw as it was. Philox 4x32-10 from
 * Random123. */
#ifndef DRILL_BASE_RANDOM_H
#define DRILL_BASE_RANDOM_H

#include "base/base.h"

typedef struct DrillStream {
    uint64_t seed;
    uint64_t name; /* drill_hash of "link/c1>b/loss" */
} DrillStream;

DrillStream drill_stream(uint64_t seed, const char *name);
/* 64 uniform bits. `index`: packet or event number within the stream; `purpose`: 0.. for several
 * draws about one thing. */
uint64_t drill_stream_draw(DrillStream stream, uint64_t index, uint32_t purpose);
/* 64 uniform bits as a number in [0, bound). */
uint64_t drill_draw_below(uint64_t draw, uint64_t bound);
/* 64 uniform bits as a time until something that happens once in `mean` on average: exponential, as
 * integer arithmetic, right to about 2^-30 of it; at most 45 times the mean. mean < 2^57. */
uint64_t drill_draw_exponential(uint64_t draw, uint64_t mean);
/* Uniform in [0, bound), bound > 0; multiply-shift on 64 bits: bias below bound / 2^64. */
uint64_t drill_stream_below(DrillStream stream, uint64_t index, uint32_t purpose, uint64_t bound);
/* True with the ratio's probability, exactly to 2^-64. */
bool drill_stream_chance(DrillStream stream, uint64_t index, uint32_t purpose, DrillRatio ratio);

#endif
