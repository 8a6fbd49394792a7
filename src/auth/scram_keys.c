#include "auth/scram_keys.h"

#include "auth/base64.h"
#include "base/arena.h"

struct DrillScramKeys {
    DrillAllocator allocator;
    DrillMap *salted; /* SaltedPassword by what it is made of */
    DrillBuffer key;  /* scratch */
};

DrillScramKeys *drill_scram_keys_new(DrillAllocator allocator) {
    DrillScramKeys *keys = DRILL_NEW(allocator, DrillScramKeys);
    keys->allocator = allocator;
    keys->salted = drill_map_new(allocator);
    keys->key.allocator = allocator;
    return keys;
}

void drill_scram_keys_free(DrillScramKeys *keys) {
    if (keys == NULL) return;
    for (size_t i = 0; i < drill_map_slots(keys->salted); i++)
        drill_release(keys->allocator, drill_map_at(keys->salted, i, NULL), DRILL_SHA256_BYTES);
    drill_map_free(keys->salted);
    drill_buffer_release(&keys->key);
    drill_release(keys->allocator, keys, sizeof(*keys));
}

size_t drill_scram_keys_count(const DrillScramKeys *keys) {
    return drill_map_count(keys->salted);
}

void drill_scram_nonce(DrillStream stream, uint64_t number, DrillBuffer *out) {
    uint8_t bytes[DRILL_SCRAM_NONCE_BYTES];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        uint64_t draw = drill_stream_draw(stream, number, (uint32_t)(i / 8));
        bytes[i] = (uint8_t)(draw >> 8 * (i % 8));
    }
    drill_base64_write(out, drill_span(bytes, sizeof(bytes)));
}

static const uint8_t *salted_password(DrillScramKeys *keys, DrillSpan password, DrillSpan salt,
                                      uint32_t iterations) {
    drill_buffer_clear(&keys->key);
    drill_buffer_print(&keys->key, "%lu %zu ", (unsigned long)iterations, salt.size);
    drill_buffer_put(&keys->key, salt.data, salt.size);
    drill_buffer_put(&keys->key, password.data, password.size);
    DrillSpan key = drill_buffer_span(&keys->key);
    uint8_t *salted = drill_map_get(keys->salted, key);
    if (salted == NULL) {
        salted = drill_allocate(keys->allocator, DRILL_SHA256_BYTES);
        drill_crypto_pbkdf2_sha256(password, salt, iterations, salted);
        drill_map_set(keys->salted, key, salted);
    }
    return salted;
}

DrillScramDerived drill_scram_derive(DrillScramKeys *keys, DrillSpan password, DrillSpan salt,
                                     uint32_t iterations) {
    DrillScramDerived derived;
    DrillSpan salted =
        drill_span(salted_password(keys, password, salt, iterations), DRILL_SHA256_BYTES);
    drill_crypto_hmac_sha256(salted, drill_span_of("Client Key"), derived.client_key);
    drill_crypto_sha256(drill_span(derived.client_key, DRILL_SHA256_BYTES), derived.stored_key);
    drill_crypto_hmac_sha256(salted, drill_span_of("Server Key"), derived.server_key);
    return derived;
}

void drill_scram_mix(const DrillScramDerived *derived, DrillSpan auth_message,
                     const uint8_t in[DRILL_SHA256_BYTES], uint8_t out[DRILL_SHA256_BYTES]) {
    uint8_t signature[DRILL_SHA256_BYTES];
    drill_crypto_hmac_sha256(drill_span(derived->stored_key, DRILL_SHA256_BYTES), auth_message,
                             signature);
    for (size_t i = 0; i < DRILL_SHA256_BYTES; i++)
        out[i] = in[i] ^ signature[i];
}

void drill_scram_server_signature(const DrillScramDerived *derived, DrillSpan auth_message,
                                  uint8_t out[DRILL_SHA256_BYTES]) {
    drill_crypto_hmac_sha256(drill_span(derived->server_key, DRILL_SHA256_BYTES), auth_message,
                             out);
}
