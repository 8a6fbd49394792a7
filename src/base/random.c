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

/* -ln(u) * mean, where u = draw / 2^64. The logarithm to base 2 comes bit by bit: a number in [1,
 * 2) is squared, and where the square reaches 2, the next bit is 1. */
uint64_t drill_draw_exponential(uint64_t draw, uint64_t mean) {
    const uint64_t ln_2 = UINT64_C(0xB17217F7D1CF79AB); /* of 2^64 */
    DRILL_ASSERT(mean < UINT64_C(1) << 57);
    if (draw == 0) draw = 1;
    unsigned zeros = (unsigned)__builtin_clzll((unsigned long long)draw);
    uint64_t number = (draw << zeros) >> 32; /* of 2^31 */
    uint64_t fraction = 0;                   /* of 2^32 */
    for (unsigned bit = 0; bit < 32; bit++) {
        number = number * number >> 31;
        fraction <<= 1;
        if (number >> 32 != 0) {
            fraction |= 1;
            number >>= 1;
        }
    }
    uint64_t log_2 = ((uint64_t)(zeros + 1) << 32) - fraction; /* of -u */
    uint64_t times = multiply_high(log_2 << 25, ln_2);         /* of 2^57 */
    return multiply_high(mean << 7, times);
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
