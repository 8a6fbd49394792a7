/* Types that every public header shares: byte spans, memory, time, errors.
 *
 * Time is uint64_t nanoseconds of the caller's clock, always passed in as `now_ns`; nothing here
 * reads a clock. Memory comes from a DrillAllocator that the caller supplies; nothing here calls
 * malloc on its own. */
#ifndef MQTTDRILL_BASE_H
#define MQTTDRILL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DRILL_API               __attribute__((visibility("default")))
#define DRILL_MUST_USE          __attribute__((warn_unused_result))
#define DRILL_PRINTF(at, first) __attribute__((format(printf, at, first)))
#else
#define DRILL_API
#define DRILL_MUST_USE
#define DRILL_PRINTF(at, first)
#endif

/* "No deadline": later than every time. */
#define DRILL_NEVER     UINT64_MAX
#define DRILL_NS_PER_US UINT64_C(1000)
#define DRILL_NS_PER_MS UINT64_C(1000000)
#define DRILL_NS_PER_S  UINT64_C(1000000000)

/* Bytes that somebody else owns. `data` may be NULL only when `size` is 0. */
typedef struct DrillSpan {
    const uint8_t *data;
    size_t size;
} DrillSpan;

/* Source of memory, in the shape of Lua's: resize(context, NULL, 0, n) allocates n zeroed bytes
 * aligned to 16, resize(context, p, old, 0) frees and returns NULL, everything else resizes and
 * keeps the bytes (new bytes are not zeroed). `old_size` is always the size asked for last. Never
 * returns NULL for new_size > 0: an allocator that runs out ends the run with a message (arena: see
 * base/arena.h), so callers do not check. */
typedef struct DrillAllocator {
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size);
    void *context;
} DrillAllocator;

/* Results of fallible calls. The table of texts is base/error.c. */
typedef enum DrillResult {
    DRILL_OK = 0,
    DRILL_NEED_MORE,    /* incremental input: not a whole packet yet; not an error */
    DRILL_MALFORMED,    /* a peer's bytes break the standard; see the DrillFault */
    DRILL_INVALID,      /* the caller's argument cannot be; nothing was changed */
    DRILL_TOO_BIG,      /* a declared limit would be passed; nothing was changed */
    DRILL_BUSY,         /* not in this state; nothing was changed */
    DRILL_IO,           /* the operating system said no; see the diagnostic */
    DRILL_NOT_THERE_YET /* named by the contract, not built yet */
} DrillResult;

/* Short name ("malformed") of a result, for messages. Never NULL. */
DRILL_API const char *drill_result_name(DrillResult result);

/* An allocator on the C library's malloc, for programs that embed the client or the broker. */
DRILL_API DrillAllocator drill_allocator_malloc(void);

/* Growing bytes. Zero it, set `allocator`, append, release. */
typedef struct DrillBuffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    DrillAllocator allocator;
} DrillBuffer;

/* Appends bytes; releases the memory. */
DRILL_API void drill_buffer_put(DrillBuffer *buffer, const void *bytes, size_t size);
DRILL_API void drill_buffer_release(DrillBuffer *buffer);

#ifdef __cplusplus
}
#endif
#endif
