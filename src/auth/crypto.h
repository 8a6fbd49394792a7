/* What the methods need of cryptography; implemented by one of crypto/ (CMake: DRILL_OPENSSL). */
#ifndef DRILL_AUTH_CRYPTO_H
#define DRILL_AUTH_CRYPTO_H

#include "base/base.h"

#define DRILL_SHA256_BYTES 32

/* NULL: it is there. Else what is missing, in words; then nothing below may be called. */
const char *drill_crypto_missing(void);

void drill_crypto_sha256(DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]);
void drill_crypto_hmac_sha256(DrillSpan key, DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]);
/* PBKDF2 (RFC 8018) with HMAC-SHA-256; iterations from 1. */
void drill_crypto_pbkdf2_sha256(DrillSpan password, DrillSpan salt, uint32_t iterations,
                                uint8_t out[DRILL_SHA256_BYTES]);
/* In a time that does not depend on where they differ. */
bool drill_crypto_equal(const uint8_t a[DRILL_SHA256_BYTES], const uint8_t b[DRILL_SHA256_BYTES]);

#endif
