/* SHA-256 with the processor's own instructions: the SHA extensions of x86. Other processors use
 * the portable code. */
#include "base/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

WITH_SHA static inline __m128i load(const void *from) {
    return _mm_loadu_si128((const __m128i *)from);
}

/* The instructions want the eight words as A B E F and C D G H, A and C in the highest lanes. */
WITH_SHA static inline void four_rounds(__m128i *abef, __m128i *cdgh, __m128i words,
                                        const uint32_t *constants) {
    __m128i sum = _mm_add_epi32(words, load(constants));
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* Words t+16 to t+19 of the message schedule from t to t+15. */
WITH_SHA static inline __m128i next_words(__m128i w0, __m128i w4, __m128i w8, __m128i w12) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));
    return _mm_sha256msg2_epu32(sum, w12);
}

WITH_SHA static void compress(uint32_t state[8], const uint8_t *blocks, size_t count) {
    const uint32_t *k = drill_sha256_constants;
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i badc = _mm_shuffle_epi32(load(state), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(load(state + 4), 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
    for (; count > 0; count--, blocks += 64) {
        __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w0 = _mm_shuffle_epi8(load(blocks), big_endian);
        __m128i w4 = _mm_shuffle_epi8(load(blocks + 16), big_endian);
        __m128i w8 = _mm_shuffle_epi8(load(blocks + 32), big_endian);
        __m128i w12 = _mm_shuffle_epi8(load(blocks + 48), big_endian);
        for (size_t t = 0; t < 48; t += 16) {
            four_rounds(&abef, &cdgh, w0, k + t);
            w0 = next_words(w0, w4, w8, w12);
            four_rounds(&abef, &cdgh, w4, k + t + 4);
            w4 = next_words(w4, w8, w12, w0);
            four_rounds(&abef, &cdgh, w8, k + t + 8);
            w8 = next_words(w8, w12, w0, w4);
            four_rounds(&abef, &cdgh, w12, k + t + 12);
            w12 = next_words(w12, w0, w4, w8);
        }
        four_rounds(&abef, &cdgh, w0, k + 48);
        four_rounds(&abef, &cdgh, w4, k + 52);
        four_rounds(&abef, &cdgh, w8, k + 56);
        four_rounds(&abef, &cdgh, w12, k + 60);
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static bool has_instructions(void) {
    enum { SSSE3 = 1 << 9, SSE4_1 = 1 << 19, SHA = 1 << 29 };
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & SSSE3) == 0 || (c & SSE4_1) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & SHA) != 0;
}

/* Asked once: in a virtual machine each CPUID leaves the guest. Threads that ask at the same time
 * find the same. */
DrillSha256Compress drill_sha256_compress_native(void) {
    enum { UNKNOWN, ABSENT, PRESENT };
    static atomic_int found = UNKNOWN;
    int now = atomic_load_explicit(&found, memory_order_relaxed);
    if (now == UNKNOWN) {
        now = has_instructions() ? PRESENT : ABSENT;
        atomic_store_explicit(&found, now, memory_order_relaxed);
    }
    return now == PRESENT ? compress : NULL;
}

#else

DrillSha256Compress drill_sha256_compress_native(void) {
    return NULL;
}

#endif
