/* One text from outside through one of its readers: link and TCP settings, options of the broker,
 * tables and recordings of links, HTTP requests, and requests to the control interface of a world
 * that goes on meanwhile. */
#ifndef DRILL_TESTS_TEXT_INPUT_H
#define DRILL_TESTS_TEXT_INPUT_H

#include <mqttdrill/base.h>

typedef enum TextKind {
    TEXT_LINK,
    TEXT_TCP,
    TEXT_BROKER,
    TEXT_UNITS,
    TEXT_TABLE,
    TEXT_REPLAY,
    TEXT_HTTP,
    TEXT_CONTROL, /* requests, each "METHOD PATH\nBODY", ended by a byte 1 */
    TEXT_KINDS
} TextKind;

typedef struct TextTally {
    uint64_t taken[TEXT_KINDS], refused[TEXT_KINDS];
    bool plant; /* a taken text is said to have been refused */
} TextTally;

/* Prints the text and exits where something does not hold. */
void text_input(TextKind kind, DrillSpan text, TextTally *tally);

/* As many bytes, in memory that ends where they do, so that asan sees a read past it. */
DrillSpan text_exact(DrillSpan text);
void text_free(DrillSpan text);

#endif
