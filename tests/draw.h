/* Numbers that tests draw: the same from the same seed, on every machine. Not the product's own
 * streams (src/base/random.h), which are under test themselves. */
#ifndef TEST_DRAW_H
#define TEST_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t test_draw(uint64_t *random) {
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 below 0, and then nothing is drawn. */
static inline uint64_t test_draw_below(uint64_t *random, uint64_t bound) {
    return bound == 0 ? 0 : test_draw(random) % bound;
}

#endif
