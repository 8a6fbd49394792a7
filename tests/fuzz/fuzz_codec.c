/* libFuzzer's entry to the codec. */
#include "codec_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CodecTally tally = {0};
    codec_input((DrillSpan){data, size}, &tally);
    return 0;
}
