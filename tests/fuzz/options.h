/* What every fuzzing program is told: where chance begins, how much to try, and whether to plant a
 * mistake that its checks must notice. */
#ifndef TEST_FUZZ_OPTIONS_H
#define TEST_FUZZ_OPTIONS_H

#include <string.h>

#include "base/base.h"

typedef struct FuzzOptions {
    uint64_t seed, count;
    bool plant;
} FuzzOptions;

/* Takes --seed N, --count N or --plant from the arguments at *at, which then is the last of what
 * was taken. False: it is none of them, or no number follows. */
static inline bool fuzz_option(FuzzOptions *options, char **arguments, int *at) {
    const char *name = arguments[*at];
    bool seed = strcmp(name, "--seed") == 0;
    if (strcmp(name, "--plant") == 0) {
        options->plant = true;
        return true;
    }
    if (!seed && strcmp(name, "--count") != 0) return false;
    const char *number = arguments[++*at];
    return number != NULL && drill_parse_u64(drill_span_of(number),
                                             seed ? &options->seed : &options->count) == DRILL_OK;
}

#endif
