/* Small things everybody needs: assertions, spans, text building, reading numbers with units. */
#ifndef DRILL_BASE_BASE_H
#define DRILL_BASE_BASE_H

#include <mqttdrill/base.h>

/* A broken invariant of our own; never used for a peer's or user's input. On in release builds. */
#define DRILL_ASSERT(condition)                                                                    \
    ((condition) ? (void)0 : drill_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void drill_assert_failed(const char *condition, const char *file, int line);

#define DRILL_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline DrillSpan drill_span(const void *data, size_t size) {
    DrillSpan span = {(const uint8_t *)data, size};
    return span;
}
DrillSpan drill_span_of(const char *string);
bool drill_span_equal(DrillSpan a, DrillSpan b);
bool drill_span_is(DrillSpan a, const char *string);
int drill_span_compare(DrillSpan a, DrillSpan b); /* byte order, shorter first on a tie */
/* What stands before the first `separator`, or all. *rest begins behind it; without data: there was
 * none. */
DrillSpan drill_span_cut(DrillSpan *rest, char separator);

/* Text into a DrillBuffer. Integers only: no floating point, no %p, no locale. */
void drill_buffer_print(DrillBuffer *buffer, const char *format, ...) DRILL_PRINTF(2, 3);
void drill_buffer_put_string(DrillBuffer *buffer, const char *string);
void drill_buffer_put_byte(DrillBuffer *buffer, uint8_t byte);
void drill_buffer_put_u64(DrillBuffer *buffer, uint64_t number); /* decimal */
#define DRILL_U64_DIGITS 20
size_t drill_write_u64(uint8_t *out, uint64_t number); /* the same; returns how many digits */
void drill_buffer_reserve(DrillBuffer *buffer, size_t extra);    /* room for `extra` more bytes */
void drill_buffer_put_hex(DrillBuffer *buffer, DrillSpan bytes); /* "30050001" */
/* quoted; invalid UTF-8 becomes \u00XX escapes of bytes (documented in trace-format.md) */
void drill_buffer_put_json_string(DrillBuffer *buffer, DrillSpan text);
/* An ASCII character that needs no escape there. */
static inline bool drill_json_plain(uint8_t byte) {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}
/* for terminals: printable ASCII and valid UTF-8 as is, \xHH else */
void drill_buffer_put_escaped(DrillBuffer *buffer, DrillSpan text);
/* "1.423 s", "120 ms", "4 us": at most 3 decimals */
void drill_buffer_put_duration(DrillBuffer *buffer, uint64_t ns);
void drill_buffer_clear(DrillBuffer *buffer); /* keeps the memory */
/* appends a NUL that does not count */
const char *drill_buffer_cstring(DrillBuffer *buffer);
static inline DrillSpan drill_buffer_span(const DrillBuffer *buffer) {
    return drill_span(buffer->data, buffer->size);
}

/* "30 05 00 01" (spaces optional) into bytes. DRILL_INVALID: not hex; *offset names the
 * character. */
DRILL_MUST_USE DrillResult drill_parse_hex(DrillSpan text, DrillBuffer *out, size_t *offset);
/* "250ms" "5s" "10m" "1h" "3us" "7ns" "1.5s" "0". */
DRILL_MUST_USE DrillResult drill_parse_duration(DrillSpan text, uint64_t *ns);
/* "2%" "0.5%" "1/50" "0" "1": numerator / denominator, denominator > 0, at most 1. */
typedef struct DrillRatio {
    uint64_t numerator;
    uint64_t denominator;
} DrillRatio;
DRILL_MUST_USE DrillResult drill_parse_ratio(DrillSpan text, DrillRatio *out);
/* "1500" "256KiB" "1MiB" "10kB" */
DRILL_MUST_USE DrillResult drill_parse_size(DrillSpan text, uint64_t *bytes);
/* "64kbit" "1Mbit" "9600bit" */
DRILL_MUST_USE DrillResult drill_parse_rate(DrillSpan text, uint64_t *bits_per_s);
/* decimal digits only */
DRILL_MUST_USE DrillResult drill_parse_u64(DrillSpan text, uint64_t *out);

/* UTF-8 as MQTT wants it. */
/* bytes of the character there; 0: none, or ill-formed */
size_t drill_utf8_length_at(DrillSpan text, size_t offset);
bool drill_utf8_valid(DrillSpan text); /* well-formed, no surrogates */
/* and no U+0000; *offset of the first bad byte */
bool drill_utf8_valid_mqtt(DrillSpan text, size_t *offset);

/* Stable merge sort. `compare` may look only at contents, never at addresses. `scratch` comes from
 * the allocator. */
typedef int (*DrillCompare)(const void *a, const void *b, void *context);
void drill_sort(void *items, size_t count, size_t item_size, DrillCompare compare, void *context,
                DrillAllocator allocator);

/* 64-bit hash of bytes; the same on every machine; not for adversarial input unless keyed. */
uint64_t drill_hash(DrillSpan bytes, uint64_t key);

/* Insertion-ordered map from byte strings to pointers. Iterate with index 0..drill_map_slots()-1;
 * deleted slots give NULL. */
typedef struct DrillMap DrillMap;
DrillMap *drill_map_new(DrillAllocator allocator);
void drill_map_free(DrillMap *map);
void *drill_map_get(const DrillMap *map, DrillSpan key); /* NULL if absent */
/* copies the key; value must not be NULL; replacing keeps the place */
void drill_map_set(DrillMap *map, DrillSpan key, void *value);
void *drill_map_remove(DrillMap *map, DrillSpan key); /* the old value or NULL */
size_t drill_map_count(const DrillMap *map);
size_t drill_map_slots(const DrillMap *map);
void *drill_map_at(const DrillMap *map, size_t slot, DrillSpan *key_or_null);

/* SHA-256, streaming; the state is plain data that can be copied. Digests of traces and scenario
 * hashes. */
typedef struct DrillSha256 {
    uint32_t state[8];
    uint64_t total_bytes;
    uint8_t block[64];
} DrillSha256;
void drill_sha256_init(DrillSha256 *sha);
void drill_sha256_add(DrillSha256 *sha, DrillSpan bytes);
void drill_sha256_finish(const DrillSha256 *sha, uint8_t out[32]); /* does not change *sha */

#endif
