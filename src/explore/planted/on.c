/* The usual culprit: an address that the loader chooses anew for every process. */
#include "explore/planted.h"

uint64_t drill_planted_seed(void) {
    static int here;
    return (uint64_t)(uintptr_t)&here >> 12;
}
