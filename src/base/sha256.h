/* The compression functions of SHA-256, for its own code and its test. Everybody else uses
 * base.h. */
#ifndef DRILL_BASE_SHA256_H
#define DRILL_BASE_SHA256_H

#include "base/base.h"

extern const uint32_t drill_sha256_constants[64];

/* Takes `count` blocks of 64 bytes into the state. */
typedef void (*DrillSha256Compress)(uint32_t state[8], const uint8_t *blocks, size_t count);

void drill_sha256_compress_portable(uint32_t state[8], const uint8_t *blocks, size_t count);
/* With the processor's own instructions; NULL: it has none, or none that we know. */
DrillSha256Compress drill_sha256_compress_native(void);

void drill_sha256_add_with(DrillSha256Compress compress, DrillSha256 *sha, DrillSpan bytes);

#endif
