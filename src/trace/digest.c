#include "trace/trace.h"

void drill_trace_digest_text(const DrillSha256 *sha, char out[65]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[32];
    drill_sha256_finish(sha, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[64] = '\0';
}
