/* The end of a run whose own invariants broke. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void drill_assert_failed(const char *condition, const char *file, int line) {
    (void)fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    (void)fflush(NULL);
    abort();
}
