/* SHA-256 (FIPS 180-4), streaming. */
#include <string.h>

#include "base/sha256.h"

const uint32_t drill_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate_right(uint32_t word, int bits) {
    return (word >> bits) | (word << (32 - bits));
}

static uint32_t load_be32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static void store_be32(uint8_t *bytes, uint32_t word) {
    bytes[0] = (uint8_t)(word >> 24);
    bytes[1] = (uint8_t)(word >> 16);
    bytes[2] = (uint8_t)(word >> 8);
    bytes[3] = (uint8_t)word;
}

static void compress_block(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[64];
    for (size_t t = 0; t < 16; t++) {
        w[t] = load_be32(block + 4 * t);
    }
    for (size_t t = 16; t < 64; t++) {
        uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ (w[t - 15] >> 3);
        uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ (w[t - 2] >> 10);
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t t = 0; t < 64; t++) {
        uint32_t sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t choice = (e & f) ^ (~e & g);
        uint32_t t1 = h + sum1 + choice + drill_sha256_constants[t] + w[t];
        uint32_t sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + sum0 + majority;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void drill_sha256_compress_portable(uint32_t state[8], const uint8_t *blocks, size_t count) {
    for (; count > 0; count--, blocks += 64) {
        compress_block(state, blocks);
    }
}

void drill_sha256_init(DrillSha256 *sha) {
    static const DrillSha256 start = {.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
    *sha = start;
}

void drill_sha256_add_with(DrillSha256Compress compress, DrillSha256 *sha, DrillSpan bytes) {
    size_t filled = (size_t)(sha->total_bytes % 64);
    size_t at = 0;
    sha->total_bytes += bytes.size;
    if (filled != 0) {
        size_t room = 64 - filled;
        size_t taken = bytes.size < room ? bytes.size : room;
        if (taken != 0) {
            memcpy(sha->block + filled, bytes.data, taken);
        }
        if (taken < room) {
            return;
        }
        compress(sha->state, sha->block, 1);
        at = taken;
    }
    size_t blocks = (bytes.size - at) / 64;
    if (blocks > 0) {
        compress(sha->state, bytes.data + at, blocks);
        at += blocks * 64;
    }
    if (at < bytes.size) {
        memcpy(sha->block, bytes.data + at, bytes.size - at);
    }
}

void drill_sha256_add(DrillSha256 *sha, DrillSpan bytes) {
    DrillSha256Compress native = drill_sha256_compress_native();
    drill_sha256_add_with(native != NULL ? native : drill_sha256_compress_portable, sha, bytes);
}

void drill_sha256_finish(const DrillSha256 *sha, uint8_t out[32]) {
    DrillSha256 last = *sha;
    size_t filled = (size_t)(sha->total_bytes % 64);
    uint8_t padding[128] = {0};
    size_t padding_size = (filled < 56 ? 64 : 128) - filled;
    padding[0] = 0x80;
    uint64_t bits = sha->total_bytes * 8;
    store_be32(padding + padding_size - 8, (uint32_t)(bits >> 32));
    store_be32(padding + padding_size - 4, (uint32_t)bits);
    /* At most two blocks: not worth asking for the processor's instructions. */
    drill_sha256_add_with(drill_sha256_compress_portable, &last, drill_span(padding, padding_size));
    for (size_t i = 0; i < 8; i++) {
        store_be32(out + 4 * i, last.state[i]);
    }
}
