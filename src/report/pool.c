#include "report/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)32768)

struct DrillPoolBlock {
    DrillPoolBlock *next;
    size_t size;
    _Alignas(16) uint8_t bytes[];
};

static DrillPoolBlock *block_new(size_t size) {
    DrillPoolBlock *block = calloc(1, sizeof(DrillPoolBlock) + size);
    if (block == NULL) {
        fputs("mqttdrill: out of memory while making a report\n", stderr);
        exit(3);
    }
    block->size = size;
    return block;
}

void *drill_pool_take(DrillPool *pool, size_t size) {
    size_t rounded = (size + 15) & ~(size_t)15;
    DrillPoolBlock *first = pool->blocks;
    if (rounded > BLOCK_BYTES / 4 && first != NULL) {
        /* A big piece gets its own block behind the first, which stays open for small ones. */
        DrillPoolBlock *own = block_new(rounded);
        own->next = first->next;
        first->next = own;
        return own->bytes;
    }
    if (first == NULL || first->size - pool->used < rounded) {
        DrillPoolBlock *block = block_new(rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES);
        block->next = first;
        pool->blocks = block;
        pool->used = 0;
        first = block;
    }
    void *piece = first->bytes + pool->used;
    pool->used += rounded;
    return piece;
}

/* Capacities are powers of two from 8 on, so the count alone tells when an array is full. */
void *drill_pool_grow(DrillPool *pool, void *items, size_t count, size_t item_size) {
    if (count != 0 && (count < 8 || (count & (count - 1)) != 0)) return items;
    size_t capacity = count < 8 ? 8 : count * 2;
    void *moved = drill_pool_take(pool, capacity * item_size);
    if (count > 0) memcpy(moved, items, count * item_size);
    return moved;
}

const char *drill_pool_span(DrillPool *pool, DrillSpan text) {
    char *copy = drill_pool_take(pool, text.size + 1);
    if (text.size > 0) memcpy(copy, text.data, text.size);
    return copy;
}

const char *drill_pool_string(DrillPool *pool, const char *text) {
    return drill_pool_span(pool, drill_span(text, strlen(text)));
}

const char *drill_pool_buffer(DrillPool *pool, DrillBuffer *buffer) {
    const char *copy = drill_pool_span(pool, drill_buffer_span(buffer));
    drill_buffer_release(buffer);
    return copy;
}

const char *drill_pool_print(DrillPool *pool, const char *format, ...) {
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    DRILL_ASSERT(size >= 0);
    if ((size_t)size < sizeof small) return drill_pool_string(pool, small);
    char *text = drill_pool_take(pool, (size_t)size + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}

void drill_pool_free(DrillPool *pool) {
    while (pool->blocks != NULL) {
        DrillPoolBlock *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
    pool->used = 0;
}

static size_t character_bytes(uint8_t first) {
    if (first < 0x80) return 1;
    if (first >= 0xF0) return 4;
    return first >= 0xE0 ? 3 : 2;
}

const char *drill_pool_readable(DrillPool *pool, DrillSpan text, size_t characters_max) {
    DrillBuffer escaped = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_escaped(&escaped, text);
    size_t at = 0;
    size_t characters = 0;
    size_t keep = 0; /* where to cut if it turns out too long */
    while (at < escaped.size && characters <= characters_max) {
        if (characters + 1 == characters_max) keep = at;
        at += character_bytes(escaped.data[at]);
        characters++;
    }
    if (at > escaped.size) at = escaped.size;
    if (characters > characters_max) {
        escaped.size = keep;
        drill_buffer_put_string(&escaped, "…");
    }
    return drill_pool_buffer(pool, &escaped);
}

const char *drill_pool_link(DrillPool *pool, DrillSpan options) {
    size_t start = 0;
    for (size_t i = 0; i <= options.size; i++) {
        if (i < options.size && options.data[i] != ';') continue;
        DrillSpan part = drill_span(options.data + start, i - start);
        if (part.size > 5 && memcmp(part.data, "link=", 5) == 0)
            return drill_pool_readable(pool, drill_span(part.data + 5, part.size - 5), 110);
        start = i + 1;
    }
    return "";
}
