/* Keys, proofs and signatures (RFC 5802 section 3). */
#ifndef DRILL_AUTH_SCRAM_KEYS_H
#define DRILL_AUTH_SCRAM_KEYS_H

#include "auth/scram.h"

typedef struct DrillScramDerived {
    uint8_t client_key[DRILL_SHA256_BYTES];
    uint8_t stored_key[DRILL_SHA256_BYTES];
    uint8_t server_key[DRILL_SHA256_BYTES];
} DrillScramDerived;

DrillScramDerived drill_scram_derive(DrillScramKeys *keys, DrillSpan password, DrillSpan salt,
                                     uint32_t iterations);
/* ClientKey XOR ClientSignature; undoes itself. */
void drill_scram_mix(const DrillScramDerived *derived, DrillSpan auth_message,
                     const uint8_t in[DRILL_SHA256_BYTES], uint8_t out[DRILL_SHA256_BYTES]);
void drill_scram_server_signature(const DrillScramDerived *derived, DrillSpan auth_message,
                                  uint8_t out[DRILL_SHA256_BYTES]);

#endif
