/* One text through everything that reads traces. */
#ifndef DRILL_TESTS_TRACE_INPUT_H
#define DRILL_TESTS_TRACE_INPUT_H

#include "base/base.h"

typedef struct TraceTally {
    uint64_t read, refused, truncated, events, findings, failed, pages;
} TraceTally;

/* Reads the text as a trace; what the reader accepts is written again, read again, judged by the
 * oracles, drawn and shown. Prints the text and exits where something does not hold. */
void trace_input(DrillSpan text, TraceTally *tally);

#endif
