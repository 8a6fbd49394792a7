/* Shorthands over any allocator, and the allocator on the C library's heap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"

static void *malloc_resize(void *context, void *block, size_t old_size, size_t new_size) {
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    void *resized = block == NULL ? calloc(1, new_size) : realloc(block, new_size);
    if (resized == NULL) {
        (void)fprintf(stderr, "mqttdrill: out of memory (%zu bytes asked for)\n", new_size);
        exit(3);
    }
    return resized;
}

DrillAllocator drill_allocator_malloc(void) {
    DrillAllocator allocator = {malloc_resize, NULL};
    return allocator;
}

void *drill_allocate(DrillAllocator allocator, size_t size) {
    return allocator.resize(allocator.context, NULL, 0, size);
}

void *drill_reallocate(DrillAllocator allocator, void *block, size_t old_size, size_t new_size) {
    return allocator.resize(allocator.context, block, old_size, new_size);
}

void drill_release(DrillAllocator allocator, void *block, size_t size) {
    if (block != NULL) {
        (void)allocator.resize(allocator.context, block, size, 0);
    }
}

char *drill_copy_string(DrillAllocator allocator, const char *string) {
    size_t size = strlen(string) + 1;
    char *copy = (char *)drill_allocate(allocator, size);
    memcpy(copy, string, size);
    return copy;
}

DrillSpan drill_copy_span(DrillAllocator allocator, DrillSpan span) {
    if (span.size == 0) {
        return drill_span(NULL, 0);
    }
    uint8_t *copy = (uint8_t *)drill_allocate(allocator, span.size);
    memcpy(copy, span.data, span.size);
    return drill_span(copy, span.size);
}
