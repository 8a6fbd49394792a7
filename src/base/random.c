/* Draws by counting: Philox 4x32-10 (Salmon et al., SC11) keyed by seed and stream. */
#include "base/random.h"

/* Random123 is not written for our warnings. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <Random123/philox.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

DrillStream drill_stream(uint64_t seed, const char *name) {
    DrillStream stream = {seed, drill_hash(drill_span_of(name), 0)};
    return stream;
}

static void put_le64(uint8_t *out, uint64_t value) {
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

/* The key has 64 bits, seed and name have 128: both are hashed into the key, and half of the name
 * goes into the counter beside index and purpose. */
uint64_t drill_stream_draw(DrillStream stream, uint64_t index, uint32_t purpose) {
    uint8_t mixed[16];
    put_le64(mixed, stream.seed);
    put_le64(mixed + 8, stream.name);
    uint64_t key_bits = drill_hash(drill_span(mixed, sizeof mixed), 0);
    philox4x32_key_t key = {{(uint32_t)key_bits, (uint32_t)(key_bits >> 32)}};
    philox4x32_ctr_t counter = {
        {(uint32_t)index, (uint32_t)(index >> 32), purpose, (uint32_t)stream.name}};
    philox4x32_ctr_t drawn = philox4x32_R(10, counter, key);
    return (uint64_t)drawn.v[1] << 32 | drawn.v[0];
}

/* The upper half of the 128-bit product, from 32-bit halves: C11 has no wider integer. */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32;
    uint64_t b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32);
    uint64_t carry = a_low * b_high + (middle & UINT32_MAX);
    return a_high * b_high + (middle >> 32) + (carry >> 32);
}

uint64_t drill_draw_below(uint64_t draw, uint64_t bound) {
    return multiply_high(draw, bound);
}

uint64_t drill_stream_below(DrillStream stream, uint64_t index, uint32_t purpose, uint64_t bound) {
    DRILL_ASSERT(bound > 0);
    return multiply_high(drill_stream_draw(stream, index, purpose), bound);
}

/* draw / 2^64 < numerator / denominator, without rounding: floor(draw * denominator / 2^64) <
 * numerator. */
bool drill_stream_chance(DrillStream stream, uint64_t index, uint32_t purpose, DrillRatio ratio) {
    DRILL_ASSERT(ratio.denominator > 0);
    uint64_t draw = drill_stream_draw(stream, index, purpose);
    return multiply_high(draw, ratio.denominator) < ratio.numerator;
}
