/* libFuzzer's entry to the codec. */
#include <string.h>

#include "base/base.h"
#include "codec_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CodecTally tally = {0};
    codec_input((DrillSpan){data, size}, &tally);
    return 0;
}

/* libFuzzer's own mutations; most of the time with a Remaining Length that fits again, so that more
 * than the framing sees them. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, size_max);
    return seed % 4 == 0 ? size : codec_fit_length(data, size, size_max);
}
