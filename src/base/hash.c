/* A 64-bit hash for tables and stream names: eight bytes at a time, read as little-endian so that
 * every machine agrees; each word goes through a multiply and a fold, the end through two more
 * rounds. Not meant to resist an attacker. */
#include "base/base.h"

#define HASH_PRIME_A UINT64_C(0x9e3779b97f4a7c15)
#define HASH_PRIME_B UINT64_C(0xd6e8feb86659fd93)

static uint64_t hash_round(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * HASH_PRIME_B;
    hash ^= hash >> 32;
    return hash * HASH_PRIME_A;
}

static uint64_t hash_word(const uint8_t *bytes, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

uint64_t drill_hash(DrillSpan bytes, uint64_t key) {
    uint64_t hash = hash_round(key ^ HASH_PRIME_A, (uint64_t)bytes.size);
    size_t at = 0;
    for (; bytes.size - at >= 8; at += 8) {
        hash = hash_round(hash, hash_word(bytes.data + at, 8));
        hash ^= hash >> 29;
    }
    if (at < bytes.size) {
        hash = hash_round(hash, hash_word(bytes.data + at, bytes.size - at));
    }
    hash ^= hash >> 32;
    hash *= HASH_PRIME_B;
    hash ^= hash >> 29;
    hash *= HASH_PRIME_A;
    return hash ^ (hash >> 32);
}
