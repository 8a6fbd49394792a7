/* libFuzzer's entry to the readers of texts; the first byte says which. */
#include "text_input.h"

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TextTally tally = {{0}, {0}, false};
    if (size == 0) return 0;
    DrillSpan text = text_exact(drill_span(data + 1, size - 1));
    text_input((TextKind)(data[0] % TEXT_KINDS), text, &tally);
    text_free(text);
    return 0;
}
