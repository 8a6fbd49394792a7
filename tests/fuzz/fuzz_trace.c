/* libFuzzer's entry to the reader of traces and all that stands behind it. */
#include "trace_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TraceTally tally = {0};
    trace_input((DrillSpan){data, size}, &tally);
    return 0;
}
