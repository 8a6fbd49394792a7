/* Cryptography by OpenSSL. Only calls that begin and end at once: what OpenSSL keeps lies outside
 * the run arena. */
#include "auth/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

const char *drill_crypto_missing(void) {
    return NULL;
}

/* No configuration file has a say in what a run does. Has an effect the first time only. */
static void prepare(void) {
    DRILL_ASSERT(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1);
}

/* OpenSSL wants no NULL, not even for nothing. */
static const uint8_t *bytes_of(DrillSpan span) {
    return span.data != NULL ? span.data : (const uint8_t *)"";
}

void drill_crypto_sha256(DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]) {
    prepare();
    int done = EVP_Digest(bytes_of(text), text.size, out, NULL, EVP_sha256(), NULL);
    DRILL_ASSERT(done == 1);
}

void drill_crypto_hmac_sha256(DrillSpan key, DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]) {
    prepare();
    DRILL_ASSERT(key.size <= INT32_MAX);
    uint8_t *done =
        HMAC(EVP_sha256(), bytes_of(key), (int)key.size, bytes_of(text), text.size, out, NULL);
    DRILL_ASSERT(done != NULL);
}

void drill_crypto_pbkdf2_sha256(DrillSpan password, DrillSpan salt, uint32_t iterations,
                                uint8_t out[DRILL_SHA256_BYTES]) {
    prepare();
    DRILL_ASSERT(password.size <= INT32_MAX && salt.size <= INT32_MAX && iterations >= 1 &&
                 iterations <= INT32_MAX);
    int done =
        PKCS5_PBKDF2_HMAC((const char *)bytes_of(password), (int)password.size, bytes_of(salt),
                          (int)salt.size, (int)iterations, EVP_sha256(), DRILL_SHA256_BYTES, out);
    DRILL_ASSERT(done == 1);
}

bool drill_crypto_equal(const uint8_t a[DRILL_SHA256_BYTES], const uint8_t b[DRILL_SHA256_BYTES]) {
    return CRYPTO_memcmp(a, b, DRILL_SHA256_BYTES) == 0;
}
