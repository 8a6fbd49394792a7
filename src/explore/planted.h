/* A canary: the `planted` preset builds a tool that is nondeterministic on purpose, so that the
 * checks which are to find nondeterminism can be seen finding it. */
#ifndef DRILL_EXPLORE_PLANTED_H
#define DRILL_EXPLORE_PLANTED_H

#include <stdint.h>

/* 0 in every real build; in the planted one it differs from process to process. */
uint64_t drill_planted_seed(void);

#endif
