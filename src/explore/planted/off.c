#include "explore/planted.h"

uint64_t drill_planted_seed(void) {
    return 0;
}
