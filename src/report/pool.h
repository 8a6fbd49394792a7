/* Memory of one diagram or report: allocated piecemeal, freed whole. Reports are made after the
 * run, so this is malloc. */
#ifndef DRILL_REPORT_POOL_H
#define DRILL_REPORT_POOL_H

#include "base/base.h"

typedef struct DrillPoolBlock DrillPoolBlock;
typedef struct DrillPool {
    DrillPoolBlock *blocks;
    size_t used; /* of the first block */
} DrillPool;

/* Zeroed, aligned to 16. Ends the program with status 3 when the system has no memory left. */
void *drill_pool_take(DrillPool *pool, size_t size);
/* Makes room for one more item in a growing array; returns the (possibly moved) array. */
void *drill_pool_grow(DrillPool *pool, void *items, size_t count, size_t item_size);
/* NUL-terminated copies. */
const char *drill_pool_string(DrillPool *pool, const char *text);
const char *drill_pool_span(DrillPool *pool, DrillSpan text);
/* Takes over what a buffer holds: copies its text and releases the buffer. */
const char *drill_pool_buffer(DrillPool *pool, DrillBuffer *buffer);
const char *drill_pool_print(DrillPool *pool, const char *format, ...) DRILL_PRINTF(2, 3);
void drill_pool_free(DrillPool *pool);

/* Text for people: what a trace says, with unprintable bytes escaped; at most `characters_max`,
 * then an ellipsis. */
const char *drill_pool_readable(DrillPool *pool, DrillSpan text, size_t characters_max);
/* "link=" of a trace header's options, for people; "" if there is none. */
const char *drill_pool_link(DrillPool *pool, DrillSpan options);

#define DRILL_POOL_ADD(pool, items, count)                                                         \
    ((items) = drill_pool_grow((pool), (items), (count), sizeof(*(items))), &(items)[(count)++])

#endif
