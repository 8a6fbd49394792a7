/* Built without cryptography: drill_crypto_missing says so, and nobody may go on. */
#include "auth/crypto.h"

const char *drill_crypto_missing(void) {
    return "this mqttdrill was built without OpenSSL; install libssl-dev, and build it again";
}

static _Noreturn void unreachable(void) {
    drill_assert_failed("drill_crypto_missing() == NULL", __FILE__, __LINE__);
}

void drill_crypto_sha256(DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]) {
    (void)text;
    (void)out;
    unreachable();
}

void drill_crypto_hmac_sha256(DrillSpan key, DrillSpan text, uint8_t out[DRILL_SHA256_BYTES]) {
    (void)key;
    (void)text;
    (void)out;
    unreachable();
}

void drill_crypto_pbkdf2_sha256(DrillSpan password, DrillSpan salt, uint32_t iterations,
                                uint8_t out[DRILL_SHA256_BYTES]) {
    (void)password;
    (void)salt;
    (void)iterations;
    (void)out;
    unreachable();
}

bool drill_crypto_equal(const uint8_t a[DRILL_SHA256_BYTES], const uint8_t b[DRILL_SHA256_BYTES]) {
    (void)a;
    (void)b;
    unreachable();
}
